"""Rows of the queue as an officer reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from flask import url_for

from app.accounts import rules as persons
from app.accounts.rules import Details
from app.cases import rules
from app.cases.listing import Listed
from app.catalogue import queries as catalogue
from app.core import clock, i18n
from app.desk import deadlines, wording


class Column(StrEnum):
    """What a list of cases can show beside the reference, in this order."""

    APPLICANT = "applicant"
    SERVICE = "service"
    STATE = "state"
    TIME = "time"
    OFFICER = "officer"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case in a list."""

    reference: str
    url: str
    name: str
    latin: str
    service: str
    urgent: bool
    state: tuple[str, str]
    due: tuple[str, str]
    officer: str
    """Who has it in hand, or works on it while it is not here; empty for nobody."""
    had_by: str
    """Who took it and left it alone for too long, so that it is anybody's now."""
    last: str
    unread: int = 0
    originals: int = 0
    """How many originals the post keeps for it."""


def rows_of(cases: Sequence[Listed], *, officers: Mapping[int, str], today: date) -> list[Row]:
    """Return a row for each case; `officers` maps keys of staff to names."""
    if not cases:
        return []
    overdue = deadlines.overdue(cases, today)
    zone = catalogue.get_post(cases[0].post_id).zone
    now = clock.now()
    states = {state: wording.state_of(state) for state in {case.state for case in cases}}
    # The addresses differ by the reference alone, so that one is built for all.
    first = cases[0].reference
    address, after = url_for("desk_case.show", reference=first).split(first)
    return [
        _row(
            case,
            url=f"{address}{case.reference}{after}",
            state=states[case.state],
            due=wording.due(case, today, overdue.get(case.id, 0)),
            officer=officers.get(case.assignee_id or 0, ""),
            is_free=case.is_free(now),
            zone=zone,
        )
        for case in cases
    ]


def _row(
    case: Listed,
    *,
    url: str,
    state: tuple[str, str],
    due: tuple[str, str],
    officer: str,
    is_free: bool,
    zone: str,
) -> Row:
    details = Details.from_json(case.person.details or {})
    latin = persons.latin_name(details)
    name = persons.display_name(details, i18n.language())
    return Row(
        reference=case.reference,
        url=url,
        name=name,
        latin=latin if latin != name else "",
        service=i18n.text_in(case.definition.title),
        urgent=case.variant != rules.REGULAR,
        state=state,
        due=due,
        officer="" if is_free else officer,
        had_by=officer if is_free else "",
        unread=case.unread,
        originals=case.originals,
        last=i18n.day_and_month(clock.local(case.updated_at, zone).date()),
    )
