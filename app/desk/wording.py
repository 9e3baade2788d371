"""The words in which staff read states, actions and the time that is left."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext

from app.cases import contents, pace
from app.cases.listing import Listed
from app.cases.models import Case, CaseEvent, CaseItem
from app.cases.queue import MOST_COUNTED, Flag, Order, Tab
from app.cases.rules import OWED, Action, ItemState, State
from app.core import i18n
from app.documents.models import Document, DocumentState
from app.documents.rules import Reason, Trouble

# Any: lazy strings of Flask-Babel have no public type.
STATES: Mapping[State, tuple[str, Any]] = {
    State.SUBMITTED: ("waits", lazy_pgettext("state", "Received")),
    State.IN_REVIEW: ("work", lazy_pgettext("state", "In review")),
    State.ACTION_NEEDED: ("stopped", lazy_pgettext("state", "With the citizen")),
    State.IN_PROGRESS: ("work", lazy_pgettext("state", "Accepted, in progress")),
    State.READY: ("done", lazy_pgettext("state", "Ready for collection")),
    State.COMPLETED: ("done", lazy_pgettext("state", "Completed")),
    State.REFUSED: ("stopped", lazy_pgettext("state", "Refused")),
    State.WITHDRAWN: ("stopped", lazy_pgettext("state", "Withdrawn")),
    State.LAPSED: ("stopped", lazy_pgettext("state", "Lapsed")),
}

TABS: Mapping[Tab, Any] = {
    Tab.NEW: lazy_pgettext("tab", "Unassigned"),
    Tab.SECOND: lazy_pgettext("tab", "Second check"),
    Tab.MINE: lazy_pgettext("tab", "Mine"),
    Tab.GROUP: lazy_pgettext("tab", "Of my group"),
    Tab.WAITING: lazy_pgettext("tab", "With the citizen"),
    Tab.CAPITAL: lazy_pgettext("tab", "For the capital"),
    Tab.SOON: lazy_pgettext("tab", "Soon late"),
    Tab.LATE: lazy_pgettext("tab", "Late"),
    Tab.ALL: lazy_pgettext("tab", "All open"),
    Tab.APPEALS: lazy_pgettext("tab", "Appeals"),
    Tab.ENDED: lazy_pgettext("tab", "Ended"),
}

FLAGS: Mapping[Flag, Any] = {
    Flag.LATE: lazy_pgettext("flag", "Late"),
    Flag.SOON: lazy_pgettext("flag", "Soon late"),
    Flag.URGENT: lazy_pgettext("flag", "Urgent"),
    Flag.FAMILY: lazy_pgettext("flag", "Family"),
}

ORDERS: Mapping[Order, Any] = {
    Order.DUE: _l("What is due first"),
    Order.SENT: _l("What was sent last"),
}

ACTIONS: Mapping[Action, Any] = {
    Action.STARTED: _l("Draft begun"),
    Action.SUBMITTED: _l("Request sent"),
    Action.TAKEN: _l("Taken by an officer"),
    Action.RELEASED: _l("Given back to the queue"),
    Action.ITEM_DECIDED: _l("Item checked"),
    Action.WAIVER_GRANTED: _l("Fee waived"),
    Action.WAIVER_REVOKED: _l("Waiver of the fee taken back"),
    Action.CORRECTION_ASKED: _l("Correction asked of the citizen"),
    Action.IDENTITY_CORRECTED: _l("Details of the person corrected"),
    Action.ANSWERS_CORRECTED: _l("Answers corrected"),
    Action.RESUBMITTED: _l("Correction received"),
    Action.CORRECTION_REVOKED: _l("Question withdrawn"),
    Action.CORRECTION_EXTENDED: _l("More time given for the correction"),
    Action.ACCEPTED: _l("Papers accepted"),
    Action.REFUSED: _l("Request refused"),
    Action.REFUSAL_PROPOSED: _l("First check: refusal proposed"),
    Action.GIVEN_BACK: _l("Given back to the first officer"),
    Action.BOOKED: _l("Appointment booked"),
    Action.MOVED: _l("Appointment moved"),
    Action.BOOKING_CANCELLED: _l("Appointment cancelled"),
    Action.CHECKED_IN: _l("Arrived at the post"),
    Action.ARRIVAL_UNDONE: _l("Arrival taken back, noted by mistake"),
    Action.VISIT_COMPLETED: _l("Visit completed"),
    Action.CONSIGNED: _l("Sent to the capital"),
    Action.RETURNED: _l("Came back from the capital"),
    Action.SENT_BACK: _l("Came back from the capital, to be completed"),
    Action.NOT_RETURNED: _l("Did not come back with its consignment"),
    Action.PRODUCED: _l("Document ready for collection"),
    Action.HANDED_OVER: _l("Document handed over"),
    Action.WITHDRAWN: _l("Withdrawn by the citizen"),
    Action.LAPSED: _l("Lapsed without an answer"),
    Action.REVIVED: _l("Opened again after it had lapsed"),
    Action.CLAIMED: _l("Taken into an account"),
    Action.REOPENED: _l("Opened again after the decision"),
    Action.TRANSFERRED: _l("Passed on to another post"),
    Action.APPEALED: _l("Appeal against the refusal"),
    Action.APPEAL_DISMISSED: _l("Appeal decided: the refusal stands"),
    Action.PAID: _l("Fee paid"),
    Action.PAYMENT_VOIDED: _l("Receipt voided, fee due again"),
}

ITEMS: Mapping[ItemState, tuple[str, Any]] = {
    ItemState.MISSING: ("stopped", lazy_pgettext("item", "Not attached")),
    ItemState.RECEIVED: ("work", lazy_pgettext("item", "Not checked yet")),
    ItemState.ACCEPTED: ("done", lazy_pgettext("item", "Accepted")),
    ItemState.REJECTED: ("waits", lazy_pgettext("item", "Asked for again")),
    ItemState.WAIVED: ("done", lazy_pgettext("item", "Not needed")),
    ItemState.REPLACED: ("work", lazy_pgettext("item", "Replaced, not checked yet")),
}


SCANNED: tuple[str, Any] = ("work", lazy_pgettext("item", "Being scanned"))


def state(case: Case | Listed) -> tuple[str, str]:
    """Return shape and word of a case's state."""
    return state_of(case.state)


