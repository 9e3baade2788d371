"""Charges that come by themselves, receipts without gaps, voids, and a desk that balances."""

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.appointments import services as seats_services
from app.audit.models import AuditEntry
from app.cases import changing
from app.cases import queries as cases
from app.cases import services as case_services
from app.cases.consignments import packing
from app.cases.consignments import queries as consignments
from app.cases.consignments.models import Consignment
from app.cases.models import Case
from app.cases.rules import Action, State, StepKind
from app.core import clock
from app.core.actor import SYSTEM, Actor, Role
from app.core.db import constraint_of, db, new_uid, transaction
from app.core.errors import Invalid, NotAllowed, NotFound
from app.notifications.models import Message
from app.payments import queries
from app.payments.rules import ChargeState
from app.payments.services import charging, desks, taking
from tests.factories import cases as factory
from tests.factories import consignments as packed
from tests.factories import money, people, seats, versions

FEE = money.FEE


def states(case: Case) -> list[tuple[int, ChargeState]]:
    return [(one.amount, one.state) for one in queries.live_charges(case.id)]


def told(case: Case) -> list[str]:
    rows = select(Message.event).where(Message.case_id == case.id).order_by(Message.id)
    return list(db.session.scalars(rows))


def test_a_charge_comes_when_the_case_reaches_its_payment(app: Flask) -> None:
    with app.app_context(), transaction():
        money.publish(path=("review", "payment", "hand_over"))
        by, account = factory.officer(), people.account()
        case = factory.taken(account, by)
        assert queries.live_charges(case.id) == [] and not charging.due_of(case)

        case = factory.accept_all(case, by)

        (charge,) = queries.live_charges(case.id)
        assert (charge.amount, charge.currency, charge.state) == (FEE, "USD", ChargeState.DUE)
        assert [line["key"] for line in charge.lines] == ["regular"]
        assert changing.standing(case).current is StepKind.PAYMENT
        assert case.waiting_since is not None
        assert told(case)[-2:] == ["case_accepted", "payment_due"] or told(case)[-2:] == [
            "payment_due",
            "case_accepted",
        ]


def test_paying_ends_the_step_and_leaves_a_receipt(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        case = money.to_pay(account, factory.officer())

        receipt = money.paid(case, money.cashier())

        assert receipt.label == f"JM-{receipt.taken_on.year}-000001"
        assert (receipt.amount, states(case)) == (FEE, [(FEE, ChargeState.PAID)])
        case = cases.get_case(case.reference, SYSTEM)
        assert case.state is State.READY and case.waiting_since is None
        assert sorted(told(case)[-2:]) == ["case_ready", "payment_received"]
        events = cases.list_events(case.id)
        assert events[-1].details == {"receipt": receipt.label, "ends_step": True}


def test_nothing_due_goes_on_by_itself(app: Flask) -> None:
    with app.app_context(), transaction():
        free = [money.fee(0)]
        money.publish(path=("review", "payment", "hand_over"), fees=free)

        case = factory.accepted(people.account(), factory.officer())

        assert states(case) == [(0, ChargeState.WAIVED)]
        assert cases.get_case(case.reference, SYSTEM).state is State.READY


def test_without_a_step_of_payment_it_is_due_from_the_start(app: Flask) -> None:
    with app.app_context(), transaction():
        case = factory.submitted(people.account())
        assert states(case) == [(FEE, ChargeState.DUE)]

        money.paid(case, money.cashier())

        assert cases.get_case(case.reference, SYSTEM).state is State.SUBMITTED
        assert not charging.due_of(case)


def test_a_waiver_replaces_the_charge(app: Flask) -> None:
    with app.app_context(), transaction():
        by = factory.officer()
        case = factory.taken(people.account(), by)

        case = case_services.grant_waiver(
            case.reference, "hardship", ground="x", actor=by, seen=case.version, key=new_uid()
        )

        assert states(case) == [(0, ChargeState.WAIVED)]
        with pytest.raises(Invalid, match="Invalid"):
            money.paid(case, money.cashier())


@pytest.mark.parametrize(
    ("rule", "amount"), [("submission", 2500), ("payment", 4000), ("lower", 2500)]
)
def test_a_fee_that_rises_follows_the_rule_of_the_service(
    app: Flask, rule: str, amount: int
) -> None:
    with app.app_context(), transaction():
        today = clock.today("Europe/Moscow")
        fees = [
            money.fee(2500, key="old", valid_from="2020-01-01", valid_to=today.isoformat()),
            money.fee(4000, key="new", valid_from=(today + timedelta(days=1)).isoformat()),
        ]
        money.publish(path=("review", "hand_over"), fees=fees, fee_rule=rule)
        case = factory.submitted(people.account())
        assert states(case) == [(2500, ChargeState.DUE)]

        with clock.pretend(clock.now() + timedelta(days=2)):
            money.paid(case, money.cashier(), amount=amount)

        assert states(case) == [(amount, ChargeState.PAID)]


def test_less_or_more_is_not_taken_and_no_number_is_lost(app: Flask) -> None:
    with app.app_context(), transaction():
        case, by = factory.submitted(people.account()), money.cashier()
        for given_ in (FEE - 1, FEE + 1):
            with pytest.raises(Invalid):
                money.paid(case, by, amount=given_)

        assert money.paid(case, by).number == 1


def test_the_same_key_takes_once_and_nobody_pays_twice(app: Flask) -> None:
    with app.app_context(), transaction():
        case, by, key = factory.submitted(people.account()), money.cashier(), new_uid()
        first = taking.take_cash(case.reference, "USD", FEE, actor=by, key=key)

        again = taking.take_cash(case.reference, "USD", FEE, actor=by, key=key)

        assert again.id == first.id
        with pytest.raises(Invalid):
            money.paid(case, by)


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.OFFICER, Role.ADMIN, Role.AUDITOR])
def test_who_takes_no_money(app: Flask, role: Role) -> None:
    with app.app_context(), transaction():
        case = factory.submitted(people.account())
        with pytest.raises(NotAllowed):
            money.paid(case, factory.officer(role=role))


