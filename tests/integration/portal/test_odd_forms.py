"""Forms with files that no browser makes: refused in words, or one is taken; none is left over."""

import io
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from app.core.db import db
from app.documents import storage
from app.documents.models import Document
from tests.factories import files
from tests.integration.portal.conftest import Citizen
from tests.visitor import values_of


def stored(app: Flask) -> set[str]:
    """Return the documents of which anything is stored, and see that nothing is on its way."""
    with app.app_context():
        store = storage.current()
        assert list(store.incoming.iterdir()) == []
        assert store.root is not None
        return {path.name for path in store.root.glob("files/*/*")}


def known(app: Flask) -> set[str]:
    with app.app_context():
        return {uid for (uid,) in db.session.query(Document.uid)}


@pytest.fixture
def before(app: Flask) -> Iterator[set[str]]:
    """Be what was stored before: see at the end that everything new has a row."""
    found = stored(app)
    rows = known(app)
    yield rows
    assert stored(app) - found <= known(app) - rows


def part(name: str | None = "صورة.jpg") -> tuple[io.BytesIO, str | None]:
    return io.BytesIO(files.jpeg(60, 60)), name


def sent(citizen: Citizen, *parts: tuple[str, object]) -> tuple[int, str]:
    """Send the form of a paper with these parts instead of its own."""
    reference = citizen.make("draft")
    page = citizen.open(f"/requests/{reference}/papers/old_passport")
    values = values_of(page.form("Attach"))
    values.pop("file", None)
    data = MultiDict([*values.items(), *parts])
    answer = citizen.visitor.client.post(
        page.url, data=data, content_type="multipart/form-data", follow_redirects=True
    )
    return answer.status_code, answer.get_data(as_text=True)


@pytest.mark.proves("S25", "upload_name-006")
@pytest.mark.parametrize("count", [2, 21])
def test_of_several_files_in_one_field_none_is_taken_and_that_is_said(
    app: Flask, citizen: Citizen, before: set[str], count: int
) -> None:
    status, text = sent(citizen, *(("file", part(f"{n}.jpg")) for n in range(count)))

    assert status == 422 and "Send one file at a time" in text
    assert known(app) == before


@pytest.mark.proves("S25", "upload_name-006")
def test_a_file_without_a_name_is_no_file(app: Flask, citizen: Citizen, before: set[str]) -> None:
    status, text = sent(citizen, ("file", part("")))

    assert status == 422 and "Choose a file." in text
    assert known(app) == before


@pytest.mark.proves("S25", "upload_name-006")
def test_a_text_where_a_file_belongs_is_no_file(
    app: Flask, citizen: Citizen, before: set[str]
) -> None:
    status, text = sent(citizen, ("file", "../../etc/passwd"))

    assert status == 422 and "Choose a file." in text
    assert known(app) == before


@pytest.mark.proves("S25", "upload_name-006")
def test_a_file_in_a_field_that_nobody_asked_for_is_left(
    app: Flask, citizen: Citizen, before: set[str]
) -> None:
    status, text = sent(citizen, ("file", part()), ("photo", part()), ("key", part()))

    assert status == 200 and "The file was received." in text
    assert len(known(app) - before) == 1


@pytest.mark.proves("S25", "upload_name-006")
def test_a_paper_takes_no_more_files_than_it_may(
    app: Flask, citizen: Citizen, before: set[str]
) -> None:
    reference = citizen.make("draft")
    for number in range(21):
        citizen.open(f"/requests/{reference}/papers/old_passport")
        if "Attach" not in citizen.page.text:
            break
        citizen.submit({"file": part(f"{number}.jpg")}, "Attach")

    assert number < 21
    assert len(known(app) - before) == number
