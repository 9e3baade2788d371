"""A service out as a file and in again, and files that are refused whole."""

import io
import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.catalogue import example_files, queries, services
from app.catalogue.definition import document as definitions
from app.catalogue.definition import schema
from app.core.actor import SYSTEM, Role
from app.core.db import transaction
from tests.factories import people
from tests.visitor import Page, Visitor, text_of

FOLDER = example_files.FOLDER / "services"
RENEWAL = json.loads((FOLDER / "pass_renew.json").read_text(encoding="utf-8"))
EDITOR = "/en/admin/services/PASS_RENEW"


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """Be an admin of a post with a published renewal of passports."""
    with app.app_context(), transaction():
        service = services.save_draft(people.post(), definitions.parse(RENEWAL), actor=SYSTEM)
        services.publish(service, actor=SYSTEM)
    return people.staff_visitor(app, Role.ADMIN)


def bring(admin: Visitor, body: bytes, language: str = "en", button: str = "Read the file") -> Page:
    admin.open(f"/{language}/admin/services/import")
    return admin.submit({"file": (io.BytesIO(body), "service.json")}, button=button)


def file_of(**changes: Any) -> bytes:
    return json.dumps({**RENEWAL, **changes}).encode()


def hash_of(app: Flask, code: str = "PASS_RENEW") -> tuple[str, int]:
    with app.app_context():
        service = queries.get_service(queries.get_current_post().id, code)
        return definitions.content_hash(definitions.parse(service.draft)), service.draft_revision


def test_what_goes_out_comes_in_with_the_same_hash(app: Flask, admin: Visitor) -> None:
    for name in ("draft", "1"):
        answer = admin.client.get(f"{EDITOR}/file/{name}.json")
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert answer.data == admin.client.get(f"{EDITOR}/file/{name}.json").data
        again = definitions.read_json(answer.data)
        assert definitions.content_hash(again) == hash_of(app)[0]

    page = bring(admin, answer.data)

    assert "There is nothing to change" in page.text
    assert admin.client.get(f"{EDITOR}/file/2.json").status_code == 404


def test_a_draft_is_replaced_after_it_was_looked_at(app: Flask, admin: Visitor) -> None:
    before = hash_of(app)

    page = bring(admin, file_of(summary={"ar": "جديد", "ru": "Новое", "en": "New"}, fees=[]))
    assert "The file would replace the draft" in page.text
    assert hash_of(app) == before
    page = admin.submit({}, button="Replace the draft")

    assert page.url == EDITOR
    assert hash_of(app)[1] == before[1] + 1
    with app.app_context():
        version, published = queries.get_published(queries.get_current_post(), "PASS_RENEW")
        assert (version.number, len(published.fees)) == (1, len(RENEWAL["fees"]))


def test_what_a_file_would_change_is_shown_thing_by_thing(admin: Visitor) -> None:
    page = bring(admin, file_of(summary={"ar": "جديد", "ru": "Новое", "en": "All new"}, fees=[]))

    was = " ".join(text_of(one) for one in page.by_class("s-diff__was"))
    now = " ".join(text_of(one) for one in page.by_class("s-diff__now"))
    assert RENEWAL["summary"]["en"] in was
    assert "All new" in now
    gone = [text_of(one) for one in page.by_class("s-diff__title")]
    assert len([one for one in gone if RENEWAL["fees"][0]["label"]["en"] in one]) == 1


def test_a_new_service_comes_in_unpublished(app: Flask, admin: Visitor) -> None:
    bring(admin, file_of(code="PASS_OTHER"))
    page = admin.submit({}, button="Make this the draft")

    assert page.url == "/en/admin/services/PASS_OTHER"
    assert "Nothing is published yet." in page.text
    assert Visitor(app.test_client()).open("/en/services/PASS_OTHER").status == 404


def test_pressing_twice_replaces_once(app: Flask, admin: Visitor) -> None:
    confirm = bring(admin, file_of(target_days=3))
    for _time in range(2):
        admin.page = confirm
        admin.submit({}, button="Replace the draft")

    assert hash_of(app)[1] == 2


def test_a_draft_that_went_on_meanwhile_is_shown_again(app: Flask, admin: Visitor) -> None:
    bring(admin, file_of(target_days=3))
    with app.app_context(), transaction():
        changed = definitions.parse({**RENEWAL, "target_days": 9})
        services.save_draft(people.post(), changed, actor=SYSTEM)
    kept = hash_of(app)

    page = admin.submit({}, button="Replace the draft")

    assert page.status == 409
    assert "The draft was changed meanwhile" in page.text
    assert hash_of(app) == kept
    assert admin.submit({}, button="Replace the draft").url == EDITOR


def cyclic() -> bytes:
    document = json.loads(json.dumps(RENEWAL))
    fields = document["pages"][0]["fields"]
    fields[0]["show_when"] = {"field": fields[1]["key"], "answered": True}
    fields[1]["show_when"] = {"field": fields[0]["key"], "answered": True}
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("body", "place", "sentence"),
    [
        (b"{", "", "صيغة JSON"),
        (file_of(stranger=1), "stranger", ""),
        (b'{"code": 1, "code": 2}', "code", ""),
        (file_of(title={"ar": "<b>x</b>"}), "title.ar", "HTML"),
        (cyclic(), "pages[0].fields[0].show_when", ""),
        (file_of(pages=[RENEWAL["pages"][0]] * 2), "pages[1].key", ""),
        (file_of(note={"ar": "س" * 1_100_000}), "", "1048576"),
    ],
    ids=["json", "unknown", "twice", "html", "cycle", "duplicate", "large"],
)
def test_a_bad_file_is_refused_in_the_admins_language_and_changes_nothing(
    app: Flask, admin: Visitor, body: bytes, place: str, sentence: str
) -> None:
    before = hash_of(app)

    page = bring(admin, body, "ar", "قراءة الملف")

    assert page.status == 422
    assert any(place in line and sentence in line for line in page.errors)
    assert page.root.get("dir") == "rtl"
    assert hash_of(app) == before


def test_ten_megabytes_are_refused_early(admin: Visitor) -> None:
    page = bring(admin, b" " * (10 * 1024 * 1024 + 1))

    assert page.status == 413
    assert page.errors == ["The file is larger than 1048576 bytes."]


def test_a_file_of_nearly_a_megabyte_comes_in(admin: Visitor) -> None:
    notes = {"ar": "س" * 4000, "ru": "Я" * 4000, "en": "x" * 4000}
    papers = [{**RENEWAL["papers"][0], "key": f"paper_{n}", "help": notes} for n in range(45)]
    body = json.dumps({**RENEWAL, "papers": papers}, ensure_ascii=False).encode()
    assert 900_000 < len(body) < definitions.LARGEST_FILE

    bring(admin, body)
    page = admin.submit({}, button="Replace the draft")

    assert page.url == EDITOR


def test_only_admins_read_files_in_or_out(app: Flask, admin: Visitor) -> None:
    officer = people.staff_visitor(app, Role.OFFICER)

    for path in (f"{EDITOR}/file", f"{EDITOR}/file/draft.json", "/en/admin/services/import"):
        assert officer.open(path).status == 404


def test_the_schema_is_for_everybody_and_kept(client: FlaskClient) -> None:
    answer = client.get("/services/schema.json")

    assert answer.data == schema.write()
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    tag = answer.headers["ETag"]
    assert client.get("/services/schema.json", headers={"If-None-Match": tag}).status_code == 304
