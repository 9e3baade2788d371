"""A seat that is freed goes to whoever waits: offered once, held, accepted or passed on."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from app.appointments import moving, schedule, together
from app.appointments import queries as seat_queries
from app.appointments import services as appointments
from app.appointments.missed.models import MissedVisit
from app.appointments.missed.rules import MissedState
from app.appointments.models import Booking, BookingState, Slot
from app.appointments.refusals import Clash, ClosedMeanwhile, MissedBefore
from app.appointments.rules import CancelReason
from app.appointments.waiting import offering, offers, queries, services, tasks
from app.appointments.waiting.models import SeatReturn, WaitingOffer
from app.appointments.waiting.refusals import (
    AlreadyWaiting,
    NoPlace,
    NothingOffered,
    NoWayBack,
    PastDays,
    TooFar,
)
from app.appointments.waiting.rules import Answer, EntryState, PartOfDay, Return
from app.cases.models import Case
from app.catalogue.workdays import ClosureScope
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from app.core.errors import DomainError, SlotTaken
from app.notifications.models import Channel, Message
from tests.factories import seats, waiting
from tests.factories.waiting import DAY, LATER, NOW, Hall, counts, entry_of, owner

LATER_THAN_ALL = NOW + timedelta(days=5)


@pytest.fixture(autouse=True)
def hand() -> Iterator[time_machine.Traveller]:
    """Hold the hand of the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def told(case: Case) -> list[str]:
    """Return what the waiting list told the owner of a case."""
    rows = db.session.scalars(
        select(Message.event)
        .where(Message.case_id == case.id, Message.channel == Channel.PORTAL)
        .order_by(Message.id)
    )
    return [event for event in rows if event.startswith("waiting_")]


def booking_of(case: Case) -> Booking | None:
    booking = seat_queries.booking_of(case.id)
    if booking is not None:
        db.session.refresh(booking)
    return booking


def free_and_offer(hall: Hall) -> None:
    """Have the taker cancel and the worker look who waits."""
    with transaction():
        waiting.cancel(hall.taker)
    waiting.work()


def test_a_freed_seat_is_held_for_the_first_who_waits(app: Flask) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make()
            first, second, passer = hall.case(), hall.case(), hall.case()
            waiting.join(first, hall.pool)
        with clock.pretend(NOW + timedelta(minutes=1)), transaction():
            waiting.join(second, hall.pool)
        with transaction():
            waiting.cancel(hall.taker)
            assert counts(hall.slot) == (1, 0, 0)
        with pytest.raises(SlotTaken), transaction():
            appointments.hold(passer, hall.slot.id, actor=owner(passer))
        waiting.work()

        booking = booking_of(first)
        assert booking is not None
        assert booking.state is BookingState.HELD
        assert booking.expires_at == NOW + DAY
        assert booking_of(second) is None
        assert counts(hall.slot) == (1, 1, 1)
        assert told(first) == ["waiting_offered"]
        assert entry_of(first).state is EntryState.OFFERED


def test_accepting_makes_it_the_appointment_once(app: Flask) -> None:
    with app.app_context():
        hall, case = waiting.line_up()
        free_and_offer(hall)
        for _turn in range(2):
            with transaction():
                offers.accept(entry_of(case), actor=owner(case))

        booking = booking_of(case)
        assert booking is not None
        assert (booking.state, booking.waiting_id) == (BookingState.BOOKED, None)
        assert entry_of(case).state is EntryState.SERVED
        assert db.session.scalars(select(WaitingOffer.outcome)).all() == [Answer.ACCEPTED]


def test_an_offer_on_a_day_that_was_closed_meanwhile_is_not_made_firm(app: Flask) -> None:
    with app.app_context():
        hall, case = waiting.line_up()
        free_and_offer(hall)
        with transaction():
            schedule.add_closure(
                hall.pool.site.post,
                waiting.SOON,
                waiting.SOON,
                scope=ClosureScope.ALL,
                title=seats.words("Feast"),
                actor=SYSTEM,
            )

        with pytest.raises(ClosedMeanwhile), transaction():
            offers.accept(entry_of(case), actor=owner(case))
        booking = booking_of(case)
        assert booking is not None and booking.state is BookingState.HELD


def test_declining_passes_it_to_the_next_and_keeps_the_place(app: Flask) -> None:
    with app.app_context():
        hall, first, second = waiting.line_up(2)
        free_and_offer(hall)
        with transaction():
            offers.decline(entry_of(first))
            offers.decline(entry_of(first))
        waiting.work()

        assert booking_of(first) is None
        assert entry_of(first).state is EntryState.WAITING
        kept = booking_of(second)
        assert kept is not None
        assert kept.state is BookingState.HELD


