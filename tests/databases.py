"""Migrated databases for the tests, one template for each engine, copies on demand."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import psycopg
from flask import Flask
from sqlalchemy import event, make_url, text

from app.core import schema
from app.core.db import db
from tests import servers

ENGINES = ("sqlite", "postgresql")


class Databases:
    """Makes databases; each starts as a copy of one that Alembic migrated."""

    def __init__(self, folder: Path, server: str) -> None:
        """Use a folder for SQLite and a server, as `servers.postgresql` yields it."""
        self._folder = folder
        self._server = server
        self._templates: dict[str, str] = {}
        self._count = 0

    def empty(self, engine: str) -> str:
        """Return the URL of a new database without tables."""
        self._count += 1
        if engine == "sqlite":
            return f"sqlite:///{self._folder / f'{self._count}.sqlite3'}"
        return servers.create_database(self._server, str(self._count))

    def migrated(self, engine: str) -> str:
        """Return the URL of a new database with the newest schema."""
        if engine not in self._templates:
            self._templates[engine] = self.empty(engine)
            schema.upgrade(self._templates[engine])
        return self._copy(engine, self._templates[engine])

    def renew(self, engine: str, url: str) -> None:
        """Make a database that nobody uses any more as empty as `migrated` gave it."""
        if engine == "postgresql":
            servers.empty_database(url)
            return
        path = Path(make_url(url).database or "")
        for beside in ("-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
        shutil.copy(make_url(self._templates[engine]).database or "", path)

    def _copy(self, engine: str, template: str) -> str:
        self._count += 1
        name = make_url(template).database or ""
        if engine == "sqlite":
            path = self._folder / f"{self._count}.sqlite3"
            shutil.copy(name, path)
            return f"sqlite:///{path}"
        return servers.create_database(self._server, str(self._count), template=name)


@contextmanager
def isolated(app: Flask) -> Iterator[None]:
    """Have everything that the app commits end in savepoints, rolled back at the end.

    The app context serves only to find the engine: a context that stays open would be shared
    by the test client, and with it the session and whoever is signed in.
    """
    with app.app_context():
        engine, maker = db.engine, db.sessionmaker
    kept = dict(maker.kw)
    with engine.connect() as connection:
        connection.execution_options(writer=True)
        if connection.dialect.name == "postgresql":
            # A reader may have had it before, and the savepoint of a session comes too late.
            cast(
                "psycopg.Connection[Any]", connection.connection.dbapi_connection
            ).read_only = False
        outer = connection.begin()
        maker.kw.pop("binds", None)
        maker.configure(bind=connection, join_transaction_mode="create_savepoint")
        event.listen(connection, "before_cursor_execute", _refuse_stray_write)
        try:
            yield
        finally:
            maker.kw.clear()
            maker.kw.update(kept)
            outer.rollback()


def _refuse_stray_write(*arguments: object) -> None:
    """Refuse what PostgreSQL refuses in a transaction that only reads."""
    statement = str(arguments[2])
    if statement.startswith("SELECT") and " FOR " not in statement:
        return  # of nearly every statement this is all that has to be asked
    if _WRITES.search(statement) and not db.session.info.get("boundary"):
        raise RuntimeError(f"written outside transaction(): {statement}")


_WRITES = re.compile(r"^(INSERT|UPDATE|DELETE)\b|\bFOR (NO KEY )?(UPDATE|SHARE)\b")


@contextmanager
def counted_queries(app: Flask) -> Iterator[list[str]]:
    """Collect the statements that are sent to the database."""
    with app.app_context():
        engine = db.engine
    sent: list[str] = []

    def note(*arguments: object) -> None:
        sent.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def somebody_waits() -> bool:
    """Return whether a connection to this database waits for a lock.

    SQLite does not tell: there whoever begins to write waits for the one who does.
    """
    if db.session.get_bind().dialect.name == "sqlite":
        return True
    db.session.execute(text("SELECT pg_stat_clear_snapshot()"))
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return bool(db.session.scalar(waiting))
