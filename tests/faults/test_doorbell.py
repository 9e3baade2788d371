"""The broker is a doorbell: with it mail leaves at once, without it nothing waits or is lost.

Real Valkey, the real Celery worker as production starts it.
"""

import time
from pathlib import Path

import pytest
from flask import Flask

from app.core.db import transaction
from app.notifications import services
from tests.faults.celery_worker import celery_worker
from tests.servers import Broker, MailServer, wait_until

pytestmark = [pytest.mark.race, pytest.mark.faults]

RUNG_S = 1.5
"""No beat runs where a ring is measured."""
SWEPT_S = 12.0


def tell(app: Flask, number: int) -> float:
    """Tell one code; return how many seconds the transaction and the ring took."""
    began = time.monotonic()
    with app.app_context(), transaction():
        services.tell_address(
            "sign_in_code",
            address=f"d{number}@example.org",
            language="ar",
            dedupe=f"bell:{number}",
            payload={"code": "123456"},
        )
    return time.monotonic() - began


def seconds_until_arrived(mail: MailServer, number: int, *, at_most: float) -> float:
    """Wait for the mail; return how many seconds it took."""
    began = time.monotonic()
    wait_until(
        lambda: mail.sent_to(f"d{number}@example.org"), what=f"mail {number}", seconds=at_most
    )
    return time.monotonic() - began


@pytest.mark.grid
@pytest.mark.proves("queue-005")
def test_rings_are_heard_and_nothing_needs_the_broker_or_the_worker_to_live(
    ringing_app: Flask, doorbell: Broker, mail: MailServer, tmp_path: Path
) -> None:
    settings = ringing_app.config["SETTINGS"]
    with celery_worker(settings, tmp_path / "first.log"):
        tell(ringing_app, 0)  # the first one loads what is needed
        seconds_until_arrived(mail, 0, at_most=10)
        for number in (1, 2, 3):
            tell(ringing_app, number)
            assert seconds_until_arrived(mail, number, at_most=RUNG_S) < RUNG_S
    # The worker was killed just now; so is the broker.
    doorbell.kill()
    times = [tell(ringing_app, number) for number in range(4, 24)]
    assert sorted(times)[len(times) // 2] < 0.1, "a commit waits for a broker that is away"
    assert max(times) < 0.5
    assert mail.sent_to("d4@example.org") == []
    doorbell.start()
    with celery_worker(settings, tmp_path / "second.log", "-B", "-s", str(tmp_path / "beat")):
        seconds_until_arrived(mail, 23, at_most=SWEPT_S)
        # This worker outlives its broker, even with work in its hands.
        doorbell.kill()
        tell(ringing_app, 24)
        doorbell.start()
        seconds_until_arrived(mail, 24, at_most=30)
    assert [len(mail.sent_to(f"d{number}@example.org")) for number in range(25)] == [1] * 25
