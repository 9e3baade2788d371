"""Two pairs of eyes, where the path of a service holds a second review, never twice the same.

What the first officer decides leads to the second one, who decides, or gives it back with a word.
"""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.accounts import queries as accounts
from app.cases import changing, competence, grounds, queries, rules, teams
from app.cases.models import Case
from app.cases.rules import Action, StepKind
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook:
    """How the first review ended: who said what, and when."""

    officer_id: int | None
    at: datetime
    is_refusal: bool
    """Whether the first officer proposes to refuse, with the reason that stands on the case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """What the second officer wants looked at once more."""

    officer_id: int | None
    at: datetime
    ground: str


def is_first(case: Case, actor: Actor) -> bool:
    """Return whether what this officer decides, or has just decided, a second one looks at."""
    standing = changing.standing(case)
    if standing.current is StepKind.SECOND_REVIEW:
        return queries.has_looked_first(case.id, actor.id)
    return rules.needs_second(standing)


def first_look(case: Case) -> FirstLook | None:
    """Return how the first review of a case at its second one ended; None at other steps."""
    if changing.standing(case).current is not StepKind.SECOND_REVIEW:
        return None
    event = queries.find_first_look(case.id)
    if event is None:
        return None
    is_refusal = event.action is Action.REFUSAL_PROPOSED
    return FirstLook(officer_id=event.actor_id, at=event.at, is_refusal=is_refusal)


def given_back(case: Case) -> GivenBack | None:
    """Return why a case at its first review was given back to it; None when it was not."""
    if changing.standing(case).current is not StepKind.REVIEW:
        return None
    event = queries.find_given_back(case.id)
    if event is None:
        return None
    ground = grounds.of(case.id).get(event.number, "")
    return GivenBack(officer_id=event.actor_id, at=event.at, ground=ground)


def check_proposal(case: Case) -> None:
    """Refuse to accept what the first officer proposes to refuse: the two have to agree on it."""
    look = first_look(case)
    if look is not None and look.is_refusal:
        raise Invalid(
            _l(
                "The first officer proposes to refuse the request. If you see it otherwise, give "
                "it back to them and say why."
            )
        )


def give_back(reference: str, *, ground: str, actor: Actor, seen: int, key: str) -> Case:
    """Give a case back from its second review to whoever did the first, with a word for them.

    It waits in their hands; for whoever takes it, when they left or are away. What was proposed
    is forgotten, verdicts on items stay. Raises Invalid without a ground.
    """
    case = changing.lock_named(reference, actor)
    if changing.is_done(case, key):
        return case
    changing.check(case, Action.GIVEN_BACK, actor=actor, seen=seen)
    ground = grounds.checked(ground)
    first = _find_first(case)
    details = {"for": first} if first is not None else None
    case.refusal_code = case.sealed_refusal_note = None
    case = changing.apply(case, Action.GIVEN_BACK, actor=actor, key=key, details=details)
    grounds.keep(case, ground)
    return case


def _find_first(case: Case) -> int | None:
    """Return the key of whoever did the first review, if they can go on with it today."""
    event = queries.find_first_look(case.id)
    if event is None or event.actor_id is None:
        return None
    by_now = accounts.acting_staff(event.actor_id, case.post_id)
    is_away = teams.is_away(event.actor_id, case.post_id, clock.today(case.service.post.zone))
    looks_first = competence.is_permitted(Action.ITEM_DECIDED, by_now)
    return by_now.id if looks_first and not is_away else None
