"""A broker that takes connections and says nothing costs one short wait, once in a while."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis
from flask import Flask

from app.core import celery
from app.core.celery import Doorbell
from tests import servers
from tests.servers import wait_until


@dataclass(slots=True)
class Mute:
    """A broker that was stopped: the kernel takes connections for it, nobody answers."""

    listener: socket.socket
    taken: list[socket.socket] = field(default_factory=list)

    def serve(self) -> None:
        """Count who connects, until the listener is closed."""
        while True:
            try:
                self.taken.append(self.listener.accept()[0])
            except OSError:
                return


@pytest.fixture
def mute() -> Iterator[Mute]:
    """Be such a broker."""
    server = Mute(listener=socket.create_server(("127.0.0.1", 0)))
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield server
    server.listener.shutdown(socket.SHUT_RDWR)
    server.listener.close()
    thread.join(timeout=10)
    for one in server.taken:
        one.close()


def bell_of(mute: Mute) -> Doorbell:
    """Return the doorbell of an app whose broker this is."""
    app, port = Flask("bell"), mute.listener.getsockname()[1]
    celery.init_app(app, broker_url=f"redis://127.0.0.1:{port}/0")
    bell: Doorbell = app.extensions["doorbell"]
    return bell


def test_a_ring_tries_once_and_the_next_ones_not_at_all(mute: Mute) -> None:
    bell = bell_of(mute)

    for number in range(20):  # of one task they would be one anyway
        bell.ring(f"task.{number}")

    assert len(mute.taken) == 1


def test_after_the_silence_one_of_a_crowd_tries_for_all(mute: Mute) -> None:
    bell = bell_of(mute)
    bell.ring("notifications.drain.email")
    bell._silent_until = 0.0

    crowd = [threading.Thread(target=bell.ring, args=("notifications.drain.sms",)) for _ in "12345"]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(timeout=10)

    assert len(mute.taken) == 2


def test_a_ring_that_tries_again_is_found(mute: Mute, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with retries, each of them connects."""
    patient = {"max_retries": 2, "interval_start": 0, "interval_step": 0, "interval_max": 0}
    monkeypatch.setattr(celery, "WEB_TRANSPORT", {**celery.WEB_TRANSPORT, **patient})

    bell_of(mute).ring("notifications.drain.email")

    wait_until(lambda: len(mute.taken) > 1, what="the second try")


def test_a_crowd_that_commits_at_once_wakes_a_worker_a_few_times(tmp_path: Path) -> None:
    """The last of them is followed by a ring as well."""
    with servers.broker(tmp_path / "broker") as url:
        app = Flask("bell")
        queue = redis.Redis(unix_socket_path=url.partition("://")[2])
        celery.init_app(app, broker_url=url)
        for _ in range(200):
            app.extensions["doorbell"].ring("notifications.drain.email")
        wait_until(lambda: queue.llen("celery") > 1, what="the ring after the last")

        assert queue.llen("celery") < 100
