"""Who may say what about a case, and who may read it."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from app.cases.rules import ENDED, State
from app.core.actor import Actor, ActorKind, Role

LONGEST_TEXT = 3000
"""Signs of one message, note, question or answer."""
MOST_MESSAGES = 200
"""Of one case, both sides together."""
MOST_FILES = 20
"""Of one case, both sides together."""
MOST_NOTES = 200
MOST_OPINIONS = 20
MOST_MENTIONED = 10
OPEN_AFTER_END = timedelta(days=90)
"""For so long the citizen can still ask about a case that has ended."""
LONGEST_OPINION = timedelta(days=60)


class Side(StrEnum):
    """Who wrote in the thread with the citizen."""

    CITIZEN = "citizen"
    STAFF = "staff"


def side_of(actor: Actor) -> Side:
    """Return on which side somebody writes; staff reads what the citizen wrote, and the reverse."""
    return Side.CITIZEN if actor.kind is ActorKind.CITIZEN else Side.STAFF


def other(side: Side) -> Side:
    """Return the side that reads."""
    return Side.STAFF if side is Side.CITIZEN else Side.CITIZEN


def is_open(state: State, ended_at: datetime | None, now: datetime, *, has_account: bool) -> bool:
    """Return whether citizen and post can write to each other about a case.

    Once it was sent, up to three months after its end; not where nobody has an account to read.
    """
    if not has_account or state is State.DRAFT:
        return False
    return state not in ENDED or (ended_at is not None and now <= ended_at + OPEN_AFTER_END)


def may_see_opinion(actor: Actor, *, asked_by: int, asked_of: int, is_confidential: bool) -> bool:
    """Return whether a member of staff who may see the case may see an opinion on it."""
    return not is_confidential or actor.id in {asked_by, asked_of} or actor.has_role(Role.HEAD)


def may_revoke_opinion(actor: Actor, *, asked_by: int) -> bool:
    """Return whether a question may be withdrawn: by who asked, or by the head for them."""
    return actor.id == asked_by or actor.has_role(Role.HEAD)


def is_opinion_day(until_on: date, today: date) -> bool:
    """Return whether a day can be the one by which an opinion is asked for."""
    return today <= until_on <= today + LONGEST_OPINION
