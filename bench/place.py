"""The app on a loopback address, on a database of its own, and somebody who asks it."""

import base64
import http.client
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from werkzeug.serving import make_server

from app.core import schema
from app.core.db import db
from app.factory import create_app
from config import Settings
from tests import servers

HOST = "127.0.0.1"
SECRET = "benches only: not a secret of anybody"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: the status and the whole body."""

    status: int
    body: bytes


class Asker:
    """Somebody with a session who asks over a real connection and keeps cookies."""

    def __init__(self, port: int, token: str) -> None:
        """Ask at a port of this machine with the token of a session."""
        self._port = port
        self._cookies = {"jaliya-id": token}

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self._ask("GET", path)

    def post(self, path: str, values: Mapping[str, object]) -> Answer:
        """Send a form."""
        return self._ask("POST", path, urlencode(values, doseq=True).encode())

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=60)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie", ()):
                name, _, value = line.partition(";")[0].partition("=")
                self._cookies[name] = value
            return Answer(status=answer.status, body=answer.read())
        finally:
            connection.close()


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
    """Serve the app on the loopback address; yield the port."""
    server = make_server(HOST, 0, app, threaded=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
