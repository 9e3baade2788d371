"""A page image as staff see it: marked with the reader, the case and the moment."""

import io

import pytest
from flask import Flask
from PIL import Image, ImageChops

from app.core.actor import Role
from app.documents import marking, storage
from app.documents import services as documents
from tests.factories import files
from tests.integration.desk.conftest import Officer, name_officer, officer_at, taken
from tests.integration.desk.test_review import case_of, opened, uids
from tests.integration.desk.test_second import citizen_of

WHITE = io.BytesIO()
Image.new("RGB", (1240, 1755), "white").save(WHITE, "JPEG")


def page_of(by: Officer, reference: str, photo: str) -> bytes:
    answer = by.visitor.client.get(f"/en/desk/cases/{reference}/papers/{photo}/1.jpg")
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.get_data()


@pytest.mark.proves("S30")
def test_two_officers_see_two_pictures_and_what_is_stored_stays(
    app: Flask, officer: Officer
) -> None:
    reference = taken(app, officer, photo=files.jpeg())
    other = officer_at(app, Role.HEAD)
    name_officer(app, officer, "Rana Haddad")
    name_officer(app, other, "Omar Khalil")
    photo = uids(app, reference, officer)["photo"]
    with app.app_context():
        item = next(one for one in case_of(reference, officer).items if one.uid == photo)
        stored = documents.page_image(item.files[-1].document, 1)

    mine, theirs = page_of(officer, reference, photo), page_of(other, reference, photo)

    assert len({mine, theirs, stored}) == 3
    with app.app_context():
        item = next(one for one in case_of(reference, officer).items if one.uid == photo)
        assert documents.page_image(item.files[-1].document, 1) == stored
        assert documents.original(item.files[-1].document) == files.jpeg()


def test_no_part_of_a_page_is_without_the_mark_and_all_of_it_can_be_read() -> None:
    words = "JM-7K4P-92QX-H · Rana Haddad · 2026-11-27 10:20"
    marked = Image.open(io.BytesIO(marking.marked(WHITE.getvalue(), words)))
    ink = ImageChops.invert(marked.convert("L"))

    for top in range(0, 1755 - 585, 585):
        for left in range(0, 1240 - 620, 620):
            assert darkest(ink.crop((left, top, left + 620, top + 585))) > 20
    assert marked.size == (1240, 1755)
    assert darkest(ink) < 100, "what lies below is covered"


def darkest(ink: Image.Image) -> int:
    return max(level for level, count in enumerate(ink.histogram()) if count)


@pytest.mark.proves("upload_content-016")
@pytest.mark.parametrize(
    ("language", "words"), [("en", "damaged"), ("ru", "повреждён"), ("ar", "تالف")]
)
def test_a_damaged_page_says_so_and_the_case_opens_all_the_same(
    app: Flask, officer: Officer, language: str, words: str
) -> None:
    reference = taken(app, officer, photo=files.jpeg())
    photo = uids(app, reference, officer)["photo"]
    with app.app_context():
        item = next(one for one in case_of(reference, officer).items if one.uid == photo)
        storage.current().delete([storage.key_of(item.files[-1].document.uid, "page-1")])

    page = officer.visitor.open(f"/{language}/desk/cases/{reference}/papers/{photo}/1.jpg")
    assert (page.status, page.language) == (410, language)
    assert words in page.text.lower()
    assert opened(officer, reference, language, f"?paper={photo}").status == 200


@pytest.mark.proves("S30")
def test_the_citizens_own_page_is_a_picture_in_which_nothing_runs(
    app: Flask, officer: Officer
) -> None:
    reference = taken(app, officer, photo=files.jpeg())
    with app.app_context():
        item = next(one for one in case_of(reference, officer).items if one.key == "photo")
        uid = item.files[-1].document.uid
    citizen = citizen_of(app, reference, officer)

    for path in (f"{uid}.jpg", f"{uid}/1.jpg"):
        answer = citizen.client.get(f"/en/requests/{reference}/papers/photo/{path}")
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
