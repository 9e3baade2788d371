"""What happens to a correction that nobody sends."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account
from app.cases import changing, queries
from app.cases import services as cases
from app.cases.rules import ItemState, State
from app.core import clock
from app.core.actor import SYSTEM, Role
from app.core.db import db, new_uid, transaction
from app.core.errors import Conflict
from app.jobs import tasks as jobs
from app.notifications.models import Channel, Message
from tests.factories import cases as factory
from tests.factories import people


@pytest.fixture
def reference(app: Flask) -> Iterator[str]:
    """Name a case of which a photo is asked for again, within two weeks."""
    with app.app_context(), transaction():
        case = factory.asked(people.account(), factory.officer())
        yielded = case.reference
    yield yielded


def drain_after(app: Flask, days: int) -> None:
    with time_machine.travel(clock.now() + timedelta(days=days), tick=True), app.app_context():
        while jobs.drain():
            pass


def state_and_news(app: Flask, reference: str) -> tuple[State, list[str]]:
    with app.app_context():
        case = queries.get_case(reference, SYSTEM)
        told = select(Message.event).where(
            Message.case_id == case.id, Message.channel == Channel.PORTAL
        )
        return case.state, list(db.session.scalars(told.order_by(Message.id)))[2:]


def test_nothing_happens_before_its_time(app: Flask, reference: str) -> None:
    drain_after(app, 5)

    assert state_and_news(app, reference) == (State.ACTION_NEEDED, [])


def test_the_citizen_is_reminded_once_before_the_last_day(app: Flask, reference: str) -> None:
    drain_after(app, 12)
    drain_after(app, 13)

    assert state_and_news(app, reference) == (State.ACTION_NEEDED, ["correction_reminder"])


def test_a_case_lapses_after_the_last_day(app: Flask, reference: str) -> None:
    drain_after(app, 16)

    state, news = state_and_news(app, reference)
    assert state is State.LAPSED
    assert news[-1] == "case_lapsed"
    with app.app_context():
        case = queries.get_case(reference, SYSTEM)
        assert queries.find_open_round(case.id) is None


def test_a_case_that_was_mended_does_not_lapse(app: Flask, reference: str) -> None:
    with app.app_context(), transaction():
        case = queries.get_case(reference, SYSTEM)
        account = db.session.get_one(Account, case.account_id)
        case = factory.attach(case, "photo", factory.citizen(account))
        cases.resubmit(reference, actor=factory.citizen(account), seen=case.version, key=new_uid())

    drain_after(app, 16)

    assert state_and_news(app, reference) == (State.IN_REVIEW, ["correction_received"])


def test_the_days_of_the_citizen_move_what_was_promised(app: Flask) -> None:
    with app.app_context():
        with transaction():
            account = people.account()
            case = factory.asked(account, factory.officer())
            promised = case.due_on
        later = clock.now() + timedelta(days=7)
        with time_machine.travel(later, tick=True), transaction():
            case = factory.attach(case, "photo", factory.citizen(account))
            case = cases.resubmit(
                case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
            )

            assert promised is not None and case.due_on is not None
            assert case.due_on - promised == timedelta(days=7)


def test_a_withdrawn_question_neither_reminds_nor_lapses(app: Flask, reference: str) -> None:
    with app.app_context(), transaction():
        head = factory.officer(role=Role.HEAD)
        case = queries.get_case(reference, head)
        asked = queries.find_open_round(case.id)
        cases.revoke_correction(reference, actor=head, seen=case.version, key=new_uid())
        assert asked is not None and asked.outcome == "revoked"

    drain_after(app, 30)

    assert state_and_news(app, reference) == (State.IN_REVIEW, ["correction_revoked"])


def test_what_was_replaced_before_the_question_was_withdrawn_counts_as_received(
    app: Flask, reference: str
) -> None:
    with app.app_context(), transaction():
        head = factory.officer(role=Role.HEAD)
        case = queries.get_case(reference, head)
        account = db.session.get_one(Account, case.account_id)
        case = factory.attach(case, "photo", factory.citizen(account))

        case = cases.revoke_correction(reference, actor=head, seen=case.version, key=new_uid())

        photo = next(item for item in case.items if item.key == "photo")
        assert photo.state is ItemState.RECEIVED
        assert case.waiting_since is None


def test_another_officer_does_not_withdraw_a_question(app: Flask, reference: str) -> None:
    with app.app_context(), transaction():
        other = factory.officer()
        case = queries.get_case(reference, other)
        with pytest.raises(Conflict):
            cases.revoke_correction(reference, actor=other, seen=case.version, key=new_uid())


def test_the_urgent_way_is_promised_sooner(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        regular, urgent = factory.complete(account), factory.complete(account)
        urgent.variant = "urgent"
        promised = []
        for case in (regular, urgent):
            cases.submit(
                case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid()
            )
            promised.append(changing.lock(case.id).due_on)

        assert promised[1] is not None and promised[0] is not None
        assert promised[1] < promised[0]
