"""Who decides whether a citizen's data is erased, by when, and what stands against it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.core.actor import Actor, Role

WORKING_DAYS = 10
"""Federal law of Russia 152-FZ, article 21, part 5.1: ten working days from the demand."""
LONGEST = timedelta(days=30)
"""152-FZ, article 21, part 5, and within the one month of GDPR, article 12, paragraph 3."""
LONGEST_REASON = 1000


class WishState(StrEnum):
    """How far a wish has come."""

    ASKED = "asked"
    PROPOSED = "proposed"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    DONE = "done"


OPEN = frozenset({WishState.ASKED, WishState.PROPOSED, WishState.GRANTED})
"""Of these there is one for what it is about."""
UNDECIDED = frozenset({WishState.ASKED, WishState.PROPOSED})
"""The citizen can still take it back."""


class Scope(StrEnum):
    """What is to be erased."""

    CASE = "case"
    ACCOUNT = "account"


class Answer(StrEnum):
    """What the first of two proposes."""

    GRANT = "grant"
    REFUSE = "refuse"


class Ground(StrEnum):
    """Why data has to be kept in spite of the wish (GDPR, article 17, paragraph 3)."""

    RUNNING = "running"
    APPEAL = "appeal"
    HELD = "held"
    DUTY = "duty"


SEEN = (Ground.RUNNING, Ground.APPEAL, Ground.HELD)
"""What only the program sees; that a law demands it may also be said by whoever proposes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What matters of one request that would go."""

    is_running: bool = False
    is_appealed: bool = False
    is_held: bool = False
    is_owed: bool = False
    """Whether a law demands that it is kept today."""


def standing_grounds(requests: Collection[Standing]) -> list[Ground]:
    """Return what stands against the erasure of requests, each once, in a fixed order."""
    found = {
        Ground.RUNNING: any(one.is_running for one in requests),
        Ground.APPEAL: any(one.is_appealed for one in requests),
        Ground.HELD: any(one.is_held for one in requests),
        Ground.DUTY: any(one.is_owed for one in requests),
    }
    return [ground for ground in Ground if found[ground]]


def may_stand(ground: Ground, standing: Collection[Ground]) -> bool:
    """Return whether a refusal can be founded on a ground."""
    return ground in standing or ground not in SEEN


def due_on(asked_on: date, tenth_working_day: date | None) -> date:
    """Return the last day for an answer: the shorter of what the two laws give.

    Without a tenth working day, at a post that is closed for long, only the other one counts.
    """
    longest = asked_on + LONGEST
    return min(longest, tenth_working_day) if tenth_working_day else longest


def may_decide(actor: Actor, *, proposed_by: int | None, recorded_by: int | None = None) -> bool:
    """Return whether somebody may confirm or send back: a head, never who proposed or recorded."""
    return actor.has_role(Role.HEAD) and actor.id not in {proposed_by, recorded_by}