def give_back(hall: Hall, on: date) -> Slot:
    """Have somebody give a seat of a day back; return its slot."""
    with transaction():
        slot, case = seats.make_slot(hall.pool, on=on), hall.case()
        waiting.book(case, slot)
    with transaction():
        waiting.cancel(case)
    waiting.work()
    return slot


def test_after_a_decline_nothing_is_offered_for_twelve_hours_and_then_another_time(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context():
        hall, case = waiting.line_up()
        free_and_offer(hall)
        with transaction():
            offers.decline(entry_of(case))
        waiting.work()
        other = give_back(hall, LATER)
        assert booking_of(case) is None
        reasons = db.session.scalars(select(SeatReturn.reasons).order_by(SeatReturn.id)).all()
        assert reasons == [{}, {"passed": 1}, {"rested": 1}]

        hand.shift(timedelta(hours=12))
        with transaction():
            db.session.execute(update(SeatReturn).values(due_at=LATER_THAN_ALL))
            tasks._look_after(clock.now())
        waiting.work()
        booking = booking_of(case)
        assert booking is not None
        assert booking.starts_at == other.starts_at


def test_whoever_leaves_and_joins_anew_rests_on(app: Flask) -> None:
    with app.app_context():
        hall, case = waiting.line_up()
        free_and_offer(hall)
        with transaction():
            services.leave(entry_of(case).uid)
        with transaction():
            waiting.join(case, hall.pool)
        give_back(hall, LATER)

        assert booking_of(case) is None


def test_lapsing_passes_it_on_and_asks_whether_somebody_still_waits(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context():
        hall, first, second = waiting.line_up(2)
        free_and_offer(hall)
        hand.shift(DAY - timedelta(hours=3))
        waiting.work()
        hand.shift(timedelta(hours=3))
        with transaction():
            appointments.expire(clock.now())
        with transaction():
            tasks._settle(clock.now())
        waiting.work()

        entry = entry_of(first)
        assert (entry.state, entry.asked_at) == (EntryState.WAITING, clock.now())
        assert told(first) == ["waiting_offered", "waiting_lapsing", "waiting_confirm"]
        assert booking_of(second) is not None
        with pytest.raises(NothingOffered), transaction():
            offers.accept(entry, actor=owner(first))


def test_an_earlier_seat_is_kept_beside_the_present_one(app: Flask) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make()
            late = seats.make_slot(hall.pool, on=LATER)
            case = hall.case()
            waiting.book(case, late)
            assert waiting.join(case, hall.pool).keeps_seat
        free_and_offer(hall)

        booking = booking_of(case)
        assert booking is not None
        assert (booking.starts_at, booking.state) == (late.starts_at, BookingState.BOOKED)
        assert booking.offer_starts_at == hall.slot.starts_at
        with transaction():
            offers.accept(entry_of(case), actor=owner(case))
        # The seat that was given up is kept from the public for a while, as any other.
        assert (counts(hall.slot), counts(late)) == ((1, 1, 1), (1, 0, 0))


def test_a_declined_earlier_seat_leaves_the_present_one(app: Flask) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make()
            late = seats.make_slot(hall.pool, on=LATER)
            case = hall.case()
            waiting.book(case, late)
            waiting.join(case, hall.pool)
        free_and_offer(hall)
        with transaction():
            offers.decline(entry_of(case))

        booking = booking_of(case)
        assert booking is not None
        assert (booking.state, booking.offer_starts_at) == (BookingState.BOOKED, None)
        assert (counts(hall.slot), counts(late)) == ((1, 0, 0), (1, 1, 1))


def test_a_party_is_served_whole_or_not_at_all(app: Flask) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make(places=2)
            family = seats.bind(seats.make_account(), hall.version, 2)
            waiting.join(family[0], hall.pool, coming=[family[1].reference])
        free_and_offer(hall)

        assert [booking_of(one) for one in family] == [None, None]
        row = db.session.scalars(select(SeatReturn)).one()
        assert (row.reasons, row.looked_at) == ({"party": 1}, NOW)


def test_whoever_was_taken_off_an_entry_waits_by_one_of_their_own(app: Flask) -> None:
    with app.app_context(), transaction():
        hall = waiting.make()
        family = seats.bind(seats.make_account(), hall.version, 2)
        both = waiting.join(family[0], hall.pool, coming=[family[1].reference])
        waiting.join(family[0], hall.pool)
        assert queries.find_on_list(family[1].id) is None

        own = waiting.join(family[1], hall.pool)

        assert own.id != both.id
        assert queries.case_ids_of(both.id) == [family[0].id]
        assert queries.case_ids_of(own.id) == [family[1].id]


def test_a_household_waits_together_of_which_one_has_priority(app: Flask) -> None:
    with app.app_context(), transaction():
        hall = waiting.make()
        family = seats.bind(seats.make_account(), hall.version, 2)
        lost = seats.make_booking(family[1], hall.slot, state=BookingState.CANCELLED)
        lost.cancel_reason = CancelReason.BY_POST

        entry = waiting.join(family[0], hall.pool, coming=[family[1].reference])

        assert queries.case_ids_of(entry.id) == [case.id for case in family]


def test_what_nobody_wants_goes_back_at_a_random_moment(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context():
        hall, _case = waiting.line_up(part=PartOfDay.AFTERNOON)
        free_and_offer(hall)
        row = db.session.scalars(select(SeatReturn)).one()
        assert row.reasons == {"hours": 1}
        assert timedelta(hours=1) <= row.due_at - NOW <= timedelta(hours=24)
        assert counts(hall.slot) == (1, 0, 0)

        hand.move_to(row.due_at)
        with transaction():
            tasks._look_after(clock.now())
        waiting.work()

        db.session.refresh(row)
        assert row.outcome is Return.PUBLIC
        assert (counts(hall.slot), hall.slot.is_withheld) == ((1, 1, 0), False)


def test_a_brief_hold_that_nobody_wants_goes_back_as_soon_as_it_was_looked_at(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make()
            other = seats.make_slot(hall.pool, on=LATER)
            case, holder = hall.case(), hall.case()
            waiting.join(case, hall.pool, part=PartOfDay.AFTERNOON)
            appointments.hold(holder, other.id, actor=owner(holder))
        hand.shift(timedelta(minutes=10))
        with transaction():
            appointments.expire(clock.now())
        assert counts(other) == (1, 0, 0)
        waiting.work()

        assert counts(other) == (1, 1, 0)


def test_without_anybody_who_waits_a_seat_is_free_as_before(app: Flask) -> None:
    with app.app_context(), transaction():
        hall = waiting.make()
        waiting.cancel(hall.taker)

        assert counts(hall.slot) == (1, 1, 0)


def test_what_everybody_can_have_is_offered_to_nobody(app: Flask) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make()
            case = hall.case()
            waiting.join(case, hall.pool)
            new = seats.make_slot(hall.pool, seats=2, on=LATER)
            taker = hall.case()
            waiting.book(taker, new)
        with transaction():
            waiting.cancel(taker)
            tasks._look_after(clock.now())
        waiting.work()

        assert booking_of(case) is None
        assert counts(new) == (2, 1, 0)
        assert db.session.scalars(select(SeatReturn.reasons)).all() == [{"public": 1}]


def test_what_was_everybodys_before_it_was_offered_is_so_again_after_a_decline(app: Flask) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make()
            beside = seats.make_slot(hall.pool, on=waiting.SOON, at="10:40")
            longer = seats.make_version(hall.pool.site.post, code="LONG", units=2)
            case = seats.make_case(longer)
            waiting.join(case, hall.pool)
        free_and_offer(hall)
        assert (counts(hall.slot), counts(beside)) == ((1, 1, 1), (1, 1, 1))
        with transaction():
            offers.decline(entry_of(case))
        waiting.work()

        assert (counts(hall.slot), counts(beside)) == ((1, 0, 0), (1, 1, 0))


def test_the_own_choice_of_a_time_declines_the_one_that_is_offered(app: Flask) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make()
            own = seats.make_slot(hall.pool, on=LATER)
            case = hall.case()
            waiting.join(case, hall.pool)
        free_and_offer(hall)
        with transaction():
            held = appointments.hold(case, own.id, actor=owner(case))
        with transaction():
            appointments.confirm(held.uid, actor=owner(case))

        assert entry_of(case).state is EntryState.WAITING
        assert db.session.scalars(select(WaitingOffer.outcome)).all() == [Answer.DECLINED]
        assert (counts(hall.slot), counts(own)) == ((1, 0, 0), (1, 1, 1))
        assert told(case) == ["waiting_offered"]
        with transaction():
            tasks._settle(clock.now())
        assert entry_of(case).state is EntryState.ENDED


def test_an_own_choice_that_is_gone_leaves_the_offer(app: Flask) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make()
            own, other = seats.make_slot(hall.pool, on=LATER), hall.case()
            case = hall.case()
            waiting.join(case, hall.pool)
            waiting.book(other, own)
        free_and_offer(hall)

        with pytest.raises(SlotTaken), transaction():
            appointments.hold(case, own.id, actor=owner(case))
        assert entry_of(case).state is EntryState.OFFERED
        kept = booking_of(case)
        assert kept is not None and kept.starts_at == hall.slot.starts_at


def test_a_move_to_a_time_of_ones_own_choice_declines_the_offer(app: Flask) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make()
            late, own = (seats.make_slot(hall.pool, on=LATER, at=at) for at in ("11:00", "12:00"))
            case = hall.case()
            waiting.book(case, late)
            waiting.join(case, hall.pool)
        free_and_offer(hall)
        with transaction():
            booking = booking_of(case)
            assert booking is not None
            moving.offer_move(booking.uid, own.id, actor=owner(case))

        booking = booking_of(case)
        assert booking is not None
        assert (booking.offer_starts_at, booking.waiting_id) == (own.starts_at, None)
        assert entry_of(case).state is EntryState.WAITING
        assert counts(hall.slot) == (1, 0, 0)


def test_a_household_that_chooses_declines_what_was_offered_to_it(app: Flask) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make(places=2)
            family = seats.bind(seats.make_account(), hall.version, 2)
            others = db.session.scalars(select(Booking).order_by(Booking.id)).all()
            own = seats.make_slot(hall.pool, seats=2, on=LATER)
            waiting.join(family[0], hall.pool, coming=[family[1].reference])
        with transaction():
            for other in others:
                waiting.cancel(other.case)
        waiting.work()
        assert entry_of(family[0]).state is EntryState.OFFERED
        with transaction():
            together.hold(family[0], own.id, actor=owner(family[0]))

        assert (counts(hall.slot), counts(own)) == ((2, 0, 0), (2, 2, 2))
        assert entry_of(family[0]).state is EntryState.WAITING


def test_the_list_offers_nothing_over_a_time_that_is_being_confirmed(app: Flask) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make()
            own, case = seats.make_slot(hall.pool, on=LATER), hall.case()
            waiting.join(case, hall.pool)
            appointments.hold(case, own.id, actor=owner(case))
        free_and_offer(hall)

        held = booking_of(case)
        assert held is not None
        assert (held.starts_at, entry_of(case).state) == (own.starts_at, EntryState.WAITING)


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"places": frozenset()}, NoPlace),
        ({"places": frozenset({999})}, NoPlace),
        ({"last": date(2026, 11, 1)}, PastDays),
        ({"first": date(2026, 12, 9), "last": date(2026, 12, 8)}, PastDays),
        ({"last": date(2036, 12, 1)}, TooFar),
    ],
)
def test_a_wish_that_cannot_be_is_refused(
    app: Flask, more: dict[str, Any], refusal: type[DomainError]
) -> None:
    with app.app_context(), transaction():
        hall = waiting.make()
        case = hall.case()

        with pytest.raises(refusal):
            waiting.join(case, hall.pool, **more)
        assert queries.find_of(case.id) is None


