"""What the fault tests share: messages to send, workers to kill, and the count at the end."""

import dataclasses
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.core.db import db, transaction
from app.notifications import queries, services
from app.notifications.models import Message, MessageState
from tests.faults.worker import LEASE_S
from tests.servers import ROOT, MailServer

POINTS = ("in claim", "after claim", "after mark", "after call", "in ack", "after ack")
AMBIGUOUS = ("after mark", "after call", "in ack")
SIGKILLED = 9
ALONE_S = 0.1
"""The lease of a worker that has no other beside it."""

Order = dict[str, Any]  # Any: a JSON object


class Workers:
    """The warm process that forks workers."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Take over a process that has said that it is ready."""
        self._process = process

    def run(self, *orders: Order) -> list[int]:
        """Run workers side by side until all have ended; return how each did."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(orders) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the process that forks workers has gone"
        ended: list[int] = json.loads(answer)
        return ended


@contextmanager
def workers(app: Flask) -> Iterator[Workers]:
    """Start the process that forks workers for an app's database and mail server."""
    settings = json.dumps(dataclasses.asdict(app.config["SETTINGS"]), default=str)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.worker", settings],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin and process.stdout
    try:
        assert process.stdout.readline() == "ready\n"
        yield Workers(process)
    finally:
        process.stdin.close()
        process.wait(timeout=10)
        process.stdout.close()


def write_messages(app: Flask, count: int, *, batch: int = 100) -> None:
    """Have so many codes told, each to an address of its own."""
    languages = ("ar", "ru", "en")
    for first in range(0, count, batch):
        with app.app_context(), transaction():
            for number in range(first, min(first + batch, count)):
                services.tell_address(
                    "sign_in_code",
                    address=f"m{number}@example.org",
                    language=languages[number % 3],
                    dedupe=f"kill:{number}",
                    payload={"code": f"{number:06}"},
                )


def kill_at(pool: Workers, point: str, countdown: int, **order: object) -> None:
    """Run one worker and see it die at a point, and wait for the end of its lease."""
    ended = pool.run({"point": point, "countdown": countdown, "lease_s": ALONE_S, **order})
    assert ended == [SIGKILLED], f"the worker did not die {point}"
    time.sleep(ALONE_S)


def finish(app: Flask, pool: Workers, *, side_by_side: int = 3, **order: object) -> None:
    """Let healthy workers do the rest, side by side."""
    for _ in range(20):
        assert set(pool.run(*({**order} for _ in range(side_by_side)))) == {0}
        with app.app_context():
            states = queries.count_by_state(None)
        if not set(states) & {MessageState.PENDING, MessageState.CLAIMED, MessageState.SENDING}:
            return
        time.sleep(LEASE_S)
    raise AssertionError(f"not finished: {states}")


@dataclasses.dataclass(frozen=True, slots=True)
class Ledger:
    """What the rows say, and what the mail server really accepted."""

    states: Counter[MessageState]
    lost: Sequence[str]
    """Addresses that got nothing although their message counts as accepted."""
    twice: Sequence[str]


def count(app: Flask, mail: MailServer) -> Ledger:
    """Compare the rows with what the mail server accepted."""
    arrived = Counter(address for recipients, _ in mail.received for address in recipients)
    with app.app_context():
        rows = db.session.scalars(select(Message)).all()
        told = {(row.payload or {})["to"]: row.state for row in rows}
    accepted = [address for address, state in told.items() if state is MessageState.ACCEPTED]
    return Ledger(
        states=Counter(told.values()),
        lost=[address for address in accepted if not arrived[address]],
        twice=[address for address, times in arrived.items() if times > 1],
    )
