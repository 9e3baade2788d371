"""The document of a case as its officers see it: what was issued, and what may be done about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_pgettext
from markupsafe import Markup

from app.cases import issuing
from app.cases import queries as cases
from app.cases.models import Case
from app.core.actor import Actor
from app.desk import queries
from app.desk.history import LTR, Line
from app.documents import issued as documents
from app.documents.models import IssuedDocument, IssuedState

# Any: lazy strings of Flask-Babel have no public type.
STATES: Mapping[IssuedState, tuple[str, Any]] = {
    IssuedState.ORDERED: ("work", lazy_pgettext("document", "Being made")),
    IssuedState.VALID: ("done", lazy_pgettext("document", "Valid")),
    IssuedState.SUPERSEDED: ("stopped", lazy_pgettext("document", "Superseded")),
    IssuedState.REVOKED: ("stopped", lazy_pgettext("document", "Revoked")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """One document."""

    number: int
    code: str
    state: tuple[str, Any]
    issued_on: date
    is_made: bool
    is_valid: bool
    reason: str
    """Why it was revoked or replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """What was issued for a case, the newest first, and what this officer may do."""

    rows: Sequence[Issued]
    may_issue: bool
    may_revoke: bool
    is_asked: bool
    """Whether something is asked first: what stands in it, or why it replaces a valid one."""
    is_waiting: bool
    """Whether one is being made."""


def of(case: Case, actor: Actor) -> Documents | None:
    """Return the documents of a case; None where its service makes none."""
    if cases.definition(case).issue_template is None:
        return None
    rows, may = documents.list_of(case.id), issuing.rights(case, actor)
    waiting = [row for row in rows if row.state is IssuedState.ORDERED]
    return Documents(
        rows=[_shown(row) for row in rows],
        may_issue=may.issue and all(map(documents.is_stuck, waiting)),
        may_revoke=may.revoke,
        is_asked=issuing.wants_statement(case)
        or any(row.state is IssuedState.VALID for row in rows),
        is_waiting=bool(waiting),
    )


def _shown(row: IssuedDocument) -> Issued:
    return Issued(
        number=row.number,
        code=row.code,
        state=STATES[row.state],
        issued_on=row.issued_on,
        is_made=row.document_id is not None,
        is_valid=row.state is IssuedState.VALID,
        reason=row.reason or "",
    )


def lines(case_id: int) -> list[Line]:
    """Return what happened to the documents of a case, for its history."""
    rows = documents.list_of(case_id)
    names = queries.names_of_staff(
        [one for row in rows for one in (row.issued_by, row.revoked_by) if one]
    )
    reasons = {row.number: row.reason or "" for row in rows if row.state is not IssuedState.REVOKED}
    found = [
        _line(
            row.ordered_at,
            names.get(row.issued_by, ""),
            _issued_text(row),
            reasons.get(row.number - 1, ""),
        )
        for row in rows
    ]
    found += [
        _line(
            row.revoked_at,
            names.get(row.revoked_by or 0, ""),
            _coded(_("Document %(code)s revoked"), row),
            row.reason or "",
        )
        for row in rows
        if row.revoked_at is not None
    ]
    return found


def _issued_text(row: IssuedDocument) -> str:
    if row.number == 1:
        return _coded(_("Document %(code)s issued"), row)
    return _coded(_("Document %(code)s issued in place of the one before"), row)


def _coded(sentence: str, row: IssuedDocument) -> Markup:
    return Markup.escape(sentence) % {"code": LTR.format(row.code)}


def _line(at: datetime, who: str, text: str, ground: str) -> Line:
    return Line(at=at, action=text, who=who, ground=ground)