def block(case: Case, hall: Hall) -> None:
    """Have the person of a case be one who missed visits and has to wait."""
    missed = seats.make_booking(case, hall.slot, state=BookingState.NO_SHOW)
    db.session.add(
        MissedVisit(
            post_id=case.post_id,
            booking_id=missed.id,
            case_id=case.id,
            case=case,
            fingerprint=case.person.fingerprint,
            missed_at=missed.starts_at,
            blocked_until=date(2026, 12, 24),
            state=MissedState.NOTED,
            data_key_id=case.data_key_id,
            data_key=case.data_key,
        )
    )
    db.session.flush()


def test_whoever_missed_visits_neither_joins_nor_is_offered_a_seat(app: Flask) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make()
            first, second, third = hall.case(), hall.case(), hall.case()
            block(first, hall)
            with pytest.raises(MissedBefore):
                waiting.join(first, hall.pool)
            waiting.join(second, hall.pool)
            waiting.join(third, hall.pool)
            block(second, hall)
        free_and_offer(hall)

        assert (booking_of(second), entry_of(second).state) == (None, EntryState.WAITING)
        assert booking_of(third) is not None


def test_whoever_the_post_cancels_goes_first_and_gets_another_time(app: Flask) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make()
            others = [hall.case(), hall.case()]
            for case in others:
                waiting.join(case, hall.pool)
            waiting.call_off(hall.taker)
            assert queries.standing_of(entry_of(hall.taker), NOW).place == 1
        waiting.work()
        new = give_back(hall, LATER)

        first, taker = booking_of(others[0]), booking_of(hall.taker)
        assert first is not None and taker is not None
        assert first.starts_at == hall.slot.starts_at, "whom it was taken from is not offered it"
        assert taker.starts_at == new.starts_at
        assert booking_of(others[1]) is None


