"""What the fault tests share: messages to send, workers to kill, and the count at the end."""

import dataclasses
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.accounts import sessions
from app.core.db import db, transaction
from app.demo.gateway import Gateway
from app.notifications import queries, services
from app.notifications.models import Channel, Message, MessageState
from app.notifications.rules import GONE, TROUBLED, UNDER_WAY
from tests import servers, storm
from tests.factories import cases as factory
from tests.factories import people
from tests.faults.worker import LEASE_S
from tests.servers import ROOT, MailServer

POINTS = ("in claim", "after claim", "after mark", "after call", "in ack", "after ack")
TEXT_POINTS = (
    "in claim",
    "after claim",
    "after mark of a text",
    "amid the calls of texts",
    "after call of a text",
    "in ack",
    "after ack",
)
AMBIGUOUS = (
    "after mark",
    "after call",
    "in ack",
    "after mark of a text",
    "amid the calls of texts",
    "after call of a text",
)
SIGKILLED = 9
QUICK = {"backoff_s": 0.05}
"""Tries that follow each other at once."""
ALONE_S = 0.1
"""The lease of a worker that has no other beside it."""

Order = dict[str, Any]  # Any: a JSON object


class Workers:
    """The warm process that forks workers."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Take over a process that has said that it is ready."""
        self._process = process
        self.started = 0
        """So many workers were forked."""

    def run(self, *orders: Order) -> list[int]:
        """Run workers side by side until all have ended; return how each did."""
        assert self._process.stdin and self._process.stdout
        self.started += len(orders)
        self._process.stdin.write(json.dumps(orders) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the process that forks workers has gone"
        ended: list[int] = json.loads(answer)
        return ended

    def worked(self) -> float:
        """Return for how many seconds all workers that have ended had a processor (Linux)."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(stat[13]) + int(stat[14])) / os.sysconf("SC_CLK_TCK")


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


def write_messages(app: Flask, count: int, *, batch: int = 100, first: int = 0) -> None:
    """Have so many codes told, each to an address of its own."""
    languages = ("ar", "ru", "en")
    for begin in range(first, first + count, batch):
        with app.app_context(), transaction():
            for number in range(begin, min(begin + batch, first + count)):
                services.tell_address(
                    "sign_in_code",
                    address=address(number),
                    language=languages[number % 3],
                    dedupe=f"kill:{number}",
                    payload={"code": f"{number:06}"},
                )


def address(number: int) -> str:
    """Return the mail address of a number."""
    return f"m{number}@example.org"


def write_texts(app: Flask, count: int, *, batch: int = 200, first: int = 0) -> None:
    """Have so many news told, each to a phone of its own."""
    for begin in range(first, first + count, batch):
        with app.app_context(), transaction():
            for number in range(begin, min(begin + batch, first + count)):
                services.tell_address(
                    "case_submitted",
                    address=phone(number),
                    language=("ar", "ru", "en")[number % 3],
                    dedupe=f"text:{number}",
                    payload={"reference": "JM-7K4P-92QX-H"},
                    channel=Channel.SMS,
                )


def phone(number: int) -> str:
    """Return the phone of a number."""
    return f"+7916{number:07}"


def drafts(app: Flask, count: int) -> list[Order]:
    """Return so many drafts, each with what its citizen's browser has."""
    with app.test_request_context(), transaction():
        csrf, cookies = storm._form(app)
        orders = []
        for _one in range(count):
            account = people.account()
            case = factory.draft(account)
            held = {**cookies, "jaliya-id": sessions.begin(account=account)}
            orders.append({"reference": case.reference, "csrf": csrf, "cookies": held})
        return orders


@contextmanager
def carried_by(app: Flask, *gateways: Gateway, forgetful: bool = False) -> Iterator[None]:
    """Have the settings name these gateways; forgetful: they claim to know keys and do not."""
    kept = app.config["SETTINGS"]
    app.config["SETTINGS"] = dataclasses.replace(kept, sms_gateways=servers.gateways_of(*gateways))
    for gateway in gateways:
        gateway.knows_keys = gateway.knows_keys and not forgetful
    try:
        yield
    finally:
        app.config["SETTINGS"] = kept


def count_texts(app: Flask, *gateways: Gateway) -> "Ledger":
    """Compare the rows with what the gateways accepted."""
    arrived = Counter(taken.to for gateway in gateways for taken in gateway.ledger)
    with app.app_context():
        rows = db.session.scalars(select(Message).where(Message.channel == Channel.SMS)).all()
        told = {(row.payload or {})["to"]: row.state for row in rows}
        held = [row for row in rows if row.state in TROUBLED]
        deadly = sum(queries.count_deaths(row).is_enough for row in held)
    return dataclasses.replace(_compare(told, arrived), deadly=deadly)


def report(fault: str, app: Flask, ledger: "Ledger", *, kills: int = 0, seed: int = 0) -> None:
    """Print what a fault came to; `make faults` shows it."""
    engine = "SQLite" if "sqlite" in app.config["SETTINGS"].database_url else "PostgreSQL"
    print(
        f"\n{fault} {engine}: seed {seed}, N {ledger.states.total()}, kills {kills},"
        f" lost {len(ledger.lost)}, duplicated {len(ledger.twice)},"
        f" held {ledger.states[MessageState.UNKNOWN]}, dead {ledger.states[MessageState.DEAD]}"
    )


def kill_at(pool: Workers, point: str, countdown: int, **order: object) -> None:
    """Run one worker and see it die at a point, and wait for the end of its lease."""
    ended = pool.run({"point": point, "countdown": countdown, "lease_s": ALONE_S, **order})
    assert ended == [SIGKILLED], f"the worker did not die {point}"
    time.sleep(ALONE_S)


def kill_each_text_point(app: Flask, pool: Workers, gateway: Gateway, messages: int) -> "Ledger":
    """Kill a worker at each of the points of texts; return what it came to."""
    write_texts(app, messages)
    for turn, point in enumerate(TEXT_POINTS):
        # What a dead worker held goes by itself, so that few batches are left at the end.
        kill_at(pool, point, turn % 2, for_each=1, **QUICK)
    finish(app, pool, side_by_side=2, **QUICK)
    ledger = count_texts(app, gateway)
    report("F01 by text", app, ledger, kills=len(TEXT_POINTS))
    return ledger


def finish(app: Flask, pool: Workers, *, side_by_side: int = 3, **order: object) -> None:
    """Let healthy workers do the rest, side by side."""
    for _ in range(100):
        assert set(pool.run(*({**order} for _ in range(side_by_side)))) == {0}
        with app.app_context():
            states = queries.count_by_state(None)
        if not set(states) & UNDER_WAY:
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
    deadly: int = 0
    """So many were given up because each was in the hands of three workers when they died: nobody
    tells them from one that kills, whatever keys its provider knows (F22)."""


def count(app: Flask, mail: MailServer) -> Ledger:
    """Compare the rows with what the mail server accepted."""
    arrived = Counter(address for recipients, _ in mail.received for address in recipients)
    with app.app_context():
        rows = db.session.scalars(select(Message)).all()
        told = {(row.payload or {})["to"]: row.state for row in rows}
    return _compare(told, arrived)


def _compare(told: dict[str, MessageState], arrived: Counter[str]) -> Ledger:
    accepted = [address for address, state in told.items() if state in GONE]
    return Ledger(
        states=Counter(told.values()),
        lost=[address for address in accepted if not arrived[address]],
        twice=[address for address, times in arrived.items() if times > 1],
    )
