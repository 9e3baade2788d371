"""What two officers who look at one case after the other read of each other."""

from dataclasses import dataclass
from datetime import datetime

from app.cases import reasons, second_look
from app.cases.models import Case
from app.core.actor import Actor
from app.desk import queries


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstView:
    """How the first review ended, before the second."""

    who: str
    at: datetime
    is_own: bool
    """Whether it was the reader, who leaves the second one to somebody else."""
    is_refusal: bool
    reason: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackView:
    """Why a case came back to its first review."""

    who: str
    at: datetime
    ground: str


def first_of(case: Case, actor: Actor) -> FirstView | None:
    """Return how the first review of a case at its second one ended; None at other steps."""
    look = second_look.first_look(case)
    if look is None:
        return None
    return FirstView(
        who=_name(look.officer_id),
        at=look.at,
        is_own=look.officer_id == actor.id,
        is_refusal=look.is_refusal,
        reason=reasons.refusal_text(case.refusal_code),
        note=case.refusal_note or "",
    )


def back_of(case: Case) -> BackView | None:
    """Return why a case was given back to its first review; None when it was not."""
    back = second_look.given_back(case)
    if back is None:
        return None
    return BackView(who=_name(back.officer_id), at=back.at, ground=back.ground)


def _name(staff_id: int | None) -> str:
    return queries.names_of_staff([staff_id]).get(staff_id or 0, "")
