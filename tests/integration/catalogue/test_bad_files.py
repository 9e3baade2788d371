"""Service files that are wrong: told with the place, in the admin's language; nothing changes."""

import copy
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.catalogue import messages, services
from app.catalogue.definition import document as definitions
from app.catalogue.definition.problems import Problem, ProblemCode
from app.core import i18n
from app.core.actor import SYSTEM, Role
from app.core.db import Model, db, transaction
from tests.factories import people
from tests.factories.versions import RENEWAL, question, words
from tests.visitor import Visitor, without_marks

Edit = Callable[[dict[str, Any]], object]  # Any: JSON, broken on purpose

BUTTONS = {"ar": "قراءة الملف", "ru": "Прочитать файл", "en": "Read the file"}
DEEP = 10_000
ANSWERED = {"field": "issued_at", "answered": True}


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """Be an admin of a post with a published renewal of passports."""
    with app.app_context(), transaction():
        service = services.save_draft(people.post(), definitions.parse(RENEWAL), actor=SYSTEM)
        services.publish(service, actor=SYSTEM)
    return people.staff_visitor(app, Role.ADMIN)


def rows(app: Flask) -> dict[str, list[Any]]:
    """Return every row of every table; when somebody was seen last says nothing of what changed."""
    with app.app_context():
        return {
            name: sorted(map(repr, db.session.execute(select(table)).all()))
            for name, table in Model.metadata.tables.items()
            if name != "sign_in"
        }


def edited(edit: Edit) -> bytes:
    document = copy.deepcopy(RENEWAL)
    edit(document)
    return json.dumps(document).encode()


def first(document: dict[str, Any]) -> dict[str, Any]:
    field: dict[str, Any] = document["pages"][0]["fields"][0]
    return field


def cycle(document: dict[str, Any]) -> None:
    one, two = document["pages"][0]["fields"][:2]
    one["show_when"] = {"field": two["key"], "answered": True}
    two["show_when"] = {"field": one["key"], "answered": True}


def overlap(document: dict[str, Any]) -> None:
    document["fees"].insert(1, {**document["fees"][0], "key": "again", "valid_to": "2040-01-01"})


def many_fields(document: dict[str, Any]) -> None:
    document["pages"] = [
        {
            "key": f"p{p}",
            "title": words("Page"),
            "fields": [question(f"f{p}_{f}") for f in range(500)],
        }
        for p in range(4)
    ]


def nested_condition(document: dict[str, Any]) -> None:
    condition: dict[str, Any] = ANSWERED
    for _level in range(50):
        condition = {"not": condition}
    document["pages"][0]["fields"][2]["show_when"] = condition


def raw(name: str, value: str) -> bytes:
    """Return the file with a value that json.dumps would not write."""
    return edited(lambda d: d.update({name: "RAW"})).replace(b'"RAW"', value.encode(), 1)


