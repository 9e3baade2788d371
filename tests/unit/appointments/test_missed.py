"""What follows from missed visits: a notice first, a wait after that, and a word against it."""

from datetime import date

import pytest

from app.appointments.missed import rules
from app.appointments.missed.rules import MissedState

ON = date(2026, 12, 3)


@pytest.mark.parametrize(
    ("earlier", "until"),
    [(0, None), (1, date(2026, 12, 17)), (2, date(2027, 1, 2)), (9, date(2027, 1, 2))],
)
def test_first_is_a_notice_and_the_next_ones_a_wait(earlier: int, until: date | None) -> None:
    assert rules.blocked_until(ON, earlier=earlier) == until


@pytest.mark.parametrize(
    ("state", "today", "may"),
    [
        (MissedState.NOTED, ON, True),
        (MissedState.NOTED, date(2027, 1, 2), True),
        (MissedState.NOTED, date(2027, 1, 3), False),
        (MissedState.OBJECTED, ON, False),
        (MissedState.UPHELD, ON, False),
    ],
)
def test_objection_is_taken_once_and_within_its_time(
    state: MissedState, today: date, may: bool
) -> None:
    assert rules.may_object(state, ON, today) is may
