"""A new service: with the least that makes one, or with all that another one has."""

import copy
from collections.abc import Mapping

from app.catalogue.definition.elements import FORMAT
from app.catalogue.drafting.places import Draft

MONTHS_KEPT = 24
TARGET_DAYS = 10


def blank(
    *, code: str, category: str, main_language: str, title: Mapping[str, str], position: int
) -> Draft:
    """Return the draft of a service without questions: a check, then a document handed over.

    The title stands for the summary until somebody writes one. Nobody sees it before it is
    published, which then offers it.
    """
    return {
        "format": FORMAT,
        "code": code,
        "category": category,
        "position": position,
        "enabled": True,
        "main_language": main_language,
        "title": dict(title),
        "summary": dict(title),
        "guidance": {},
        "applicants": ["citizen"],
        "example": False,
        "pages": [],
        "papers": [],
        "fees": [],
        "path": [{"kind": "review"}, {"kind": "hand_over"}],
        "target_days": TARGET_DAYS,
        "retention_months": MONTHS_KEPT,
    }


def copied(
    draft: Draft,
    *,
    code: str,
    category: str,
    main_language: str,
    title: Mapping[str, str],
    position: int,
) -> Draft:
    """Return a draft with all content of another service under a code and title of its own.

    It is offered where that one is.
    """
    return copy.deepcopy(draft) | {
        "code": code,
        "category": category,
        "position": position,
        "main_language": main_language,
        "title": dict(title),
    }
