"""Messages to the worker that nobody of ours sent: refused, and the worker lives (S59)."""

import importlib
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.db import db, new_uid, transaction
from app.jobs import services as jobs
from app.jobs.models import Job, JobState
from tests.faults.celery_worker import celery_worker
from tests.servers import ROOT, wait_until

pytestmark = [pytest.mark.race, pytest.mark.faults, pytest.mark.grid]
QUEUE = "celery"


class Bomb:
    """Something whose unpickling leaves a trace."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self._path,))


def headers(task: str) -> dict[str, object]:
    """Return what Celery writes above a message of a task."""
    return {"task": task, "id": new_uid(), "lang": "py", "argsrepr": "()", "kwargsrepr": "{}"}


def odd_messages(trace: Path) -> list[dict[str, Any]]:
    """Return messages as `Producer.publish` takes them (Any: whatever that takes)."""
    plain: dict[str, Any] = {"content_type": "application/json", "content_encoding": "utf-8"}
    pickled = {"content_type": "application/x-python-serialize", "content_encoding": "binary"}
    empty = "[[], {}, {}]"
    return [
        {"body": pickle.dumps(Bomb(trace)), "headers": headers(jobs.DRAIN), **pickled},
        {"body": pickle.dumps(([Bomb(trace)], {}, {})), "headers": headers(jobs.DRAIN), **pickled},
        {"body": empty, "headers": headers("jobs.unknown"), **plain},
        {"body": "[[1, 2, 3], {}, {}]", "headers": headers(jobs.DRAIN), **plain},
        {"body": "not JSON", "headers": headers(jobs.DRAIN), **plain},
        {"body": "[]", "headers": headers(jobs.DRAIN), **plain},
        {"body": empty, "headers": {}, **plain},
        {"body": empty, "headers": headers(jobs.DRAIN), "content_type": "application/x-yaml"},
        {"body": '[["' + "x" * 10_000_000 + '"], {}, {}]', "headers": headers(jobs.DRAIN), **plain},
    ]


def publish(url: str, messages: Sequence[dict[str, Any]]) -> None:
    """Put messages where the worker takes its own from (Any: kombu ships no types)."""
    kombu: Any = importlib.import_module("kombu")
    with kombu.Connection(url) as connection:
        producer = kombu.Producer(connection, exchange=kombu.Exchange(""), routing_key=QUEUE)
        for message in messages:
            producer.publish(**message)


@pytest.mark.proves("S59", "queue-001")
def test_the_worker_refuses_what_is_no_ring_and_goes_on(ringing_app: Flask, tmp_path: Path) -> None:
    trace, settings = tmp_path / "ran", ringing_app.config["SETTINGS"]
    messages = odd_messages(trace)
    with celery_worker(settings, tmp_path / "worker.log") as worker:
        publish(settings.redis_url, messages)
        with ringing_app.app_context(), transaction():
            jobs.schedule(
                "documents.sweep", dedupe="s59", due_at=clock.now(), arguments={"prefix": "00"}
            )
        wait_until(lambda: _is_done(ringing_app), what="the job behind them", seconds=60)
        alive = worker.poll() is None
    log = (tmp_path / "worker.log").read_text(errors="replace")

    refused = log.count("Refusing to deserialize") + log.count("ContentDisallowed")
    print(f"\nS59: N {len(messages)}, alive {alive}, refused to unpickle {refused > 0}")
    assert (alive, trace.exists()) == (True, False)
    assert refused > 0


def _is_done(app: Flask) -> bool:
    with app.app_context():
        return db.session.query(Job).filter_by(dedupe_key="s59").one().state is JobState.DONE


def test_the_bomb_goes_off_where_somebody_unpickles_it(tmp_path: Path) -> None:
    """The control."""
    pickle.loads(pickle.dumps(Bomb(tmp_path / "ran")))  # noqa: S301  (our own)

    assert (tmp_path / "ran").exists()


@pytest.mark.proves("S59")
def test_nothing_of_ours_unpickles() -> None:
    sources = [ROOT / "config.py", *(ROOT / "app").rglob("*.py")]

    for word in ("pickle", "marshal", "shelve", "yaml.load", "eval(", "exec("):
        assert [path for path in sources if word in path.read_text().replace(".exec(", "")] == []
