"""Files while something dies, is full or cannot be trusted: nothing is lost or shown wrongly."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.cases.models import CaseFile
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.documents import queries, rules, scanner, services, storage
from app.documents.models import Document, DocumentState
from app.documents.scanner import TEST_VIRUS
from app.jobs.models import Job, JobState
from config import Settings
from tests import scanners, servers
from tests.conftest import build, dispose
from tests.databases import Databases
from tests.factories import files
from tests.faults import rig
from tests.faults.sizes import size
from tests.faults.uploader import POINTS
from tests.integration.documents.test_services import drain, kept
from tests.servers import ROOT

pytestmark = [pytest.mark.race, pytest.mark.faults]
N = size(16, 1000)
SIGKILLED = 9

Order = dict[str, Any]  # Any: a JSON object


def name_of(app: Flask) -> str:
    return "SQLite" if "sqlite" in app.config["SETTINGS"].database_url else "PostgreSQL"


@contextmanager
def uploader(app: Flask) -> Iterator[Callable[[Order], int]]:
    """Run the process that forks uploads; yield what sends one and returns how it ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.uploader", settings_of(app)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin and process.stdout and process.stdout.readline() == "ready\n"

    def send(order: Order) -> int:
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    try:
        yield send
    finally:
        process.stdin.close()
        process.wait(timeout=10)
        process.stdout.close()


def settings_of(app: Flask) -> str:
    return json.dumps(dataclasses.asdict(app.config["SETTINGS"]), default=str)


def swept(app: Flask, after: timedelta) -> None:
    """Sweep the whole store as if so much time had gone by."""
    with app.app_context():
        for prefix in rules.PREFIXES:
            services.sweep(clock.now() + after, prefix=prefix)


def compared(app: Flask) -> dict[str, int]:
    """Return how rows and files compare, and what else lies in the store."""
    with app.app_context():
        store = storage.current()
        assert store.root is not None
        rows = {uid for (uid,) in db.session.query(Document.uid)}
        attached = db.session.query(CaseFile.id).count()
        stored = {path.parent.name for path in store.root.glob("files/*/*/original")}
        remains = [*store.root.rglob("*#*"), *(p for p in store.incoming.iterdir() if p.is_file())]
    return {
        "rows": len(rows),
        "attached": attached,
        "rows without file": len(rows - stored),
        "files without row": len(stored - rows),
        "remains": len(remains),
    }


@pytest.fixture
def emptied_app(racing_app: Flask) -> Flask:
    """Be such an app whose store is empty as well."""
    root = storage_root(racing_app)
    shutil.rmtree(root / "files", ignore_errors=True)
    return racing_app


def storage_root(app: Flask) -> Path:
    root = app.extensions["storage"].root
    assert isinstance(root, Path)
    return root


@pytest.mark.grid
@pytest.mark.proves("upload_content-014")
def test_uploads_that_are_killed_leave_no_row_without_a_file(emptied_app: Flask) -> None:
    """F25: at each of eight points; a thousand at its figure."""
    points = [*POINTS]
    with uploader(emptied_app) as send:
        ended = Counter(
            send({**order, "point": points[n % len(points)]})
            for n, order in enumerate(rig.drafts(emptied_app, N))
        )
        at_once = compared(emptied_app)
        whole = send({**rig.drafts(emptied_app, 1)[0], "point": ""})
    swept(emptied_app, timedelta(hours=25))
    after = compared(emptied_app)

    print(
        f"\nF25 {name_of(emptied_app)}: seed none, N {N}, kills {ended[SIGKILLED]}, lost"
        f" {after['rows without file']}, duplicated 0, before the sweep {at_once}, after {after}"
    )
    assert (ended, whole) == ({SIGKILLED: N}, 0)
    assert at_once["rows without file"] == 0
    assert at_once["files without row"] + at_once["remains"] > 0, "no kill left anything to sweep"
    assert after == {
        "rows": N // len(points) + 1,
        "attached": N // len(points) + 1,
        "rows without file": 0,
        "files without row": 0,
        "remains": 0,
    }


LYING = {
    "away": None,
    "silent": scanners.sleeps,
    "hanging up": scanners.hangs_up,
    "garbage": scanners.says(b"HTTP/1.1 200 OK\r\n\r\n\0"),
    "clean without looking": scanners.says(b"stream: OK\0"),
    "seeing, then not OK": scanners.sees(scanners.says(b"stream: not OK\0")),
}


def served(app: Flask, uids: list[str]) -> int:
    """Return how many of these documents are shown."""
    count = 0
    for uid in uids:
        with app.app_context():
            document = queries.get_document(uid)
            try:
                count += bool(services.preview(document))
            except NotFound:
                continue
    return count