FIRST = "pages[0].fields[0]"
TWICE = b'"title": {"ar": "x", "ar": "y"}'
CASES: dict[str, tuple[bytes, str, ProblemCode, dict[str, Any]]] = {
    "unknown key": (
        edited(lambda d: first(d).update(colour=1)),
        f"{FIRST}.colour",
        ProblemCode.UNKNOWN_KEY,
        {},
    ),
    "unseen signs in an unknown key": (
        edited(lambda d: d.update({"a\ud800\0b": 1})),
        "a\ufffd\ufffdb",
        ProblemCode.UNKNOWN_KEY,
        {},
    ),
    "cycle": (
        edited(cycle),
        f"{FIRST}.show_when",
        ProblemCode.CONDITION_CYCLE,
        {"field": "old_number"},
    ),
    "later field": (
        edited(lambda d: first(d).update(show_when=ANSWERED)),
        f"{FIRST}.show_when",
        ProblemCode.CONDITION_LATER_FIELD,
        {"field": "issued_at"},
    ),
    "impossible condition": (
        edited(lambda d: first(d).update(show_when={"field": "applicant.age", "below": 0})),
        f"{FIRST}.show_when",
        ProblemCode.CONDITION_NEVER,
        {},
    ),
    "nested condition": (
        edited(nested_condition),
        "pages[0].fields[2].show_when.not.not.not.not.not.not",
        ProblemCode.TOO_DEEP,
        {"limit": 6},
    ),
    "duplicate key": (
        edited(lambda d: d["pages"][0]["fields"].append(copy.deepcopy(first(d)))),
        "].key",
        ProblemCode.DUPLICATE,
        {},
    ),
    "overlapping fees": (
        edited(overlap),
        "fees[1].valid_from",
        ProblemCode.FEES_OVERLAP,
        {"fee": RENEWAL["fees"][0]["key"]},
    ),
    "HTML": (
        edited(lambda d: d["title"].update(ru="<b>Паспорт</b>")),
        "title.ru",
        ProblemCode.HTML_IN_TEXT,
        {},
    ),
    "script": (
        edited(lambda d: first(d)["label"].update(ar="<script>alert(1)</script>")),
        f"{FIRST}.label.ar",
        ProblemCode.HTML_IN_TEXT,
        {},
    ),
    "2,000 fields": (edited(many_fields), "pages", ProblemCode.TOO_MANY, {"limit": 500}),
    "2,000 fields on a page": (
        edited(lambda d: d["pages"][0].update(fields=[question(f"f{n}") for n in range(2000)])),
        "pages[0].fields",
        ProblemCode.TOO_MANY,
        {"limit": 500},
    ),
    "a megabyte and more": (
        b" " * (definitions.LARGEST_FILE + 1),
        "",
        ProblemCode.FILE_TOO_LARGE,
        {"limit": definitions.LARGEST_FILE},
    ),
    "not JSON": (b"PK\x03\x04 a spreadsheet", "", ProblemCode.NOT_JSON, {}),
    "empty": (b"\xef\xbb\xbf", "", ProblemCode.NOT_JSON, {}),
    "NUL bytes": (edited(lambda d: None).replace(b"{", b"{\0", 1), "", ProblemCode.NOT_JSON, {}),
    "NUL in a text": (
        edited(lambda d: d["title"].update(ar="جواز\0")),
        "title.ar",
        ProblemCode.UNREADABLE_TEXT,
        {},
    ),
    "NUL in a condition": (
        edited(lambda d: first(d).update(show_when={"field": "applicant.category", "is": "a\0"})),
        f"{FIRST}.show_when.is",
        ProblemCode.UNREADABLE_TEXT,
        {},
    ),
    "half of a pair": (
        edited(lambda d: d["title"].update(ar="\ud83d")),
        "title.ar",
        ProblemCode.UNREADABLE_TEXT,
        {},
    ),
    "deep list": (b"[" * DEEP + b"]" * DEEP, "", ProblemCode.TOO_DEEP, {"limit": 50}),
    "deep object": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, "", ProblemCode.TOO_DEEP, {"limit": 50}),
    "key twice": (
        edited(lambda d: None).replace(b'"code":', b'"code": "X_Y", "code":', 1),
        "code",
        ProblemCode.DUPLICATE,
        {},
    ),
    "language twice": (
        json.dumps({**RENEWAL, "title": 0}).encode().replace(b'"title": 0', TWICE, 1),
        "title.ar",
        ProblemCode.DUPLICATE,
        {},
    ),
    "NaN": (raw("position", "NaN"), "", ProblemCode.NOT_JSON, {}),
    "infinity": (raw("position", "-Infinity"), "", ProblemCode.NOT_JSON, {}),
    "endless fraction": (
        raw("position", "1e999"),
        "position",
        ProblemCode.WRONG_TYPE,
        {"expected": "whole number"},
    ),
    "huge number": (
        raw("position", "9" * 400),
        "position",
        ProblemCode.OUT_OF_RANGE,
        {"least": 0, "most": 100_000},
    ),
    "number of 10,000 digits": (raw("position", "9" * 10_000), "", ProblemCode.NOT_JSON, {}),
    "huge number in a condition": (
        edited(lambda d: first(d).update(show_when={"field": "applicant.age", "is": 10**400})),
        f"{FIRST}.show_when.is",
        ProblemCode.OUT_OF_RANGE,
        {"least": -(10**12), "most": 10**12},
    ),
    "UTF-16": (edited(lambda d: None).decode().encode("utf-16"), "", ProblemCode.NOT_JSON, {}),
    "windows-1251": (
        json.dumps({**RENEWAL, "note": {"ru": "Паспорт"}}, ensure_ascii=False).encode(
            "windows-1251", "replace"
        ),
        "",
        ProblemCode.NOT_JSON,
        {},
    ),
    "a list": (b"[]", "", ProblemCode.WRONG_TYPE, {"expected": "object"}),
    "unknown placeholder": (
        edited(
            lambda d: d.update(notices=[{"event": "ready", "text": {"ar": "{days.__class__}"}}])
        ),
        "notices[0].text.ar",
        ProblemCode.PLACEHOLDER_UNKNOWN,
        {"name": "days.__class__"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_file_is_told_with_its_place_and_changes_nothing(
    app: Flask, admin: Visitor, name: str
) -> None:
    body, place, code, params = CASES[name]
    before = rows(app)
    sentences = set()

    for language in BUTTONS:
        admin.open(f"/{language}/admin/services/import")
        file = {"file": (io.BytesIO(body), "service.json")}
        page = admin.submit(file, button=BUTTONS[language])
        sentence = told(app, language, code, params)
        sentences.add(sentence)

        assert (page.status, page.language) == (422, language)
        assert [line for line in page.errors if place in line and line.endswith(sentence)]

    assert len(sentences) == len(BUTTONS)
    assert rows(app) == before


def told(app: Flask, language: str, code: ProblemCode, params: dict[str, Any]) -> str:
    """Return the sentence for a mistake in a language."""
    with app.test_request_context(), i18n.speaking(language):
        return without_marks(messages.describe_problem(Problem(place="", code=code, params=params)))


@pytest.mark.parametrize("language", BUTTONS)
def test_ten_megabytes_change_nothing(app: Flask, admin: Visitor, language: str) -> None:
    before = rows(app)

    admin.open(f"/{language}/admin/services/import")
    body = edited(lambda d: None) + b" " * 10 * 1024 * 1024
    page = admin.submit({"file": (io.BytesIO(body), "x.json")}, button=BUTTONS[language])

    limit = {"limit": definitions.LARGEST_FILE}
    assert page.status == 413
    assert page.errors == [told(app, language, ProblemCode.FILE_TOO_LARGE, limit)]
    assert rows(app) == before


def test_a_file_that_is_right_changes_rows_once_it_is_confirmed(app: Flask, admin: Visitor) -> None:
    """So that the comparison of rows above can fail."""
    before = rows(app)
    admin.open("/en/admin/services/import")
    admin.submit(
        {"file": (io.BytesIO(edited(lambda d: d.update(target_days=3))), "x.json")},
        button="Read the file",
    )
    assert rows(app) == before

    admin.submit({}, button="Replace the draft")

    changed = {name for name, found in rows(app).items() if found != before[name]}
    assert {"service", "audit_entry"} <= changed


def test_what_was_bent_on_its_way_to_the_confirmation_is_refused(
    app: Flask, admin: Visitor
) -> None:
    admin.open("/en/admin/services/import")
    admin.submit(
        {"file": (io.BytesIO(edited(lambda d: d.update(target_days=3))), "x.json")},
        button="Read the file",
    )
    before = rows(app)

    page = admin.submit({"document": '{"format": 1, "format": 1}'}, button="Replace the draft")

    assert page.status == 422
    assert page.errors[0].startswith("format: ")
    assert rows(app) == before
