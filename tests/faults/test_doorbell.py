"""The broker is a doorbell: with it mail leaves at once, without it nothing waits or is lost.

Real Valkey, the real Celery worker as production starts it.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from app.core.db import transaction
from app.notifications import services
from config import Settings
from tests.conftest import build, dispose
from tests.databases import Databases
from tests.servers import ROOT, Broker, MailServer, wait_until

pytestmark = [pytest.mark.race, pytest.mark.faults]

RUNG_S = 1.5
"""No beat runs where a ring is measured."""
SWEPT_S = 12.0


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.grid)])
def engine(request: pytest.FixtureRequest) -> str:
    """Name the engine; the broker does not see which one it is, so one is enough each time."""
    name: str = request.param
    return name


@pytest.fixture
def doorbell(tmp_path: Path) -> Iterator[Broker]:
    """Be a broker of this test alone, which it may kill."""
    server = Broker(tmp_path / "broker")
    server.start()
    yield server
    server.remove()


@pytest.fixture
def ringing_app(
    databases: Databases,
    make_settings: Callable[[str], Settings],
    doorbell: Broker,
    engine: str,
) -> Iterator[Flask]:
    """Be an app on a database and a broker of its own."""
    app = build(replace_broker(make_settings(databases.migrated(engine)), doorbell.url))
    yield app
    dispose(app)


def replace_broker(settings: Settings, url: str) -> Settings:
    """Return the same settings with another broker."""
    values = {name: getattr(settings, name) for name in Settings.__slots__}
    return Settings(**{**values, "redis_url": url})


@contextmanager
def celery_worker(
    settings: Settings, log: Path, *options: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker from the settings of production, and kill it at the end."""
    environment = os.environ | {
        "SECRET_KEY": settings.secret_key,
        "MASTER_KEYS": ",".join(settings.master_keys),
        "INDEX_KEY": settings.index_key,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "STORAGE_URL": settings.storage_url,
        "BASE_URL": "http://localhost",
        "TRUSTED_HOSTS": "localhost",
        "SMTP_URL": settings.smtp_url,
        "MAIL_FROM": settings.mail_from,
        "SCANNER": "clamd://127.0.0.1:1",
        "INSTANCE": str(settings.instance),
    }
    argv = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "wsgi:celery",
        "worker",
        "-P",
        "threads",
        "-c",
        "2",
    ]
    argv += ["--without-gossip", "--without-mingle", "--loglevel", "INFO", *options]
    with log.open("wb") as output:
        process = subprocess.Popen(argv, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            wait_until(lambda: b"ready." in log.read_bytes(), what="the worker", seconds=30)
            yield process
        finally:
            process.kill()
            process.wait()


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
