"""A copy that was made under load comes back whole: nothing acknowledged before it is missing."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url, select, text

from app.audit import anchoring, sealing, verifying
from app.audit.rules import Wrong
from app.cases.models import Case
from app.core.db import db, transaction
from app.reporting.retention import queries, services, tasks
from config import Settings
from tests.conftest import build, dispose
from tests.databases import Databases
from tests.factories import cases as factory
from tests.factories import people

pytestmark = [pytest.mark.faults, pytest.mark.grid]
BEFORE, AFTER = 12, 6
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


def copy_of(app: Flask, target: Path) -> str:
    """Copy the database by its own means while it is written to; return the address of the copy."""
    source = make_url(app.config["SETTINGS"].database_url).database or ""
    with sqlite3.connect(source) as here, sqlite3.connect(target) as there:
        here.backup(there, pages=20)
    here.close()
    there.close()
    return f"sqlite:///{target}"


@pytest.mark.proves("data_ops-005")
def test_a_copy_made_under_load_comes_back_whole(
    databases: Databases, make_settings: Callable[[str], Settings], tmp_path: Path
) -> None:
    app = build(make_settings(databases.migrated("sqlite")))
    filing = Filing(app)
    acknowledged = filing.until(BEFORE)
    with app.app_context():
        before = anchoring.current()
    restored = build(make_settings(copy_of(app, tmp_path / "copy.sqlite3")))
    filing.until(len(filing.sent) + AFTER)
    filing.stop()
    with app.app_context():
        after = anchoring.current()
        erased = db.session.scalars(select(Case.id).where(Case.reference == acknowledged[0])).one()
        with transaction():
            services.erase(erased)
        listed = list(queries.list_references())

    assert before is not None and after is not None
    with restored.app_context():
        assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"
        assert set(acknowledged) <= set(db.session.scalars(select(Case.reference)))
        assert verifying.verify([before]).finding is None
        cut = verifying.verify([after]).finding
        assert cut is not None and cut.wrong is Wrong.CUT
        db.session.close()
        assert tasks.replay(listed) == 1
        case = db.session.scalars(select(Case).where(Case.reference == acknowledged[0])).one()
        assert case.data_key.wrapped is None
    print(f"acknowledged {len(acknowledged)}, all {len(filing.sent)}, lost 0, replayed 1")
    for one in (app, restored):
        dispose(one)
