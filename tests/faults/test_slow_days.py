"""A provider that takes its time holds nothing up."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.db import db
from app.demo.gateway import Gateway, Mode
from app.notifications import tasks
from app.notifications.channels import sms
from app.notifications.models import Channel, MessageState
from app.notifications.rules import Reply
from tests import servers
from tests.faults import rig
from tests.faults.celery_worker import carrier
from tests.servers import MailServer, wait_until

pytestmark = [pytest.mark.race, pytest.mark.faults]

IDLE = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE state LIKE 'idle in transaction%' AND datname = current_database()"
)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_no_transaction_is_open_while_a_provider_takes_its_time(racing_app: Flask) -> None:
    """F12: the call waits, the connection does not."""
    assert held_during_calls(racing_app) == [0, 0, 0]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_transaction_that_is_open_over_the_call_is_found(
    racing_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a sender that reads from the database just before its call."""
    send_all = sms.Line.send_all

    def reading(line: sms.Line, letters: Sequence[tuple[sms.Short, str]]) -> Sequence[Reply]:
        db.session.execute(text("SELECT 1"))
        return send_all(line, letters)

    monkeypatch.setattr(sms.Line, "send_all", reading)
    assert held_during_calls(racing_app) == [1, 1, 1]


def held_during_calls(app: Flask) -> list[int]:
    """Return how many connections were idle in a transaction during each of three slow calls."""
    held: list[int] = []

    def drain() -> None:
        with app.app_context():
            tasks.drain()

    with servers.gateway() as gateway, rig.carried_by(app, gateway):
        gateway.mode, gateway.slow_s = Mode.SLOW, 0.5
        rig.write_texts(app, 3)
        drainer = threading.Thread(target=drain)
        drainer.start()
        for call in (1, 2, 3):
            wait_until(lambda call=call: gateway.calls >= call, what=f"call {call}")
            with app.app_context():
                held.append(db.session.scalar(IDLE) or 0)
        drainer.join(timeout=30)
        ledger = rig.count_texts(app, gateway)

    rig.report("F12", app, ledger)
    assert ledger.states == {MessageState.ACCEPTED: 3}
    return held


@contextmanager
def held_up(app: Flask) -> Iterator[tuple[Gateway, threading.Event]]:
    """Run a gateway that answers nothing until it is let go."""
    let_go = threading.Event()
    with servers.gateway() as gateway, rig.carried_by(app, gateway):
        gateway.behave = lambda _call: Mode.OK if let_go.wait(30) else Mode.BROKEN
        try:
            yield gateway, let_go
        finally:
            let_go.set()


def in_background(app: Flask, work: Callable[[], int]) -> tuple[threading.Thread, list[int]]:
    """Have a thread do something in the app; return it, and where it puts what came of it."""
    done: list[int] = []

    def run() -> None:
        with app.app_context():
            done.append(work())

    thread = threading.Thread(target=run)
    thread.start()
    return thread, done


def test_a_slow_provider_of_one_channel_keeps_no_other_waiting(
    racing_app: Flask, mail: MailServer
) -> None:
    """F12: mail goes while a text is under way, and no second worker joins that wait."""
    with held_up(racing_app) as (gateway, let_go):
        rig.write_texts(racing_app, 2)
        slow, done = in_background(racing_app, lambda: tasks.drain_channel(Channel.SMS))
        wait_until(lambda: gateway.calls, what="a call")
        rig.write_messages(racing_app, 1)
        with racing_app.app_context():
            sent = [tasks.drain_channel(one) for one in (Channel.SMS, Channel.EMAIL)]
        assert (sent, done, len(mail.received)) == ([0, 1], [], 1)
        let_go.set()
        slow.join(timeout=30)
    assert done == [2]


def test_channels_that_are_drained_in_turn_wait_for_one_another(
    racing_app: Flask, mail: MailServer
) -> None:
    """The control: one drain for all, as it was."""
    with held_up(racing_app) as (gateway, let_go):
        rig.write_texts(racing_app, 2)
        slow, done = in_background(racing_app, tasks.drain)
        wait_until(lambda: gateway.calls, what="a call")
        rig.write_messages(racing_app, 1)
        assert (done, mail.received) == ([], [])
        let_go.set()
        slow.join(timeout=30)
    assert (done, mail.received) == ([2], [])


@pytest.mark.grid
def test_a_worker_with_two_hands_sends_mail_while_texts_are_slow(
    ringing_app: Flask, mail: MailServer, tmp_path: Path
) -> None:
    """F12 with the worker of production, which is rung for more texts than it has hands."""
    with (
        held_up(ringing_app) as (gateway, _let_go),
        carrier(ringing_app.config["SETTINGS"], gateway, tmp_path),
    ):
        rig.write_texts(ringing_app, 1)
        wait_until(lambda: gateway.calls, what="a call", seconds=30)
        for number in range(1, 6):
            rig.write_texts(ringing_app, 1, first=number)
        rig.write_messages(ringing_app, 1)
        wait_until(lambda: mail.received, what="the mail", seconds=25)
        assert gateway.ledger == []