def test_cash_needs_an_open_desk(app: Flask) -> None:
    with app.app_context(), transaction():
        case, by = factory.submitted(people.account()), factory.officer(role=Role.CASHIER)
        with pytest.raises(Invalid):
            money.paid(case, by)


def test_a_void_keeps_the_number_and_makes_the_charge_due_again(app: Flask) -> None:
    with app.app_context(), transaction():
        case, by = money.to_pay(people.account(), factory.officer()), money.cashier()
        receipt = money.paid(case, by)

        taking.void(receipt.uid, reason="دفع عن طلب آخر", actor=by)

        case = cases.get_case(case.reference, SYSTEM)
        assert states(case) == [(FEE, ChargeState.DUE)]
        assert changing.standing(case).current is StepKind.PAYMENT
        assert receipt.reason == "دفع عن طلب آخر"
        assert "آخر".encode() not in (receipt.sealed_reason or b"")
        assert "payment_voided" in told(case)
        actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
        assert "receipt_issued" in actions and "receipt_voided" in actions
        assert money.paid(case, by).number == 2


def test_a_void_after_a_whole_waiver_goes_on(app: Flask) -> None:
    with app.app_context(), transaction():
        poor = {"key": "poor", "label": seats.words("Poor"), "by_officer": True, "percent": 100}
        poor |= {"valid_from": "2025-06-26", "valid_to": None, "when": None}
        money.publish(
            path=("review", "payment", "production", "hand_over"),
            fees=[money.fee(FEE)],
            waivers=[poor | {"legal_basis": seats.words("An example")}],
        )
        by = factory.officer(role=Role.HEAD)
        receipt = money.paid(case := factory.accepted(people.account(), by), money.cashier())
        case = changing.lock(case.id)
        case_services.grant_waiver(
            case.reference, "poor", ground="x", actor=by, seen=case.version, key=new_uid()
        )

        taking.void(receipt.uid, reason="x", actor=money.cashier(role=Role.HEAD))

        case = changing.lock(case.id)
        assert states(case) == [(0, ChargeState.WAIVED)]
        assert changing.standing(case).current is StepKind.PRODUCTION


