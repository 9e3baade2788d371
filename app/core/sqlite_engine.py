"""What SQLite needs: how its connections are opened, and a line in which its writers stand.

One transaction writes at a time. SQLite lets those who wait try again at their own pace, so that
of a crowd some never have their turn: here the threads of a process stand in line, and only the
first of each process asks the file.
"""

import sqlite3
import threading
import time
from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

BUSY_TIMEOUT_S = 10.0
ASKS_EVERY_S = 0.002
PRAGMAS = (
    "journal_mode=WAL",
    "foreign_keys=ON",
    "synchronous=FULL",
    "secure_delete=ON",
    f"busy_timeout={BUSY_TIMEOUT_S * 1000:.0f}",
)
PLACE = "place_in_line"
_lines: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
"""By the file: whoever has the lock is the writer of this process."""


def listen() -> None:
    """Have every connection to SQLite opened and begun as above."""
    event.listen(Engine, "connect", _prepare)
    event.listen(Engine, "begin", _begin)
    event.listen(Engine, "commit", _leave_line)
    event.listen(Engine, "rollback", _leave_line)


def _prepare(connection: Any, _record: Any) -> None:
    # Any: a DBAPI connection has no common type.
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A writer takes its lock at once: an upgraded read fails without waiting (traps: M7).
    if connection.dialect.name != "sqlite":
        return
    if not connection.get_execution_options().get("writer"):
        connection.exec_driver_sql("BEGIN")
        return
    _stand_in_line(connection)
    try:
        _take_lock(connection)
    except BaseException:
        _leave_line(connection)
        raise


def _stand_in_line(connection: Connection) -> None:
    line = _lines[connection.engine.url.database or ""]
    if not line.acquire(timeout=BUSY_TIMEOUT_S):
        locked = sqlite3.OperationalError("database is locked")
        raise OperationalError("BEGIN IMMEDIATE", None, locked)
    connection.info[PLACE] = line


def _take_lock(connection: Connection) -> None:
    """Begin to write; ask for the lock often, or a busy writer of another process is always first.

    SQLite itself asks every tenth of a second in the end, between which a worker that goes from
    one transaction to the next leaves it for a few milliseconds only.
    """
    # Any: a DBAPI connection has no common type.
    held: Any = connection.connection.dbapi_connection
    held.execute("PRAGMA busy_timeout=0")
    try:
        for _try in range(int(BUSY_TIMEOUT_S / ASKS_EVERY_S)):
            if _begins(held):
                return
            time.sleep(ASKS_EVERY_S)
        # It is refused by now, and the library says so in its own words.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        held.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000:.0f}")


def _begins(held: sqlite3.Connection) -> bool:
    try:
        held.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        # The lower byte of a code says what it is, the rest in which way.
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _leave_line(connection: Connection) -> None:
    # Of a connection whose server has gone not even this can be asked; SQLite has no server.
    if connection.dialect.name != "sqlite":
        return
    line = connection.info.pop(PLACE, None)
    if line is not None:
        line.release()
