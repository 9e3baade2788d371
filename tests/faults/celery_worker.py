"""The real Celery worker as production starts it, in a process that a test may kill."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from app.demo.gateway import Gateway
from config import Settings
from tests.servers import ROOT, wait_until

COMMAND = (
    "-m celery -A wsgi:celery worker -P threads -c 2"
    " --without-gossip --without-mingle --loglevel INFO"
)


@contextmanager
def carrier(
    settings: Settings, gateway: Gateway, folder: Path, **environ: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker with its beat that hands texts to a gateway; its files lie in a folder."""
    described = folder / "gateways.toml"
    described.write_text(gateway.settings, "utf-8")
    beat = ("-B", "-s", str(folder / "beat"))
    named = {"SMS_GATEWAYS": str(described), **environ}
    with celery_worker(settings, folder / "worker.log", *beat, environ=named) as process:
        yield process


@contextmanager
def celery_worker(
    settings: Settings, log: Path, *options: str, environ: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker from the settings of production, and kill it, beat included, at the end."""
    environment = os.environ | {
        "SECRET_KEY": settings.secret_key,
        "MASTER_KEYS": ",".join(settings.master_keys),
        "INDEX_KEY": settings.index_key,
        "AUDIT_KEYS": ",".join(settings.audit_keys),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "STORAGE_URL": settings.storage_url,
        "BASE_URL": "http://localhost",
        "TRUSTED_HOSTS": "localhost",
        "SMTP_URL": settings.smtp_url,
        "MAIL_FROM": settings.mail_from,
        "SCANNER": "clamd://127.0.0.1:1",
        "INSTANCE": str(settings.instance),
        **(environ or {}),
    }
    argv = [sys.executable, *COMMAND.split(), *options]
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv, cwd=ROOT, env=environment, stdout=output, stderr=output, process_group=0
        )
        try:
            wait_until(lambda: b"ready." in log.read_bytes(), what="the worker", seconds=90)
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
