"""Messages rendered, sent and recorded beside Celery's tasks that do nothing, in the same run.

A PostgreSQL that keeps what it confirmed, the drain of production, a gateway that honours keys and
a mail server in a process of their own; workers as many as the no-op tasks have.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

from flask import Flask
from sqlalchemy import select, text

from app.core import memory, schema
from app.core.db import db, transaction
from app.demo import gateway as demo
from app.factory import create_app
from app.notifications import services as notifications
from app.notifications import tasks, together, writing
from app.notifications.models import Channel, Message, MessageAttempt, MessageState
from bench.messages import booking, noop, provider
from bench.messages.provider import Ports
from bench.messages.spent import parent_of, spent
from bench.place import settings
from config import Settings
from tests import servers
from tests.faults.celery_worker import celery_worker
from tests.servers import ROOT, wait_until

ROUNDS = 3
TEXTS, MAILS = 6000, 200
TASKS = 3000
WORKERS = 2
PER_SECOND, SECONDS = 100, 10


def measure_all() -> None:
    """Measure everything in turn and print rates, ratios and waits."""
    booking.measure_all()
    with (
        tempfile.TemporaryDirectory(prefix="jaliya-bench-") as name,
        servers.mortal_postgresql() as server,
        servers.broker(Path(name) / "broker") as broker,
        provider.beside() as ports,
    ):
        made = _settings(Path(name), servers.create_database(server.url, "messages"), broker, ports)
        schema.upgrade(made.database_url)
        app = create_app(made)
        _warm(app)
        told = [_round(app, Path(name), broker, turn) for turn in range(ROUNDS)]
        _print_rates(told)
        _print_waits(_waits(app, made, Path(name)))
        with app.app_context():
            db.engine.dispose()


def _settings(folder: Path, url: str, broker: str, ports: Ports) -> Settings:
    described = json.dumps(tomllib.loads(demo.describe(ports.gateway, at_once=together.MOST)))
    made = settings(folder, url, broker)
    return replace(made, sms_gateways=described, smtp_url=f"smtp://127.0.0.1:{ports.mail}")


def _warm(app: Flask) -> None:
    """Have whatever a worker loads but once loaded before the first round, as Celery's is."""
    for channel in (Channel.SMS, Channel.EMAIL):
        write(app, channel, 6, f"warm/{channel}")
    with app.app_context():
        tasks.drain()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How much was done in a second, and the microseconds of processors that each took."""

    per_second: float
    processor_us: float


def _round(app: Flask, folder: Path, broker: str, turn: int) -> dict[str, Rate]:
    rates = {"texts by key": _sent(app, Channel.SMS, TEXTS, turn)}
    rates["tasks of Celery that do nothing"] = _nothing(folder, broker, turn)
    rates["mails one by one"] = _sent(app, Channel.EMAIL, MAILS, turn)
    return rates


def _sent(app: Flask, channel: Channel, count: int, turn: int) -> Rate:
    """Return how fast the workers rendered, sent and recorded, with all that PostgreSQL did."""
    write(app, channel, count, f"{channel}/{turn}")
    with app.app_context():
        server = parent_of(db.session.scalar(text("SELECT pg_backend_pid()")) or 0)
    before, began = spent(server), time.perf_counter()
    pids = [_forked(app) for _worker in range(WORKERS)]
    worked = 0.0
    for pid in pids:
        _pid, status, used = os.wait4(pid, 0)
        worked += used.ru_utime + used.ru_stime
        if status:
            raise RuntimeError("a worker failed")
    seconds = time.perf_counter() - began
    worked += spent(server) - before
    with app.app_context():
        left = db.session.scalars(
            select(Message.id).where(Message.state != MessageState.ACCEPTED)
        ).all()
    if left:
        raise RuntimeError(f"{len(left)} messages were not sent")
    return Rate(per_second=count / seconds, processor_us=worked / count * 1e6)


def write(app: Flask, channel: Channel, count: int, name: str) -> None:
    """Have so many people told, without a ring."""
    with app.app_context(), transaction(), mock.patch.object(writing, "ring"):
        for number in range(count):
            notifications.tell_address(
                "case_submitted",
                address=f"+7916{number:07}" if channel is Channel.SMS else f"m{number}@example.org",
                language=("ar", "ru", "en")[number % 3],
                dedupe=f"{name}/{number}",
                payload={"reference": f"JM-7K4P-{number:04}-H"},
                channel=channel,
            )


def _forked(app: Flask) -> int:
    """Fork a worker that drains until nothing is due; return its process."""
    with app.app_context():
        db.engine.dispose()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        memory.settle()  # as a worker does
        with app.app_context():
            while tasks.drain():
                pass
        status = 0
    finally:
        os._exit(status)


def _nothing(folder: Path, broker: str, turn: int) -> Rate:
    """Return how fast as many workers of Celery carry out nothing, with all that Valkey did."""
    noop.celery.conf.broker_url = broker
    end = folder / f"end-{turn}"
    for _number in range(TASKS):
        noop.nothing.delay()
    noop.mark.delay(str(end))
    with noop.celery.connection_for_read() as connection:
        valkey = connection.default_channel.client.info("server")["process_id"]
    with _worker(broker, folder / f"noop-{turn}.log") as worker:
        before, began = spent(worker, valkey), time.perf_counter()
        wait_until(end.exists, what="the last task", seconds=120)
        seconds, worked = time.perf_counter() - began, spent(worker, valkey) - before
        return Rate(per_second=TASKS / seconds, processor_us=worked / TASKS * 1e6)


@contextmanager
def _worker(broker: str, log: Path) -> Iterator[int]:
    argv = [sys.executable, "-m", "celery", "-A", "bench.messages.noop:celery", "worker"]
    argv += ["-c", str(WORKERS), "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  (our own program)
            argv, cwd=ROOT, env=os.environ | {"NOOP_BROKER": broker}, stdout=output, stderr=output
        )
        try:
            wait_until(lambda: b"ready." in log.read_bytes(), what="the worker", seconds=60)
            yield process.pid
        finally:
            process.terminate()
            process.wait(timeout=30)


def _waits(app: Flask, made: Settings, folder: Path) -> list[float]:
    """Return the seconds from the writing of each mail until its provider had it, at 100 a second.

    From the row's own times: its writing is a little before the commit, so this is not too little.
    """
    with celery_worker(made, folder / "worker.log"):
        began = time.perf_counter()
        for number in range(PER_SECOND * SECONDS):
            with app.app_context(), transaction():
                notifications.tell_address(
                    "sign_in_code",
                    address=f"w{number}@example.org",
                    language="ar",
                    dedupe=f"wait/{number}",
                    payload={"code": "123456"},
                )
            time.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
        time.sleep(20)
    with app.app_context():
        rows = db.session.execute(
            select(Message.created_at, MessageAttempt.ended_at)
            .join(MessageAttempt, MessageAttempt.message_id == Message.id)
            .where(Message.event == "sign_in_code", Message.state == MessageState.ACCEPTED)
        )
        return [(ended - created).total_seconds() for created, ended in rows if ended]


def _print_rates(told: Sequence[dict[str, Rate]]) -> None:
    base = "tasks of Celery that do nothing"
    for what in told[0]:
        rate = statistics.median([one[what].per_second for one in told])
        used = statistics.median([one[what].processor_us for one in told])
        faster = statistics.median([one[what].per_second / one[base].per_second for one in told])
        lighter = statistics.median(
            [one[base].processor_us / one[what].processor_us for one in told]
        )
        sys.stdout.write(
            f"{what:<34}{rate:>7.0f} a second{faster:>7.2f} of tasks"
            f"{used:>8.0f} us of processors{lighter:>7.2f} fit into a task\n"
        )


def _print_waits(waits: Sequence[float]) -> None:
    cuts = statistics.quantiles(waits, n=20)
    sys.stdout.write(
        f"{len(waits)} mails at {PER_SECOND} a second were with their provider after"
        f" p50 {cuts[9]:.2f} s, p95 {cuts[18]:.2f} s\n"
    )
