"""F04: the control. What the database's queue survives loses tasks where Celery is the queue."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import plain_celery, rig
from tests.servers import ROOT, Broker, wait_until

pytestmark = [pytest.mark.race, pytest.mark.faults, pytest.mark.grid]

MESSAGES, DIES_AT = 20, 5


def worker(broker: Broker, ledger: Path, **more: str) -> "subprocess.Popen[bytes]":
    argv = [sys.executable, "-m", "celery", "-A", "tests.faults.plain_celery:celery", "worker"]
    argv += ["-P", "solo", "--without-gossip", "--without-mingle", "--loglevel", "ERROR"]
    own = {plain_celery.BROKER: broker.url, plain_celery.LEDGER: str(ledger)}
    return subprocess.Popen(argv, cwd=ROOT, env=os.environ | own | more)


def known() -> int:
    """Return how many tasks the broker still has, waiting or not acknowledged."""
    with plain_celery.celery.connection_for_read() as connection:
        client = connection.default_channel.client
        return int(client.llen("celery")) + int(client.hlen("unacked"))


def test_a_task_is_lost_for_ever_when_a_worker_dies_in_its_claim(
    doorbell: Broker, tmp_path: Path
) -> None:
    """The same point, "in claim", loses nothing in test_message_kills."""
    ledger = tmp_path / "ledger"
    plain_celery.celery.conf.broker_url = doorbell.url
    for number in range(MESSAGES):
        plain_celery.send.delay(number)

    dying = worker(doorbell, ledger, **{plain_celery.DIE_AT: str(DIES_AT)})
    assert dying.wait(timeout=60) == -rig.SIGKILLED
    healthy = worker(doorbell, ledger)
    try:
        wait_until(lambda: known() == 0, what="the end of the queue", seconds=90)
    finally:
        healthy.terminate()
        healthy.wait(timeout=30)

    sent = {int(line) for line in ledger.read_text().splitlines()}
    print(f"\nF04 Celery alone: N {MESSAGES}, kills 1, lost {MESSAGES - len(sent)}")
    assert len(sent) < MESSAGES, "the rig is blunt"
