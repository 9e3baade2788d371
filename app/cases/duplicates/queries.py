"""Finding other requests for the same service by the same person, or by somebody very like them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, CompoundSelect, and_, or_, select

from app.accounts import marks
from app.accounts.models import Person
from app.cases import access
from app.cases.duplicates import rules
from app.cases.duplicates.models import NotTheSame
from app.cases.duplicates.rules import Likeness
from app.cases.models import Case
from app.cases.rules import OPEN, State
from app.core import clock
from app.core.actor import Actor
from app.core.db import db

MOST_SHOWN = 10
LOOKED_BACK = timedelta(days=180)
"""For so long a request that was completed is still a reason to look twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """Another request that may be the same wish; `likeness` is none for the very same person."""

    case: Case
    likeness: Likeness | None


def of(case: Case, actor: Actor) -> list[Twin]:
    """Return other requests for the service that the actor may see, the likest first.

    Nobody's details are opened: persons are compared by keyed hashes.
    """
    mine = marks.of_person(case.person_id)
    alike = marks.sharing(mine, but=case.person_id) if mine else []
    mark = case.person.fingerprint
    same = select(Person.id).where(or_(Person.id == case.person_id, Person.fingerprint == mark))
    same_ids = set(db.session.scalars(same))
    found = db.session.scalars(
        select(Case)
        .where(
            Case.service_id == case.service_id,
            Case.id != case.id,
            Case.person_id.in_(same_ids | set(alike)),
            access.is_visible(actor),
            _counts(),
            Case.id.not_in(_dismissed(case)),
        )
        .order_by(Case.id.desc())
        .limit(marks.MOST_LIKE)
    ).all()
    return _ranked(found, same_ids, mine)


def dismissals(case_id: int) -> Sequence[tuple[NotTheSame, str]]:
    """Return what was found not to be the same as a case, with the number of the other one."""
    other = or_(
        and_(NotTheSame.older_id == case_id, Case.id == NotTheSame.newer_id),
        and_(NotTheSame.newer_id == case_id, Case.id == NotTheSame.older_id),
    )
    rows = db.session.execute(
        select(NotTheSame, Case.reference).join(Case, other).order_by(NotTheSame.id)
    )
    return [(row, reference) for row, reference in rows]


def _dismissed(case: Case) -> CompoundSelect[int]:
    older = select(NotTheSame.older_id).where(NotTheSame.newer_id == case.id)
    newer = select(NotTheSame.newer_id).where(NotTheSame.older_id == case.id)
    return older.union(newer)


def _counts() -> ColumnElement[bool]:
    """Return the condition: a request that goes on, or that came to its document not long ago."""
    lately = clock.now() - LOOKED_BACK
    completed = (Case.state == State.COMPLETED) & (Case.ended_at > lately)
    return or_(Case.state.in_(OPEN), completed)


def _ranked(cases: Sequence[Case], same_ids: set[int], mine: marks.Marks) -> list[Twin]:
    others = marks.of_persons({one.person_id for one in cases} - same_ids)
    twins = [Twin(case=one, likeness=None) for one in cases if one.person_id in same_ids]
    near = [
        Twin(case=one, likeness=rules.likeness(mine, others.get(one.person_id, {})))
        for one in cases
        if one.person_id not in same_ids
    ]
    shown = [twin for twin in near if twin.likeness is not None and twin.likeness.is_shown]
    shown.sort(key=lambda twin: -(twin.likeness.points if twin.likeness else 0))
    return (twins + shown)[:MOST_SHOWN]
