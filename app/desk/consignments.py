"""Consignments in the words of staff, and where the papers of a case are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.accounts import rules as persons
from app.accounts.rules import Details
from app.cases.consignments import queries
from app.cases.consignments.models import Consignment, ConsignmentItem
from app.cases.consignments.rules import CHOSEN, OUT, WITH_REASON, ConsignmentState, Result
from app.cases.models import Case
from app.cases.rules import StepKind
from app.core import i18n
from app.core.crypto import Unreadable

# Any: lazy strings of Flask-Babel have no public type.
STATES: Mapping[ConsignmentState, tuple[str, Any]] = {
    ConsignmentState.OPEN: ("waits", lazy_pgettext("consignment", "Open")),
    ConsignmentState.SEALED: ("waits", lazy_pgettext("consignment", "Sealed")),
    ConsignmentState.SENT: ("work", lazy_pgettext("consignment", "On its way")),
    ConsignmentState.RECEIVED: ("work", lazy_pgettext("consignment", "In the capital")),
    ConsignmentState.RETURNED: ("done", lazy_pgettext("consignment", "Returned")),
}
RESULTS: Mapping[Result | None, tuple[str, Any]] = {
    None: ("waits", lazy_pgettext("consignment", "Not back yet")),
    Result.PRODUCED: ("done", lazy_pgettext("consignment", "Came back done")),
    Result.INCOMPLETE: ("waits", lazy_pgettext("consignment", "Came back, to be completed")),
    Result.REFUSED: ("stopped", lazy_pgettext("consignment", "Refused by the capital")),
    Result.MISSING: ("stopped", lazy_pgettext("consignment", "Missing")),
    Result.ELSEWHERE: ("done", lazy_pgettext("consignment", "Came with another consignment")),
}
LANGUAGES = {"ru": _l("Arabic and Russian"), "en": _l("Arabic and English")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """Where the papers of a case are, or what became of them."""

    uid: str
    title: str
    state: tuple[str, Any]
    reason: str
    is_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A case in a consignment as an officer reads it."""

    uid: str
    reference: str
    name: str
    service: str
    sheets: int
    is_unexpected: bool
    result: Result | None
    state: tuple[str, Any]
    reason: str
    is_back: bool


def title_of(box: Consignment) -> str:
    """Return what a consignment is called."""
    if not box.label:
        return _("Open consignment")
    return _("Consignment %(number)s", number=box.label)


def journey_of(case: Case) -> Journey | None:
    """Return the newest journey of the papers of a case, or None."""
    if all(step.kind is not StepKind.CONSIGNMENT for step in case.steps):
        return None
    item = queries.find_last(case.id)
    if item is None:
        return None
    box, is_out = item.consignment, item.released_at is None
    return Journey(
        uid=box.uid,
        title=title_of(box),
        state=STATES[box.state] if is_out else RESULTS[item.result],
        reason=_reason(item),
        is_out=is_out,
    )


def lines_of(items: Sequence[ConsignmentItem]) -> list[Line]:
    """Return the cases of a consignment in its order."""
    return [_line(item) for item in items]


def _line(item: ConsignmentItem) -> Line:
    details = Details.from_json(item.case.person.details or {})
    return Line(
        uid=item.uid,
        reference=item.case.reference,
        name=persons.display_name(details, i18n.language()),
        service=i18n.text_in(item.case.pinned.content["title"]),
        sheets=item.sheets,
        is_unexpected=item.is_unexpected,
        result=item.result,
        state=RESULTS[item.result],
        reason=_reason(item),
        is_back=item.released_at is not None,
    )


def _reason(item: ConsignmentItem) -> str:
    try:
        return item.reason or ""
    except Unreadable:
        return ""


def differences(lines: Sequence[Line]) -> list[Line]:
    """Return what is not as the manifest says: missing, unexpected, refused, to be completed."""
    return [
        one
        for one in lines
        if one.is_unexpected or one.result in WITH_REASON or one.result is Result.MISSING
    ]


def result_options() -> list[tuple[str, str]]:
    """Return what can be said of a request that comes back, or does not."""
    return [("", _("Not looked at yet")), *((one.value, str(RESULTS[one][1])) for one in CHOSEN)]


def is_out(box: Consignment) -> bool:
    """Return whether a consignment is away."""
    return box.state in OUT
