"""Web and worker write to one SQLite file at once: nobody is told that it is locked."""

import dataclasses
import json
import os
import subprocess
import sys
from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.db import db
from app.jobs.models import Job, JobState
from tests.faults.writer import KIND
from tests.servers import ROOT

pytestmark = [pytest.mark.race, pytest.mark.faults, pytest.mark.grid]
WEB, WORKERS = 4, 2
WRITES = int(os.environ.get("FAULTS_N", "400"))
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
    """F31; its figure is FAULTS_N=10000."""
    locked, done = report(racing_app, contend(racing_app))

    assert (locked, done) == (0, WRITES)


@SQLITE
def test_writers_that_begin_as_readers_are_told_so(unguarded_app: Flask) -> None:
    """The control: by SQLite's own way to begin the same processes refuse each other."""
    locked, _done = report(unguarded_app, contend(unguarded_app, "deferred"))

    assert locked > 0
