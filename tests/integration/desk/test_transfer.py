"""A request passed on to another post that offers the same service."""

from datetime import UTC, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.appointments import claiming
from app.appointments.models import ClaimKind, Slot
from app.appointments.queries import booking_of
from app.audit.models import AuditEntry
from app.cases import changing, moving, queries, queue, transferring
from app.cases.models import Case
from app.cases.queue import Tab
from app.cases.rules import Action, State, StepKind
from app.catalogue import services as catalogue
from app.core import clock
from app.core.actor import SYSTEM, Role
from app.core.db import db, new_uid, transaction
from app.core.errors import Invalid, NotAllowed, NotFound
from app.notifications.models import Message
from app.payments import queries as charges
from app.payments.models import CashDesk, Slip
from app.payments.rules import ChargeState, SlipState
from app.payments.services import debts, slips
from tests.factories import cases as factory
from tests.factories import money, people, seats
from tests.integration.desk.conftest import Officer, drain, officer_at, taken


@pytest.fixture
def kazan(app: Flask) -> Officer:
    """Be an officer of a second post that renews passports too."""
    with app.app_context(), transaction():
        people.post()  # the site serves the post that was first
    other = officer_at(app, Role.OFFICER, post="kazan", prefix="JK")
    with app.app_context(), transaction():
        service = catalogue.save_draft(
            people.post("kazan", "JK"), factory.definition(), actor=SYSTEM
        )
        catalogue.publish(service, actor=SYSTEM)
    return other


def transfer(reference: str, by: Officer, to: str = "kazan", key: str = "") -> Case:
    """Pass a case on."""
    seen = queries.get_case(reference, SYSTEM).version
    with transaction():
        return transferring.transfer(
            reference, to, ground="يسكن في قازان", actor=by.actor, seen=seen, key=key or new_uid()
        )


def test_the_other_post_works_on_it_under_the_same_number_and_version(
    app: Flask, head: Officer, kazan: Officer, officer: Officer
) -> None:
    reference = taken(app, officer)
    with app.app_context():
        before = queries.get_case(reference, SYSTEM)
        version, due = before.version_id, before.due_on
    head.visitor.open(f"/en/desk/cases/{reference}")
    head.visitor.follow("Pass on to another post")

    head.visitor.submit({"post": "kazan", "ground": "Lives in Kazan"}, button="Pass on the request")

    assert "at the other post now" in head.visitor.page.text
    assert reference in kazan.visitor.open("/en/desk/queue").text
    assert "Lives in Kazan" in kazan.visitor.open(f"/en/desk/cases/{reference}").text
    with app.app_context():
        case = queries.get_case(reference, SYSTEM)
        assert (case.state, case.assignee_id, case.lease_until) == (State.SUBMITTED, None, None)
        assert (case.version_id, case.due_on) == (version, due)
        assert case.service.post.code == "kazan"
        assert moving.find_newer(case) is None, "the other post offers the very same version"
        told = db.session.scalars(select(Message).order_by(Message.id)).all()[-1]
        assert told.event == "case_transferred"


def test_who_passed_it_on_did_so_for_the_old_post_as_its_head(
    app: Flask, head: Officer, kazan: Officer, officer: Officer
) -> None:
    reference = taken(app, officer)
    with app.app_context():
        event = queries.list_events(transfer(reference, head).id)[-1]

        assert (event.actor_role, event.post_id) == (Role.HEAD, head.actor.post_id)


def test_the_old_post_sees_nothing_but_the_trace_that_it_left(
    app: Flask, head: Officer, kazan: Officer, officer: Officer
) -> None:
    reference = taken(app, officer)
    with app.app_context():
        uid = transfer(reference, head).uid

    for somebody in (head, officer):
        assert somebody.visitor.open(f"/en/desk/cases/{reference}").status == 404
    with app.app_context():
        with pytest.raises(NotFound):
            queries.get_case(reference, officer.actor)
        rows = db.session.scalars(
            select(AuditEntry.action).where(
                AuditEntry.object_uid == uid, AuditEntry.post_id == head.actor.post_id
            )
        ).all()
        assert rows[-1] == "case_left_post"
        assert "case_transferred" not in rows


