"""A decided case, opened again with a reason."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Person
from app.audit.models import AuditEntry
from app.cases import queries, reopening
from app.cases import services as cases
from app.cases.models import Case
from app.cases.rules import Action, ItemState, State
from app.catalogue.definition.elements import Decider, IssueTemplate
from app.core import clock
from app.core.actor import SYSTEM, Actor, Role
from app.core.db import db, new_uid, transaction
from app.core.errors import Invalid, InvalidTransition, NotAllowed
from app.documents import issued
from app.documents.models import IssuedState
from app.notifications.models import Message
from app.payments import queries as charges
from app.payments.rules import ChargeState
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.desk.conftest import Officer, officer_at, taken


def refused(app: Flask, officer: Officer) -> str:
    """Return the reference of a case that an officer has refused."""
    reference = taken(app, officer)
    with app.test_request_context(), transaction():
        case = queries.get_case(reference, officer.actor)
        cases.refuse(
            reference,
            reason_code="not_entitled",
            note="",
            actor=officer.actor,
            seen=case.version,
            key=new_uid(),
        )
    return reference


def reopen(reference: str, actor: Actor, ground: str = "خطأ في القرار", key: str = "") -> Case:
    """Open a case again."""
    seen = queries.get_case(reference, SYSTEM).version
    with transaction():
        return reopening.reopen(
            reference, ground=ground, actor=actor, seen=seen, key=key or new_uid()
        )


def test_a_refused_case_waits_to_be_checked_with_all_that_it_has(
    app: Flask, officer: Officer, head: Officer
) -> None:
    reference = refused(app, officer)
    head.visitor.open(f"/en/desk/cases/{reference}")
    head.visitor.follow("Open the request again")

    head.visitor.submit({"ground": "The extract was in the file"}, button="Open the request")

    assert "The extract was in the file" in head.visitor.page.text
    with app.app_context():
        case = queries.get_case(reference, SYSTEM)
        assert (case.state, case.ended_at, case.refusal_code) == (State.SUBMITTED, None, None)
        assert {item.state for item in case.items if item.key == "photo"} == {ItemState.RECEIVED}
        events = db.session.scalars(select(Message.event).order_by(Message.id)).all()
        assert events[-1] == "case_reopened"
        assert db.session.get_one(Person, case.person_id).locked_at is not None


def test_the_reason_is_sealed_and_no_part_of_event_or_record(
    app: Flask, officer: Officer, head: Officer
) -> None:
    reference = refused(app, officer)

    with app.app_context():
        case = reopen(reference, head.actor, ground="سبب مكتوم")

        event = queries.list_events(case.id)[-1]
        assert event.details == {"from": "refused"}
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert entry.action == "case_reopened"
        assert "مكتوم" not in str(entry.fields)


def test_the_days_between_are_not_the_posts_and_the_whole_is_measured_anew(
    app: Flask, officer: Officer, head: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = refused(app, officer)
    with app.app_context():
        before = queries.get_case(reference, SYSTEM)
        due, measured = before.due_on, before.used_days
        db.session.rollback()
    later = clock.now() + timedelta(days=14)
    monkeypatch.setattr(clock, "now", lambda: later)

    with app.app_context():
        case = reopen(reference, head.actor)

        assert due is not None
        assert case.due_on is not None
        assert measured is not None
        assert timedelta(days=12) <= case.due_on - due <= timedelta(days=16)
        assert (case.used_days, case.done_on, case.waiting_since) == (None, None, None)


def test_what_was_issued_is_revoked(app: Flask, officer: Officer, head: Officer) -> None:
    with app.test_request_context(), transaction():
        case = factory.accepted(people.account(), officer.actor)
        row = issued.order(order_of(case), key=new_uid())
        issued.conclude(row, b"%PDF-1.7")
        withdrawn = cases.change(case, Action.VISIT_COMPLETED, actor=officer.actor, key=new_uid())
        ready = cases.change(withdrawn, Action.PRODUCED, actor=officer.actor, key=new_uid())
        done = factory.hand_over(
            ready.reference, actor=officer.actor, seen=ready.version, key=new_uid()
        )
        reference = done.reference

    with app.test_request_context():
        case = reopen(reference, head.actor)

        assert [one.state for one in issued.list_of(case.id)] == [IssuedState.REVOKED]
        assert case.state is State.SUBMITTED
    # Who collects the next document signs a receipt of its own.
    assert f"{reference}/R2" in head.visitor.open(f"/en/desk/cases/{reference}/receipt").text


def order_of(case: Case) -> issued.Order:
    return issued.Order(
        case_id=case.id,
        post_id=case.post_id,
        version_id=case.version_id,
        data_key=case.data_key,
        template=IssueTemplate.DECISION_1,
        ending="5678",
        issued_on=clock.today("Europe/Moscow"),
        issued_by=1,
        statement={},
    )


def test_a_case_that_was_withdrawn_by_mistake_comes_back(app: Flask, head: Officer) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = factory.submitted(account)
        cases.withdraw(
            case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
        )
        reference = case.reference

    with app.app_context():
        assert reopen(reference, head.actor).state is State.SUBMITTED


def test_without_a_reason_and_twice_nothing_happens(
    app: Flask, officer: Officer, head: Officer
) -> None:
    reference, key = refused(app, officer), new_uid()

    with app.app_context(), pytest.raises(Invalid):
        reopen(reference, head.actor, ground="  ")
    with app.app_context():
        reopen(reference, head.actor, key=key)
        version = reopen(reference, head.actor, key=key).version
        assert queries.get_case(reference, SYSTEM).version == version
    with app.app_context(), pytest.raises(InvalidTransition):
        reopen(reference, head.actor)


def test_an_officer_may_not_where_the_service_knows_no_second_pair_of_eyes(
    app: Flask, officer: Officer
) -> None:
    reference = refused(app, officer)
    other = officer_at(app, Role.OFFICER)

    with app.app_context(), pytest.raises(NotAllowed):
        reopen(reference, other.actor)
    page = other.visitor.open(f"/en/desk/cases/{reference}/reopen")
    assert page.status == 409
    assert "Open the request again" not in other.visitor.open(f"/en/desk/cases/{reference}").text


def test_a_second_pair_of_eyes_is_not_the_first(app: Flask, officer: Officer) -> None:
    with_second_look(app)
    reference = refused(app, officer)
    other = officer_at(app, Role.OFFICER)

    with app.app_context(), pytest.raises(NotAllowed):
        reopen(reference, officer.actor)
    with app.app_context():
        assert reopen(reference, other.actor).state is State.SUBMITTED


def with_second_look(app: Flask) -> None:
    """Offer the passport renewal with decisions that a second officer may take."""
    wanted = factory.definition()
    step = replace(wanted.path[0], decided_by=(Decider.OFFICER, Decider.SECOND_REVIEWER))
    with app.app_context(), transaction():
        factory.publish(replace(wanted, path=(step, *wanted.path[1:])))


def test_what_was_let_go_is_owed_again(app: Flask, officer: Officer, head: Officer) -> None:
    reference = refused(app, officer)
    with app.app_context():
        case = queries.get_case(reference, SYSTEM)
        assert charges.live_charges(case.id) == []

        reopen(reference, head.actor)

        assert [one.state for one in charges.live_charges(case.id)] == [ChargeState.DUE]
