"""One visit for a household: as many seats at one time as there are persons, or none."""

from collections.abc import Iterator, Sequence

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account
from app.appointments import messages, queries, services, together
from app.appointments.models import Booking, BookingPerson, BookingState, Pool, Slot
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.rules import Action, State, StepKind
from app.catalogue.models import ServiceVersion
from app.core import i18n
from app.core.actor import Actor, ActorKind
from app.core.db import db, transaction
from app.core.errors import SlotTaken
from app.notifications import letters
from app.notifications.models import Channel, Message
from tests.factories import seats
from tests.integration.appointments.test_booking_pages import Booth

NOW = "2026-11-30T08:00:00+00:00"


class Household:
    """A filing of three whose papers are accepted, and a morning with seats."""

    def __init__(self, *, free: int = 3, size: int = 3) -> None:
        post = seats.make_post()
        self.pool: Pool = seats.make_pool(post)
        self.version: ServiceVersion = seats.make_version(post)
        self.early: Slot = seats.make_slot(self.pool, seats=free, at="10:20")
        self.late: Slot = seats.make_slot(self.pool, seats=free, at="11:00")
        self.account: Account = seats.make_account()
        self.cases: Sequence[Case] = seats.bind(self.account, self.version, size)
        self.actor = Actor(kind=ActorKind.CITIZEN, id=self.account.id)

    @property
    def lead(self) -> Case:
        """Return the case on whose page the time is chosen."""
        return self.cases[0]

    def book(self) -> Booking:
        """Book the early time for all."""
        booking = together.hold(self.lead, self.early.id, actor=self.actor)
        together.confirm(booking.uid, actor=self.actor)
        return booking

    def bookings(self) -> list[Booking]:
        """Return what stands, in order of the cases."""
        rows = select(Booking).where(Booking.state.in_(queries.ACTIVE)).order_by(Booking.case_id)
        return list(db.session.scalars(rows))

    def taken(self, slot: Slot) -> int:
        """Return how many seats of a slot are taken by now."""
        db.session.refresh(slot)
        return slot.taken


@pytest.fixture
def open_work(app: Flask) -> Iterator[None]:
    """Have a transaction that is open all through a test, on a Monday."""
    with time_machine.travel(NOW, tick=False), app.app_context(), transaction():
        yield


def test_all_are_booked_at_one_time(open_work: None) -> None:
    home = Household()

    home.book()

    assert [one.case_id for one in home.bookings()] == [case.id for case in home.cases]
    assert {one.state for one in home.bookings()} == {BookingState.BOOKED}
    assert home.taken(home.early) == 3
    persons = db.session.scalars(select(BookingPerson.person_id)).all()
    assert set(persons) == {case.person_id for case in home.cases}


def test_with_a_seat_too_few_nobody_is_booked(open_work: None) -> None:
    home = Household(free=2)

    with pytest.raises(SlotTaken), db.session.begin_nested():
        home.book()

    assert home.bookings() == []
    assert home.taken(home.early) == 0


def test_a_time_with_too_few_seats_is_not_offered(open_work: None) -> None:
    home = Household(free=2)
    party = together.ready(home.lead, home.actor)
    day = home.early.local_on

    alone = queries.free_starts(home.pool, queries.visit_of(home.lead), day, day)
    all_three = queries.free_starts(home.pool, together.visit_of(home.lead, party), day, day)

    assert len(alone) == 2
    assert all_three == []


@pytest.mark.parametrize(("free", "times"), [(49, 0), (50, 2)])
def test_a_party_of_fifty_comes_at_one_time_or_is_offered_none(
    open_work: None, free: int, times: int
) -> None:
    home = Household(free=free, size=50)
    visit = together.visit_of(home.lead, together.ready(home.lead, home.actor))

    found = queries.free_starts(home.pool, visit, home.early.local_on, home.early.local_on)

    assert (visit.party, len(found)) == (50, times)


def test_all_move_together_and_free_their_seats(open_work: None) -> None:
    home = Household()
    booking = home.book()

    together.offer_move(booking.uid, home.late.id, actor=home.actor)
    together.confirm_move(booking.uid, actor=home.actor)

    assert {one.starts_at for one in home.bookings()} == {home.late.starts_at}
    assert (home.taken(home.early), home.taken(home.late)) == (0, 3)


def test_all_are_cancelled_together(open_work: None) -> None:
    home = Household()
    booking = home.book()

    together.cancel(booking.uid, actor=home.actor)

    assert home.bookings() == []
    assert home.taken(home.early) == 0


