"""Stored files that were lost or changed: found, told of, and shown to nobody."""

import logging
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from app.core import clock
from app.core.db import db, transaction
from app.documents import proving, queries, services, storage
from app.documents.models import Document, DocumentState
from app.documents.rules import Reason
from app.documents.wording import Damaged
from app.jobs import tasks
from tests.factories import files
from tests.integration.documents.test_services import drain, kept

pytestmark = pytest.mark.proves("upload_content-016")
PARTS = (storage.ORIGINAL, storage.SMALL, storage.page_part(1))


def damage(uid: str, part: str, how: str) -> None:
    """Take a stored part away, or turn one bit of it, inside the open context."""
    store, key = storage.current(), storage.key_of(uid, part)
    if how == "missing":
        store.delete([key])
        return
    body = bytearray(store.get(key))
    body[len(body) // 2] ^= 1
    store.put(key, bytes(body))


def prove(app: Flask) -> int:
    with app.app_context():
        return proving.prove_some()


@pytest.mark.parametrize("how", ["missing", "changed"])
@pytest.mark.parametrize("part", PARTS)
def test_a_damaged_file_is_found_told_of_and_others_are_not(
    app: Flask, caplog: pytest.LogCaptureFixture, part: str, how: str
) -> None:
    bad, good = kept(app, files.jpeg(60, 60)), kept(app, files.jpeg(60, 60))
    drain(app)
    with app.app_context():
        damage(bad, part, how)

    with caplog.at_level(logging.ERROR):
        assert prove(app) == 1

    with app.app_context():
        assert queries.get_document(bad).damaged_at is not None
        assert queries.get_document(good).damaged_at is None
    assert "a stored document is damaged" in caplog.messages
    assert app.test_client().get("/readyz").get_json()["damaged_files"] == 1


@pytest.mark.parametrize("how", ["missing", "changed"])
def test_a_damaged_page_is_refused_and_logged(
    app: Flask, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    uid = kept(app, files.jpeg(60, 60))
    drain(app)

    with app.app_context():
        damage(uid, storage.page_part(1), how)
        with pytest.raises(Damaged):
            services.page_image(queries.get_document(uid), 1)
    assert "a clean document has lost its bytes" in caplog.messages


@pytest.mark.parametrize("how", ["missing", "changed"])
def test_a_file_that_is_lost_before_anybody_looked_is_refused(app: Flask, how: str) -> None:
    uid = kept(app, files.jpeg(60, 60))
    with app.app_context():
        damage(uid, storage.ORIGINAL, how)
    drain(app)

    with app.app_context():
        document = queries.get_document(uid)
        assert (document.state, document.reason) == (DocumentState.REFUSED, Reason.LOST)


def test_what_was_put_back_is_whole_again(app: Flask) -> None:
    uid = kept(app, files.jpeg(60, 60))
    with app.app_context():
        key = storage.key_of(uid, storage.ORIGINAL)
        sealed = storage.current().get(key)
        damage(uid, storage.ORIGINAL, "changed")
    assert prove(app) == 1

    with app.app_context():
        storage.current().put(key, sealed)
    with time_machine.travel(clock.now() + timedelta(days=8)):
        assert prove(app) == 0

    with app.app_context():
        assert queries.get_document(uid).damaged_at is None


def test_each_file_is_compared_once_a_week_the_longest_unproved_first(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "AT_ONCE", 1)
    first, second = kept(app, files.jpeg(60, 60)), kept(app, files.jpeg(60, 60))
    looked: list[str] = []
    is_whole = proving.is_whole

    def noted(document: Document) -> bool:
        looked.append(document.uid)
        return is_whole(document)

    monkeypatch.setattr(proving, "is_whole", noted)

    for _turn in range(3):
        prove(app)

    assert looked == [first, second]


def test_a_store_that_cannot_be_reached_is_no_damage(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = kept(app, files.jpeg(60, 60))
    monkeypatch.setattr(storage.Storage, "get", lambda *_a: 1 / 0)

    with app.app_context(), pytest.raises(ZeroDivisionError):
        proving.prove_some()

    with app.app_context():
        assert queries.get_document(uid).damaged_at is None


def test_the_worker_compares_by_itself(app: Flask) -> None:
    uid = kept(app, files.jpeg(60, 60))
    with app.app_context():
        tasks.tick()
        tasks.drain()

    with app.app_context(), transaction():
        assert queries.get_document(uid).proved_at is not None
        db.session.rollback()
