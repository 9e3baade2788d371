"""A draw from its announcement to the last seat: what is promised, withheld, given, passed on."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Account
from app.appointments import queries as seat_queries
from app.appointments import schedule, together
from app.appointments import services as appointments
from app.appointments.draw import assigning, offers, queries, rules, services, tasks, wishing
from app.appointments.draw.models import Entry, EntryPerson
from app.appointments.draw.refusals import (
    AlreadyWished,
    NoOffer,
    NoSuchDays,
    NotOpen,
    WrongMoment,
    WrongTicket,
)
from app.appointments.draw.rules import ReleaseState, Weighting
from app.appointments.models import Booking, BookingPerson, BookingState, Slot
from app.appointments.refusals import (
    Clash,
    ClosedMeanwhile,
    Drawn,
    HoldOver,
    MissedBefore,
    NotOffered,
    NotYet,
)
from app.audit.models import AuditEntry
from app.cases import services as cases
from app.cases.models import Case
from app.cases.rules import StepKind
from app.catalogue.workdays import ClosureScope
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from app.core.errors import Invalid, NotFound, SlotTaken
from app.jobs import tasks as jobs
from app.jobs.models import Job, JobState
from app.notifications.models import Message
from app.static import verify_draw
from tests.factories import draws, seats
from tests.factories.draws import CLOSES, HELD, MONDAY, OPENS, TUESDAY, Fair
from tests.integration.appointments.test_missed import miss


@pytest.fixture
def hand(app: Flask) -> Iterator[time_machine.Traveller]:
    """Be the hand of the clock, on the Monday before everything."""
    with time_machine.travel(draws.NOW, tick=False) as traveller, app.app_context():
        yield traveller


def fair(**more: Any) -> Fair:
    """Return a post whose seats are drawn, stored."""
    with transaction():
        return draws.make(**more)


def enter(release_id: int, cases_: list[Case], *days: date) -> None:
    """Have cases wish for days."""
    with transaction():
        for case in cases_:
            draws.wish(case, draws.get(release_id), *days)


def make_cases(place: Fair, number: int) -> list[Case]:
    """Return cases that wait for a seat, stored."""
    with transaction():
        return [place.case() for _ in range(number)]


def wished(hand: Any, number: int, **more: Any) -> tuple[Fair, int, list[Case]]:
    """Return a place, its open draw, and as many cases that wished for any of its days."""
    place = fair(**more)
    waiting = make_cases(place, number)
    release_id = draws.begin(hand, place)
    enter(release_id, waiting)
    return place, release_id, waiting


def offered(case: Case) -> Booking | None:
    """Return what a case holds or has booked now."""
    return seat_queries.booking_of(case.id)


def told(case: Case) -> list[str]:
    """Return the events that an account was told of, in order."""
    rows = select(Message.event).where(Message.account_id == case.account_id)
    return list(db.session.scalars(rows.order_by(Message.id)))


def results(release_id: int) -> list[tuple[str, str | None, str | None]]:
    """Return (outcome, time, time passed on) in the order of the draw."""
    return [
        (str(one["outcome"]), one["time"], one["passed_on"])  # type: ignore[misc]
        for one in queries.results(release_id)
    ]


def in_order(release_id: int, cases_: list[Case]) -> list[Case]:
    """Return cases in the order of a draw that was held."""
    rows = db.session.execute(
        select(EntryPerson.case_id)
        .join(Entry, Entry.id == EntryPerson.entry_id)
        .where(Entry.release_id == release_id)
        .order_by(Entry.position)
    )
    known = {case.id: case for case in cases_}
    return [known[case_id] for (case_id,) in rows]


def test_the_hash_of_the_secret_is_published_before_the_opening(hand: Any) -> None:
    place = fair()

    with transaction():
        release = place.announce()

    assert release.state is ReleaseState.ANNOUNCED
    assert rules.sha256(release.secret or "") == release.commitment
    assert (release.secret or "").encode() not in release.sealed_secret
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "draw.announced")
    ).one()
    assert entry.fields == {"commitment": release.commitment}


def test_the_seats_of_a_draw_are_withheld(hand: Any) -> None:
    place = fair(seats_at_a_time=2)
    with transaction():
        other = seats.make_case(seats.make_version(place.post, code="OTHER"))
        taken = seat_queries.find_start(
            place.pool, draws.NOW.replace(day=14, month=12, hour=9, minute=0)
        )
        assert taken is not None
        appointments.hold(other, taken.id, actor=draws.owner(other))

    with transaction():
        place.announce()

    assert draws.slots(place.pool.id) == [(2, 1, 1), (2, 0, 0), (2, 0, 0), (2, 0, 0)]
    with transaction():
        schedule.make_slots(place.pool)
    assert draws.slots(place.pool.id) == [(2, 1, 1), (2, 0, 0), (2, 0, 0), (2, 0, 0)]


def test_a_slot_that_is_made_later_is_withheld_too(hand: Any) -> None:
    place = fair()
    with transaction():
        place.announce()
        seats.make_hours(place.pool, weekdays=(1,), opens="15:00", closes="15:20", seats=3)

        schedule.make_slots(place.pool)

    assert draws.slots(place.pool.id, MONDAY) == [(1, 0, 0), (1, 0, 0), (3, 0, 0)]


def test_a_seat_that_is_given_back_meanwhile_is_not_free(hand: Any) -> None:
    place = fair()
    with transaction():
        other = seats.make_case(seats.make_version(place.post, code="OTHER"))
        slot = db.session.scalars(select(Slot).where(Slot.local_on == MONDAY)).first()
        assert slot is not None
        booking = appointments.hold(other, slot.id, actor=draws.owner(other))
        appointments.confirm(booking.uid, actor=draws.owner(other))
        place.announce()

    with transaction():
        appointments.cancel(booking.uid, actor=draws.owner(other))

    assert draws.slots(place.pool.id, MONDAY) == [(1, 0, 0), (1, 0, 0)]


def test_of_a_drawn_service_only_what_a_draw_left_over_can_be_booked(hand: Any) -> None:
    place = fair()
    case = make_cases(place, 1)[0]
    friday = db.session.scalars(select(Slot).where(Slot.local_on == date(2026, 12, 4))).first()
    assert friday is not None

    visit = seat_queries.visit_of(case)
    first, last = seat_queries.span(place.pool)
    with pytest.raises(NotOffered), transaction():
        appointments.hold(case, friday.id, actor=draws.owner(case))

    assert seat_queries.free_starts(place.pool, visit, first, last) == []


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("opens_on", {"opens_at": draws.NOW - timedelta(minutes=1)}),
        ("closes_on", {"closes_at": draws.OPENS}),
        ("closes_on", {"closes_at": draws.OPENS - timedelta(days=1)}),
        ("closes_on", {"closes_at": draws.OPENS + timedelta(days=400)}),
        ("public_on", {"public_on": CLOSES.date()}),
        # The rate of a Monday is set on the Friday before, when wishes are still taken.
        ("public_on", {"public_on": date(2026, 12, 7), "closes_at": CLOSES + timedelta(days=1)}),
        ("first_on", {"first_on": date(2026, 12, 11)}),
        ("last_on", {"last_on": date(2026, 12, 13)}),
        ("last_on", {"last_on": date(2036, 12, 13)}),
    ],
)
def test_a_plan_that_could_not_be_fair_or_held_is_refused(
    hand: Any, field: str, more: dict[str, Any]
) -> None:
    place = fair()

    with pytest.raises(Invalid) as refusal, transaction():
        place.announce(**more)

    assert refusal.value.field == field


def test_two_draws_do_not_give_out_the_same_day(hand: Any) -> None:
    place = fair()
    with transaction():
        place.announce()

    with pytest.raises(Invalid), transaction():
        place.announce(first_on=TUESDAY, last_on=TUESDAY)


def test_no_step_is_taken_before_its_hour_and_each_only_once(hand: Any) -> None:
    place = fair()
    with transaction():
        release_id = place.announce().id

    for step in (services.open_, services.close):
        with pytest.raises(WrongMoment), transaction():
            step(release_id)
    hand.move_to(draws.OPENS)
    with transaction():
        services.open_(release_id)
        services.open_(release_id)
    with pytest.raises(WrongMoment), transaction():
        services.enter_value(release_id, draws.VALUE, actor=SYSTEM)
    draws.hold(hand, release_id)
    with transaction():
        services.open_(release_id)
        services.close(release_id)
        services.run(release_id, actor=SYSTEM)
    with pytest.raises(WrongMoment), transaction():
        services.enter_value(release_id, "1.0000", actor=SYSTEM)

    steps = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.object_kind == "draw").order_by(AuditEntry.id)
    ).all()
    assert steps == [f"draw.{step}" for step in ("announced", "opened", "closed", "valued", "run")]


def test_the_worker_opens_and_closes_at_the_hours_that_were_announced(hand: Any) -> None:
    place = fair()
    with transaction():
        release_id = place.announce().id

    states = []
    for at in (draws.OPENS, CLOSES):
        hand.move_to(at)
        draws.work(jobs.drain)
        states.append(draws.get(release_id).state)

    assert states == [ReleaseState.OPEN, ReleaseState.CLOSED]


@pytest.mark.parametrize("value", ["", "81,2337", "81.23", "<b>", "8" * 200])
def test_a_value_in_another_form_is_refused(hand: Any, value: str) -> None:
    place = fair()
    release_id = draws.begin(hand, place)
    hand.move_to(CLOSES)
    with transaction():
        services.close(release_id)

    with pytest.raises(Invalid), transaction():
        services.enter_value(release_id, value, actor=SYSTEM)
    with pytest.raises(WrongMoment), transaction():
        services.run(release_id, actor=SYSTEM)


def test_the_same_wish_twice_is_one_wish_and_keeps_its_ticket(hand: Any) -> None:
    place = fair()
    (case,) = make_cases(place, 1)
    release_id = draws.begin(hand, place)

    enter(release_id, [case])
    first = queries.find_entry(release_id, case.id)
    ticket = first.ticket if first else ""
    enter(release_id, [case], TUESDAY)

    entry = queries.find_entry(release_id, case.id)
    assert entry is not None
    assert rules.is_ticket(ticket)
    assert (entry.ticket, entry.days) == (ticket, ["2026-12-15"])
    assert queries.count_entries(release_id) == 1
    assert told(case).count("draw_entered") == 1


def test_a_wish_can_be_withdrawn_and_made_anew_until_the_closing(hand: Any) -> None:
    place = fair()
    (case,) = make_cases(place, 1)
    release_id = draws.begin(hand, place)
    enter(release_id, [case])
    entry = queries.find_entry(release_id, case.id)
    assert entry is not None
    ticket = entry.ticket

    with transaction():
        wishing.withdraw(case, draws.get(release_id), ticket, actor=draws.owner(case))
        wishing.withdraw(case, draws.get(release_id), ticket, actor=draws.owner(case))
    assert queries.count_entries(release_id) == 0
    enter(release_id, [case])

    again = queries.find_entry(release_id, case.id)
    assert again is not None
    assert again.ticket != ticket


def test_a_forged_or_foreign_ticket_withdraws_nothing(hand: Any) -> None:
    place = fair()
    mine, other = make_cases(place, 2)
    release_id = draws.begin(hand, place)
    enter(release_id, [mine, other])
    foreign = queries.find_entry(release_id, other.id)

    for ticket in ("", "7K3Q-92DA-X4MP", foreign.ticket if foreign else ""):
        with pytest.raises(WrongTicket), transaction():
            wishing.withdraw(mine, draws.get(release_id), ticket, actor=draws.owner(mine))

    assert queries.count_entries(release_id) == 2


def test_wishes_are_taken_between_opening_and_closing_only(hand: Any) -> None:
    place = fair()
    (case,) = make_cases(place, 1)
    with transaction():
        release_id = place.announce().id
    with pytest.raises(NotOpen):
        enter(release_id, [case])
    hand.move_to(draws.OPENS)
    with transaction():
        services.open_(release_id)

    # The hour counts, even if nobody has closed the draw yet.
    hand.move_to(CLOSES)
    with pytest.raises(NotOpen):
        enter(release_id, [case])

    assert queries.count_entries(release_id) == 0


@pytest.mark.parametrize("days", [(), (date(2026, 12, 16),), (MONDAY, date(2020, 1, 1))])
def test_days_that_the_draw_does_not_give_out_are_refused(
    hand: Any, days: tuple[date, ...]
) -> None:
    place = fair()
    (case,) = make_cases(place, 1)
    release_id = draws.begin(hand, place)

    with pytest.raises(NoSuchDays), transaction():
        wishing.wish(case, draws.get(release_id), days, coming=(), actor=draws.owner(case))


def test_a_request_of_another_service_has_no_part(hand: Any) -> None:
    place = fair()
    release_id = draws.begin(hand, place)
    with transaction():
        other = seats.make_case(seats.make_version(place.post, code="OTHER"))

    with pytest.raises(NotFound):
        enter(release_id, [other], TUESDAY)

    assert not services.concerns(draws.get(release_id), other)
    assert db.session.scalars(select(Entry)).all() == []


def test_who_has_to_wait_after_missed_visits_has_no_part(hand: Any) -> None:
    place, release_id, (free,) = wished(hand, 1)
    hand.shift(timedelta(hours=1))
    with transaction():
        blocked = place.case()
        other = seats.make_version(place.post, code="OTHER")
        miss(hand, times=2, case=seats.make_case(other, person=blocked.person))

    with pytest.raises(MissedBefore):
        enter(release_id, [blocked], TUESDAY)

    assert queries.find_entry(release_id, blocked.id) is None
    assert queries.find_entry(release_id, free.id) is not None


def test_papers_come_first(hand: Any) -> None:
    place = fair()
    with transaction():
        case = place.case(step=StepKind.REVIEW)
    release_id = draws.begin(hand, place)

    with pytest.raises(NotYet):
        enter(release_id, [case])


def test_one_person_has_one_wish_whatever_the_account(hand: Any) -> None:
    place = fair()
    with transaction():
        account = seats.make_account()
        person = seats.make_person(account)
        mine = place.case(account=account, person=person)
        second = place.case(account=account, person=person)
        stranger = seats.make_account()
        same = seats.make_person(stranger, fingerprint=person.fingerprint)
        theirs = place.case(account=stranger, person=same)
    release_id = draws.begin(hand, place)
    enter(release_id, [mine])

    with pytest.raises(AlreadyWished):
        enter(release_id, [second])
    with pytest.raises(Clash):
        enter(release_id, [theirs])

    assert queries.count_entries(release_id) == 1


def test_the_list_holds_nobody_by_name_and_is_what_was_hashed(hand: Any) -> None:
    _place, release_id, waiting = wished(hand, 3)
    with transaction():
        cases.withdraw(
            waiting[0].reference, actor=draws.owner(waiting[0]), seen=waiting[0].version, key="k"
        )

    hand.move_to(CLOSES)
    with transaction():
        services.close(release_id)

    release = draws.get(release_id)
    text = queries.text_of(release)
    fixed = rules.parse(text)
    assert rules.sha256(text) == release.list_hash
    assert len(fixed.entries) == 2
    assert [one.seats for one in fixed.supply] == [1, 1, 1, 1]
    assert not any(case.reference in text for case in waiting)


def test_who_waited_longer_has_more_lots(hand: Any) -> None:
    place = fair()
    fresh, old = make_cases(place, 2)
    with transaction():
        case = db.session.get_one(Case, old.id)
        case.submitted_at = CLOSES - timedelta(weeks=3, hours=1)
    release_id = draws.begin(hand, place, weighting=Weighting.WAITING)
    enter(release_id, [fresh, old])

    hand.move_to(CLOSES)
    with transaction():
        services.close(release_id)

    weights = {
        person.case_id: entry.weight
        for entry, person in db.session.execute(
            select(Entry, EntryPerson).join(EntryPerson, EntryPerson.entry_id == Entry.id)
        )
    }
    assert weights == {fresh.id: 1, old.id: 4}


def test_seats_are_given_in_the_order_of_the_draw_as_offers_for_two_days(hand: Any) -> None:
    place, release_id, waiting = wished(hand, 6)

    draws.hold(hand, release_id)

    order = in_order(release_id, waiting)
    held = [offered(case) for case in order]
    assert results(release_id) == [
        ("seat", "2026-12-14T09:00", None),
        ("seat", "2026-12-14T09:20", None),
        ("seat", "2026-12-15T09:00", None),
        ("seat", "2026-12-15T09:20", None),
        ("full", None, None),
        ("full", None, None),
    ]
    assert [one.local_at if one else None for one in held] == [
        "2026-12-14T09:00",
        "2026-12-14T09:20",
        "2026-12-15T09:00",
        "2026-12-15T09:20",
        None,
        None,
    ]
    until = held[0].expires_at if held[0] else None
    assert until == HELD.replace(day=11, hour=0)
    assert draws.slots(place.pool.id) == [(1, 1, 1)] * 4
    assert [told(case)[-1] for case in order] == ["draw_offered"] * 4 + ["draw_nothing"] * 2


def published(release_id: int) -> dict[str, Any]:
    """Return what the public page gives to programs, of what matters for running it again."""
    release = draws.get(release_id)
    found = {
        "commitment": release.commitment,
        "secret": release.secret,
        "list": queries.text_of(release),
        "list_hash": release.list_hash,
        "public": {"value": release.public_value},
        "results": queries.results(release_id),
    }
    again: dict[str, Any] = json.loads(json.dumps(found))
    return again


def test_an_independent_script_gets_the_same_result(hand: Any) -> None:
    place = fair(seats_at_a_time=2, units=2, closes="10:20")
    waiting = make_cases(place, 12)
    release_id = draws.begin(hand, place)
    enter(release_id, waiting[:6], TUESDAY)
    enter(release_id, waiting[6:])
    hand.move_to(CLOSES)
    with transaction():
        services.close(release_id)
        for case in waiting[:6]:
            by = draws.owner(case)
            cases.withdraw(case.reference, actor=by, seen=case.version, key="k")

    draws.hold(hand, release_id)

    draw = published(release_id)
    outcomes = Counter(one["outcome"] for one in draw["results"])
    assert verify_draw.verify(draw) == []
    assert outcomes == {"ended": 6, "seat": 6}
    with transaction():
        entry = db.session.scalars(select(Entry).where(Entry.position == 1)).one()
        entry.position = 13
    assert verify_draw.verify(published(release_id)) != []


def test_a_household_is_drawn_together_or_not_at_all(hand: Any) -> None:
    place = fair(seats_at_a_time=3)
    with transaction():
        account = seats.make_account()
        family = seats.bind(account, place.version, 3)
        singles = [place.case() for _ in range(8)]
    release_id = draws.begin(hand, place)
    with transaction():
        release = draws.get(release_id)
        draws.wish(family[0], release, coming=[case.reference for case in family])
        draws.wish(family[1], release, coming=[case.reference for case in family])
    assert queries.count_entries(release_id) == 1
    enter(release_id, singles)

    draws.hold(hand, release_id)

    times = {booking.local_at if (booking := offered(case)) else None for case in family}
    assert len(times) == 1
    entry = queries.find_entry(release_id, family[0].id)
    assert entry is not None
    assert (entry.party, entry.place) == (3, next(iter(times)))


def test_an_offer_is_accepted_for_all_who_come(hand: Any) -> None:
    place = fair(seats_at_a_time=3)
    with transaction():
        account: Account = seats.make_account()
        family = seats.bind(account, place.version, 2)
    release_id = draws.begin(hand, place)
    with transaction():
        entry = draws.wish(
            family[0], draws.get(release_id), coming=[case.reference for case in family]
        )
        ticket = entry.ticket
    draws.hold(hand, release_id)

    for _again in range(2):
        with transaction():
            offers.accept(family[1], draws.get(release_id), ticket, actor=draws.owner(family[1]))

    states = [booking.state for case in family if (booking := offered(case))]
    assert states == [BookingState.BOOKED] * 2
    assert told(family[0]).count("booking_confirmed") == 1  # one message for all who come together


def test_another_draw_does_not_take_the_time_that_one_keeps(hand: Any) -> None:
    """Its owner was told of that time, and has two days to answer."""
    place = fair()
    (case,) = make_cases(place, 1)
    later = MONDAY + timedelta(days=7), TUESDAY + timedelta(days=7)
    with transaction():
        one = place.announce().id
        other = place.announce(first_on=later[0], last_on=later[1]).id
    hand.move_to(OPENS)
    with transaction():
        for release_id in (one, other):
            services.open_(release_id)
    enter(one, [case])
    enter(other, [case], *later)
    hand.move_to(CLOSES)
    with transaction():
        for release_id in (one, other):
            services.close(release_id)
    hand.move_to(HELD)

    for release_id in (one, other):
        with transaction():
            services.enter_value(release_id, draws.VALUE, actor=SYSTEM)
            services.run(release_id, actor=SYSTEM)
        draws.work(jobs.drain)

    booking = offered(case)
    assert booking is not None
    assert (booking.release_id, booking.local_at) == (one, "2026-12-14T09:00")
    assert results(other) == [("booked", None, None)]
    assert told(case).count("draw_offered") == 1


def test_what_is_declined_goes_to_the_next_in_the_order(hand: Any) -> None:
    place, release_id, waiting = wished(hand, 6)
    draws.hold(hand, release_id)
    order = in_order(release_id, waiting)
    tickets = [str(one["ticket"]) for one in queries.results(release_id)]

    for _again in range(2):
        with transaction():
            offers.decline(order[1], draws.get(release_id), tickets[1], actor=draws.owner(order[1]))
    assert draws.slots(place.pool.id, MONDAY) == [(1, 1, 1), (1, 0, 0)]
    draws.work(jobs.tick)
    draws.work(jobs.drain)

    assert draws.slots(place.pool.id, MONDAY) == [(1, 1, 1), (1, 1, 1)]
    booking = offered(order[4])
    assert booking is not None
    assert (booking.state, booking.local_at) == (BookingState.HELD, "2026-12-14T09:20")
    assert results(release_id)[4] == ("full", None, "2026-12-14T09:20")
    assert told(order[4])[-1] == "draw_offered"
    with pytest.raises(NoOffer), transaction():
        offers.accept(order[1], draws.get(release_id), tickets[1], actor=draws.owner(order[1]))


def test_what_lapses_goes_on_and_then_to_whoever_comes_first(hand: Any) -> None:
    place, release_id, waiting = wished(hand, 5)
    draws.hold(hand, release_id)
    order = in_order(release_id, waiting)

    hand.move_to(HELD.replace(day=11, hour=0, minute=1))
    draws.work(jobs.tick)
    draws.work(jobs.tick)
    draws.work(jobs.drain)

    booking = offered(order[4])
    assert booking is not None
    assert booking.local_at == "2026-12-14T09:00"
    # Nobody waits any more: the other three are free, and so is whatever is given back later.
    assert draws.slots(place.pool.id) == [(1, 1, 1), (1, 1, 0), (1, 1, 0), (1, 1, 0)]
    hand.shift(timedelta(minutes=5))
    draws.work(jobs.tick)
    assert draws.get(release_id).state is ReleaseState.OVER
    with transaction():
        late = place.case()
        slot = seat_queries.find_start(place.pool, HELD.replace(day=14, hour=9, minute=20))
        assert slot is not None
        appointments.hold(late, slot.id, actor=draws.owner(late))


def test_left_over_seats_are_free_at_once(hand: Any) -> None:
    place, release_id, _waiting = wished(hand, 1)

    draws.hold(hand, release_id)

    assert draws.get(release_id).state is ReleaseState.DRAWN
    assert draws.slots(place.pool.id) == [(1, 1, 1), (1, 1, 0), (1, 1, 0), (1, 1, 0)]


def test_an_offer_is_reminded_of_a_day_before_it_lapses_unless_it_was_taken(hand: Any) -> None:
    _place, release_id, waiting = wished(hand, 2)
    draws.hold(hand, release_id)
    taking, slow = waiting
    entry = queries.find_entry(release_id, taking.id)
    with transaction():
        ticket = entry.ticket if entry else ""
        offers.accept(taking, draws.get(release_id), ticket, actor=draws.owner(taking))

    hand.move_to(HELD.replace(day=10, hour=0, minute=1))
    draws.work(jobs.drain)

    assert "draw_lapsing" in told(slow)
    assert "draw_lapsing" not in told(taking)


def test_an_offer_on_a_day_that_was_closed_meanwhile_is_not_made_firm(hand: Any) -> None:
    place = fair()
    (case,) = make_cases(place, 1)
    release_id = draws.begin(hand, place)
    enter(release_id, [case], MONDAY)
    draws.hold(hand, release_id)
    entry, feast = queries.find_entry(release_id, case.id), seats.words("Feast")
    with transaction():
        schedule.add_closure(
            place.post, MONDAY, MONDAY, scope=ClosureScope.ALL, title=feast, actor=SYSTEM
        )

    with pytest.raises(ClosedMeanwhile), transaction():
        ticket = entry.ticket if entry else ""
        offers.accept(case, draws.get(release_id), ticket, actor=draws.owner(case))
    kept = offered(case)
    assert kept is not None and kept.state is BookingState.HELD


def test_a_lapsed_offer_cannot_be_accepted(hand: Any) -> None:
    place = fair()
    (case,) = make_cases(place, 1)
    release_id = draws.begin(hand, place)
    enter(release_id, [case])
    draws.hold(hand, release_id)
    entry = queries.find_entry(release_id, case.id)
    ticket = entry.ticket if entry else ""

    hand.move_to(HELD.replace(day=11, hour=0, minute=1))
    with pytest.raises(HoldOver), transaction():
        offers.accept(case, draws.get(release_id), ticket, actor=draws.owner(case))


def test_looking_at_other_times_does_not_lose_what_was_drawn(hand: Any) -> None:
    place = fair()
    (case,) = make_cases(place, 1)
    release_id = draws.begin(hand, place)
    enter(release_id, [case])
    draws.hold(hand, release_id)
    slot = seat_queries.find_start(place.pool, HELD.replace(day=15, hour=9, minute=0))
    assert slot is not None

    with pytest.raises(Drawn), transaction():
        appointments.hold(case, slot.id, actor=draws.owner(case))
    hand.move_to(HELD.replace(day=11, hour=0, minute=1))
    with transaction():
        booking = appointments.hold(case, slot.id, actor=draws.owner(case))

    assert booking.release_id is None
    assert draws.slots(place.pool.id)[0][2] == 0


def test_a_left_over_seat_can_be_moved_to_while_the_draw_goes_on(hand: Any) -> None:
    place = fair(seats_at_a_time=2)
    waiting = make_cases(place, 2)
    release_id = draws.begin(hand, place)
    enter(release_id, waiting, MONDAY)
    draws.hold(hand, release_id)
    case = waiting[0]
    entry = queries.find_entry(release_id, case.id)
    with transaction():
        ticket = entry.ticket if entry else ""
        offers.accept(case, draws.get(release_id), ticket, actor=draws.owner(case))
        booking = offered(case)
        slot = seat_queries.find_start(place.pool, HELD.replace(day=15, hour=9, minute=0))
        assert booking is not None and slot is not None

        together.offer_move(booking.uid, slot.id, actor=draws.owner(case))
        together.confirm_move(booking.uid, actor=draws.owner(case))

    assert booking.local_at == "2026-12-15T09:00"
    # The seat that was left is the draw's, which nobody waits for any more.
    assert draws.slots(place.pool.id, MONDAY)[0] == (2, 1, 1)


def test_a_day_that_was_closed_after_the_list_was_fixed_gives_no_seat(hand: Any) -> None:
    place = fair()
    waiting = make_cases(place, 2)
    release_id = draws.begin(hand, place)
    enter(release_id, waiting, MONDAY)
    hand.move_to(CLOSES)
    with transaction():
        services.close(release_id)
        schedule.add_closure(
            place.post,
            MONDAY,
            MONDAY,
            scope=ClosureScope.ALL,
            title=seats.words("Feast"),
            actor=SYSTEM,
        )

    draws.hold(hand, release_id)

    assert results(release_id) == [
        ("gone", "2026-12-14T09:00", None),
        ("gone", "2026-12-14T09:20", None),
    ]
    assert [offered(case) for case in waiting] == [None, None]
    assert verify_draw.verify(published(release_id)) == []


def test_a_draw_that_is_held_late_offers_nothing_that_is_too_near(hand: Any) -> None:
    place, release_id, waiting = wished(hand, 4)
    hand.move_to(CLOSES)
    with transaction():
        services.close(release_id)
        services.enter_value(release_id, draws.VALUE, actor=SYSTEM)
    hand.move_to(HELD.replace(day=13, hour=12))
    with transaction():
        services.run(release_id, actor=SYSTEM)
    draws.work(jobs.drain)

    order = in_order(release_id, waiting)
    assert [outcome for outcome, *_rest in results(release_id)] == ["gone", "gone", "seat", "seat"]
    booking = offered(order[2])
    assert booking is not None
    assert booking.expires_at == HELD.replace(day=15, hour=0)
    assert draws.slots(place.pool.id, MONDAY) == [(1, 1, 0), (1, 1, 0)]


def test_who_has_an_appointment_meanwhile_takes_no_seat_from_others(hand: Any) -> None:
    place, release_id, waiting = wished(hand, 5)
    hand.move_to(CLOSES)
    with transaction():
        services.close(release_id)
        # Staff gave one of them a time in another way.
        slot = seats.make_slot(place.pool, on=date(2026, 12, 21), at="12:00")
        booking = seats.make_booking(waiting[0], slot)
        seats.added(
            BookingPerson(
                booking_id=booking.id,
                person_id=waiting[0].person_id,
                post_id=place.post.id,
                service_id=waiting[0].service_id,
                fingerprint=waiting[0].person.fingerprint,
                active=True,
            )
        )

    draws.hold(hand, release_id)

    outcomes = [outcome for outcome, _time, _passed in results(release_id)]
    assert outcomes.count("seat") == 4
    assert outcomes.count("full") + outcomes.count("booked") == 1
    assert verify_draw.verify(published(release_id)) == []


def test_a_draw_is_called_off_before_its_closing_only(hand: Any) -> None:
    place, release_id, waiting = wished(hand, 1)
    with transaction():
        services.call_off(release_id, actor=SYSTEM)
        services.call_off(release_id, actor=SYSTEM)
        again = place.announce(opens_at=CLOSES, closes_at=CLOSES + timedelta(hours=2)).id

    assert draws.get(release_id).state is ReleaseState.CALLED_OFF
    assert told(waiting[0]) == ["draw_entered", "draw_called_off"]
    hand.move_to(CLOSES + timedelta(hours=3))
    with pytest.raises(WrongMoment), transaction():
        services.call_off(again, actor=SYSTEM)
    draws.work(jobs.drain)
    assert draws.get(release_id).state is ReleaseState.CALLED_OFF


class Killed(Exception):
    """The worker is gone."""


def killed_after(steps: int, work: Callable[..., bool]) -> Callable[..., bool]:
    """Return a step that dies after so many have been committed, in the midst of the next."""
    left = [steps]

    def step(current: Any) -> bool:
        result = work(current)
        if not left[0]:
            raise Killed
        left[0] -= 1
        return result

    return step


@pytest.mark.parametrize("steps", [0, 1, 2, 4])
def test_a_worker_that_dies_between_two_seats_is_followed_by_another(
    hand: Any, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    place, release_id, waiting = wished(hand, 6)
    hand.move_to(CLOSES)
    with transaction():
        services.close(release_id)
        services.enter_value(release_id, draws.VALUE, actor=SYSTEM)
        services.run(release_id, actor=SYSTEM)
    go_on = assigning.go_on

    monkeypatch.setattr(assigning, "go_on", killed_after(steps, go_on))
    draws.work(jobs.drain)
    assert draws.get(release_id).state is ReleaseState.DRAWING
    monkeypatch.setattr(assigning, "go_on", go_on)
    hand.shift(timedelta(hours=1))
    draws.work(jobs.drain)

    assert [outcome for outcome, _time, _passed in results(release_id)] == ["seat"] * 4 + [
        "full"
    ] * 2
    assert draws.slots(place.pool.id) == [(1, 1, 1)] * 4
    assert db.session.scalar(select(func.count()).select_from(Booking)) == 4
    assert verify_draw.verify(published(release_id)) == []
    assert [
        told(case).count("draw_offered") + told(case).count("draw_nothing") for case in waiting
    ] == [1] * 6


def test_a_long_assignment_goes_on_in_parts(hand: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    place, release_id, _waiting = wished(hand, 6)
    monkeypatch.setattr(tasks, "PART_S", -1.0)

    draws.hold(hand, release_id)

    parts = db.session.scalars(select(Job.id).where(Job.kind == services.RUN)).all()
    assert len(parts) == 5
    assert draws.get(release_id).state is ReleaseState.DRAWN
    assert draws.slots(place.pool.id) == [(1, 1, 1)] * 4


def test_an_assignment_that_was_given_up_is_taken_up_again(
    hand: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _place, release_id, _waiting = wished(hand, 2)
    go_on = assigning.go_on
    monkeypatch.setattr(assigning, "go_on", killed_after(0, go_on))
    draws.hold(hand, release_id)
    for _try in range(10):
        hand.shift(timedelta(hours=2))
        draws.work(jobs.drain)
    states = db.session.scalars(select(Job.state).where(Job.kind == services.RUN)).all()
    assert set(states) == {JobState.FAILED}

    monkeypatch.setattr(assigning, "go_on", go_on)
    draws.work(jobs.tick)
    draws.work(jobs.drain)

    assert draws.get(release_id).state is ReleaseState.DRAWN
    assert len(results(release_id)) == 2


def test_two_workers_at_once_give_no_seat_twice(hand: Any) -> None:
    _place, release_id, _waiting = wished(hand, 6)
    hand.move_to(CLOSES)
    with transaction():
        services.close(release_id)
        services.enter_value(release_id, draws.VALUE, actor=SYSTEM)
        services.run(release_id, actor=SYSTEM)
    with transaction():
        one, other = assigning.begin(release_id), assigning.begin(release_id)
    assert one is not None and other is not None

    with transaction():
        assert assigning.go_on(one)
    with transaction():
        assert not assigning.go_on(other)
    draws.work(jobs.drain)

    assert db.session.scalar(select(func.count()).select_from(Booking)) == 4
    with transaction():
        assert assigning.begin(release_id) is None
        assert not assigning.go_on(one)


def test_a_seat_is_not_taken_from_the_draw_by_the_public(hand: Any) -> None:
    place = fair()
    with transaction():
        place.announce()
        case = seats.make_case(seats.make_version(place.post, code="OTHER"))
        slot = db.session.scalars(select(Slot).where(Slot.local_on == MONDAY)).first()
        assert slot is not None

    with pytest.raises(SlotTaken), transaction():
        appointments.hold(case, slot.id, actor=draws.owner(case))


def test_a_drawn_visit_has_its_buffers_and_is_told_its_own_time(hand: Any) -> None:
    place, release_id, waiting = wished(hand, 3, closes="10:20", buffers=(20, 20))

    draws.hold(hand, release_id)

    order = in_order(release_id, waiting)
    assert [one.local_at if (one := offered(case)) else None for case in order] == [
        "2026-12-14T09:20",
        "2026-12-15T09:20",
        None,
    ]
    assert draws.slots(place.pool.id, MONDAY) == [(1, 1, 1)] * 3 + [(1, 1, 0)]
    assert verify_draw.verify(published(release_id)) == []


def test_a_declined_visit_is_passed_on_with_its_buffers(hand: Any) -> None:
    place, release_id, waiting = wished(hand, 3, closes="10:00", buffers=(20, 20))
    draws.hold(hand, release_id)
    first, _second, last = in_order(release_id, waiting)
    ticket = str(queries.results(release_id)[0]["ticket"])

    with transaction():
        offers.decline(first, draws.get(release_id), ticket, actor=draws.owner(first))
    draws.work(jobs.tick)
    draws.work(jobs.drain)

    booking = offered(last)
    assert booking is not None and booking.local_at == "2026-12-14T09:20"
    assert draws.slots(place.pool.id, MONDAY) == [(1, 1, 1)] * 3
    with transaction():
        offers.accept(
            last,
            draws.get(release_id),
            str(queries.results(release_id)[2]["ticket"]),
            actor=draws.owner(last),
        )
    assert (booking.state, booking.local_at) == (BookingState.BOOKED, "2026-12-14T09:20")