def test_a_void_keeps_an_appointment_and_the_fee_is_owed_beside_it(app: Flask) -> None:
    with app.app_context(), transaction():
        path = ("review", "payment", "appointment", "hand_over")
        money.publish(path=path, appointment=versions.RENEWAL["appointment"])
        by = money.cashier(role=Role.HEAD)
        case = factory.accepted(account := people.account(), factory.officer())
        receipt = money.paid(case, by)
        seats.make_site(case.service.post, code="hall")
        pool = seats.make_pool(case.service.post, site="hall")
        booking = seats.make_booking(case, seats.make_slot(pool))
        case_services.record_booking(
            changing.lock(case.id), Action.BOOKED, actor=factory.citizen(account), key="booked"
        )

        taking.void(receipt.uid, reason="x", actor=by)

        case = changing.lock(case.id)
        assert changing.standing(case).current is StepKind.APPOINTMENT
        assert states(case) == [(FEE, ChargeState.DUE)] and charging.due_of(case)
        seats_services.cancel(booking.uid, actor=factory.citizen(account))
        money.paid(case, by)
        assert changing.standing(changing.lock(case.id)).current is StepKind.APPOINTMENT


@pytest.mark.parametrize("is_sealed", [True, False])
def test_a_void_leaves_papers_in_a_sealed_consignment_only(app: Flask, is_sealed: bool) -> None:
    with app.app_context(), transaction():
        money.publish(path=("review", "payment", "consignment", "hand_over"))
        by = money.cashier(role=Role.HEAD)
        case = factory.accepted(people.account(), factory.officer())
        receipt = money.paid(case, by)
        box = packing.put_in(changing.lock(case.id), actor=by).consignment_id
        if is_sealed:
            packed.seal(db.session.get_one(Consignment, box).uid, by)

        taking.void(receipt.uid, reason="x", actor=by)

        case = changing.lock(case.id)
        at = StepKind.CONSIGNMENT if is_sealed else StepKind.PAYMENT
        assert changing.standing(case).current is at
        assert (consignments.find_out(case.id) is not None) is is_sealed
        assert states(case) == [(FEE, ChargeState.DUE)]


def test_a_void_has_a_reason_and_its_people(app: Flask) -> None:
    with app.app_context(), transaction():
        case, by, other = factory.submitted(people.account()), money.cashier(), money.cashier()
        receipt = money.paid(case, by)

        with pytest.raises(NotAllowed):
            taking.void(receipt.uid, reason="x", actor=other)
        with pytest.raises(Invalid):
            taking.void(receipt.uid, reason="  ", actor=by)
        with clock.pretend(clock.now() + timedelta(days=1)), pytest.raises(NotAllowed):
            taking.void(receipt.uid, reason="x", actor=by)
        taking.void(receipt.uid, reason="x", actor=factory.officer(role=Role.HEAD))
        with pytest.raises(Invalid):
            taking.void(receipt.uid, reason="x", actor=by)


def test_what_a_withdrawn_case_owed_is_let_go_and_what_it_paid_can_go_back(app: Flask) -> None:
    with app.app_context(), transaction():
        account, by = people.account(), money.cashier()
        citizen = factory.citizen(account)
        paid, unpaid = factory.submitted(account), factory.submitted(account)
        receipt = money.paid(paid, by)
        for case in (paid, unpaid):
            now = changing.lock(case.id)
            case_services.withdraw(case.reference, actor=citizen, seen=now.version, key=new_uid())
        assert (states(paid), states(unpaid)) == ([(FEE, ChargeState.PAID)], [])

        taking.void(receipt.uid, reason="سحب الطلب", actor=by)

        assert states(paid) == []


def test_a_desk_is_closed_once_and_then_takes_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        by = money.cashier(opening=5000)
        first, second = factory.submitted(people.account()), factory.submitted(people.account())
        receipt = money.paid(first, by)
        (desk,) = queries.list_desks(by, receipt.taken_on)

        with pytest.raises(Invalid):
            desks.close(desk.uid, 25100, actor=by, remark=" ")
        closed = desks.close(desk.uid, 25100, actor=by, remark="x")

        assert closed.closed is not None and closed.closed.expected == 25000
        assert closed.closed.difference(closed.counted or 0) == 100
        with pytest.raises(Invalid):
            desks.close(desk.uid, 25000, actor=by)
        with pytest.raises(Invalid):
            money.paid(second, by)
        with pytest.raises(Invalid):
            taking.void(receipt.uid, reason="x", actor=by)
        with pytest.raises(Invalid):
            desks.open_desk("USD", 0, actor=by)


