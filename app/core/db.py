"""The database: model base, column types, the one transaction boundary, the doorbell after it."""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any, cast

import psycopg
from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from psycopg.pq import TransactionStatus
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Index,
    Insert,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
    UpdateBase,
    event,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from app.core import sqlite_engine

LOCK_TIMEOUT_S = 5
STATEMENT_TIMEOUT_S = 30
POOL_TIMEOUT_S = 2
CONNECT_TIMEOUT_S = 3

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment; a naive one is refused, and SQLite's naive text comes back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime is not a moment")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigKey = BigInteger().with_variant(Integer, "sqlite")
Json = JSON().with_variant(JSONB(), "postgresql")
Texts = dict[str, str]
"""Language code to text."""


def choice(states: type[StrEnum], *, name: str) -> Enum:
    """Return a column type that stores a StrEnum as text, guarded by a CHECK called `name`."""
    return Enum(
        states,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda kinds: [kind.value for kind in kinds],
    )


class Model(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime(), str: String()}


def new_uid() -> str:
    """Return 128 random bits in hex: the public name of a row, grants nothing by itself."""
    return secrets.token_hex(16)


class Keyed:
    """A surrogate key, which never leaves the server."""

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)


class Named(Keyed):
    """A row with a public name, known before the row is written (encryption binds to it)."""

    # By it several rows are told apart that SQLite writes in one statement.
    uid: Mapped[str] = mapped_column(String(32), unique=True, insert_sentinel=True)

    def __init__(self, **columns: Any) -> None:
        # Any: the declarative constructor takes the columns of the subclass.
        columns.setdefault("uid", new_uid())
        super().__init__(**columns)


def key_index(table: str) -> Index:
    """Return an index that finds a row by its key at the same cost however long its table is.

    The tree of a primary key is deeper in a longer table, and a list that shows 25 rows goes down
    it 25 times for each table that it joins. SQLite has no other index than trees (ADR 0011).
    """
    index = Index(f"ix_{table}_key", "id", postgresql_using="hash", info={"only": "postgresql"})
    return index.ddl_if(dialect="postgresql")


db = SQLAlchemy(
    require_default_engine=True,
    engine_options={"json_serializer": partial(json.dumps, ensure_ascii=False)},
)


def engine_for(url: str) -> dict[str, object]:
    """Return the settings of the engine for a database address.

    Where all connections are in use, nobody waits for one longer than two seconds: what waits
    holds a thread that others wait for. On PostgreSQL a connection is tried before it is used,
    so that a restart of the server costs no request, and nobody waits longer for a lock or a
    statement than a reader waits for a page; what stands as `options` in the address is stronger.
    """
    address = make_url(url)
    if address.get_backend_name() != "postgresql":
        return {"url": url, "pool_timeout": POOL_TIMEOUT_S}
    options = f"-c lock_timeout={LOCK_TIMEOUT_S}s -c statement_timeout={STATEMENT_TIMEOUT_S}s"
    own = address.query.get("options", "")
    return {
        "url": url,
        "pool_pre_ping": True,
        "pool_timeout": POOL_TIMEOUT_S,
        "connect_args": {
            "options": f"{options} {own}".strip(),
            "connect_timeout": int(str(address.query.get("connect_timeout", CONNECT_TIMEOUT_S))),
        },
    }


def init_app(app: Flask) -> None:
    """Give the app its engine and sessions.

    The extension would also start an event loop at the end of every request, to close async
    sessions; there are none, and it costs 1.7 ms of a request's time.
    """
    db.init_app(app)
    ends = app.teardown_appcontext_funcs
    ends[:] = [end for end in ends if "async" not in getattr(end, "__name__", "")]


@contextmanager
def transaction() -> Iterator[Session]:
    """Open the one transaction of a view, task or command; commit at the end, then ring.

    Does not nest. Raises RuntimeError when something was changed before it was opened.
    """
    session = db.session
    if session.info.get("boundary"):
        raise RuntimeError("transaction() does not nest")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changed before transaction()")
    session.rollback()  # ends the read transaction of the request
    session.connection(execution_options={"writer": True})
    session.info.update(boundary=True, after=[])
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        session.info["after"].clear()
        raise
    finally:
        session.info["boundary"] = False
    for ring in session.info.pop("after"):
        ring()


