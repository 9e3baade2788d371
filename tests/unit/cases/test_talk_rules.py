"""Who may write and read what about a case, as tables."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.cases.rules import State
from app.cases.talk import rules
from app.core.actor import Actor, ActorKind, Role

NOW = datetime(2026, 11, 25, tzinfo=UTC)
TODAY = date(2026, 11, 25)


def staff(key: int, role: Role = Role.OFFICER) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=key, post_id=1, roles=frozenset({role}))


@pytest.mark.parametrize(
    ("state", "ended_days_ago", "has_account", "is_open"),
    [
        (State.DRAFT, None, True, False),
        (State.SUBMITTED, None, True, True),
        (State.ACTION_NEEDED, None, True, True),
        (State.READY, None, False, False),
        (State.REFUSED, 0, True, True),
        (State.COMPLETED, 90, True, True),
        (State.COMPLETED, 91, True, False),
        (State.LAPSED, 10, False, False),
    ],
)
def test_a_thread_is_open_from_sending_to_three_months_after_the_end(
    state: State, ended_days_ago: int | None, *, has_account: bool, is_open: bool
) -> None:
    ended = None if ended_days_ago is None else NOW - timedelta(days=ended_days_ago)

    assert rules.is_open(state, ended, NOW, has_account=has_account) is is_open


@pytest.mark.parametrize(
    ("reader", "is_confidential", "sees"),
    [
        (staff(1), True, True),
        (staff(2), True, True),
        (staff(3), True, False),
        (staff(3), False, True),
        (staff(4, Role.HEAD), True, True),
    ],
)
def test_a_confidential_opinion_is_seen_by_three(
    reader: Actor, *, is_confidential: bool, sees: bool
) -> None:
    may = rules.may_see_opinion(reader, asked_by=1, asked_of=2, is_confidential=is_confidential)

    assert may is sees


@pytest.mark.parametrize(
    ("actor", "may"), [(staff(1), True), (staff(2), False), (staff(4, Role.HEAD), True)]
)
def test_a_question_is_withdrawn_by_who_asked_or_the_head(actor: Actor, *, may: bool) -> None:
    assert rules.may_revoke_opinion(actor, asked_by=1) is may


@pytest.mark.parametrize(("days", "is_day"), [(-1, False), (0, True), (60, True), (61, False)])
def test_an_opinion_is_asked_for_within_two_months(days: int, *, is_day: bool) -> None:
    assert rules.is_opinion_day(TODAY + timedelta(days=days), TODAY) is is_day