def test_nobody_sees_the_desk_of_another_but_the_head(app: Flask) -> None:
    with app.app_context(), transaction():
        by, other, head = money.cashier(), money.cashier(), factory.officer(role=Role.HEAD)
        today = clock.today("Europe/Moscow")
        (desk,) = queries.list_desks(by, today)

        assert queries.get_desk(desk.uid, head) is desk
        assert len(queries.list_desks(head, today)) == 2
        with pytest.raises(NotFound):
            queries.get_desk(desk.uid, other)


@pytest.mark.parametrize(
    ("statement", "guard"),
    [
        ("DELETE FROM receipt", "tg_receipt_no_delete"),
        ("UPDATE receipt SET amount = 1", "tg_receipt_voided_once"),
        ("UPDATE receipt SET number = 7", "tg_receipt_voided_once"),
        ("UPDATE receipt SET taken_by = NULL", "tg_receipt_voided_once"),
        ("DELETE FROM cash_desk", "tg_cash_desk_no_delete"),
        ("UPDATE cash_desk SET counted = 1", "ck_cash_desk_closed_whole"),
    ],
)
def test_the_database_keeps_receipts_as_they_are(app: Flask, statement: str, guard: str) -> None:
    with app.app_context(), transaction():
        money.paid(factory.submitted(people.account()), money.cashier())

        with pytest.raises(IntegrityError) as refused, db.session.begin_nested():
            db.session.execute(text(statement))

        assert constraint_of(refused.value) == guard


@pytest.mark.parametrize(
    ("statement", "guard"),
    [
        ("UPDATE cash_desk SET counted = 1", "tg_cash_desk_closed_once"),
        ("UPDATE cash_desk SET closed_at = NULL", "tg_cash_desk_closed_once"),
        (
            "UPDATE receipt SET voided_at = taken_at, voided_by = 1, sealed_reason = :none,"
            " void_desk_id = desk_id",
            "tg_receipt_open_desk",
        ),
    ],
)
def test_the_database_keeps_a_closed_desk(app: Flask, statement: str, guard: str) -> None:
    with app.app_context(), transaction():
        by = money.cashier()
        receipt = money.paid(factory.submitted(people.account()), by)
        (desk,) = queries.list_desks(by, receipt.taken_on)
        desks.close(desk.uid, FEE, actor=by)

        with pytest.raises(IntegrityError) as refused, db.session.begin_nested():
            values = {"none": b"x"} if ":none" in statement else {}
            db.session.execute(text(statement), values)

        assert constraint_of(refused.value) == guard


class Undone(Exception):
    """Ends a try, so that the next one begins on an empty post."""


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    opening=st.integers(0, 10**6),
    acts=st.lists(st.sampled_from(["pay", "void", "head voids"]), max_size=12),
)
def test_whatever_is_taken_and_voided_the_desk_balances(
    app: Flask, opening: int, acts: list[str]
) -> None:
    try:
        with app.app_context(), transaction():
            by, head = money.cashier(opening=opening), factory.officer(role=Role.HEAD)
            case = factory.submitted(people.account())
            held = _lived(case, acts, by, head)
            (desk,) = queries.list_desks(by, clock.today("Europe/Moscow"))
            receipts = queries.list_receipts(case.id)

            tally = queries.tally_of(desk)

            assert tally.expected == opening + held
            assert sorted(one.number for one in receipts) == list(range(1, len(receipts) + 1))
            valid = [one.amount for one in receipts if one.voided_at is None]
            assert tally.received - tally.voided == sum(valid)
            raise Undone
    except Undone:
        pass


def _lived(case: Case, acts: list[str], by: Actor, head: Actor) -> int:
    """Pay and void as far as that is possible; return what must lie in the desk."""
    held = 0
    for act in acts:
        valid = [one for one in queries.list_receipts(case.id) if one.voided_at is None]
        if act == "pay" and not valid:
            held += money.paid(case, by).amount
        elif act != "pay" and valid:
            actor = by if act == "void" else head
            held -= taking.void(valid[0].uid, reason="x", actor=actor).amount
    return held


def test_another_post_has_numbers_of_its_own(app: Flask) -> None:
    with app.app_context(), transaction():
        assert versions.RENEWAL["code"] == "PASS_RENEW"
        case = factory.submitted(people.account())
        assert taking._next_number(case.post_id, 2026) == 1
        assert taking._next_number(people.post("kazan", "JK").id, 2026) == 1
        assert taking._next_number(case.post_id, 2026) == 2
        assert taking._next_number(case.post_id, 2027) == 1
