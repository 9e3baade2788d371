"""The virus scanner: Debian's real clamd, one that is away, and what only looks like one."""

import time
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import update

from app.core import clock
from app.core.db import transaction
from app.core.errors import NotFound
from app.documents import clamd as protocol
from app.documents import queries, rules, scanner, services
from app.documents.models import Document, DocumentState
from app.documents.rules import Reason, Trouble
from app.documents.scanner import TEST_VIRUS
from app.jobs import rules as job_rules
from app.jobs.models import JobState
from tests import scanners
from tests.factories import files
from tests.factories.jobs import find_job
from tests.integration.documents.test_services import drain, kept
from tests.scanners import Answering, Clamd, scanner_at

pytestmark = pytest.mark.proves("S29", "upload_content-002")
NOWHERE = "clamd://127.0.0.1:1"


@pytest.fixture(scope="module")
def clamd() -> Iterator[Clamd]:
    """Be Debian's scanner."""
    with scanners.clamd() as server:
        yield server


@pytest.mark.parametrize("way", ["address", "unix_address"])
def test_the_scanner_refuses_a_virus_and_passes_a_photo(app: Flask, clamd: Clamd, way: str) -> None:
    with scanner_at(app, getattr(clamd, way)):
        sick, sound = kept(app, files.jpeg() + TEST_VIRUS), kept(app, files.jpeg())
        drain(app)

    with app.app_context():
        refused, clean = queries.get_document(sick), queries.get_document(sound)
        assert (refused.state, refused.reason) == (DocumentState.REFUSED, Reason.INFECTED)
        assert clean.state is DocumentState.CLEAN


def test_a_file_of_the_largest_size_is_scanned_to_its_last_byte(app: Flask, clamd: Clamd) -> None:
    padding = bytes(rules.LARGEST_FILE - len(TEST_VIRUS))
    with scanner_at(app, clamd.address), app.app_context():
        assert scanner.is_infected(padding + TEST_VIRUS)
        assert not scanner.is_infected(padding)


def test_a_file_that_is_larger_than_the_scanner_takes_waits_and_others_do_not(
    app: Flask, clamd: Clamd
) -> None:
    clamd.stop()
    clamd.start(longest="100K")
    with scanner_at(app, clamd.address), app.app_context():
        with pytest.raises(scanner.NoAnswer) as refused:
            scanner.is_infected(bytes(rules.LARGEST_FILE))
        assert refused.value.trouble is Trouble.LIMIT
        assert not scanner.is_infected(files.jpeg(60, 60))
    clamd.stop()
    clamd.start()


def is_waiting(app: Flask, uid: str) -> str | None:
    """Return why a file waits, and see that it does and is shown to nobody."""
    with app.app_context():
        document = queries.get_document(uid)
        assert document.state is DocumentState.QUARANTINED
        for show in (services.preview, lambda one: services.page_image(one, 1)):
            with pytest.raises(NotFound):
                show(document)
        return document.trouble


LIARS = {
    "says nothing": (scanners.sleeps, Trouble.SLOW),
    "drips": (scanners.drips, Trouble.SLOW),
    "hangs up": (scanners.hangs_up, Trouble.AWAY),
    "says an empty line": (scanners.says(b"\0"), Trouble.NONSENSE),
    "says half a line": (scanners.says(b"stream: OK"), Trouble.NONSENSE),
    "says not OK": (scanners.says(b"stream: not OK\0"), Trouble.NONSENSE),
    "says OK of another": (scanners.says(b"other: OK\0"), Trouble.NONSENSE),
    "says an error": (scanners.says(b"stream: Can't open file ERROR\0"), Trouble.NONSENSE),
    "speaks HTTP": (scanners.says(b"HTTP/1.1 200 OK\r\n\r\n\0"), Trouble.NONSENSE),
    "says bytes": (scanners.says(bytes(range(1, 256)) * 100), Trouble.NONSENSE),
}


@pytest.mark.parametrize("name", LIARS)
def test_a_file_is_not_clean_by_an_answer_that_is_none(
    app: Flask, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner, "SECONDS", 0.5)
    answering, trouble = LIARS[name]
    with scanners.impostor(scanners.sees(answering)) as address, scanner_at(app, address):
        uid = kept(app, files.jpeg(60, 60))
        drain(app)

    assert is_waiting(app, uid) in {trouble, Trouble.AWAY}


