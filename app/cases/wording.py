"""The plain words for states, steps and events of a case, as its citizen reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.cases.rules import Action, ItemState, Standing, State, StepKind


@dataclass(frozen=True, slots=True)
class Status:
    """A state as shape and word: `kind` is waits, work, done or stopped."""

    kind: str
    text: Any
    """Any: a lazy string."""


STATES: Mapping[State, Status] = {
    State.DRAFT: Status("waits", lazy_pgettext("request", "Draft")),
    State.SUBMITTED: Status("work", lazy_pgettext("request", "Received")),
    State.IN_REVIEW: Status("work", lazy_pgettext("request", "Being checked")),
    State.ACTION_NEEDED: Status("waits", lazy_pgettext("request", "Waiting for you")),
    State.IN_PROGRESS: Status("work", lazy_pgettext("request", "Accepted, in work")),
    State.READY: Status("done", lazy_pgettext("request", "Ready for collection")),
    State.COMPLETED: Status("done", lazy_pgettext("request", "Completed")),
    State.REFUSED: Status("stopped", lazy_pgettext("request", "Refused")),
    State.WITHDRAWN: Status("stopped", lazy_pgettext("request", "Withdrawn")),
    State.LAPSED: Status("stopped", lazy_pgettext("request", "Lapsed")),
}

ITEMS: Mapping[ItemState, Status] = {
    ItemState.MISSING: Status("waits", lazy_pgettext("paper", "Not attached yet")),
    ItemState.RECEIVED: Status("work", lazy_pgettext("paper", "Received, not checked yet")),
    ItemState.ACCEPTED: Status("done", lazy_pgettext("paper", "Accepted")),
    ItemState.REJECTED: Status("waits", lazy_pgettext("paper", "To be replaced")),
    ItemState.WAIVED: Status("stopped", lazy_pgettext("paper", "Not needed")),
    ItemState.REPLACED: Status("work", lazy_pgettext("paper", "Replaced, not sent yet")),
}

SCANNED = Status("work", lazy_pgettext("paper", "Received, being checked for viruses"))
"""A paper whose file was not looked at yet; it takes a minute, or longer when much comes in."""
UNNEEDED = Status("stopped", lazy_pgettext("paper", "No longer needed"))
"""Said of what a request still lacked when it ended early."""
ASKED_ANEW = Status("waits", lazy_pgettext("answers", "To be answered"))
"""A page that was not asked when the request was sent."""

FIRST_LOOK: Any = _l("The first check is done")
"""Said of both its results: what is decided is said once, by the second officer.  (Any: a lazy
string.)"""

EVENTS: Mapping[Action, Any] = {
    # Any: lazy strings have no public type. What is not here is no news for a citizen.
    Action.SUBMITTED: _l("The request was received"),
    Action.TAKEN: _l("The check of the papers began"),
    Action.CORRECTION_ASKED: _l("The papers were checked, and something has to be mended"),
    Action.WAIVER_GRANTED: _l("A waiver was granted"),
    Action.WAIVER_REVOKED: _l("A waiver was taken back"),
    Action.IDENTITY_CORRECTED: _l("The post corrected the details of the person"),
    Action.ANSWERS_CORRECTED: _l("The post corrected a slip in the answers"),
    Action.RESUBMITTED: _l("What was asked for was received"),
    Action.CORRECTION_REVOKED: _l("What was asked for is not needed any more"),
    Action.CORRECTION_EXTENDED: _l("There is more time for what was asked for"),
    Action.ACCEPTED: _l("All papers were accepted"),
    Action.REFUSED: _l("The request was refused"),
    Action.REFUSAL_PROPOSED: FIRST_LOOK,
    Action.GIVEN_BACK: _l("The papers are looked at once more, before it is decided"),
    Action.BOOKED: _l("An appointment was booked"),
    Action.MOVED: _l("The appointment was moved"),
    Action.BOOKING_CANCELLED: _l("The appointment was cancelled"),
    Action.CHECKED_IN: _l("Arrival at the post was noted"),
    Action.ARRIVAL_UNDONE: _l("The note of the arrival was taken back"),
    Action.VISIT_COMPLETED: _l("The visit was completed"),
    Action.CONSIGNED: _l("The papers were sent to Damascus"),
    Action.RETURNED: _l("The papers came back from Damascus"),
    Action.SENT_BACK: _l("The papers came back from Damascus and have to be completed"),
    Action.NOT_RETURNED: _l("The papers did not come back yet, and the post asks where they are"),
    Action.PRODUCED: _l("The document was prepared"),
    Action.HANDED_OVER: _l("The document was handed over"),
    Action.WITHDRAWN: _l("The request was withdrawn"),
    Action.LAPSED: _l("The request lapsed, because nothing was received in time"),
    Action.REVIVED: _l("The request was opened again"),
    Action.TRANSFERRED: _l("The request was passed on to another post"),
    Action.APPEALED: _l("The appeal against the refusal was received"),
    Action.APPEAL_DISMISSED: _l("The appeal was decided: the refusal stands"),
    Action.REOPENED: _l("The decision was taken back, and the request is checked anew"),
    Action.CLAIMED: _l("The request was added to an account"),
    Action.PAID: _l("The fee was paid"),
    Action.PAYMENT_VOIDED: _l("The receipt was cancelled, and the fee is due again"),
}

NOW: Mapping[StepKind, Any] = {
    # Any: as above.
    StepKind.REVIEW: _l("The papers are waiting to be checked"),
    StepKind.SECOND_REVIEW: _l("A second officer checks the decision"),
    StepKind.PAYMENT: _l("The fee is to be paid"),
    StepKind.APPOINTMENT: _l("The appointment comes next"),
    StepKind.CONSIGNMENT: _l("The papers wait for the next consignment to Damascus"),
    StepKind.PRODUCTION: _l("The document is being prepared"),
    StepKind.HAND_OVER: _l("The document is ready for collection"),
}

DATED: Mapping[Action, Any] = {
    # Any: as above.
    Action.CONSIGNED: _l("The papers were sent to Damascus on %(day)s"),
    Action.RETURNED: _l("The papers came back from Damascus on %(day)s"),
    Action.SENT_BACK: _l("The papers came back from Damascus on %(day)s and have to be completed"),
    Action.NOT_RETURNED: _l(
        "The papers were not with what came back from Damascus on %(day)s. The post asks where "
        "they are"
    ),
}
"""What happened on a day that is known better than the moment at which it was written down."""

AHEAD: Mapping[StepKind, Any] = {
    # Any: as above.
    StepKind.REVIEW: _l("The papers are checked"),
    StepKind.SECOND_REVIEW: _l("A second officer checks the decision"),
    StepKind.PAYMENT: _l("The fee is paid"),
    StepKind.APPOINTMENT: _l("A visit to the post, at a time of your choice"),
    StepKind.CONSIGNMENT: _l("The papers travel to Damascus and back"),
    StepKind.PRODUCTION: _l("The document is prepared"),
    StepKind.HAND_OVER: _l("The document is collected"),
}

_IN_REVIEW = _l("The papers are being checked")
_WAITING = _l("Waiting for what was asked for")
_AWAY = _l("The papers are in Damascus or on their way, and the clock stands still meanwhile")
_UNSENT = _l("The request has not been sent yet")


def now(standing: Standing) -> Any:
    """Return what is going on, None for a case that has ended.  (Any: a lazy string.)"""
    if standing.state is State.DRAFT:
        return _UNSENT
    if standing.state is State.ACTION_NEEDED:
        return _WAITING
    if standing.state is State.IN_REVIEW and standing.current is not StepKind.SECOND_REVIEW:
        return _IN_REVIEW
    if standing.is_away:
        return _AWAY
    return NOW[standing.current] if standing.current is not None else None
