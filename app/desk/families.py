"""What is filed together with a request, as an officer sees it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.cases.family import queries, sums
from app.cases.family.services import name_of
from app.cases.models import Case
from app.core.actor import Actor
from app.desk import wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """Another request of the filing."""

    reference: str
    name: str
    state: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyView:
    """The others of a filing, and what all of them cost in words."""

    others: Sequence[Companion]
    total: str


def of(case: Case, actor: Actor) -> FamilyView | None:
    """Return what is filed together with a case; None when nothing else is there for staff."""
    members = queries.members_of(case, actor)
    others = [
        Companion(reference=one.reference, name=name_of(one), state=wording.state(one))
        for one in members
        if one.id != case.id
    ]
    return FamilyView(others=others, total=sums.together(members).total) if others else None
