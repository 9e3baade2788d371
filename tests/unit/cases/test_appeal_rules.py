"""When an appeal is taken and who decides it, as tables."""

from datetime import date

import pytest

from app.cases.appeals import rules
from app.cases.rules import State
from app.core.actor import Actor, ActorKind, Role

REFUSED_ON = date(2026, 11, 1)
UNTIL = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("days", "last"), [(30, UNTIL), (1, date(2026, 11, 2)), (365, date(2027, 11, 1)), (0, None)]
)
def test_the_post_sets_until_when_an_appeal_is_taken(days: int, last: date | None) -> None:
    assert rules.last_day(REFUSED_ON, days) == last


@pytest.mark.parametrize(
    ("state", "today", "is_first", "may"),
    [
        (State.REFUSED, REFUSED_ON, True, True),
        (State.REFUSED, UNTIL, True, True),
        (State.REFUSED, date(2026, 12, 2), True, False),
        (State.REFUSED, REFUSED_ON, False, False),
        (State.WITHDRAWN, REFUSED_ON, True, False),
        (State.COMPLETED, REFUSED_ON, True, False),
    ],
)
def test_an_appeal_is_taken_once_and_in_time(
    state: State, today: date, is_first: bool, may: bool
) -> None:
    assert rules.may_file(state, UNTIL, today, is_first=is_first) is may
    assert not rules.may_file(state, None, today, is_first=is_first)


@pytest.mark.parametrize(
    ("role", "refused_by", "may"),
    [
        (Role.HEAD, 2, True),
        (Role.HEAD, 1, False),
        (Role.OFFICER, 2, False),
        (Role.ADMIN, 2, False),
    ],
)
def test_the_head_decides_and_never_who_refused(role: Role, refused_by: int, may: bool) -> None:
    actor = Actor(kind=ActorKind.STAFF, id=1, post_id=1, roles=frozenset({role}))

    assert rules.may_decide(actor, refused_by=refused_by) is may
