"""Processes that write at once to one SQLite file: as the web does, and as the worker does.

Run as `python -m tests.faults.writer SETTINGS web|worker WRITES [deferred]`; prints what came of
it as JSON. With `deferred` writers begin as SQLite itself would have them, which is the control.
"""

import json
import sys
from collections import Counter
from select import select as select_input

from flask import Flask
from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import OperationalError

from app.core import clock, sqlite_engine
from app.core.db import db, new_uid, transaction
from app.factory import create_app
from app.jobs import handlers, services, tasks
from app.jobs.models import Job, JobState
from tests.faults.worker import settings_from

KIND = "faults.write"


def write(app: Flask, counts: Counter[str]) -> None:
    """Read, then write, as a form does that is sent."""
    try:
        with app.app_context(), transaction():
            db.session.scalar(select(func.count()).select_from(Job))
            services.schedule(KIND, dedupe=new_uid(), due_at=clock.now(), arguments={})
        counts["done"] += 1
    except OperationalError as error:
        counts["locked" if "locked" in str(error) else "other"] += 1


def drain(app: Flask, counts: Counter[str]) -> None:
    """Do what the worker does when it is rung: claim, carry out, complete."""
    try:
        with app.app_context():
            counts["done"] += tasks.drain()
    except OperationalError as error:
        counts["locked" if "locked" in str(error) else "other"] += 1


def begin_deferred() -> None:
    """Have a writer begin as a reader does, and nobody stand in line."""
    for name, listener in (
        ("begin", sqlite_engine._begin),
        ("commit", sqlite_engine._leave_line),
        ("rollback", sqlite_engine._leave_line),
    ):
        event.remove(Engine, name, listener)
    event.listen(Engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))


def main(settings: str, kind: str, writes: str, how: str = "") -> None:
    """Write so often, or work until the test closes our input and nothing is due."""
    if how == "deferred":
        begin_deferred()
    app = create_app(settings_from(settings))
    handlers.register(KIND, lambda job: None)
    counts: Counter[str] = Counter()
    print("ready", flush=True)
    sys.stdin.readline()
    if kind == "web":
        for _one in range(int(writes)):
            write(app, counts)
    else:
        while not _is_over(app):
            drain(app, counts)
    print(json.dumps(counts), flush=True)


def _is_over(app: Flask) -> bool:
    """Return whether the test has closed our input, since nobody writes any more, and all is done.

    What a control leaves in the hands of nobody is not waited for.
    """
    is_closed = bool(select_input([sys.stdin], [], [], 0.01)[0])
    with app.app_context():
        due = select(Job.id).where(Job.kind == KIND, Job.state == JobState.DUE).limit(1)
        return is_closed and db.session.scalar(due) is None


if __name__ == "__main__":
    main(*sys.argv[1:])