def test_a_scanner_that_calls_a_file_clean_before_its_end_is_not_believed(app: Flask) -> None:
    with (
        scanners.impostor(scanners.sees(scanners.hurries)) as address,
        scanner_at(app, address),
        app.app_context(),
        pytest.raises(scanner.NoAnswer) as refused,
    ):
        scanner.is_infected(bytes(rules.LARGEST_FILE))

    assert refused.value.trouble in {Trouble.NONSENSE, Trouble.AWAY}


def test_a_scanner_that_calls_everything_clean_is_found_out(app: Flask) -> None:
    with (
        scanners.impostor(scanners.says(b"stream: OK\0")) as address,
        scanner_at(app, address),
    ):
        uid = kept(app, files.jpeg(60, 60))
        drain(app)

    assert is_waiting(app, uid) == Trouble.BLIND


def test_a_scanner_that_sees_is_believed_so_that_the_liars_above_bite(app: Flask) -> None:
    """The control: the impostor that tells the truth makes the same file clean."""
    with (
        scanners.impostor(scanners.sees(scanners.says(b"stream: OK\0"))) as address,
        scanner_at(app, address),
    ):
        uid = kept(app, files.jpeg(60, 60))
        drain(app)

    with app.app_context():
        assert queries.get_document(uid).state is DocumentState.CLEAN


@pytest.mark.parametrize("answering", [scanners.drips, scanners.sleeps])
def test_no_answer_lasts_longer_than_its_span(answering: Answering) -> None:
    with scanners.impostor(answering) as address:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            protocol.ask(address, b"file", seconds=0.2)
    print(f"ended after {time.monotonic() - began:.2f} s of 0.2 s")


def test_a_file_waits_while_the_scanner_is_away_and_is_never_given_up(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_rules, "BACKOFF_CAP", job_rules.BACKOFF_BASE * 0)
    with scanner_at(app, NOWHERE):
        uid = kept(app, files.jpeg(60, 60))
        with app.app_context():
            job = find_job(f"{services.CHECK}/{uid}")
            assert job is not None
            monkeypatch.setattr("app.jobs.tasks.DRAIN_SECONDS", 0.3)
        drain(app)

    assert is_waiting(app, uid) == Trouble.AWAY
    with app.app_context():
        job = find_job(f"{services.CHECK}/{uid}")
        assert job is not None and job.attempts > job_rules.MOST_ATTEMPTS
        assert (job.state, job.last_error) == (JobState.DUE, "scanner_away")


def test_a_scanner_that_is_away_is_left_alone_longer_each_time(app: Flask) -> None:
    asked: list[bytes] = []

    def silent(line: object) -> None:
        asked.append(b"asked")

    with scanners.impostor(silent) as address, scanner_at(app, address), app.app_context():
        for _turn in range(20):
            with pytest.raises(scanner.NoAnswer) as silence:
                scanner.is_infected(b"file")
            assert silence.value.trouble is Trouble.AWAY

    assert len(asked) == 1


def test_files_wait_for_the_scanner_no_longer_than_it_is_away(app: Flask, clamd: Clamd) -> None:
    with scanner_at(app, NOWHERE):
        uid = kept(app, files.jpeg(60, 60))
        drain(app)
    assert is_waiting(app, uid) == Trouble.AWAY

    with scanner_at(app, clamd.address):
        with app.app_context(), transaction():
            job = find_job(f"{services.CHECK}/{uid}")
            assert job is not None
            job.due_at = clock.now()
        drain(app)

    with app.app_context():
        document = queries.get_document(uid)
        assert (document.state, document.trouble) == (DocumentState.CLEAN, None)


def test_what_waits_for_too_long_is_told_to_whoever_watches(app: Flask) -> None:
    kept(app, files.jpeg(60, 60))
    assert "unscanned_files" not in app.test_client().get("/readyz").get_json()

    with app.app_context(), transaction() as session:
        session.execute(update(Document).values(created_at=clock.now() - rules.OVERDUE * 2))

    assert app.test_client().get("/readyz").get_json()["unscanned_files"] == 1
