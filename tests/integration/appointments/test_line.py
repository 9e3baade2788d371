"""Openings in a queue: who is let in when, what a token opens, what a dead worker loses."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.appointments import moving, schedule, services, together
from app.appointments import queries as seats
from app.appointments.draw import services as draw_services
from app.appointments.draw.rules import ReleaseMode
from app.appointments.line import admitting, joining, queries, rules
from app.appointments.line import services as line
from app.appointments.line.models import Place
from app.appointments.line.refusals import NotAdmitted, NotComeIn, TurnOver, WrongStep
from app.appointments.line.rules import OpeningState, PlaceState
from app.appointments.models import BookingState, Slot
from app.appointments.refusals import AlreadyBooked, Clash, NotOffered
from app.appointments.waiting.rules import EntryState
from app.cases.models import Case
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from app.core.errors import Invalid, SlotTaken, TooMany
from app.jobs import services as job_services
from app.jobs import tasks as jobs
from app.static import verify_draw
from tests.factories import draws, lines, waiting
from tests.factories import seats as seats_of
from tests.factories.lines import IN_TIME, MONDAY, NOW, OPENS, TUESDAY, Fair

FIRST_COME = ReleaseMode.FIRST_COME
SOON = timedelta(seconds=1)


@pytest.fixture
def hand(app: Flask) -> Iterator[time_machine.Traveller]:
    """Be the hand of the clock, on the day before the opening."""
    with time_machine.travel(NOW, tick=False) as traveller, app.app_context():
        yield traveller


def announced(**more: int) -> tuple[Fair, int]:
    """Have an opening be announced: four seats on two days; return its post and its key."""
    with transaction():
        fair = lines.make(**more)
        return fair, lines.announce(fair).id


def come(hand: time_machine.Traveller, fair: Fair, opening_id: int, number: int) -> list[Case]:
    """Have so many people come in half an hour before; return their cases."""
    hand.move_to(IN_TIME)
    with transaction():
        cases = [fair.case() for _ in range(number)]
        for case in cases:
            lines.join(case, lines.get(opening_id))
    return cases


def open_now(hand: time_machine.Traveller, opening_id: int) -> None:
    """Come to the hour."""
    hand.move_to(OPENS)
    with transaction():
        line.open_(opening_id)


def step(hand: time_machine.Traveller, opening_id: int, after: timedelta = rules.STEP) -> None:
    """Have some time pass, and the next ones be let in."""
    hand.shift(after)
    with transaction():
        lines.step(opening_id)


def slot_of(fair: Fair, number: int = 0) -> Slot:
    """Return one of the four slots of the opening."""
    query = select(Slot).where(Slot.pool_id == fair.pool.id, Slot.local_on.in_((MONDAY, TUESDAY)))
    return db.session.scalars(query.order_by(Slot.starts_at)).all()[number]


def states(opening_id: int, cases: list[Case]) -> list[PlaceState]:
    """Return where the places of some stand."""
    return [lines.place(opening_id, case).state for case in cases]


def first_in(opening_id: int, cases: list[Case]) -> Case:
    """Return the case that stands first in the order that was drawn."""
    return min(cases, key=lambda case: lines.place(opening_id, case).rank or 0)


@pytest.mark.proves("booking-005")
def test_seats_are_withheld_until_the_hour_and_for_the_queue_after_it(
    hand: time_machine.Traveller,
) -> None:
    fair, opening_id = announced()
    assert draws.slots(fair.pool.id) == [(1, 0, 0)] * 4

    cases = come(hand, fair, opening_id, 1)
    open_now(hand, opening_id)

    assert draws.slots(fair.pool.id) == [(1, 1, 0)] * 4
    visit = seats.visit_of(cases[0])
    assert seats.free_starts(fair.pool, visit, MONDAY, TUESDAY) == []
    let_in = replace(visit, admitted_to=opening_id)
    assert len(seats.free_starts(fair.pool, let_in, MONDAY, TUESDAY)) == 4


def test_without_an_opening_no_seat_of_such_a_service_is_offered(
    hand: time_machine.Traveller,
) -> None:
    with transaction():
        fair = lines.make()
        case = fair.case()
    slot = slot_of(fair)

    with pytest.raises(NotOffered), transaction():
        lines.take(case, slot.id, "")


def test_whoever_was_there_is_shuffled_and_whoever_came_later_stands_behind(
    hand: time_machine.Traveller,
) -> None:
    fair, opening_id = announced()
    cases = come(hand, fair, opening_id, 9)
    open_now(hand, opening_id)
    with transaction():
        late = [fair.case() for _ in range(2)]
        for case in late:
            lines.join(case, lines.get(opening_id))

    ranks = [lines.place(opening_id, case).rank for case in cases]
    assert sorted(rank for rank in ranks if rank) == list(range(1, 10))
    waiting = [case for case in cases if lines.place(opening_id, case).state is PlaceState.WAITING]
    in_order = sorted(waiting, key=lambda case: lines.place(opening_id, case).rank or 0) + late
    numbers = [queries.number_of(lines.place(opening_id, case)) for case in in_order]
    assert numbers == list(range(1, len(in_order) + 1))


def test_the_order_is_that_of_what_is_published(hand: time_machine.Traveller) -> None:
    fair, opening_id = announced()
    come(hand, fair, opening_id, 9)
    open_now(hand, opening_id)

    opening = lines.get(opening_id)
    text, secret = queries.text_of(opening), opening.secret or ""
    assert verify_draw.sha256(secret) == opening.commitment
    tickets = [row.removeprefix("present ") for row in text.splitlines()[3:]]
    assert rules.shuffled(secret, text, tickets) == queries.order_of(opening_id)


def test_no_more_are_let_in_than_there_are_seats_and_no_faster_than_the_rate(
    hand: time_machine.Traveller,
) -> None:
    fair, opening_id = announced(seats_at_a_time=5)
    cases = come(hand, fair, opening_id, 22)

    open_now(hand, opening_id)
    let_in = [states(opening_id, cases).count(PlaceState.ADMITTED)]
    for _ in range(2):
        step(hand, opening_id)
        let_in.append(states(opening_id, cases).count(PlaceState.ADMITTED))

    assert let_in == [10, 20, 20]


def test_a_lapsed_turn_goes_to_the_next_and_its_owner_may_line_up_again(
    hand: time_machine.Traveller,
) -> None:
    fair, opening_id = announced()
    cases = come(hand, fair, opening_id, 5)
    open_now(hand, opening_id)
    first = first_in(opening_id, cases)
    last = max(cases, key=lambda case: lines.place(opening_id, case).rank or 0)
    assert states(opening_id, [first, last]) == [PlaceState.ADMITTED, PlaceState.WAITING]

    step(hand, opening_id, rules.TURN)
    assert states(opening_id, [first, last]) == [PlaceState.LAPSED, PlaceState.ADMITTED]
    with transaction():
        again = lines.join(first, lines.get(opening_id))

    assert again.state is PlaceState.WAITING
    assert again.rank is None
    step(hand, opening_id)
    assert lines.place(opening_id, first).state is PlaceState.ADMITTED


def test_a_turn_lets_a_time_be_kept_and_its_place_counts_as_used(
    hand: time_machine.Traveller,
) -> None:
    fair, opening_id = announced()
    (case,) = come(hand, fair, opening_id, 1)
    open_now(hand, opening_id)
    with transaction():
        booking = lines.take(case, slot_of(fair).id, lines.token(opening_id, case))
        services.confirm(booking.uid, actor=draws.owner(case))

    step(hand, opening_id, rules.TURN)

    assert lines.place(opening_id, case).state is PlaceState.BOOKED
    with pytest.raises(AlreadyBooked), transaction():
        lines.join(case, lines.get(opening_id))


def test_a_token_that_is_none_opens_nothing(hand: time_machine.Traveller) -> None:
    fair, opening_id = announced()
    one, other = come(hand, fair, opening_id, 2)
    open_now(hand, opening_id)
    genuine, slot = lines.token(opening_id, one), slot_of(fair)
    later = clock.now() + timedelta(days=1)
    ends, _dot, rest = genuine.partition(".")
    forged = {
        "none": "",
        "longer": f"{int(ends) + 600}.{rest}",
        "of another": lines.token(opening_id, other),
        "of another opening": admitting.token(opening_id + 1, one, later, actor=draws.owner(one)),
        "noise": "\x00..ü",
        "huge": "9" * 4000 + f".{rest}",
    }

    for given in forged.values():
        with pytest.raises(NotAdmitted), transaction():
            lines.take(one, slot.id, given)

    with transaction():
        assert lines.take(one, slot.id, genuine).state is BookingState.HELD


def test_a_token_ends_with_its_turn(hand: time_machine.Traveller) -> None:
    fair, opening_id = announced()
    (case,) = come(hand, fair, opening_id, 1)
    open_now(hand, opening_id)
    token, slot = lines.token(opening_id, case), slot_of(fair)
    hand.shift(rules.TURN)

    with pytest.raises(TurnOver), transaction():
        lines.take(case, slot.id, token)


def test_a_hold_with_a_token_asks_the_database_no_more_than_one_without(
    hand: time_machine.Traveller,
) -> None:
    fair, opening_id = announced()
    (case,) = come(hand, fair, opening_id, 1)
    open_now(hand, opening_id)
    token, slots = lines.token(opening_id, case), [slot_of(fair).id, slot_of(fair, 1).id]
    with transaction():
        lines.take(case, slots[0], token)

    gated = seats_of.count_queries(lambda: keep(case, slots[1], token))
    with transaction():
        line.finish(opening_id, actor=SYSTEM)
    free = seats_of.count_queries(lambda: keep(case, slots[0], ""))

    assert gated <= free


def keep(case: Case, slot_id: int, token: str) -> None:
    """Keep a time, in a transaction."""
    with transaction():
        lines.take(case, slot_id, token)


def test_one_person_has_one_place_whatever_the_account(hand: time_machine.Traveller) -> None:
    fair, opening_id = announced()
    (case,) = come(hand, fair, opening_id, 1)
    with transaction():
        again = lines.join(case, lines.get(opening_id))
        assert again.id == lines.place(opening_id, case).id
        twin = fair.case()
        twin.person.fingerprint = case.person.fingerprint

    with pytest.raises(Clash), transaction():
        lines.join(twin, lines.get(opening_id))
    assert len(db.session.scalars(select(Place)).all()) == 1


def test_a_household_is_let_in_together(hand: time_machine.Traveller) -> None:
    fair, opening_id = announced(seats_at_a_time=2)
    hand.move_to(IN_TIME)
    with transaction():
        lead, child = seats_of.bind(seats_of.make_account(), fair.version, 2)
        place = lines.join(lead, lines.get(opening_id))
    assert place.party == 2
    assert lines.place(opening_id, child).id == place.id
    open_now(hand, opening_id)

    with transaction():
        token = lines.token(opening_id, child)
        held = together.hold(child, slot_of(fair).id, actor=draws.owner(child), admission=token)

    assert held.state is BookingState.HELD
    assert draws.slots(fair.pool.id)[0] == (2, 2, 2)


@pytest.mark.parametrize("early", [timedelta(minutes=61), timedelta(days=2)])
def test_nobody_comes_in_sooner_than_an_hour_before(
    hand: time_machine.Traveller, early: timedelta
) -> None:
    hand.move_to(OPENS - timedelta(days=3))
    fair, opening_id = announced()
    hand.move_to(OPENS - early)

    with pytest.raises(NotComeIn), transaction():
        lines.join(fair.case(), lines.get(opening_id))


def test_whoever_leaves_makes_room_and_can_come_back(hand: time_machine.Traveller) -> None:
    fair, opening_id = announced()
    case, other = come(hand, fair, opening_id, 2)
    with transaction():
        joining.leave(case, lines.get(opening_id), actor=draws.owner(case))
        joining.leave(case, lines.get(opening_id), actor=draws.owner(case))
    assert states(opening_id, [case, other]) == [PlaceState.LEFT, PlaceState.WAITING]

    with transaction():
        lines.join(case, lines.get(opening_id))

    assert lines.place(opening_id, case).state is PlaceState.WAITING


def test_when_all_is_given_out_it_is_over_and_who_waits_is_told(
    hand: time_machine.Traveller,
) -> None:
    fair, opening_id = announced()
    cases = come(hand, fair, opening_id, 6)
    open_now(hand, opening_id)
    lucky = [case for case in cases if lines.token(opening_id, case)]
    assert len(lucky) == 4
    with transaction():
        for number, case in enumerate(lucky):
            lines.take(case, slot_of(fair, number).id, lines.token(opening_id, case))
    step(hand, opening_id)
    assert lines.get(opening_id).state is OpeningState.OPEN  # A hold may come back.
    with transaction():
        for case in lucky:
            booking = seats.booking_of(case.id)
            assert booking is not None
            services.confirm(booking.uid, actor=draws.owner(case))

    step(hand, opening_id)

    assert lines.get(opening_id).state is OpeningState.OVER
    assert sorted(set(states(opening_id, cases))) == [PlaceState.BOOKED, PlaceState.ENDED]


def test_what_is_left_at_the_end_is_for_everybody(hand: time_machine.Traveller) -> None:
    fair, opening_id = announced()
    come(hand, fair, opening_id, 1)
    open_now(hand, opening_id)

    step(hand, opening_id, timedelta(hours=4))

    assert lines.get(opening_id).state is OpeningState.OVER
    with transaction():
        stranger = fair.case()
        assert lines.take(stranger, slot_of(fair).id, "").state is BookingState.HELD


def test_a_seat_that_is_given_back_before_the_hour_is_the_queues(
    hand: time_machine.Traveller,
) -> None:
    with transaction():
        fair = draws.make()
        draw_services.set_mode(fair.version.service, FIRST_COME, actor=SYSTEM)
        case = fair.case()
        booking = services.hold(case, slot_of(fair).id, actor=draws.owner(case))
        services.confirm(booking.uid, actor=draws.owner(case))
        opening_id = lines.announce(fair).id
    assert draws.slots(fair.pool.id)[0] == (1, 1, 1)

    with transaction():
        services.cancel(booking.uid, actor=draws.owner(case))
    assert draws.slots(fair.pool.id)[0] == (1, 0, 0)
    open_now(hand, opening_id)

    assert draws.slots(fair.pool.id)[0] == (1, 1, 0)


def test_whoever_has_a_time_does_not_move_it_into_the_queue(
    hand: time_machine.Traveller,
) -> None:
    fair, opening_id = announced()
    case, other = come(hand, fair, opening_id, 2)
    open_now(hand, opening_id)
    with transaction():
        booking = lines.take(case, slot_of(fair).id, lines.token(opening_id, case))
        services.confirm(booking.uid, actor=draws.owner(case))

    with pytest.raises(NotAdmitted), transaction():
        moving.offer_move(booking.uid, slot_of(fair, 1).id, actor=draws.owner(case))
    assert other is not None


def test_two_who_were_let_in_get_the_last_seat_once(hand: time_machine.Traveller) -> None:
    fair, opening_id = announced()
    one, other = come(hand, fair, opening_id, 2)
    open_now(hand, opening_id)
    slot = slot_of(fair)
    with transaction():
        lines.take(one, slot.id, lines.token(opening_id, one))

    with pytest.raises(SlotTaken), transaction():
        lines.take(other, slot.id, lines.token(opening_id, other))


def test_slots_that_are_made_meanwhile_belong_to_the_opening(
    hand: time_machine.Traveller,
) -> None:
    fair, opening_id = announced()
    with transaction():
        seats_of.make_hours(fair.pool, weekdays=(1,), opens="11:00", closes="11:20")
        schedule.make_slots(fair.pool)

    made = slot_of(fair, 2)
    assert (made.opening_id, made.is_gated, made.is_withheld, made.capacity) == (
        opening_id,
        True,
        True,
        0,
    )


def test_an_opening_can_be_called_off_before_its_hour_only(hand: time_machine.Traveller) -> None:
    fair, opening_id = announced()
    (case,) = come(hand, fair, opening_id, 1)
    with transaction():
        line.call_off(opening_id, actor=SYSTEM)
        line.call_off(opening_id, actor=SYSTEM)

    assert states(opening_id, [case]) == [PlaceState.ENDED]
    assert draws.slots(fair.pool.id) == [(1, 1, 0)] * 4
    with transaction():
        line.open_(opening_id)
    assert lines.get(opening_id).state is OpeningState.CALLED_OFF
    with pytest.raises(WrongStep), transaction():
        line.set_rate(opening_id, 5, actor=SYSTEM)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"opens_at": NOW - SOON}, "opens_on"),
        ({"hours": 0}, "hours"),
        ({"hours": 73}, "hours"),
        ({"rate": 0}, "rate"),
        ({"rate": 601}, "rate"),
        ({"first_on": OPENS.date()}, "first_on"),
        ({"first_on": TUESDAY, "last_on": MONDAY}, "last_on"),
        ({"last_on": MONDAY + timedelta(days=400)}, "last_on"),
    ],
)
def test_an_opening_that_cannot_be_is_refused_with_its_field(
    hand: time_machine.Traveller, more: dict[str, object], field: str
) -> None:
    with transaction():
        fair = lines.make()

    with pytest.raises(Invalid) as refusal, transaction():
        lines.announce(fair, **more)

    assert refusal.value.field == field


def test_two_openings_or_a_draw_do_not_give_out_the_same_day(
    hand: time_machine.Traveller,
) -> None:
    fair, _opening_id = announced()

    with pytest.raises(Invalid), transaction():
        lines.announce(fair, first_on=TUESDAY, last_on=TUESDAY)
    with pytest.raises(Invalid), transaction():
        fair.announce()


def test_the_worker_opens_and_lets_in_by_itself_and_takes_no_step_twice(
    hand: time_machine.Traveller,
) -> None:
    fair, opening_id = announced(seats_at_a_time=10)
    cases = come(hand, fair, opening_id, 12)
    hand.move_to(OPENS)
    draws.work(jobs.drain)
    assert states(opening_id, cases).count(PlaceState.ADMITTED) == 10
    draws.work(jobs.drain)
    with transaction():
        line.step(opening_id, 0)
    assert states(opening_id, cases).count(PlaceState.ADMITTED) == 10

    hand.shift(rules.STEP)
    draws.work(jobs.drain)

    assert states(opening_id, cases).count(PlaceState.ADMITTED) == 12


def test_an_opening_whose_step_was_lost_goes_on(hand: time_machine.Traveller) -> None:
    fair, opening_id = announced(seats_at_a_time=10)
    cases = come(hand, fair, opening_id, 12)
    open_now(hand, opening_id)
    with transaction():
        job_services.cancel(f"{line.STEP}:{opening_id}:1")
    hand.shift(timedelta(minutes=2))

    draws.work(jobs.tick)
    draws.work(jobs.drain)

    assert states(opening_id, cases).count(PlaceState.ADMITTED) == 12


def test_a_worker_that_dies_takes_its_step_back_with_it(hand: time_machine.Traveller) -> None:
    fair, opening_id = announced()
    cases = come(hand, fair, opening_id, 5)
    hand.move_to(OPENS)

    with pytest.raises(KeyboardInterrupt), transaction():
        line.open_(opening_id)
        db.session.flush()
        raise KeyboardInterrupt

    assert lines.get(opening_id).state is OpeningState.ANNOUNCED
    assert states(opening_id, cases) == [PlaceState.WAITING] * 5
    with transaction():
        line.open_(opening_id)
        line.open_(opening_id)
    assert states(opening_id, cases).count(PlaceState.ADMITTED) == 4
    assert queries.order_of(opening_id) == rules.shuffled(
        lines.get(opening_id).secret or "",
        queries.text_of(lines.get(opening_id)),
        queries.order_of(opening_id),
    )


def test_a_request_that_ends_gives_its_place_up_and_the_household_keeps_its_own(
    hand: time_machine.Traveller,
) -> None:
    fair, opening_id = announced(seats_at_a_time=2)
    hand.move_to(IN_TIME)
    with transaction():
        lead, child = seats_of.bind(seats_of.make_account(), fair.version, 2)
        alone = fair.case()
        for case in (lead, alone):
            lines.join(case, lines.get(opening_id))

    with transaction():
        joining.let_go(alone, SYSTEM)
        joining.let_go(child, SYSTEM)

    assert states(opening_id, [alone, lead]) == [PlaceState.LEFT, PlaceState.WAITING]
    assert lines.place(opening_id, lead).party == 1
    with transaction():
        joining.let_go(lead, SYSTEM)
    assert states(opening_id, [lead]) == [PlaceState.LEFT]


def test_who_comes_and_goes_all_the_time_is_stopped(hand: time_machine.Traveller) -> None:
    fair, opening_id = announced()
    (case,) = come(hand, fair, opening_id, 1)

    with pytest.raises(TooMany):
        for _ in range(joining.JOINED.most):
            with transaction():
                joining.leave(case, lines.get(opening_id), actor=draws.owner(case))
                lines.join(case, lines.get(opening_id))

    assert states(opening_id, [case]) == [PlaceState.WAITING]


def test_those_who_wait_are_not_offered_what_others_line_up_for(
    hand: time_machine.Traveller,
) -> None:
    fair, opening_id = announced()
    with transaction():
        waiter = fair.case()
        waiting.join(waiter, fair.pool, first=MONDAY, last=TUESDAY)
    waiting.work()
    assert draws.slots(fair.pool.id) == [(1, 0, 0)] * 4

    (case,) = come(hand, fair, opening_id, 1)
    open_now(hand, opening_id)
    with transaction():
        booking = lines.take(case, slot_of(fair).id, lines.token(opening_id, case))
        services.confirm(booking.uid, actor=draws.owner(case))
    with transaction():
        services.cancel(booking.uid, actor=draws.owner(case))
    waiting.work()

    assert draws.slots(fair.pool.id) == [(1, 1, 0)] * 4
    assert waiting.entry_of(waiter).state is EntryState.WAITING