def test_its_seat_is_given_back_and_another_is_booked_there(
    app: Flask, head: Officer, kazan: Officer, officer: Officer
) -> None:
    with app.app_context(), transaction():
        case = factory.accepted(people.account(), officer.actor)
        seats.make_site(people.post(), code="moscow")
        slot = seats.make_slot(seats.make_pool(people.post()))
        claiming.take(seats.make_booking(case, slot), [slot.id], ClaimKind.MAIN)
        reference, slot_id = case.reference, slot.id

    with app.test_request_context():
        assert db.session.get_one(Slot, slot_id).taken == 1
        case = transfer(reference, head)
        db.session.expire_all()

        assert db.session.get_one(Slot, slot_id).taken == 0
        assert booking_of(case.id) is None
        assert case.state is State.IN_PROGRESS


def test_a_correction_ends_with_the_day_of_the_post_that_has_it(
    app: Flask, head: Officer, kazan: Officer, officer: Officer
) -> None:
    with app.app_context(), transaction():
        people.post("kazan").zone = "Europe/Berlin"
        reference = factory.asked(people.account(), officer.actor).reference
    with app.app_context():
        asked = queries.find_open_round(transfer(reference, head).id)
        assert asked is not None
        after = datetime.combine(asked.until_on + timedelta(days=1), time(), UTC)

    with clock.pretend(after - timedelta(hours=2)):
        drain(app)
    assert state_of(app, reference) is State.ACTION_NEEDED
    with clock.pretend(after):
        drain(app)

    assert state_of(app, reference) is State.LAPSED


def state_of(app: Flask, reference: str) -> State:
    with app.app_context():
        return queries.get_case(reference, SYSTEM).state


def test_a_post_without_the_service_is_no_choice(
    app: Flask, head: Officer, officer: Officer
) -> None:
    officer_at(app, Role.OFFICER, post="sochi", prefix="JS")
    reference = taken(app, officer)

    page = head.visitor.open(f"/en/desk/cases/{reference}/transfer")

    assert "No other post offers this service" in page.text
    for place in ("sochi", "moscow", "nowhere"):
        with app.app_context(), pytest.raises(Invalid):
            transfer(reference, head, to=place)


def test_only_the_head_passes_on(app: Flask, kazan: Officer, officer: Officer) -> None:
    reference = taken(app, officer)

    assert officer.visitor.open(f"/en/desk/cases/{reference}/transfer").status == 404
    with app.app_context(), pytest.raises(NotAllowed):
        transfer(reference, officer)


def test_twice_is_once(app: Flask, head: Officer, kazan: Officer, officer: Officer) -> None:
    reference, key = taken(app, officer), new_uid()

    with app.app_context():
        transfer(reference, head, key=key)
        with pytest.raises(NotFound):
            transfer(reference, head, key=key)
        events = queries.list_events(queries.get_case(reference, SYSTEM).id)
        assert [one.action for one in events].count(Action.TRANSFERRED) == 1


def test_pressing_twice_leads_to_the_queue_both_times(
    app: Flask, head: Officer, kazan: Officer, officer: Officer
) -> None:
    form = head.visitor.open(f"/en/desk/cases/{taken(app, officer)}/transfer")

    for _press in range(2):
        head.visitor.page = form
        page = head.visitor.submit(
            {"post": "kazan", "ground": "Moved"}, button="Pass on the request"
        )

        assert (page.status, page.url) == (200, "/en/desk/queue")


def test_the_new_post_routes_it_to_its_own_groups(
    app: Flask, head: Officer, kazan: Officer, officer: Officer
) -> None:
    reference = taken(app, officer)

    with app.app_context():
        transfer(reference, head)

        today = clock.today("Europe/Moscow")
        page = queue.queue_page(
            kazan.actor.post_id or 0, tab=Tab.NEW, officer_id=kazan.actor.id or 0, today=today
        )
        assert [case.reference for case in page.cases] == [reference]
        with transaction():
            assert queue.lock_next(kazan.actor.post_id or 0, actor=kazan.actor) is not None


