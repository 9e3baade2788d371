"""Who decides about an erasure, by when, and on what a refusal can be founded."""

from datetime import date

import pytest

from app.core.actor import Actor, ActorKind, Role
from app.reporting.wishes import rules
from app.reporting.wishes.rules import Ground, Standing

ASKED = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("tenth", "last"),
    [(date(2026, 12, 15), date(2026, 12, 15)), (date(2027, 1, 20), date(2026, 12, 31))],
)
def test_the_shorter_of_two_times_counts(tenth: date, last: date) -> None:
    assert rules.due_on(ASKED, tenth) == last


def test_a_post_that_is_closed_for_long_answers_within_thirty_days() -> None:
    assert rules.due_on(ASKED, None) == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("requests", "grounds"),
    [
        ([], []),
        ([Standing()], []),
        ([Standing(), Standing(is_running=True)], [Ground.RUNNING]),
        ([Standing(is_held=True), Standing(is_appealed=True)], [Ground.APPEAL, Ground.HELD]),
    ],
)
def test_what_stands_against_it_is_named_once(
    requests: list[Standing], grounds: list[Ground]
) -> None:
    assert rules.standing_grounds(requests) == grounds


@pytest.mark.parametrize("ground", list(Ground))
def test_a_refusal_is_founded_on_what_stands_or_on_a_law(ground: Ground) -> None:
    assert rules.may_stand(ground, []) is (ground is Ground.DUTY)
    assert rules.may_stand(ground, [ground])


@pytest.mark.parametrize(
    ("role", "is_other", "may"),
    [
        (Role.HEAD, True, True),
        (Role.HEAD, False, False),
        (Role.OFFICER, True, False),
    ],
)
@pytest.mark.proves("S15")
def test_a_head_decides_who_did_not_propose(role: Role, is_other: bool, may: bool) -> None:
    actor = Actor(kind=ActorKind.STAFF, id=7, roles=frozenset({role}))
    assert rules.may_decide(actor, proposed_by=8 if is_other else 7) is may
