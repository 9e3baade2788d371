"""Files on their way from a form to page images, with the worker's part really run."""

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

import pytest
import time_machine
from flask import Flask

from app.core import clock, crypto, i18n
from app.core.db import db, transaction
from app.core.errors import Invalid, NotFound
from app.documents import decoder, queries, rules, services, storage
from app.documents.models import Document, DocumentState
from app.documents.rules import Reason
from app.jobs import services as jobs
from app.jobs import tasks
from tests.factories import files

ALL = ("jpeg", "png", "pdf")


@dataclass
class Attached:
    """A file as a form brings it."""

    stream: IO[bytes]
    filename: str | None = "file.bin"


def attached(data: bytes, name: str = "file.bin") -> Attached:
    """Return a file of a form."""
    return Attached(io.BytesIO(data), name)


def kept(app: Flask, data: bytes, *, name: str = "file.bin", pages: int = 20) -> str:
    """Return the uid of a document that was received for somebody new."""
    with app.app_context(), transaction():
        key = crypto.new_data_key(clock.now())
        db.session.add(key)
        document = services.receive(
            attached(data, name), data_key=key, formats=ALL, max_pages=pages
        )
        return document.uid


def drain(app: Flask) -> None:
    """Do what the worker does when it is rung."""
    with app.app_context():
        tasks.drain()


def document_of(uid: str) -> Document:
    """Return a document inside the open context."""
    return queries.get_document(uid)


@pytest.mark.parametrize(
    ("data", "pages"),
    [(files.jpeg(), 1), (files.png(), 1), (files.pdf(3), 3)],
    ids=["jpeg", "png", "pdf"],
)
def test_a_good_file_becomes_clean_page_images(app: Flask, data: bytes, pages: int) -> None:
    uid = kept(app, data)
    drain(app)

    with app.app_context():
        document = document_of(uid)
        assert document.state is DocumentState.CLEAN
        assert document.pages == pages
        assert services.page_image(document, pages).startswith(b"\xff\xd8\xff")
        assert services.preview(document).startswith(b"\xff\xd8\xff")
        assert services.original(document) == data


def test_no_image_is_given_out_before_the_file_is_clean(app: Flask) -> None:
    uid = kept(app, files.jpeg())

    with app.app_context():
        document = document_of(uid)
        assert document.state is DocumentState.QUARANTINED
        with pytest.raises(NotFound):
            services.page_image(document, 1)
        with pytest.raises(NotFound):
            services.preview(document)


def test_no_image_is_given_out_of_a_refused_file_even_if_it_is_there(app: Flask) -> None:
    uid = kept(app, files.jpeg())
    drain(app)
    with app.app_context(), transaction():
        document_of(uid).state = DocumentState.REFUSED

    with app.app_context(), pytest.raises(NotFound):
        services.page_image(document_of(uid), 1)


@pytest.mark.parametrize("number", [0, 2, -1])
def test_a_page_that_is_not_there_is_not_found(app: Flask, number: int) -> None:
    uid = kept(app, files.jpeg())
    drain(app)

    with app.app_context(), pytest.raises(NotFound):
        services.page_image(document_of(uid), number)


def test_an_arabic_file_name_stays_as_it_was(app: Flask) -> None:
    uid = kept(app, files.pdf(), name="جواز سفر ليان.pdf")

    with app.app_context():
        document = document_of(uid)
        assert document.name == "جواز سفر ليان.pdf"
        assert "جواز".encode() not in document.sealed_name


def test_what_lies_in_the_store_is_sealed(app: Flask) -> None:
    data = files.jpeg_with_exif()
    uid = kept(app, data)
    drain(app)

    with app.app_context():
        store = storage.current()
        for part in (storage.ORIGINAL, storage.SMALL, storage.page_part(1)):
            assert not store.get(storage.key_of(uid, part)).startswith(b"\xff\xd8\xff")


