"""A small service and small fields, from which each test makes what it needs."""

from collections.abc import Callable
from typing import Any

import pytest

from app.catalogue.definition import document as definition
from app.catalogue.definition.elements import Page

# JSON documents of any shape: tests break them on purpose.
Document = dict[str, Any]


def words(text: str) -> dict[str, str]:
    return {"ar": f"{text} ع", "ru": f"{text} р", "en": text}


def question(key: str, kind: str = "short_text", **more: object) -> Document:
    return {"key": key, "kind": kind, "label": words(key), **more}


def minimal_service() -> Document:
    return {
        "format": 1,
        "code": "PASS_RENEW",
        "category": "passport",
        "position": 10,
        "enabled": True,
        "main_language": "ar",
        "title": words("Passport renewal"),
        "summary": words("A new passport"),
        "guidance": {},
        "applicants": ["citizen", "considered_as_such"],
        "personal_appearance": True,
        "example": True,
        "sources": ["S8"],
        "pages": [
            {
                "key": "travel_document",
                "title": words("The passport"),
                "fields": [question("old_number"), question("lost", "yes_no")],
            },
            {
                "key": "stay",
                "title": words("Stay"),
                "fields": [question("city", show_when={"field": "lost", "is": True})],
            },
        ],
        "papers": [
            {
                "key": "photo",
                "title": words("Photo"),
                "formats": ["jpeg", "png"],
                "max_bytes": 10485760,
                "max_pages": 1,
                "required": True,
                "original": True,
                "reasons": [
                    {"code": "unreadable", "text": words("Unreadable")},
                    {"code": "background", "text": words("Background")},
                ],
            }
        ],
        "fees": [
            {
                "key": "regular",
                "variant": "regular",
                "label": words("Regular"),
                "amount": 20000,
                "currency": "USD",
                "category": "any",
                "valid_from": "2025-06-26",
                "valid_to": None,
                "legal_basis": words("Decision 1"),
            }
        ],
        "path": [{"kind": "review"}, {"kind": "appointment"}, {"kind": "hand_over"}],
        "target_days": 14,
        "appointment": {"pool": "passports", "units": 2},
        "retention_months": 24,
    }


@pytest.fixture
def service() -> Document:
    """The JSON document of a small service in which nothing is wrong."""
    return minimal_service()


@pytest.fixture
def page_of() -> Callable[..., Page]:
    """Make a page of the given questions, read as any service file is."""

    def make(*fields: Document) -> Page:
        document = minimal_service()
        document["papers"] = []
        document["pages"] = [{"key": "page", "title": words("Page"), "fields": list(fields)}]
        return definition.parse(document).pages[0]

    return make
