"""The editor of a service, as an admin without a script uses it."""

import json
from typing import Any

import pytest
from flask import Flask

from app.catalogue import example_files, queries, services
from app.catalogue.definition import document as definitions
from app.core.actor import SYSTEM, Role
from app.core.db import transaction
from tests.factories import people
from tests.visitor import Page, Visitor

FOLDER = example_files.FOLDER / "services"
LOST = json.loads((FOLDER / "pass_lost.json").read_text(encoding="utf-8"))
BASE = "/en/admin/services/PASS_LOST"
SAVE = "Save the draft"
EDIT = f"{BASE}/parts"


def words(text: str) -> dict[str, str]:
    return {"ar": f"{text} ع", "ru": f"{text} р", "en": text}


def in_three(name: str, text: str) -> dict[str, str]:
    """Return a text as the form of the editor sends it."""
    return {f"{name}-{code}": said for code, said in words(text).items()}


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """Be an admin of a post whose one service has a draft and was never published."""
    with app.app_context(), transaction():
        services.save_draft(people.post(), definitions.parse(LOST), actor=SYSTEM)
    return people.staff_visitor(app, Role.ADMIN)


def draft(app: Flask, code: str = "PASS_LOST") -> dict[str, Any]:
    """Return the draft as it is stored (Any: JSON)."""
    with app.app_context():
        found: dict[str, Any] = queries.get_service(queries.get_current_post().id, code).draft
        return found


def keys(app: Flask) -> list[list[str]]:
    """Return the keys of the fields, page by page."""
    return [[field["key"] for field in page["fields"]] for page in draft(app)["pages"]]


def press(admin: Visitor, tab: str, act: str) -> Page:
    """Press the button of a card that sends this."""
    admin.open(f"{BASE}/{tab}")
    buttons = [b for b in admin.page.root.iter("button") if b.get("value") == act]
    assert buttons, f"{admin.page.url} has no button {act}"
    return admin.submit({"act": act}, button=None if tab == "form" else "")


def test_every_page_of_the_editor_opens(app: Flask, admin: Visitor) -> None:
    for tab in ("form", "papers", "charges", "path", "offer"):
        assert admin.open(f"{BASE}/{tab}").status == 200
        for link in [a.get("href", "") for a in admin.page.root.iter("a")]:
            if "/parts/" in link:
                assert admin.open(link).status == 200, link
                admin.open(f"{BASE}/{tab}")