def ring_after_commit(ring: Callable[[], None]) -> None:
    """Have a doorbell rung once, after the transaction that is open now has committed."""
    after = db.session.info.get("after")
    if after is None or not db.session.info.get("boundary"):
        raise RuntimeError("a doorbell needs an open transaction()")
    if ring not in after:
        after.append(ring)


def count_changed(statement: UpdateBase) -> int:
    """Carry out an UPDATE or DELETE and return how many rows it touched."""
    return cast("CursorResult[Any]", db.session.execute(statement)).rowcount


def add_once(row: Model) -> bool:
    """Add a row unless its unique key is there already; return whether it was added.

    A savepoint keeps the caller's transaction whole when the key is taken.
    """
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:
        if not (constraint_of(error) or "").startswith("uq_"):
            raise
        return False
    return True


def add_all_once(rows: Iterable[Model]) -> None:
    """Add rows but those whose unique key is there already, in one statement where none is."""
    found = list(rows)
    try:
        with db.session.begin_nested():
            db.session.add_all(found)
    except IntegrityError:
        for row in found:
            add_once(row)


def insert_new(model: type[Model], *key: str) -> Insert:
    """Return an INSERT into a table that passes over rows whose unique key is there already.

    Not for rows whose triggers refuse something: SQLite would pass over the refusal as well.
    """
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    statement: Insert = dialect.insert(model).on_conflict_do_nothing(index_elements=key)
    return statement


def constraint_of(error: IntegrityError) -> str | None:
    """Return the name of the constraint that was violated, the same name on both engines.

    SQLite gives no name for a foreign key, so no domain error may hang on one.
    """
    diag = getattr(error.orig, "diag", None)
    if diag is not None:
        name: str | None = diag.constraint_name
        return name
    kind, _, what = str(error.orig).partition(" constraint failed: ")
    return _unique_names().get(what) if kind == "UNIQUE" else what or None


def _unique_names() -> dict[str, str]:
    names = {}
    for table in Model.metadata.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint) and constraint.name:
                names[_columns(table.name, constraint.columns)] = str(constraint.name)
        for index in table.indexes:
            if index.unique and index.name:
                names[_columns(table.name, index.columns)] = str(index.name)
    return names


def _columns(table: str, columns: Any) -> str:
    # Any: SQLAlchemy's column collections share no public base.
    return ", ".join(f"{table}.{column.name}" for column in columns)


class ReadingConnection(psycopg.Connection[Any]):
    """A connection to PostgreSQL on which what only read ends by COMMIT.

    The driver forgets the statements that it prepared on every ROLLBACK, so that none would ever
    be planned once and used again: half of what a page of the queue costs (ADR 0013). (Any: rows.)
    """

    def rollback(self) -> None:
        """End the transaction; one that may not write has nothing to take back.

        When the server has gone, it took everything back by going.
        """
        ends = self.read_only and self.info.transaction_status is TransactionStatus.INTRANS
        try:
            if ends:
                self.commit()
            else:
                super().rollback()
        except psycopg.OperationalError:
            if not self.broken:
                raise


@event.listens_for(Engine, "do_connect")
def _connect_to_postgresql(
    dialect: Dialect, _record: Any, arguments: list[Any], options: dict[str, Any]
) -> ReadingConnection | None:
    # Any: whatever the driver takes.
    if dialect.name != "postgresql":
        return None
    return ReadingConnection.connect(*arguments, **options)


@event.listens_for(Session, "after_begin")
def _write_in_transactions_only(_session: Session, _part: Any, connection: Connection) -> None:
    # Any: the session's own part of the transaction.
    driver: object = connection.connection.dbapi_connection
    if not isinstance(driver, ReadingConnection):
        return
    # A session may also join a transaction that somebody else began, as that of a test is.
    if driver.info.transaction_status is TransactionStatus.IDLE:
        driver.read_only = not connection.get_execution_options().get("writer")


@event.listens_for(Session, "before_commit")
def _refuse_stray_commit(session: Session) -> None:
    if not session.info.get("boundary"):
        raise RuntimeError("commit outside transaction()")


sqlite_engine.listen()
