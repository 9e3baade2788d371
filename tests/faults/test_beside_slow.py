"""Mail goes as quickly beside a provider of texts that takes its time as without it (F12).

Measured with the worker of production, from the commit to the mail server, in rounds by turns, so
that whatever else the machine does meanwhile falls on both alike. Times are printed, not asserted.
"""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.db import db
from app.demo.gateway import Gateway, Mode
from app.notifications.models import MessageState
from tests import servers
from tests.faults import rig
from tests.faults.celery_worker import carrier
from tests.faults.sizes import size
from tests.servers import MailServer, wait_until

pytestmark = [pytest.mark.race, pytest.mark.faults, pytest.mark.grid]

ROUNDS = size(2, 6, name="FAULTS_ROUNDS")
MAILS = size(10, 50, name="FAULTS_MAILS")
SLOW_S = 14.0
"""The last second but one of a sender's patience; of 60 s it waits for these 15 as well."""


def mail_takes(app: Flask, mail: MailServer) -> list[float]:
    """Tell mails, each after the other has come; return how long each took from its commit."""
    took = []
    for _number in range(MAILS):
        before = len(mail.received)
        rig.write_messages(app, 1, first=before)
        began = time.monotonic()
        while len(mail.received) == before:
            assert time.monotonic() < began + 60, "a mail did not come"
            time.sleep(0.001)
        took.append(time.monotonic() - began)
    return took


def idle_in_transaction(app: Flask) -> int:
    """Return how many connections stand in a transaction and do nothing."""
    with app.app_context():
        if db.session.get_bind().dialect.name == "sqlite":
            return 0
        held = text(
            "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
            " AND datname = current_database() AND now() - state_change > interval '1 second'"
        )
        return db.session.scalar(held) or 0


def beside_a_slow_call(app: Flask, mail: MailServer, gateway: Gateway, turn: int) -> list[float]:
    """Measure while a call of the other provider is open, again and again."""
    gateway.mode, before = Mode.SLOW, gateway.calls
    rig.write_texts(app, 1, first=turn)
    wait_until(lambda: gateway.calls > before, what="a slow call", seconds=30)
    took = mail_takes(app, mail)
    assert idle_in_transaction(app) == 0
    gateway.mode = Mode.OK
    wait_until(lambda: accepted(app) == turn + 1, what="the text", seconds=60)
    return took


def accepted(app: Flask) -> int:
    ledger = rig.count_texts(app)
    return ledger.states[MessageState.ACCEPTED]


def p95(took: Sequence[float]) -> float:
    return statistics.quantiles(took, n=20)[18] * 1000


def test_mail_is_as_quick_beside_a_slow_provider(
    ringing_app: Flask, mail: MailServer, tmp_path: Path
) -> None:
    alone: list[float] = []
    beside: list[float] = []
    with servers.gateway() as gateway, rig.carried_by(ringing_app, gateway):
        gateway.slow_s = SLOW_S
        with carrier(ringing_app.config["SETTINGS"], gateway, tmp_path):
            mail_takes(ringing_app, mail)
            for turn in range(ROUNDS):
                alone += mail_takes(ringing_app, mail)
                beside += beside_a_slow_call(ringing_app, mail, gateway, turn)
        ledger = rig.count_texts(ringing_app, gateway)
    rig.report("F12", ringing_app, ledger)
    print(
        f"    {len(alone)} mails alone p95 {p95(alone):.0f} ms, {len(beside)} beside a call of"
        f" {SLOW_S:.0f} s p95 {p95(beside):.0f} ms, {p95(beside) / p95(alone) - 1:+.0%} (10 %)"
    )

    assert ledger.states == {MessageState.ACCEPTED: ROUNDS}