def test_bytes_moved_to_another_document_do_not_open(app: Flask) -> None:
    mine, other = kept(app, files.jpeg()), kept(app, files.png())

    with app.app_context():
        store = storage.current()
        store.put(
            storage.key_of(mine, storage.ORIGINAL),
            store.get(storage.key_of(other, storage.ORIGINAL)),
        )
        with pytest.raises(crypto.Unreadable):
            services.original(document_of(mine))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "empty", id="0 bytes"),
        pytest.param(bytes(rules.LARGEST_FILE + 1), "larger than 10 MB", id="over 10 MB"),
        pytest.param(files.program(), "PDF, PNG", id="exe"),
        pytest.param(files.truncated_jpeg(), "damaged", id="truncated jpeg"),
        pytest.param(files.bomb(), "too large", id="decompression bomb"),
        pytest.param(files.locked_pdf(), "password", id="encrypted pdf"),
        pytest.param(files.pdf(500), "at most 20", id="500 pages"),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence_and_leaves_nothing(
    app: Flask, data: bytes, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        kept(app, data, name="جواز.pdf")

    with app.app_context():
        with i18n.speaking("en"):
            assert words in refused.value.sentence()
        assert refused.value.field == "file"
        assert db.session.query(Document).count() == 0
        assert list(storage.current().incoming.iterdir()) == []


def test_a_pdf_is_refused_where_photos_are_asked_for(app: Flask) -> None:
    with app.app_context(), pytest.raises(Invalid):
        services.examine(attached(files.pdf()), formats=("jpeg", "png"))


def test_a_file_that_breaks_after_it_came_is_refused_with_its_reason(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = kept(app, files.jpeg())

    def refuse(*_words: object, **_named: object) -> list[bytes]:
        raise decoder.Refused(Reason.TOO_COMPLEX)

    monkeypatch.setattr(decoder, "pages", refuse)
    drain(app)

    with app.app_context():
        document = document_of(uid)
        assert (document.state, document.reason) == (DocumentState.REFUSED, Reason.TOO_COMPLEX)


def test_a_row_that_cannot_be_written_leaves_no_file(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[str] = []
    put = storage.Storage.put

    def noted(self: storage.Storage, key: str, data: bytes) -> None:
        stored.append(key)
        put(self, key, data)

    monkeypatch.setattr(storage.Storage, "put", noted)
    monkeypatch.setattr(jobs, "schedule", lambda *_a, **_k: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        kept(app, files.jpeg())

    with app.app_context(), pytest.raises(storage.Missing):
        storage.current().get(stored[0])


@pytest.mark.proves("upload_content-014")
def test_old_files_without_a_row_are_swept_and_others_stay(app: Flask) -> None:
    uid = kept(app, files.jpeg())
    orphan = storage.key_of("0" * 32, storage.ORIGINAL)

    with app.app_context():
        storage.current().put(orphan, b"sealed")
        services.sweep(clock.now() + timedelta(hours=23), prefix="00")
        assert storage.current().get(orphan) == b"sealed"

        services.sweep(clock.now() + timedelta(hours=25), prefix="00")
        services.sweep(clock.now() + timedelta(hours=25), prefix=uid[:2])
        with pytest.raises(storage.Missing):
            storage.current().get(orphan)
        assert services.original(document_of(uid))


def test_what_nobody_could_look_at_is_scheduled_again(app: Flask) -> None:
    uid = kept(app, files.jpeg())
    with app.app_context(), transaction():
        jobs.cancel(f"{services.CHECK}/{uid}")

    later = clock.now() + timedelta(hours=2)
    with time_machine.travel(later), app.app_context():
        with transaction():
            assert services.check_again(later) == 1
        tasks.drain()

    with app.app_context():
        assert document_of(uid).state is DocumentState.CLEAN


def test_what_can_never_be_looked_at_does_not_keep_the_newest_waiting(app: Flask) -> None:
    kept(app, files.jpeg())
    newest = kept(app, files.jpeg())

    with app.app_context():
        waiting = queries.list_waiting(clock.now() + timedelta(hours=2), limit=1)

    assert waiting == [newest]


def test_a_file_that_is_taken_away_while_it_is_looked_at_is_no_fault(app: Flask) -> None:
    uid = kept(app, files.jpeg())
    with app.app_context(), transaction() as session:
        outcome = services.look_at(uid)
        session.delete(document_of(uid))

    with app.app_context(), transaction():
        assert outcome is not None
        services.conclude(uid, outcome)


@pytest.mark.grid
def test_a_day_of_ticks_sweeps_the_whole_store(app: Flask) -> None:
    orphans = [storage.key_of(f"{prefix}{'0' * 30}", storage.ORIGINAL) for prefix in ("00", "ff")]
    with app.app_context():
        for key in orphans:
            storage.current().put(key, b"sealed")

    later = clock.now() + timedelta(days=2)
    for hour in range(24):
        with time_machine.travel(later + timedelta(hours=hour), tick=False), app.app_context():
            tasks.tick()
            tasks.drain()

    with app.app_context():
        for key in orphans:
            with pytest.raises(storage.Missing):
                storage.current().get(key)


def test_documents_are_looked_at_again_though_the_store_cannot_be_listed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = kept(app, files.jpeg())
    with app.app_context(), transaction():
        jobs.cancel(f"{services.CHECK}/{uid}")
    monkeypatch.setattr(storage.Storage, "list_older", lambda *_a, **_k: 1 / 0)

    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False), app.app_context():
        tasks.tick()
        tasks.drain()

    with app.app_context():
        assert document_of(uid).state is DocumentState.CLEAN
