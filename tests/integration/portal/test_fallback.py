"""A service in Arabic alone, read in English: every word of it is marked as Arabic."""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from flask import Flask

from app.catalogue.definition import document as definitions
from app.catalogue.definition.texts import placed_texts
from app.core.db import transaction
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.portal.conftest import DECLARATION, STAY, TRAVEL, Citizen
from tests.visitor import Page

ARABIC = re.compile("[\u0621-\u064a]")
LATIN = {**STAY, "city": "Kazan"}


def offer_in_arabic_alone(app: Flask) -> None:
    """Publish the passport renewal again, its other languages taken out."""
    document: Any = definitions.dump(factory.definition())
    for text in list(placed_texts(document)):
        node = document
        for step in text.way:
            node = node[step]
        for language in set(node) - {"ar"}:
            del node[language]
    with app.app_context(), transaction():
        people.post().languages = ["ar"]
        factory.publish(definitions.parse(document))


def unmarked(page: Page) -> list[str]:
    """Return the Arabic texts of a page that are not said to be Arabic, outside a title."""
    return [text for text, is_marked in _texts(page.root, False) if not is_marked]


def _texts(element: Element, inherited: bool) -> Iterator[tuple[str, bool]]:
    given = element.get("lang")
    is_marked = inherited if given is None else (given, element.get("dir", "rtl")) == ("ar", "rtl")
    if element.tag in {"title", "option"} or element.get("class") == "j-langs":
        return
    if ARABIC.search(element.text or ""):
        yield element.text or "", is_marked
    for child in element:
        yield from _texts(child, is_marked)
        if ARABIC.search(child.tail or ""):
            yield child.tail or "", is_marked


def test_the_pages_of_a_service_mark_what_fell_back(citizen: Citizen) -> None:
    offer_in_arabic_alone(citizen.app)

    for path in ("/", "/services", "/services/PASS_RENEW", "/services/PASS_RENEW/print"):
        page = citizen.open(path)
        assert ARABIC.search(page.text), path
        assert unmarked(page) == [], path


def test_the_form_marks_what_fell_back_up_to_the_check(citizen: Citizen) -> None:
    offer_in_arabic_alone(citizen.app)
    citizen.open("/requests/new/PASS_RENEW")
    citizen.submit({"person": citizen.person_uid, "variant": "regular"}, "Begin")
    reference = citizen.page.url.split("/")[3]

    wrong = citizen.submit({**TRAVEL, "reason": ""}, "Save and continue")
    assert unmarked(wrong) == []
    for values in ({**TRAVEL, "issued_at": "Damascus", "old_number": "?"}, LATIN, DECLARATION):
        page = citizen.submit(values, "Save and continue")
        assert page.errors == []
        assert unmarked(page) == []
    for path in ("papers/photo", "check"):
        assert unmarked(citizen.open(f"/requests/{reference}/{path}")) == [], path
    assert unmarked(citizen.open(f"/requests/{reference}")) == []