def test_whoever_waited_for_an_earlier_time_goes_first_with_it(app: Flask) -> None:
    with app.app_context(), transaction():
        hall = waiting.make()
        entry = waiting.join(hall.taker, hall.pool)
        waiting.call_off(hall.taker)

        again = entry_of(hall.taker)
        assert (again.id, again.priority, again.keeps_seat) == (entry.id, -1, False)


def test_a_person_waits_once_whatever_the_account(app: Flask) -> None:
    with app.app_context(), transaction():
        hall = waiting.make()
        account = seats.make_account()
        person = seats.make_person(account)
        first, again = (hall.case(account=account, person=person) for _ in range(2))
        stranger = seats.make_account()
        same = seats.make_person(stranger, fingerprint=person.fingerprint)
        entry = waiting.join(first, hall.pool)

        with pytest.raises(AlreadyWaiting):
            waiting.join(again, hall.pool)
        with pytest.raises(Clash):
            waiting.join(hall.case(account=stranger, person=same), hall.pool)
        assert waiting.join(first, hall.pool, notice_hours=72).id == entry.id


def test_silence_removes_after_grace_and_the_place_can_be_had_back(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make()
            case = hall.case()
            joined = waiting.join(case, hall.pool).joined_at
        for days in (7, 3):
            hand.shift(timedelta(days=days))
            with transaction():
                tasks._ask(clock.now())
                tasks._ask(clock.now())
        entry = entry_of(case)
        assert entry.state is EntryState.SILENT
        assert told(case) == ["waiting_confirm", "waiting_removed"]

        with transaction():
            services.come_back(entry.uid)
        back = entry_of(case)
        assert (back.state, back.joined_at) == (EntryState.WAITING, joined)


def test_whoever_says_that_they_wait_is_asked_a_week_later(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context():
        _hall, case = waiting.line_up()
        hand.shift(timedelta(days=7))
        with transaction():
            tasks._ask(clock.now())
        with transaction():
            services.stay(entry_of(case).uid)
        hand.shift(timedelta(days=6))
        with transaction():
            tasks._ask(clock.now())

        assert entry_of(case).state is EntryState.WAITING
        assert told(case) == ["waiting_confirm"]


def test_leaving_passes_on_what_was_offered(app: Flask) -> None:
    with app.app_context():
        hall, first, second = waiting.line_up(2)
        free_and_offer(hall)
        with transaction():
            services.leave(entry_of(first).uid)
            services.leave(entry_of(first).uid)
        waiting.work()

        assert entry_of(first).state is EntryState.LEFT
        assert booking_of(second) is not None
        with pytest.raises(NoWayBack), transaction():
            services.come_back(entry_of(first).uid)


def test_a_case_that_ends_leaves_the_list(app: Flask) -> None:
    with app.app_context():
        hall, case = waiting.line_up()
        free_and_offer(hall)
        with transaction():
            appointments.free_seats(case, owner(case))
            services.forget(case, owner(case))

        assert entry_of(case).state is EntryState.ENDED
        assert counts(hall.slot)[2] == 0


def test_the_work_is_the_same_however_often_it_is_done(app: Flask) -> None:
    with app.app_context():
        hall, case = waiting.line_up()
        free_and_offer(hall)
        for _turn in range(3):
            with transaction():
                offering.offer_next(hall.pool.id)
            with transaction():
                offering.settle(entry_of(case).id)
                offering.give_free(hall.pool.id)

        assert counts(hall.slot) == (1, 1, 1)
        assert told(case) == ["waiting_offered"]


def test_place_and_what_the_list_got_of_late(app: Flask) -> None:
    with app.app_context():
        with transaction():
            hall = waiting.make()
            cases = [hall.case() for _ in range(3)]
            for case in cases:
                waiting.join(case, hall.pool)
        free_and_offer(hall)

        standings = [queries.standing_of(entry_of(case), NOW) for case in cases]
        assert [one.place for one in standings] == [1, 2, 3]
        assert {one.offered for one in standings} == {1}
