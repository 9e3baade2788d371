"""Whatever happens to a case, its state follows from its events alone, on both engines."""

from collections.abc import Callable

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.accounts.models import Account
from app.cases import changing, queries, rules
from app.cases.models import Case
from app.cases.rules import Action
from app.core.actor import SYSTEM, Actor
from app.core.db import db, new_uid, transaction
from app.core.errors import Conflict, InvalidTransition, NotAllowed
from tests.factories import cases as factory
from tests.factories import people

Refusals = (Conflict, InvalidTransition, NotAllowed)
WHO = ("citizen", "officer", "other", "system")
LIKELY = (
    Action.SUBMITTED,
    Action.TAKEN,
    Action.ITEM_DECIDED,
    Action.CORRECTION_ASKED,
    Action.RESUBMITTED,
    Action.ACCEPTED,
    Action.BOOKED,
    Action.VISIT_COMPLETED,
    Action.PRODUCED,
    Action.HANDED_OVER,
)
steps = st.lists(
    st.tuples(st.sampled_from(LIKELY) | st.sampled_from(list(Action)), st.sampled_from(WHO)),
    max_size=25,
)


class Undone(Exception):
    """Ends a try, so that the next one begins without its case."""


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=steps)
def test_the_events_tell_the_state(app: Flask, history: list[tuple[Action, str]]) -> None:
    try:
        with app.app_context(), transaction():
            account = people.account()
            actors = {
                "citizen": factory.citizen(account),
                "officer": factory.officer(),
                "other": factory.officer(),
                "system": SYSTEM,
            }
            case = _lived(account, history, actors.__getitem__)
            _check(case)
            raise Undone
    except Undone:
        pass


def _lived(
    account: Account, history: list[tuple[Action, str]], actor_of: Callable[[str], Actor]
) -> Case:
    case = factory.draft(account)
    for action, who in history:
        version = case.version
        try:
            case = changing.change(
                case,
                action,
                actor=actor_of(who),
                key=new_uid(),
                seen=version,
                details={"until_on": "2030-01-01"},
            )
        except Refusals:
            assert case.version == version
        else:
            assert case.version == version + 1
    return case


def _check(case: Case) -> None:
    db.session.flush()
    db.session.expire_all()
    case = queries.get_case(case.reference, SYSTEM)
    events = queries.list_events(case.id)

    derived = rules.replay([step.kind for step in case.steps], [event.action for event in events])

    assert derived == changing.standing(case)
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert [event.state for event in events] == [
        rules.replay(derived.path, [event.action for event in events[:n]]).state
        for n in range(1, len(events) + 1)
    ]
    assert case.at_step is derived.current
    assert (case.ended_at is not None) == (case.state in rules.ENDED)
    assert case.assignee_id is None or case.state not in rules.ENDED
