"""The consent of the other parent: where it stands, and whether a request can go on."""

from datetime import date, timedelta
from enum import StrEnum

DAYS = 14
"""Within which the other parent should answer."""
REMIND_BEFORE = timedelta(days=4)


class ConsentState(StrEnum):
    """Where a consent stands."""

    NAMED = "named"
    """Entered in a draft; nobody was written to."""
    ASKED = "asked"
    SIGNED = "signed"
    DECLINED = "declined"
    WAIVED = "waived"
    REPLACED = "replaced"


GIVEN = frozenset({ConsentState.SIGNED, ConsentState.WAIVED})
"""With these an officer may accept."""
OPEN = frozenset({ConsentState.NAMED, ConsentState.ASKED})


def may_send(*, is_needed: bool, state: ConsentState | None) -> bool:
    """Return whether a draft can be sent: who is to consent has to be named."""
    return not is_needed or state is not None


def may_accept(*, is_needed: bool, state: ConsentState | None) -> bool:
    """Return whether a request can be accepted, as far as a consent is needed for it."""
    return not is_needed or state in GIVEN


def may_change(state: ConsentState | None) -> bool:
    """Return whether somebody else can be named, or another address: until it was given."""
    return state not in GIVEN


def until(today: date) -> date:
    """Return the day by which somebody who is asked today should answer."""
    return today + timedelta(days=DAYS)


def is_overdue(state: ConsentState, until_on: date | None, today: date) -> bool:
    """Return whether an answer is awaited longer than it should take."""
    return state is ConsentState.ASKED and until_on is not None and until_on < today
