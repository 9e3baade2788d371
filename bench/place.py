"""The app on a loopback address, on a database of its own."""

import base64
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from app.core import schema
from app.core.db import db
from app.factory import create_app
from config import Settings
from tests import servers
from tests.asking import HOST

SECRET = "benches only: not a secret of anybody"  # noqa: S105


@contextmanager
def app_in(folder: Path) -> Iterator[Flask]:
    """Yield the app on a migrated SQLite database in a folder, with a broker beside it."""
    url = f"sqlite:///{folder / 'bench.sqlite3'}"
    schema.upgrade(url)
    with servers.broker(folder / "broker") as broker:
        app = create_app(settings(folder, url, broker))
        logging.getLogger().setLevel(logging.ERROR)
        yield app
        with app.app_context():
            db.engine.dispose()


def settings(folder: Path, database_url: str, broker_url: str) -> Settings:
    """Return settings for the app on a database, with a broker."""
    key = base64.b64encode(SECRET.encode()[:32]).decode()
    return Settings(
        secret_key=SECRET,
        master_keys=(key,),
        index_key=key,
        audit_keys=(key,),
        database_url=database_url,
        redis_url=broker_url,
        storage_url=f"file://{folder}/documents",
        base_url=f"http://{HOST}",
        trusted_hosts=(HOST,),
        smtp_url=f"smtp://{HOST}:9",
        mail_from="Jaliya <no-reply@jaliya.example>",
        scanner="none",
        testing=True,
        instance=folder,
    )


@contextmanager
def served(app: Flask) -> Iterator[int]:
    """Serve the app on the loopback address, one request after the other; yield the port."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with servers.served(app, in_threads=False) as port:
        yield port


def worked(process: int) -> int:
    """Return for how many nanoseconds a process had a processor, as Linux counts them."""
    return int(Path(f"/proc/{process}/schedstat").read_text("ascii").split()[0])
