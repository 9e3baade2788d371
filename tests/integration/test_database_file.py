"""A database that cannot be used is named at the start, and pages say that they are not there."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from app.core import schema
from config import Settings
from tests.conftest import build, dispose
from tests.databases import ENGINES, Databases
from tests.servers import ROOT, free_port
from tests.unit.test_settings import PRODUCTION

NOBODY = 65534


def missing(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def no_database(path: Path) -> None:
    path.write_bytes(b"x" * 8192)


def of_another_release(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
        file.commit()


FAULTS: dict[Callable[[Path], None], str] = {
    missing: "there is no such file",
    empty: "The database has no tables",
    no_database: "is no database",
    of_another_release: "has schema 9999, this release needs",
}


@pytest.fixture
def file(databases: Databases) -> Path:
    """Be a file of SQLite with the newest schema."""
    return Path(make_url(databases.migrated("sqlite")).database or "")


@pytest.mark.parametrize("spoil", FAULTS, ids=lambda one: one.__name__)
@pytest.mark.proves("data_ops-007")
def test_why_nothing_starts_is_one_sentence(file: Path, spoil: Callable[[Path], None]) -> None:
    assert schema.fault_of(f"sqlite:///{file}") == ""

    spoil(file)

    assert FAULTS[spoil] in schema.fault_of(f"sqlite:///{file}")
    assert file.exists() is (spoil is not missing), "nothing was made in its place"


@pytest.fixture
def read_only(file: Path) -> Iterator[Path]:
    """Be such a file that this process may read and not write, whoever runs it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        copy = Path(shutil.copy(file, place))
        copy.chmod(0o444)
        place.chmod(0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(NOBODY)
        try:
            yield copy
        finally:
            os.seteuid(user)
            place.chmod(0o700)


@pytest.mark.proves("data_ops-007")
def test_a_file_that_cannot_be_written_to_starts_nothing(read_only: Path) -> None:
    assert "cannot be written to" in schema.fault_of(f"sqlite:///{read_only}")


@pytest.mark.proves("data_ops-007")
@pytest.mark.parametrize("spoil", [missing, empty, no_database], ids=lambda one: one.__name__)
def test_pages_of_a_file_that_went_bad_say_so(
    file: Path, spoil: Callable[[Path], None], make_settings: Callable[[str], Settings]
) -> None:
    spoil(file)
    app = build(make_settings(f"sqlite:///{file}"))
    client = app.test_client()

    page, ready = client.get("/ru/"), client.get("/readyz")

    assert (page.status_code, ready.status_code) == (503, 503)
    assert "Сервис временно недоступен" in page.text
    dispose(app)


@pytest.mark.proves("data_ops-007")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_database_of_before_is_told_from_one_that_is_away(
    databases: Databases, engine: str
) -> None:
    url = databases.empty(engine)
    if engine == "sqlite":
        Path(make_url(url).database or "").touch()

    assert "has no tables" in schema.fault_of(url)
    schema.upgrade(url, "0002")
    assert "has schema 0002, this release needs" in schema.fault_of(url)
    assert schema.fault_of("postgresql+psycopg://127.0.0.1:1/none") == ""


@pytest.mark.proves("data_ops-007")
def test_the_web_server_ends_at_once_and_says_why(tmp_path: Path) -> None:
    environ = {**os.environ, **PRODUCTION, "DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite3"}

    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{free_port()}", "wsgi:app"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ended.returncode != 0
    assert "there is no such file" in ended.stderr
    assert "Traceback" not in ended.stderr