@pytest.mark.proves("S29", "upload_content-002", "upload_content-016")
def test_nothing_is_shown_that_no_scanner_called_clean(
    racing_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F26: a scanner that is away, slow or lies, and files that are damaged afterwards."""
    monkeypatch.setattr(scanner, "SECONDS", 0.3)
    app, uids, shown = racing_app, list[str](), 0
    for answering in LYING.values():
        with _scanner(answering) as address, scanners.scanner_at(app, address):
            uids += [kept(app, files.jpeg(60, 60)), kept(app, files.jpeg(60, 60) + TEST_VIRUS)]
            drain(app)
            shown += served(app, uids)
    with app.app_context():
        overdue = queries.count_overdue(clock.now())

    with scanners.clamd() as clamd, scanners.scanner_at(app, clamd.address):
        _hurry(app)
        drain(app)
    states = _states(app)
    for uid in uids:
        with app.app_context():
            storage.current().put(storage.key_of(uid, storage.SMALL), b"not what was stored")
    damaged = served(app, uids)

    print(
        f"\nF26 {name_of(app)}: seed none, N {len(uids)}, scanners {len(LYING)}, kills 0, lost 0,"
        f" duplicated 0, unscanned shown {shown}, waiting {overdue}, then {dict(states)},"
        f" damaged shown {damaged}"
    )
    assert (shown, damaged, overdue) == (0, 0, len(uids))
    half = len(uids) // 2
    assert states == {DocumentState.CLEAN: half, DocumentState.REFUSED: half}


@contextmanager
def _scanner(answering: scanners.Answering | None) -> Iterator[str]:
    if answering is None:
        yield "clamd://127.0.0.1:1"
        return
    with scanners.impostor(answering) as address:
        yield address


def _hurry(app: Flask) -> None:
    """Have every job that waits due now."""
    with app.app_context(), transaction() as session:
        session.query(Job).filter_by(state=JobState.DUE).update({"due_at": clock.now()})


def _states(app: Flask) -> Counter[DocumentState]:
    with app.app_context():
        return Counter(state for (state,) in db.session.query(Document.state))


BALLAST = 4 * 1024 * 1024
COPY = 'cp -a "$1"/. "$2" && head -c "$3" /dev/zero > "$2/ballast" && shift 4 && exec "$@"'
SCRIPT = f'mount -t tmpfs -o size="$4" tmpfs "$2" && {COPY}'


@pytest.mark.grid
@pytest.mark.skipif(sys.platform != "linux", reason="mounts are made as Linux makes them")
def test_a_full_disk_refuses_uploads_and_harms_nothing(
    databases: Databases, make_settings: Callable[[str], Settings], tmp_path: Path, engine: str
) -> None:
    """F10: database and store on a file system of a few megabytes, of its own namespace."""
    if engine == "postgresql" and os.geteuid() != 0:
        pytest.skip("in a namespace everybody is root, as whom PostgreSQL does not run")
    prepared = tmp_path / "prepared"
    prepared.mkdir()
    with mount_point(tmp_path, engine) as mounted:
        if engine == "sqlite":
            words, room = _on_folder(databases, make_settings, prepared, mounted), "24m"
        else:
            words, room = _bare(make_settings, mounted), "64m"
        told = told_inside(prepared, mounted, room, words)

    print(f"\nF10 {engine}: seed none, N {sum(told['counts'].values())}, kills 0, {told}")
    assert told["counts"]["ok"] > 5 and len(told["counts"]) > 1
    assert engine == "sqlite" or told["counts"]["DiskFull"]
    assert (told["form"], told["page"], told["readable"]) == (503, 200, True)
    assert (told["rows without file"], told["files without row"], told["remains"]) == (0, 0, 0)
    assert (told["integrity"], told["after"]) == ("ok", "ok")


@contextmanager
def mount_point(folder: Path, engine: str) -> Iterator[Path]:
    """Make an empty folder, where PostgreSQL, which runs as somebody else, gets to it as well."""
    within = servers._private_folder() if engine == "postgresql" else folder
    mounted = within / f"full-{os.getpid()}"
    mounted.mkdir()
    yield mounted
    mounted.rmdir()


def told_inside(prepared: Path, mounted: Path, room: str, words: Sequence[str]) -> dict[str, Any]:
    """Fill a file system of a namespace; return what came of it (Any: a JSON object)."""
    settings, order = words
    inside = [sys.executable, "-m", "tests.faults.filled", settings, f"{mounted}/ballast", order]
    unshare = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]
    given = [str(prepared), str(mounted), str(BALLAST), room]
    done = subprocess.run(
        [*unshare, "sh", "-c", SCRIPT, "sh", *given, *inside],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _bare(make_settings: Callable[[str], Settings], mounted: Path) -> tuple[str, str]:
    """Return settings for a store there and a database that is made there, and no order."""
    kept = dataclasses.asdict(make_settings("sqlite://"))
    moved = {"storage_url": f"file://{mounted}/documents", "instance": str(mounted)}
    return json.dumps({**kept, **moved}, default=str), ""


def _on_folder(
    databases: Databases,
    make_settings: Callable[[str], Settings],
    prepared: Path,
    mounted: Path,
) -> tuple[str, str]:
    """Put a database with a draft into a folder; return settings for where it will be, and both."""
    url = databases.migrated("sqlite")
    app = build(make_settings(url))
    order = rig.drafts(app, 1)[0]
    dispose(app)
    shutil.copy(url.removeprefix("sqlite:///"), prepared / "db.sqlite3")
    kept = dataclasses.asdict(app.config["SETTINGS"])
    moved = {
        "database_url": f"sqlite:///{mounted}/db.sqlite3",
        "storage_url": f"file://{mounted}/documents",
        "instance": str(mounted),
    }
    return json.dumps({**kept, **moved}, default=str), json.dumps({**order, "point": ""})
