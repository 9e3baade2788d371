"""A service whose document somebody damaged: what stands in its place on pages that only show.

It is called "(cannot be read)" and asks for nothing; whatever changes something is refused (F27).
"""

import logging
from functools import cache
from typing import Any

from flask import has_request_context
from sqlalchemy import Dialect

from app.catalogue.definition import document as definitions
from app.catalogue.definition.document import Definition
from app.core import i18n
from app.core.crypto import Unreadable, cannot_be_read, is_looked_at
from app.core.shapes import Shaped

logger = logging.getLogger(__name__)
CODE = "DAMAGED"


class StoredDocument(Shaped):
    """The JSON of a service (Any: see the definition)."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(dict)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        found = super().process_result_value(value, dialect)
        return document() if "title" not in found and is_looked_at() else found


def in_place_of(version_id: int, why: str) -> Definition:
    """Return what a page shows of a version that is no definition, or not there."""
    logger.error("definition cannot be read", extra={"version_id": version_id, "why": why})
    if is_looked_at():
        return stand_in()
    if has_request_context():
        raise Unreadable(f"service_version.content:{version_id}")
    raise LookupError(f"the definition of version {version_id}: {why}")


def is_stand_in(definition: Definition) -> bool:
    """Return whether a definition stands in for one that cannot be read."""
    return definition.code == CODE


@cache
def stand_in() -> Definition:
    """Return the service that stands in."""
    return definitions.parse(document())


def document() -> dict[str, Any]:
    """Return it as it would be stored (Any: JSON)."""
    words = {}
    for language in i18n.LANGUAGES:
        with i18n.speaking(language):
            words[language] = cannot_be_read()
    return {
        "format": 1,
        "code": CODE,
        "category": "papers",
        "position": 0,
        "enabled": False,
        "main_language": "ar",
        "title": words,
        "summary": words,
        "guidance": {},
        "applicants": ["citizen"],
        "personal_appearance": False,
        "example": False,
        "sources": [],
        "pages": [],
        "papers": [],
        "fees": [],
        "path": [{"kind": "review"}],
        "target_days": 1,
        "appointment": None,
        "retention_months": 24,
    }