def test_what_is_owed_is_owed_to_the_other_post(
    app: Flask, head: Officer, kazan: Officer, officer: Officer
) -> None:
    reference = taken(app, officer)
    with app.app_context():
        (before,) = charges.live_charges(queries.get_case(reference, SYSTEM).id)

        case = transfer(reference, head)

        (after,) = charges.live_charges(case.id)
        assert (after.post_id, after.amount) == (kazan.actor.post_id, before.amount)
        assert (before.post_id, before.state) == (head.actor.post_id, ChargeState.VOID)


def slip_of(case: Case) -> Slip:
    """Return a slip of a case that waits to be confirmed."""
    (charge,) = charges.live_charges(case.id)
    slip = Slip(
        case_id=case.id,
        post_id=case.post_id,
        document=factory.document(case),
        data_key=case.data_key,
        currency=charge.currency,
        amount=charge.amount,
        paid_on=clock.today("Europe/Moscow"),
        state=SlipState.SENT,
        sent_at=clock.now(),
    )
    db.session.add(slip)
    db.session.flush()
    return slip


def test_a_bank_slip_that_waits_goes_along(
    app: Flask, head: Officer, kazan: Officer, officer: Officer
) -> None:
    reference = taken(app, officer)
    with app.app_context():
        with transaction():
            slip_of(queries.get_case(reference, SYSTEM))

        transfer(reference, head)

        assert charges.list_waiting_slips(head.actor.post_id or 0) == []
        assert len(charges.list_waiting_slips(kazan.actor.post_id or 0)) == 1


def test_a_slip_that_left_while_its_request_was_waited_for_is_not_decided_here(
    app: Flask,
    head: Officer,
    kazan: Officer,
    officer: Officer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reference, lock = taken(app, officer), debts.lock_paid_by
    with app.app_context():
        with transaction():
            uid = slip_of(queries.get_case(reference, SYSTEM)).uid

        def late(payment: Slip) -> list[Case]:
            seen = queries.get_case(reference, SYSTEM).version
            transferring.transfer(
                reference, "kazan", ground="-", actor=head.actor, seen=seen, key=new_uid()
            )
            return lock(payment)

        monkeypatch.setattr(debts, "lock_paid_by", late)
        with pytest.raises(NotFound), transaction():
            slips.refuse(uid, reason="-", actor=head.actor)


def test_the_post_that_took_the_money_gives_it_back_after_the_request_has_left(
    app: Flask, head: Officer, kazan: Officer
) -> None:
    with app.app_context():
        with transaction():
            money.publish(path=("review", "payment", "production", "hand_over"))
            case = factory.accepted(people.account(), head.actor)
            receipt = money.paid(case, money.cashier())
            uid, label, desk_id = receipt.uid, receipt.label, receipt.desk_id
            desk, reference = db.session.get_one(CashDesk, desk_id).uid, case.reference
        transfer(reference, head)
    other = officer_at(app, Role.HEAD, post="kazan", prefix="JK")

    assert other.visitor.open(f"/en/desk/payments/receipts/{uid}/void").status == 404
    page = head.visitor.open(f"/en/desk/payments/cash/{desk}")
    assert head.visitor.open(page.link(label)).status == 200
    assert reference not in head.visitor.page.text
    page = head.visitor.submit({"reason": "Paid twice"}, button="Void the receipt")

    assert page.status == 200 and "The receipt is voided" in page.text
    with app.app_context():
        case = queries.get_case(reference, SYSTEM)
        voided = charges.list_receipts(case.id)[0]
        assert changing.standing(case).current is StepKind.PAYMENT
        assert [one.post_id for one in charges.live_charges(case.id)] == [case.post_id]
        assert voided.voided_at is not None and voided.void_desk_id == desk_id