def state_of(one: State) -> tuple[str, str]:
    """Return shape and word of a state."""
    kind, word = STATES[one]
    return kind, str(word)


def action(event: CaseEvent) -> str:
    """Return what happened, with the version of the service to which a case was moved."""
    if "absence" in event.details:
        return _("Back in the queue: its officer is away")
    if event.is_half_decided:
        return _("First check: papers accepted")
    if event.is_without_visit:
        return _("Went on without a visit")
    number = event.details.get("version")
    if number is None:
        return str(ACTIONS[event.action])
    if event.action is Action.STARTED:
        return _("Draft moved to version %(number)s of the service", number=number)
    return _("Moved to version %(number)s of the service, correction asked", number=number)


def due(case: Case | Listed, today: date, late: int) -> tuple[str, str]:
    """Return how the time of a case stands, and "late", "soon" or nothing.

    `late` counts the working days since the promised one; it is 0 on the weekend after it.
    """
    if case.state not in OWED or case.due_on is None:
        return _done(case), ""
    if case.waiting_since is not None:
        return _("Clock stopped"), ""
    return _time_left(case.due_on, today, late, i18n.language())


@lru_cache(maxsize=512)
def _time_left(due_on: date, today: date, late: int, language: str) -> tuple[str, str]:
    """Return how the time stands while it runs; the few days of a list are said once.

    It is said in the reader's language, which is named so that each has its own.
    """
    left = (due_on - today).days
    if late:
        return (
            ngettext("Overdue by %(num)d working day", "Overdue by %(num)d working days", late),
            "late",
        )
    if left < 0:
        return _("Was due on %(day)s", day=i18n.day_and_month(due_on)), "late"
    if left == 0:
        return _("Due today"), "soon"
    if left == 1:
        return _("Due tomorrow"), "soon"
    soon = "soon" if left <= pace.SOON.days else ""
    return _("Until %(day)s", day=i18n.day_and_month(due_on)), soon


def _done(case: Case | Listed) -> str:
    """Return when the post had done its work on a case that is not owed any more."""
    return _("Done on %(day)s", day=i18n.day_and_month(case.done_on)) if case.done_on else "–"


def counted(number: int) -> str:
    """Return how many there are, of which no more than MOST_COUNTED were counted."""
    return f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number)


def end_of_counts(counts: Iterable[int]) -> int:
    """Return at how many the counting ended, 0 when all of these were counted to the end."""
    return MOST_COUNTED if max(counts, default=0) > MOST_COUNTED else 0


def item(one: CaseItem) -> tuple[str, str]:
    """Return shape and word of an item's state.

    A paper that nobody judged says that its file is still being scanned, or that there is none.
    """
    kind, word = ITEMS[one.state]
    if contents.is_being_scanned(one):
        kind, word = SCANNED
    elif one.state is ItemState.WAIVED and one.decided_by is None:
        kind, word = ITEMS[ItemState.MISSING]
    return kind, str(word)


TROUBLES: Mapping[str, Any] = {
    Trouble.AWAY: _l(
        "The virus scanner cannot be reached. It is asked again by itself; this file appears here"
        " as soon as it is clean."
    ),
    Trouble.SLOW: _l(
        "The virus scanner takes too long. It is asked again by itself; this file appears here as"
        " soon as it is clean."
    ),
    Trouble.NONSENSE: _l(
        "What the virus scanner answers cannot be understood, so this file is not shown. Tell"
        " those who run the server."
    ),
    Trouble.BLIND: _l(
        "The virus scanner does not find even a test virus, so this file is not shown. Tell those"
        " who run the server."
    ),
    Trouble.LIMIT: _l(
        "This file is larger than the virus scanner takes, so it is not shown. Tell those who run"
        " the server, or ask for a smaller one."
    ),
}
"""Why a file still waits in quarantine."""


def scan(document: Document) -> str:
    """Return what is known of a file: looked at, damaged, refused, or in quarantine and why."""
    if document.state is DocumentState.QUARANTINED:
        being_checked = _("This file is being checked. It appears here as soon as it is clean.")
        return str(TROUBLES.get(document.trouble or "", being_checked))
    if document.state is DocumentState.REFUSED and document.reason == Reason.INFECTED:
        return _("The virus scanner has refused this file, and it is not shown. Ask for another.")
    if document.state is DocumentState.REFUSED:
        return _("This file is unreadable or unsafe and is not shown. Ask for it again.")
    if document.damaged_at is not None:
        return _("This file is damaged in the storage. Tell those who run the server.")
    return _("Checked and turned into page images.")