def told(home: Household, event: str) -> list[list[str]]:
    """Return the references that each message of an event names, the first in whose name it is."""
    rows = select(Message).where(
        Message.account_id == home.account.id,
        Message.event == event,
        Message.channel == Channel.PORTAL,
    )
    found = [dict(one.payload or {}) for one in db.session.scalars(rows.order_by(Message.id))]
    return [[one["reference"], *one.get("others", "").split()] for one in found]


def events(home: Household, action: Action) -> list[int]:
    """Return how often something happened to each case."""
    return [
        len([one for one in cases.list_events(case.id) if one.action is action])
        for case in home.cases
    ]


def test_a_household_is_told_once_and_each_case_has_its_event(open_work: None) -> None:
    home = Household()
    references = [case.reference for case in home.cases]
    booking = home.book()
    together.confirm(booking.uid, actor=home.actor)  # pressed twice

    together.offer_move(booking.uid, home.late.id, actor=home.actor)
    together.confirm_move(booking.uid, actor=home.actor)
    together.cancel(booking.uid, actor=home.actor)
    together.cancel(booking.uid, actor=home.actor)

    for event in ("booking_confirmed", "booking_moved", "booking_cancelled"):
        assert told(home, event) == [references]
    for action in (Action.BOOKED, Action.MOVED, Action.BOOKING_CANCELLED):
        assert events(home, action) == [1, 1, 1]


def test_the_reminder_of_a_household_comes_once(open_work: None) -> None:
    home = Household()
    home.book()

    for booking in reversed(home.bookings()):
        messages.remind(booking, days=1)

    assert told(home, "booking_reminder") == [[case.reference for case in home.cases]]


def test_who_still_comes_is_told_anew_when_the_first_withdraws(open_work: None) -> None:
    home = Household()
    home.book()
    first, second, third = home.cases

    services.free_seats(first, home.actor)

    assert told(home, "booking_cancelled") == [[first.reference]]
    assert told(home, "booking_confirmed")[1:] == [[second.reference, third.reference]]
    services.free_seats(third, home.actor)
    assert len(told(home, "booking_confirmed")) == 2


def test_a_letter_of_a_household_names_its_other_requests(open_work: None) -> None:
    home = Household()
    home.book()
    (message,) = db.session.scalars(
        select(Message).where(
            Message.event == "booking_confirmed", Message.channel == Channel.PORTAL
        )
    )

    for language in ("ar", "ru", "en"):
        with i18n.speaking(language):
            texts, line = letters.write(message.event, message.payload or {}), letters.line(message)
        for case in home.cases:
            assert case.reference in texts.plain and case.reference in texts.rich
            assert f'<bdi dir="ltr">{case.reference}</bdi>' in line


def test_whoever_is_not_accepted_yet_waits_and_is_named(open_work: None) -> None:
    home = Household()
    late = seats.make_case(
        home.version, account=home.account, step=StepKind.REVIEW, state=State.IN_REVIEW
    )
    late.filing_id = home.lead.filing_id
    db.session.flush()

    assert together.waiting(home.lead, home.actor) == [late]
    home.book()

    assert late.id not in {one.case_id for one in home.bookings()}


def test_one_who_has_another_time_does_not_come_along(open_work: None) -> None:
    home = Household()
    alone = services.hold(home.cases[2], home.late.id, actor=home.actor)
    services.confirm(alone.uid, actor=home.actor)

    booking = home.book()

    assert home.taken(home.early) == 2
    assert [one.case_id for one in together.at_one_time(booking, home.actor)] == [
        home.cases[0].id,
        home.cases[1].id,
    ]


def test_a_request_by_itself_is_booked_as_before(open_work: None) -> None:
    home = Household()
    single = seats.make_case(home.version, account=home.account)

    booking = together.hold(single, home.late.id, actor=home.actor)
    together.confirm(booking.uid, actor=home.actor)

    assert home.taken(home.late) == 1


def test_a_household_books_on_the_pages(app: Flask) -> None:
    with time_machine.travel(NOW, tick=False):
        booth = Booth(app, seats_at_a_time=2)
        with app.app_context(), transaction():
            first = db.session.get_one(Case, booth.case_id)
            account = db.session.get_one(Account, booth.account_id)
            filing = seats.bind(account, first.pinned, 1)[0].filing_id
            first.filing_id = filing
        booth.choose()
        assert len(booth.visitor.page.by_class("j-person")) == 2

        booth.visitor.submit(button="Confirm")

        with app.app_context():
            rows = db.session.scalars(select(Booking.state)).all()
        assert list(rows) == [BookingState.BOOKED] * 2
        booth.visitor.open(f"{booth.base}/appointment/cancel")
        assert "It is cancelled for all who are named here." in booth.visitor.page.text
