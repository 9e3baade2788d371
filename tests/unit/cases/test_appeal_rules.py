"""When an appeal is taken and who decides it, as tables."""

from datetime import date

import pytest

from app.cases.appeals import rules
from app.cases.rules import State
from app.core.actor import Actor, ActorKind, Role

REFUSED_ON = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("state", "today", "is_first", "may"),
    [
        (State.REFUSED, date(2026, 11, 1), True, True),
        (State.REFUSED, date(2026, 12, 1), True, True),
        (State.REFUSED, date(2026, 12, 2), True, False),
        (State.REFUSED, date(2026, 11, 2), False, False),
        (State.WITHDRAWN, date(2026, 11, 2), True, False),
        (State.COMPLETED, date(2026, 11, 2), True, False),
    ],
)
def test_an_appeal_is_taken_once_and_within_thirty_days(
    state: State, today: date, is_first: bool, may: bool
) -> None:
    assert rules.may_file(state, REFUSED_ON, today, is_first=is_first) is may


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
