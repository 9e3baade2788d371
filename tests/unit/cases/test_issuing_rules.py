"""When a document may be issued for a case."""

from dataclasses import replace

import pytest

from app.cases import issuing_rules, rules
from app.cases.rules import Action, Standing, StepKind

BEFORE = (Action.STARTED, Action.SUBMITTED, Action.TAKEN, Action.ACCEPTED)


def at(*kinds: StepKind, after: tuple[Action, ...]) -> Standing:
    return rules.replay(kinds, (*BEFORE, *after))


@pytest.mark.parametrize(
    ("after", "may"),
    [
        ((), False),
        ((Action.CONSIGNED,), False),
        ((Action.CONSIGNED, Action.SENT_BACK), False),
        ((Action.CONSIGNED, Action.SENT_BACK, Action.CONSIGNED, Action.RETURNED), True),
        ((Action.CONSIGNED, Action.RETURNED, Action.HANDED_OVER), True),
    ],
)
def test_it_waits_until_the_papers_came_back_done(after: tuple[Action, ...], *, may: bool) -> None:
    path = (StepKind.REVIEW, StepKind.CONSIGNMENT, StepKind.HAND_OVER)

    assert issuing_rules.may_issue(at(*path, after=after)) is may


def test_without_a_step_of_its_own_it_is_issued_after_the_review() -> None:
    standing = at(StepKind.REVIEW, StepKind.APPOINTMENT, after=())

    assert issuing_rules.may_issue(standing)
    assert not issuing_rules.may_issue(replace(standing, state=rules.State.REFUSED))
