"""Newer versions of the passport renewal: an edit of its file, published; inside transaction()."""

import copy
import json
from collections.abc import Callable
from typing import Any

from app.catalogue import queries, services
from app.catalogue.definition import document as definitions
from app.catalogue.example_files import FOLDER
from app.catalogue.models import ServiceVersion
from app.core.actor import SYSTEM
from tests.factories import people

# Any: a JSON document, changed in place.
Document = dict[str, Any]
Edit = Callable[[Document], object]

RENEWAL: Document = json.loads(
    (FOLDER / "services" / "pass_renew.json").read_text(encoding="utf-8")
)


def words(text: str) -> dict[str, str]:
    """Return a text in three languages."""
    return {"ar": f"{text} ع", "ru": f"{text} р", "en": text}


def question(key: str, kind: str = "short_text", **more: object) -> Document:
    """Return a question of a definition."""
    return {"key": key, "kind": kind, "label": words(f"The {key}"), **more}


def paper(key: str, **more: object) -> Document:
    """Return a paper of a definition."""
    return {**copy.deepcopy(RENEWAL["papers"][0]), "key": key, "title": words(f"The {key}"), **more}


def dearer(edited: Document) -> None:
    """Add 30 dollars for who is registered; the fee itself stays what it is."""
    extra = {**copy.deepcopy(RENEWAL["add_ons"][0]), "key": "extra", "amount": 3000}
    extra |= {"when": {"field": "registered", "is": True}, "label": words("Extra work")}
    edited["add_ons"].append(extra)


def document(edit: Edit = lambda _document: None) -> Document:
    """Return the file of the renewal, edited."""
    edited = copy.deepcopy(RENEWAL)
    edit(edited)
    return edited


def publish(edit: Edit) -> ServiceVersion:
    """Publish the renewal, edited."""
    service = services.save_draft(people.post(), definitions.parse(document(edit)), actor=SYSTEM)
    return services.publish(service, actor=SYSTEM)


def fields_of(edited: Document, page: str) -> list[Document]:
    """Return the questions of a page, to be edited."""
    (found,) = [one for one in edited["pages"] if one["key"] == page]
    fields: list[Document] = found["fields"]
    return fields


def drop_field(edited: Document, page: str, key: str) -> Document:
    """Take a question out of a page, and what hangs on it; return it."""
    fields = fields_of(edited, page)
    (found,) = [one for one in fields if one["key"] == key]
    fields.remove(found)
    return found


def withdraw() -> None:
    """Offer the renewal no more."""
    services.withdraw(queries.get_service(people.post().id, "PASS_RENEW"), actor=SYSTEM)
