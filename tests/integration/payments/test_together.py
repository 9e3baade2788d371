"""One payment of a filing: taken, proved by a slip, voided, and the desk balances."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Account
from app.cases import changing
from app.cases import queries as cases
from app.cases import services as case_services
from app.cases.models import Case
from app.cases.rules import Action, State
from app.core import clock
from app.core.actor import SYSTEM, Role
from app.core.db import constraint_of, db, new_uid, transaction
from app.core.errors import Invalid, NotAllowed, NotFound
from app.documents import rules as document_rules
from app.documents.models import DocumentState
from app.documents.services import Upload
from app.jobs import tasks
from app.notifications.models import Channel, Message
from app.payments import queries, shares
from app.payments.models import Receipt, Slip
from app.payments.rules import ChargeState, Method
from app.payments.services import slips, taking
from app.payments.services.slips import Proof
from tests.factories import cases as factory
from tests.factories import families, files, money, people

FEE = money.FEE


def states(of: Sequence[Case]) -> list[ChargeState]:
    return [one.state for case in of for one in queries.live_charges(case.id)]


def told(account: Account, news: str) -> list[Message]:
    rows = select(Message).where(
        Message.account_id == account.id,
        Message.event == news,
        Message.channel == Channel.PORTAL,
    )
    return list(db.session.scalars(rows.order_by(Message.id)))


def test_a_household_pays_in_one_act_with_one_receipt(app: Flask) -> None:
    with app.app_context(), transaction():
        account, by = people.account(), money.cashier()
        family = families.submitted(account, 3)

        lines = money.paid_together(family[1], by, amount=3 * FEE)

        assert [(one.label, one.line) for one in lines] == [(lines[0].label, n) for n in (1, 2, 3)]
        assert [one.case_id for one in lines] == [case.id for case in family]
        assert states(family) == [ChargeState.PAID] * 3
        (message,) = told(account, "payment_received")
        assert message.payload is not None
        assert message.payload["reference"] == family[0].reference
        assert message.payload["others"] == f"{family[1].reference} {family[2].reference}"
        for case in family:
            events = [one for one in cases.list_events(case.id) if one.action is Action.PAID]
            assert [one.details["receipt"] for one in events] == [lines[0].label]
        assert money.paid(factory.submitted(people.account()), by).number == 2


def test_a_household_at_its_step_of_payment_goes_on_together(app: Flask) -> None:
    with app.app_context(), transaction():
        money.publish(path=("review", "payment", "hand_over"))
        account, by = people.account(), factory.officer()
        family = [factory.accept_all(one, by) for one in taken(account, by)]

        money.paid_together(family[0], money.cashier(), amount=2 * FEE)

        assert [changing.lock(one.id).state for one in family] == [State.READY] * 2


def drain_after(app: Flask, minutes: int) -> None:
    with clock.pretend(clock.now() + timedelta(minutes=minutes)), app.app_context():
        tasks.drain()


def due_told(app: Flask, account_id: int) -> list[str]:
    """Return of which requests each message about a fee tells, the first one in front."""
    with app.app_context():
        rows = told(db.session.get_one(Account, account_id), "payment_due")
        payloads = [one.payload or {} for one in rows]
        return [f"{one['reference']} {one.get('others', '')}".strip() for one in payloads]


def test_a_household_is_told_once_of_the_fees_that_it_comes_to_together(app: Flask) -> None:
    with app.app_context(), transaction():
        money.publish(path=("review", "payment", "hand_over"))
        account, by = people.account(), factory.officer()
        family = [factory.accept_all(one, by) for one in taken(account, by, 3)]
        key, names = account.id, [one.reference for one in family]

    drain_after(app, 4)
    assert due_told(app, key) == []
    drain_after(app, 6)
    drain_after(app, 60)

    assert due_told(app, key) == [" ".join(names)]


def test_who_comes_to_the_fee_later_is_told_with_those_who_still_owe(app: Flask) -> None:
    with app.app_context(), transaction():
        money.publish(path=("review", "payment", "hand_over"))
        account, by = people.account(), factory.officer()
        first, second, third = taken(account, by, 3)
        key, names = account.id, [one.reference for one in (first, second, third)]
        paid, late = first.id, third.id
        for one in (first, second):
            factory.accept_all(one, by)
    drain_after(app, 6)
    with app.app_context(), transaction():
        money.paid(changing.lock(paid), money.cashier())
        factory.accept_all(changing.lock(late), by)
    drain_after(app, 12)

    assert due_told(app, key) == [" ".join(names[:2]), " ".join(names[1:])]


def test_what_was_paid_before_it_was_asked_for_is_not_asked_for(app: Flask) -> None:
    with app.app_context(), transaction():
        money.publish(path=("review", "payment", "hand_over"))
        account, by = people.account(), factory.officer()
        family = [factory.accept_all(one, by) for one in taken(account, by)]
        money.paid_together(family[0], money.cashier(), amount=2 * FEE)
        key = account.id

    drain_after(app, 6)

    assert due_told(app, key) == []


def taken(account: Account, by: object, count: int = 2) -> list[Case]:
    return [
        case_services.take(one.reference, actor=by, seen=one.version, key=new_uid())  # type: ignore[arg-type]
        for one in families.submitted(account, count)
    ]


def test_one_of_the_household_can_still_pay_alone(app: Flask) -> None:
    with app.app_context(), transaction():
        by = money.cashier()
        family = families.submitted(people.account(), 3)

        alone = money.paid(family[0], by)
        rest = money.paid_together(family[0], by, amount=2 * FEE)

        assert [alone.number, *(one.number for one in rest)] == [1, 2, 2]
        assert {one.case_id for one in rest} == {family[1].id, family[2].id}


def test_who_was_refused_or_withdrew_owes_nothing(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        family = families.submitted(account, 3)
        gone = changing.lock(family[1].id)
        actor = factory.citizen(account)
        case_services.withdraw(gone.reference, actor=actor, seen=gone.version, key=new_uid())

        lines = money.paid_together(family[0], money.cashier(), amount=2 * FEE)

        assert {one.case_id for one in lines} == {family[0].id, family[2].id}


@pytest.mark.parametrize("amount", [FEE, 2 * FEE - 1, 3 * FEE])
def test_part_of_what_a_household_owes_is_not_taken(app: Flask, amount: int) -> None:
    with app.app_context(), transaction():
        family = families.submitted(people.account())

        with pytest.raises(Invalid):
            money.paid_together(family[0], money.cashier(), amount=amount)

        assert states(family) == [ChargeState.DUE] * 2
        assert db.session.scalar(select(func.count()).select_from(Receipt)) == 0


def test_the_same_key_takes_a_household_once(app: Flask) -> None:
    with app.app_context(), transaction():
        family, by, key = families.submitted(people.account()), money.cashier(), new_uid()
        reference = family[1].reference
        first = taking.take_together(reference, "USD", 2 * FEE, actor=by, key=key)

        again = taking.take_together(reference, "USD", 2 * FEE, actor=by, key=key)

        assert [one.id for one in again] == [one.id for one in first]
        with pytest.raises(Invalid):
            money.paid_together(family[0], by, amount=2 * FEE)


def test_who_goes_alone_or_takes_no_money_is_told(app: Flask) -> None:
    with app.app_context(), transaction():
        alone, family = factory.submitted(people.account()), families.submitted(people.account())

        with pytest.raises(NotFound):
            money.paid_together(alone, money.cashier(), amount=FEE)
        with pytest.raises(NotAllowed):
            money.paid_together(family[0], factory.officer(), amount=2 * FEE)


def test_a_void_takes_all_of_it_back_and_the_desk_balances(app: Flask) -> None:
    with app.app_context(), transaction():
        account, by = people.account(), money.cashier(opening=5000)
        family = families.submitted(account, 3)
        lines = money.paid_together(family[0], by, amount=3 * FEE)
        (desk,) = queries.list_desks(by, lines[0].taken_on)
        assert queries.tally_of(desk).expected == 5000 + 3 * FEE

        taking.void(lines[2].uid, reason="خطأ", actor=by)

        assert states(family) == [ChargeState.DUE] * 3
        assert queries.tally_of(desk).expected == 5000
        assert [one.reason for one in queries.lines_of(lines[0])] == ["خطأ"] * 3
        assert len(told(account, "payment_voided")) == 1
        with pytest.raises(Invalid):
            taking.void(lines[0].uid, reason="x", actor=by)
        assert money.paid_together(family[0], by, amount=3 * FEE)[0].number == 2


def test_a_line_of_a_receipt_is_kept_as_it_is(app: Flask) -> None:
    with app.app_context(), transaction():
        money.paid_together(
            families.submitted(people.account())[0], money.cashier(), amount=2 * FEE
        )

        with pytest.raises(IntegrityError) as refused, db.session.begin_nested():
            db.session.execute(text("UPDATE receipt SET line = line + 5"))

        assert constraint_of(refused.value) == "tg_receipt_voided_once"


def test_the_page_of_one_shows_its_share_of_the_whole(app: Flask) -> None:
    with app.test_request_context(), transaction():
        family = families.submitted(people.account(), 3)
        (receipt, *_rest) = money.paid_together(family[0], money.cashier(), amount=3 * FEE)

        totals = queries.totals_of([receipt])
        persons = shares.of_receipt(receipt, SYSTEM)

        assert totals == {receipt.label: 3 * FEE}
        assert [one.reference for one, _lines in persons] == [case.reference for case in family]
        alone = money.paid(factory.submitted(people.account()), money.cashier())
        assert queries.totals_of([alone]) == {}


def slip_of(account: Account, case: Case, amount: int) -> Slip:
    data = files.jpeg()
    kind = document_rules.kind_of(data)
    assert kind is not None
    proof = Proof(
        upload=Upload(name="slip.jpg", kind=kind, data=data),
        currency="USD",
        amount=amount,
        paid_on=clock.today("Europe/Moscow"),
    )
    slip = slips.send_together(case.reference, proof, actor=factory.citizen(account))
    slip.document.state = DocumentState.CLEAN
    db.session.flush()
    return slip


def test_one_bank_slip_pays_for_a_household(app: Flask) -> None:
    with app.app_context(), transaction():
        account, by = people.account(), factory.officer()
        family = families.submitted(account, 3)
        slip = slip_of(account, family[1], 3 * FEE)

        slips.confirm(slip.uid, actor=by, key=new_uid())

        assert states(family) == [ChargeState.PAID] * 3
        receipts = db.session.scalars(select(Receipt)).all()
        assert {(one.number, one.method) for one in receipts} == {(1, Method.SLIP)}
        assert len(told(account, "payment_received")) == 1


def test_a_slip_of_a_household_for_less_is_not_confirmed(app: Flask) -> None:
    with app.app_context(), transaction():
        account, by = people.account(), factory.officer()
        family = families.submitted(account)
        slip = slip_of(account, family[0], FEE)

        with pytest.raises(Invalid):
            slips.confirm(slip.uid, actor=by, key=new_uid())

        slips.refuse(slip.uid, reason="ناقص", actor=by)
        assert states(family) == [ChargeState.DUE] * 2


def test_one_slip_at_a_time_waits_for_a_household(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        family = families.submitted(account)
        slip = slip_of(account, family[0], 2 * FEE)
        proof = Proof(
            upload=Upload(name="x", kind=document_rules.FileKind.JPEG, data=b"x"),
            currency="USD",
            amount=FEE,
            paid_on=slip.paid_on,
        )

        with pytest.raises(Invalid):
            slip_of(account, family[1], 2 * FEE)
        with pytest.raises(Invalid):
            slips.send(family[1].reference, proof, actor=factory.citizen(account))
        with pytest.raises(IntegrityError) as refused, db.session.begin_nested():
            again = {"case_id": family[1].id, "post_id": slip.post_id, "data_key": slip.data_key}
            document = factory.document(family[1])
            row = Slip(filing_id=slip.filing_id, document=document, amount=1, **again)
            row.currency, row.paid_on, row.state = "USD", slip.paid_on, slip.state
            row.sent_at = clock.now()
            db.session.add(row)
        assert constraint_of(refused.value) == "uq_payment_slip_together"


def test_what_a_household_owes_is_said_in_one_sum(app: Flask) -> None:
    with app.test_request_context(), transaction():
        account, by = people.account(), money.cashier()
        family = families.submitted(account, 3)
        found = shares.due(family[0], by)
        assert found is not None and len(found.shares) == 3 and found.currency == "USD"

        money.paid(family[0], by)
        money.paid(family[1], by)

        assert shares.due(family[0], by) is None
        assert shares.due(factory.submitted(people.account()), by) is None


def test_a_month_later_the_head_still_voids_it(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        family = families.submitted(account)
        slip = slip_of(account, family[0], 2 * FEE)
        receipt = slips.confirm(slip.uid, actor=factory.officer(), key=new_uid())

        with clock.pretend(clock.now() + timedelta(days=30)):
            taking.void(receipt.uid, reason="x", actor=factory.officer(role=Role.HEAD))

        assert states(family) == [ChargeState.DUE] * 2
