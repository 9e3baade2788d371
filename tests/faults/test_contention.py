"""Web and worker write to one SQLite file at once: nobody is told that it is locked."""

import dataclasses
import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.db import db, transaction
from app.jobs.models import Job, JobState
from tests.faults.sizes import size
from tests.faults.writer import KIND
from tests.servers import ROOT, wait_until

pytestmark = [pytest.mark.race, pytest.mark.faults, pytest.mark.grid]
WEB, WORKERS = 4, 2
WRITES = size(400, 10_000)
PATIENCE_S = 1200
SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def contend(app: Flask, *how: str) -> Counter[str]:
    """Have four processes write and two carry out what they wrote; return what came of all."""
    settings = json.dumps(dataclasses.asdict(app.config["SETTINGS"]), default=str)
    orders = [("web", str(WRITES // WEB))] * WEB + [("worker", "0")] * WORKERS
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.faults.writer", settings, *order, *how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
        )
        for order in orders
    ]
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    counts: Counter[str] = Counter()
    told = [process.stdin for process in processes if process.stdin]
    for line in told:
        line.write("go\n")
        line.flush()
    for process, order in zip(processes, orders, strict=True):
        said, _ = process.communicate(timeout=PATIENCE_S)
        for name, count in json.loads(said).items():
            counts[f"{order[0]} {name}"] += count
    return counts


def report(app: Flask, counts: Counter[str]) -> tuple[int, int]:
    """Print what it came to; return how many writes were refused, and how many jobs are done."""
    with app.app_context():
        rows = select(func.count()).where(Job.kind == KIND, Job.state == JobState.DONE)
        done = db.session.scalar(rows) or 0
    locked = counts["web locked"] + counts["worker locked"]
    written = counts["web done"]
    print(
        f"\nF31 SQLite: seed none, N {WRITES} by {WEB} web and {WORKERS} worker processes, kills 0,"
        f" lost {written - done}, duplicated {max(done - written, 0)}, locked {locked}"
    )
    return locked, done


@SQLITE
def test_nobody_is_told_that_the_database_is_locked(racing_app: Flask) -> None:
    """F31."""
    locked, done = report(racing_app, contend(racing_app))

    assert (locked, done) == (0, WRITES)


@SQLITE
def test_writers_that_begin_as_readers_are_told_so(unguarded_app: Flask) -> None:
    """The control: by SQLite's own way to begin the same processes refuse each other."""
    locked, _done = report(unguarded_app, contend(unguarded_app, "deferred"))

    assert locked > WRITES // 10


TURNS = 12


@SQLITE
def test_a_writer_has_its_turn_soon_beside_one_that_hardly_pauses(racing_app: Flask) -> None:
    """F03: a web request beside a worker that goes from batch to batch; the control asks as SQLite.

    Counted by how often the other one had its turn meanwhile.
    """
    with racing_app.app_context():
        file = db.engine.url.database or ""

    def ours() -> None:
        with racing_app.app_context(), transaction():
            pass

    def plain() -> None:
        with closing(sqlite3.connect(file, timeout=60, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")

    turns, control = turns_beside(file, ours), turns_beside(file, plain)
    print(f"\nF03 SQLite: {turns} turns of the other writer, {control} when asked as SQLite asks")

    assert turns < control / 2


def turns_beside(file: str, write: Callable[[], None]) -> int:
    """Write beside somebody who hardly pauses; return how many turns they had meanwhile."""
    turns, waited, is_over = 0, 0, threading.Event()

    def work() -> None:
        nonlocal turns
        with closing(sqlite3.connect(file, timeout=60, isolation_level=None)) as connection:
            while not is_over.is_set():
                connection.execute("BEGIN IMMEDIATE")
                turns += 1
                time.sleep(0.03)
                connection.execute("COMMIT")
                time.sleep(0.004)

    worker = threading.Thread(target=work)
    worker.start()
    for _ in range(TURNS):
        before = turns
        wait_until(lambda before=before: turns > before, what="the other writer")
        before = turns
        write()
        waited += turns - before
    is_over.set()
    worker.join(timeout=60)
    return waited
