"""A seat is held, confirmed, moved, given up, lost to time, and used: by whom, and how often."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Account
from app.appointments import (
    claiming,
    messages,
    moving,
    queries,
    rules,
    schedule,
    services,
    visiting,
)
from app.appointments.models import Booking, BookingState, Claim, Pool, Slot
from app.appointments.refusals import (
    AlreadyBooked,
    AnotherDay,
    Clash,
    HoldOver,
    MovedOften,
    NoAppointment,
    NotOffered,
    NotYet,
    OneAtATime,
    SameTime,
    TooLate,
)
from app.cases import services as cases
from app.cases.models import Case, CaseEvent
from app.cases.rules import Action, State, StepKind
from app.catalogue.workdays import ClosureScope
from app.core import clock
from app.core.actor import Actor, ActorKind, Role
from app.core.db import db, transaction
from app.core.errors import NotAllowed, NotFound, SlotTaken
from app.jobs.models import Job, JobState
from app.notifications.models import Message
from tests.factories import seats

NOW = "2026-11-30T08:00:00+00:00"


@pytest.fixture(autouse=True)
def _inside(app: Flask) -> Iterator[None]:
    """Run each test on a Monday morning, in one transaction."""
    with time_machine.travel(NOW, tick=False), app.app_context():
        yield


@pytest.fixture
def clock_hand() -> Iterator[time_machine.Traveller]:
    """Be the hand that moves the clock."""
    with time_machine.travel(NOW, tick=False) as hand:
        yield hand


def owner(case: Case) -> Actor:
    """Return the citizen who filed a case."""
    return Actor(kind=ActorKind.CITIZEN, id=case.account_id)


def officer(case: Case, *roles: Role) -> Actor:
    """Return somebody who works at the post of a case."""
    held = frozenset(roles or (Role.OFFICER,))
    return Actor(kind=ActorKind.STAFF, id=1, post_id=case.post_id, roles=held)


class Hall:
    """A post with one pool, and a service that takes some units of it."""

    def __init__(self, *, units: int = 1, fee: int = 0) -> None:
        self.post = seats.make_post()
        self.pool: Pool = seats.make_pool(self.post)
        self.version = seats.make_version(self.post, units=units, fee=fee)

    def case(self, **more: object) -> Case:
        """Return another case that may book."""
        return seats.make_case(self.version, **more)  # type: ignore[arg-type]

    def slot(self, at: str = "10:20", **more: object) -> Slot:
        """Return a slot in three days, with one seat when nothing is said."""
        return seats.make_slot(self.pool, at=at, **more)  # type: ignore[arg-type]


def hold(case: Case, slot: Slot) -> Booking:
    """Have the owner of a case hold a slot."""
    return services.hold(case, slot.id, actor=owner(case))


def book(case: Case, slot: Slot) -> Booking:
    """Have the owner of a case book a slot."""
    return services.confirm(hold(case, slot).uid, actor=owner(case))


def taken(*slots: Slot) -> list[int]:
    """Return the seats that are taken of some slots."""
    found = {row.id: row.taken for row in db.session.execute(select(Slot.id, Slot.taken))}
    return [found[slot.id] for slot in slots]


def told(case: Case) -> list[str]:
    """Return the events that an account was told of, in order."""
    rows = select(Message.event).where(Message.account_id == case.account_id)
    return list(db.session.scalars(rows.order_by(Message.id)))


def happened(case: Case) -> list[Action]:
    """Return what happened to a case, in order."""
    rows = select(CaseEvent.action).where(CaseEvent.case_id == case.id)
    return list(db.session.scalars(rows.order_by(CaseEvent.number)))


def due_reminders() -> list[str]:
    """Return when the reminders that are not called off are due."""
    rows = select(Job.due_at).where(Job.kind == messages.REMIND, Job.state == JobState.DUE)
    return [at.strftime("%m-%d %H:%M") for at in db.session.scalars(rows.order_by(Job.due_at))]


@pytest.mark.proves("booking-007")
def test_hold_takes_the_seat_for_ten_minutes() -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()

        booking = hold(case, slot)

        assert booking.state is BookingState.HELD
        assert booking.expires_at == clock.now() + timedelta(minutes=10)
        assert booking.local_at == "2026-12-03T10:20"
        assert taken(slot) == [1]
        assert told(case) == []


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_no_seat_is_held_for_who_could_not_confirm_it(role: Role) -> None:
    with transaction():
        hall = Hall()
        case, slot, other = hall.case(), hall.slot(), hall.slot("10:40")

        with pytest.raises(NotAllowed):
            services.hold(case, slot.id, actor=officer(case, role))
        booking = book(case, slot)
        with pytest.raises(NotAllowed):
            moving.offer_move(booking.uid, other.id, actor=officer(case, role))

        assert taken(slot, other) == [1, 0]


def test_the_same_choice_again_changes_nothing() -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot(seats=2)

        first, second = hold(case, slot), hold(case, slot)

        assert first is second
        assert taken(slot) == [1]


def test_another_choice_exchanges_the_seat() -> None:
    with transaction():
        hall = Hall()
        case, early, late = hall.case(), hall.slot("09:00"), hall.slot("11:00")

        booking = hold(case, early)
        again = hold(case, late)

        assert again is booking
        assert booking.local_at == "2026-12-03T11:00"
        assert taken(early, late) == [0, 1]


def test_visit_of_two_units_takes_both() -> None:
    with transaction():
        hall = Hall(units=2)
        case, first, second = hall.case(), hall.slot("10:20"), hall.slot("10:40")

        booking = hold(case, first)

        assert booking.minutes == 40
        assert taken(first, second) == [1, 1]


def test_visit_of_two_units_is_all_or_nothing() -> None:
    with transaction():
        hall = Hall(units=2)
        first, second, third = hall.slot("10:20"), hall.slot("10:40"), hall.slot("11:00")
        hold(hall.case(), second)

    with pytest.raises(SlotTaken), transaction():
        hold(hall.case(), first)
    with pytest.raises(SlotTaken), transaction():
        hold(hall.case(), third)

    with transaction():
        assert taken(first, second, third) == [0, 1, 1]


def test_seat_that_was_taken_meanwhile_is_refused() -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        hold(hall.case(), slot)

    with pytest.raises(SlotTaken), transaction():
        hold(case, slot)

    with transaction():
        assert queries.booking_of(case.id) is None
        assert taken(slot) == [1]


@pytest.mark.parametrize("step", [StepKind.REVIEW, StepKind.PRODUCTION])
def test_papers_come_first_and_the_seat_second(step: StepKind) -> None:
    with pytest.raises(NotYet), transaction():
        hall = Hall()
        hold(hall.case(step=step), hall.slot())


@pytest.mark.proves("booking-005")
def test_slot_of_another_site_is_refused() -> None:
    with pytest.raises(NotOffered), transaction():
        hall = Hall()
        foreign = seats.make_post(code="beirut", prefix="JK")
        hold(hall.case(), seats.make_slot(seats.make_pool(foreign)))


@pytest.mark.proves("booking-005")
def test_slot_of_a_pool_for_other_services_is_refused() -> None:
    with pytest.raises(NotOffered), transaction():
        hall = Hall()
        other = seats.make_pool(hall.post, code="documents")
        hold(hall.case(), seats.make_slot(other))


@pytest.mark.parametrize("days", [-1, 61, 4000])
def test_date_out_of_bounds_is_refused(days: int) -> None:
    with pytest.raises(NotOffered), transaction():
        hall = Hall()
        on = clock.today(hall.pool.site.zone) + timedelta(days=days)
        hold(hall.case(), hall.slot(on=on))


@pytest.mark.proves("booking-005")
def test_time_that_is_past_today_is_refused() -> None:
    with pytest.raises(NotOffered), transaction():
        hall = Hall()
        hold(hall.case(), hall.slot("10:59", on=clock.today(hall.pool.site.zone)))


@pytest.mark.proves("booking-005")
def test_slot_that_does_not_exist_is_refused() -> None:
    with pytest.raises(NotOffered), transaction():
        services.hold((case := Hall().case()), 10**9, actor=owner(case))


def test_second_booking_of_the_same_person_by_the_same_account() -> None:
    with transaction():
        hall = Hall()
        first, slot = hall.case(), hall.slot(seats=5)
        book(first, slot)
        account = db.session.get_one(Account, first.account_id)
        second = hall.case(account=account, person=first.person)

    with pytest.raises(AlreadyBooked), transaction():
        hold(second, slot)


def test_second_booking_of_the_same_person_by_another_account_is_answered_neutrally() -> None:
    with transaction():
        hall = Hall()
        first, slot = hall.case(), hall.slot(seats=5)
        book(first, slot)
        stranger = seats.make_account()
        twin = seats.make_person(stranger, fingerprint=first.person.fingerprint)
        second = hall.case(account=stranger, person=twin)

    with pytest.raises(Clash) as refused, transaction():
        hold(second, slot)

    sentence = refused.value.sentence()
    assert first.reference not in sentence
    assert "account" not in sentence
    with transaction():
        assert taken(slot) == [1]


@pytest.mark.proves("S37", "booking-007")
def test_one_hold_for_a_person_at_a_time() -> None:
    with transaction():
        hall = Hall()
        first, slot = hall.case(), hall.slot(seats=5)
        hold(first, slot)
        other = seats.make_version(hall.post, code="PASS_LOST")
        account = db.session.get_one(Account, first.account_id)
        second = seats.make_case(other, account=account, person=first.person)

    with pytest.raises(OneAtATime), transaction():
        hold(second, slot)


def test_confirmation_tells_and_plans_reminders() -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot(on=clock.today(hall.pool.site.zone) + timedelta(4))

        booking = book(case, slot)

        assert booking.state is BookingState.BOOKED
        assert booking.expires_at is None
        assert happened(case) == [Action.BOOKED]
        assert told(case) == ["booking_confirmed"]
        assert due_reminders() == ["12-01 07:20", "12-03 07:20"]


def test_confirming_twice_makes_one_booking() -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        booking = book(case, slot)

        again = services.confirm(booking.uid, actor=owner(case))

        assert again is booking
        assert happened(case) == [Action.BOOKED]
        assert told(case) == ["booking_confirmed"]
        assert taken(slot) == [1]


def test_hold_that_is_over_is_not_confirmed(clock_hand: time_machine.Traveller) -> None:
    with transaction():
        hall = Hall()
        case = hall.case()
        booking = hold(case, hall.slot())

    clock_hand.shift(timedelta(minutes=10))

    with pytest.raises(HoldOver), transaction():
        services.confirm(booking.uid, actor=owner(case))


@pytest.mark.proves("booking-007")
def test_sweep_gives_back_what_was_not_confirmed(clock_hand: time_machine.Traveller) -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        booking = hold(case, slot)
        assert services.expire(clock.now()) == 0

        clock_hand.shift(timedelta(minutes=10))
        assert services.expire(clock.now()) == 1

        db.session.refresh(booking)
        assert booking.state is BookingState.EXPIRED
        assert taken(slot) == [0]
        assert services.expire(clock.now()) == 0


def test_seat_of_a_hold_that_is_over_can_be_had_before_the_sweep(
    clock_hand: time_machine.Traveller,
) -> None:
    with transaction():
        hall = Hall()
        late, quick, slot = hall.case(), hall.case(), hall.slot()
        booking = hold(late, slot)

        clock_hand.shift(timedelta(minutes=10))
        hold(quick, slot)

        db.session.refresh(booking)
        assert booking.state is BookingState.EXPIRED
        assert taken(slot) == [1]


def test_own_hold_that_is_over_can_be_taken_again(clock_hand: time_machine.Traveller) -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        booking = hold(case, slot)

        clock_hand.shift(timedelta(minutes=11))
        again = hold(case, slot)

        assert again is booking
        assert again.expires_at == clock.now() + timedelta(minutes=10)
        assert taken(slot) == [1]


def test_own_hold_that_is_over_is_not_swept_by_the_one_who_takes_it_again(
    clock_hand: time_machine.Traveller,
) -> None:
    with transaction() as session:
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        booking = hold(case, slot)
        clock_hand.shift(timedelta(minutes=11))

        # That the new time is written before others' holds are looked for is not relied on.
        with session.no_autoflush:
            hold(case, slot)

        session.flush()
        assert booking.state is BookingState.HELD
        assert booking.expires_at == clock.now() + timedelta(minutes=10)
        assert taken(slot) == [1]


def test_no_other_service_is_held_beside_a_hold_that_is_over(
    clock_hand: time_machine.Traveller,
) -> None:
    with transaction():
        hall = Hall()
        slot = hall.slot(seats=5)
        first = hall.case()
        account = db.session.get_one(Account, first.account_id)
        same = {"account": account, "person": first.person}
        again, third = hall.case(**same), seats.make_version(hall.post, code="PASS_LOST")
        hold(first, slot)
        clock_hand.shift(timedelta(minutes=11))
        hold(seats.make_case(third, account=account, person=first.person), hall.slot("11:00"))

        with pytest.raises(OneAtATime):
            hold(again, slot)


def test_move_keeps_the_seat_until_the_other_is_had() -> None:
    with transaction():
        hall = Hall()
        case, old, new = hall.case(), hall.slot("09:00"), hall.slot("11:00")
        booking = book(case, old)

        moving.offer_move(booking.uid, new.id, actor=owner(case))
        assert taken(old, new) == [1, 1]
        moving.confirm_move(booking.uid, actor=owner(case))

        assert taken(old, new) == [0, 1]
        assert (booking.local_at, booking.moves, booking.sequence) == ("2026-12-03T11:00", 1, 1)
        assert booking.offer_starts_at is None
        assert happened(case) == [Action.BOOKED, Action.MOVED]
        assert told(case) == ["booking_confirmed", "booking_moved"]


@pytest.mark.proves("S37")
def test_the_public_moves_three_times_and_the_post_as_often_as_it_likes() -> None:
    with transaction():
        hall = Hall()
        case = hall.case()
        slots = [hall.slot("09:00"), hall.slot("11:00")]
        booking = book(case, slots[0])
        for turn in range(rules.USUAL_MOVES):
            moving.offer_move(booking.uid, slots[(turn + 1) % 2].id, actor=owner(case))
            moving.confirm_move(booking.uid, actor=owner(case))

        with pytest.raises(MovedOften):
            moving.offer_move(booking.uid, slots[0].id, actor=owner(case))
        moving.offer_move(booking.uid, slots[0].id, actor=officer(case))
        moving.confirm_move(booking.uid, actor=officer(case))
        assert taken(*slots) == [1, 0]


def test_a_service_says_how_often_an_appointment_is_moved() -> None:
    with transaction():
        hall = Hall()
        hall.version = seats.make_version(hall.post, code="PASS_NEW", moves=1)
        case = hall.case()
        slots = [hall.slot("09:00"), hall.slot("11:00")]
        booking = book(case, slots[0])
        moving.offer_move(booking.uid, slots[1].id, actor=owner(case))
        moving.confirm_move(booking.uid, actor=owner(case))

        with pytest.raises(MovedOften):
            moving.offer_move(booking.uid, slots[0].id, actor=owner(case))


def test_move_plans_the_reminders_anew() -> None:
    with transaction():
        hall = Hall()
        today = clock.today(hall.pool.site.zone)
        case, old = hall.case(), hall.slot(on=today + timedelta(4))
        new = hall.slot("11:00", on=today + timedelta(10))
        booking = book(case, old)

        moving.offer_move(booking.uid, new.id, actor=owner(case))
        moving.confirm_move(booking.uid, actor=owner(case))

        assert due_reminders() == ["12-07 08:00", "12-09 08:00"]


def test_move_by_one_unit_shares_a_slot_with_itself() -> None:
    with transaction():
        hall = Hall(units=2)
        case = hall.case()
        slots = [hall.slot(at) for at in ("10:00", "10:20", "10:40")]
        booking = book(case, slots[0])

        moving.offer_move(booking.uid, slots[1].id, actor=owner(case))
        assert taken(*slots) == [1, 1, 1]
        moving.confirm_move(booking.uid, actor=owner(case))

        assert taken(*slots) == [0, 1, 1]
        assert len(claiming.claims_of([booking.id])) == 2


def test_move_to_another_place_at_the_same_time() -> None:
    with transaction():
        hall = Hall(units=2)
        seats.make_site(hall.post, code="north")
        north = seats.make_pool(hall.post, site="north")
        here = [hall.slot(at) for at in ("10:00", "10:20", "10:40")]
        there = [seats.make_slot(north, at=at) for at in ("10:00", "10:20", "10:40")]
        case = hall.case()
        booking = book(case, here[0])

        moving.offer_move(booking.uid, there[1].id, actor=owner(case))
        moving.confirm_move(booking.uid, actor=owner(case))

        assert booking.pool.site.code == "north"
        assert taken(*here, *there) == [0, 0, 0, 0, 1, 1]


@pytest.mark.parametrize("units", [1, 2])
def test_choosing_another_place_at_the_time_that_is_offered_offers_that_place(units: int) -> None:
    times = ("10:00", "10:20", "10:40")
    with transaction():
        hall = Hall(units=units)
        seats.make_site(hall.post, code="north")
        north = seats.make_pool(hall.post, site="north")
        here = [hall.slot(at) for at in times]
        there = [seats.make_slot(north, at=at) for at in times]
        case = hall.case()
        booking = book(case, here[0])

        # The second time is half of the present visit, where one takes two units.
        for first in (here[1], there[1], here[1]):
            moving.offer_move(booking.uid, first.id, actor=owner(case))
        moving.offer_move(booking.uid, there[1].id, actor=owner(case))
        moving.confirm_move(booking.uid, actor=owner(case))

        assert booking.pool.site.code == "north"
        assert taken(*here, *there) == [0, 0, 0, 0, 1, int(units == 2)]


def test_move_to_a_full_time_changes_nothing() -> None:
    with transaction():
        hall = Hall()
        case, old, new = hall.case(), hall.slot("09:00"), hall.slot("11:00")
        booking = book(case, old)
        book(hall.case(), new)

    with pytest.raises(SlotTaken), transaction():
        moving.offer_move(booking.uid, new.id, actor=owner(case))

    with transaction():
        db.session.refresh(booking)
        assert taken(old, new) == [1, 1]
        assert (booking.sequence, booking.offer_starts_at) == (0, None)


def test_move_to_the_present_time_is_refused() -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot(seats=2)
        booking = book(case, slot)

        with pytest.raises(SameTime):
            moving.offer_move(booking.uid, slot.id, actor=owner(case))


def test_offer_that_is_over_keeps_the_old_time(clock_hand: time_machine.Traveller) -> None:
    with transaction():
        hall = Hall()
        case, old, new = hall.case(), hall.slot("09:00"), hall.slot("11:00")
        booking = book(case, old)
        moving.offer_move(booking.uid, new.id, actor=owner(case))

        clock_hand.shift(timedelta(minutes=10))
        with pytest.raises(HoldOver):
            moving.confirm_move(booking.uid, actor=owner(case))
        assert services.expire(clock.now()) == 1

        assert taken(old, new) == [1, 0]
        assert (booking.state, booking.offer_starts_at) == (BookingState.BOOKED, None)


@pytest.mark.proves("booking-009")
def test_cancelled_booking_gives_its_seat_back() -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        booking = book(case, slot)

        services.cancel(booking.uid, actor=owner(case))
        services.cancel(booking.uid, actor=owner(case))

        assert booking.state is BookingState.CANCELLED
        assert taken(slot) == [0]
        assert due_reminders() == []
        assert happened(case) == [Action.BOOKED, Action.BOOKING_CANCELLED]
        assert told(case) == ["booking_confirmed", "booking_cancelled"]


def test_cancelled_booking_can_be_made_anew() -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        services.cancel(book(case, slot).uid, actor=owner(case))

        book(case, slot)

        assert taken(slot) == [1]
        assert happened(case)[-1] is Action.BOOKED


def test_visit_that_has_begun_is_not_changed(clock_hand: time_machine.Traveller) -> None:
    with transaction():
        hall = Hall()
        case = hall.case()
        booking = book(case, hall.slot())
        other = hall.slot("12:00")

        clock_hand.move_to(booking.starts_at)

        with pytest.raises(TooLate):
            services.cancel(booking.uid, actor=owner(case))
        with pytest.raises(TooLate):
            moving.offer_move(booking.uid, other.id, actor=owner(case))


@pytest.mark.parametrize("state", [BookingState.HELD, BookingState.BOOKED])
def test_withdrawn_case_frees_its_seat(state: BookingState) -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        (hold if state is BookingState.HELD else book)(case, slot)

        cases.withdraw(case.reference, actor=owner(case), seen=case.version, key="withdrawn")

        assert queries.booking_of(case.id) is None
        assert taken(slot) == [0]
        assert ("booking_cancelled" in told(case)) is (state is BookingState.BOOKED)


def test_check_in_by_reference(clock_hand: time_machine.Traveller) -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        book(case, slot)
        clock_hand.move_to(slot.starts_at - timedelta(minutes=5))

        typed = case.reference.lower().replace("-", " ")
        booking = visiting.check_in(typed, actor=officer(case, Role.RECEPTIONIST))
        visiting.check_in(case.reference, actor=officer(case, Role.RECEPTIONIST))

        assert booking.state is BookingState.CHECKED_IN
        assert happened(case) == [Action.BOOKED, Action.CHECKED_IN]


def test_check_in_on_another_day_names_the_day() -> None:
    with transaction():
        hall = Hall()
        case = hall.case()
        book(case, hall.slot())

        with pytest.raises(AnotherDay) as refused:
            visiting.check_in(case.reference, actor=officer(case))

        assert "10:20" in refused.value.sentence()


def test_check_in_without_a_booking() -> None:
    with transaction():
        hall = Hall()
        case = hall.case()
        hold(case, hall.slot())

        with pytest.raises(NoAppointment):
            visiting.check_in(case.reference, actor=officer(case))


def test_check_in_at_another_post_finds_nothing() -> None:
    with transaction():
        hall = Hall()
        case = hall.case()
        stranger = Actor(
            kind=ActorKind.STAFF, id=2, post_id=case.post_id + 1, roles=frozenset({Role.OFFICER})
        )

        with pytest.raises(NotFound):
            visiting.check_in(case.reference, actor=stranger)


def test_served_visit_moves_the_case_on(clock_hand: time_machine.Traveller) -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        book(case, slot)
        clock_hand.move_to(slot.starts_at)
        visiting.check_in(case.reference, actor=officer(case))

        for _ in range(2):
            booking = visiting.serve(
                case.reference, actor=officer(case), seen=case.version, key="served"
            )

        assert booking.state is BookingState.SERVED
        assert happened(case)[-1] is Action.VISIT_COMPLETED
        assert case.state is State.IN_PROGRESS
        assert not queries.is_at_appointment(case)
        assert queries.booking_of(case.id) is None


def test_visit_completed_before_its_time_gives_the_seat_back() -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        book(case, slot)

        visiting.complete_visit(
            case.reference, actor=officer(case), seen=case.version, key="walked-in"
        )

        assert taken(slot) == [0]
        assert queries.booking_of(case.id) is None
        assert happened(case)[-1] is Action.VISIT_COMPLETED


@pytest.mark.parametrize("is_booked", [True, False])
def test_visit_completed_before_its_time_is_called_off(is_booked: bool) -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot(on=clock.today(hall.pool.site.zone) + timedelta(4))
        booking = (book if is_booked else hold)(case, slot)

        for _ in range(2):
            visiting.complete_visit(
                case.reference, actor=officer(case), seen=case.version, key="walked-in"
            )

        # A calendar takes the message for newer than what it has by the number alone.
        assert (booking.state, booking.sequence) == (BookingState.CANCELLED, int(is_booked))
        assert told(case) == (["booking_confirmed", "booking_cancelled"] if is_booked else [])
        assert due_reminders() == []


def test_visit_completed_without_checking_in_counts_as_served(
    clock_hand: time_machine.Traveller,
) -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        booking = book(case, slot)
        clock_hand.move_to(slot.starts_at)

        visiting.complete_visit(
            case.reference, actor=officer(case), seen=case.version, key="served"
        )

        assert booking.state is BookingState.SERVED


def test_missed_visit_can_be_booked_again(clock_hand: time_machine.Traveller) -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        booking = book(case, slot)
        clock_hand.move_to(slot.starts_at + timedelta(hours=4))

        assert visiting.mark_missed(clock.now()) == [booking]

        assert booking.state is BookingState.NO_SHOW
        book(case, hall.slot(on=clock.today(hall.pool.site.zone) + timedelta(days=1)))


@pytest.mark.parametrize(("hours", "state"), [(13, "checked_in"), (14, "left")])
def test_visitor_who_left_unserved_can_book_again_when_the_day_is_over(
    clock_hand: time_machine.Traveller, hours: int, state: str
) -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        booking = book(case, slot)
        clock_hand.move_to(slot.starts_at)
        visiting.check_in(case.reference, actor=officer(case))

        # Twenty past ten, and hours later: on the clocks of the place a day ends at midnight.
        clock_hand.shift(timedelta(hours=hours))
        visiting.mark_missed(clock.now())

        assert booking.state.value == state
        if state == "left":
            book(case, hall.slot(on=clock.today(hall.pool.site.zone) + timedelta(days=1)))


def test_arrival_of_yesterday_is_not_taken_for_one_of_today(
    clock_hand: time_machine.Traveller,
) -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        book(case, slot)
        clock_hand.move_to(slot.starts_at)
        visiting.check_in(case.reference, actor=officer(case))

        clock_hand.shift(timedelta(days=1))

        with pytest.raises(AnotherDay):
            visiting.check_in(case.reference, actor=officer(case))


def test_arrival_that_was_none_is_taken_back_and_noted_again(
    clock_hand: time_machine.Traveller,
) -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        booking = book(case, slot)
        desk = officer(case, Role.RECEPTIONIST)
        clock_hand.move_to(slot.starts_at - timedelta(minutes=5))
        visiting.check_in(case.reference, actor=desk)

        for _ in range(2):
            visiting.undo_check_in(case.reference, actor=desk)
        assert (booking.state, booking.checked_in_at) == (BookingState.BOOKED, None)
        visiting.check_in(case.reference, actor=desk)

        assert booking.state is BookingState.CHECKED_IN
        arrivals = [Action.CHECKED_IN, Action.ARRIVAL_UNDONE, Action.CHECKED_IN]
        assert happened(case) == [Action.BOOKED, *arrivals]


def test_citizen_takes_no_arrival_back(clock_hand: time_machine.Traveller) -> None:
    with transaction():
        hall = Hall()
        case, slot = hall.case(), hall.slot()
        book(case, slot)
        clock_hand.move_to(slot.starts_at)
        visiting.check_in(case.reference, actor=officer(case))

        with pytest.raises(NotAllowed):
            visiting.undo_check_in(case.reference, actor=owner(case))


def test_closed_day_is_not_offered_to_a_hold() -> None:
    with transaction():
        hall = Hall(fee=20_000)
        slot = hall.slot(seats=3)
        schedule.add_closure(
            hall.post,
            slot.local_on,
            slot.local_on,
            scope=ClosureScope.PAID,
            title=seats.words("Accounts"),
            actor=officer(hall.case()),
        )

    with pytest.raises(NotOffered), transaction():
        hold(hall.case(), slot)


@pytest.mark.proves("booking-009")
def test_every_claim_belongs_to_a_seat_that_is_counted() -> None:
    with transaction():
        hall = Hall()
        slots = [hall.slot(at, seats=3) for at in ("09:00", "10:00", "11:00")]
        for slot in slots:
            book(hall.case(), slot)
            hold(hall.case(), slot)

        counted = db.session.scalar(select(func.sum(Slot.taken)))
        claimed = db.session.scalar(select(func.sum(Claim.n)))

        assert counted == claimed == 6
