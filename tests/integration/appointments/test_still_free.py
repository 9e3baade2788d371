"""What a page of times asks for when its reader comes back: the days as they are now."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import sessions
from app.accounts.models import Account
from app.appointments import glance, queries, schedule, services
from app.appointments.models import BookingState, Pool
from app.appointments.rules import CancelReason
from app.cases.models import Case
from app.cases.rules import StepKind
from app.catalogue import queries as catalogue
from app.catalogue.models import Closure
from app.catalogue.workdays import ClosureScope
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.db import db, transaction
from tests.factories import seats


class Arena:
    """A place with hours on every day, and a request whose visit is next."""

    def __init__(self, *, fee: int = 0) -> None:
        self.pool: Pool = seats.make_pool(seats.make_post())
        seats.make_hours(self.pool)
        version = seats.make_version(self.pool.site.post, fee=fee)
        catalogue.definition_of(version)
        self.case: Case = seats.make_case(version)
        db.session.flush()
        schedule.make_slots(self.pool)

    def look(self) -> Mapping[date, int] | None:
        db.session.flush()
        actor = Actor(kind=ActorKind.CITIZEN, id=self.case.account_id)
        return glance.free_days(self.case.reference, site="moscow", actor=actor, now=clock.now())

    def count(self) -> Mapping[date, int]:
        visit = queries.visit_of(self.case)
        return queries.count_starts(self.pool, visit, *queries.span(self.pool))

    def close(self, scope: ClosureScope) -> date:
        day = clock.today(self.pool.site.zone) + timedelta(days=5)
        db.session.add(
            Closure(
                post_id=self.case.post_id,
                first_on=day,
                last_on=day + timedelta(days=2),
                scope=scope,
                title=seats.words("A feast"),
            )
        )
        return day


@pytest.mark.parametrize("scope", ClosureScope)
@pytest.mark.parametrize("fee", [0, 100])
def test_the_look_counts_what_the_page_counts(app: Flask, scope: ClosureScope, fee: int) -> None:
    with app.app_context(), transaction():
        one = Arena(fee=fee)
        day = one.close(scope)
        found = one.look()

        assert found
        assert found == one.count()
        assert (day in found) is (scope is ClosureScope.PAID and not fee)


def test_a_time_that_is_taken_is_missing_in_the_very_next_look(app: Flask) -> None:
    with app.app_context(), transaction():
        one = Arena()
        before = one.look() or {}
        slot = seats.make_slot(one.pool, at="03:00")
        assert (one.look() or {})[slot.local_on] == before[slot.local_on] + 1

        other = seats.make_case(one.case.pinned)
        services.hold(other, slot.id, actor=Actor(kind=ActorKind.CITIZEN, id=other.account_id))
        assert one.look() == before


def favoured(one: Arena) -> None:
    slot = seats.make_slot(one.pool, at="03:00")
    past = seats.make_booking(one.case, slot, state=BookingState.CANCELLED)
    past.cancel_reason = CancelReason.BY_POST


def booked(one: Arena) -> None:
    seats.make_booking(one.case, seats.make_slot(one.pool, at="03:00"))


def mission(one: Arena) -> None:
    today = clock.today(one.pool.site.zone)
    one.pool.site.first_on, one.pool.site.last_on = today, today + timedelta(days=9)


def household(one: Arena) -> None:
    filing = seats.bind(seats.make_account(), one.case.pinned, 1)[0].filing_id
    one.case.filing_id = filing


@pytest.mark.parametrize("is_so", [favoured, booked, mission, household])
def test_whatever_is_not_usual_is_asked_at_length(
    app: Flask, is_so: Callable[[Arena], None]
) -> None:
    with app.app_context(), transaction():
        one = Arena()
        is_so(one)
        assert one.look() is None


def reader(app: Flask, account: Account) -> FlaskClient:
    """Return the browser of somebody who is signed in."""
    client = app.test_client()
    client.set_cookie("jaliya-id", sessions.begin(account=account))
    return client


@pytest.mark.parametrize("is_so", [lambda _one: None, favoured, mission, household])
def test_the_days_are_told_in_the_readers_words(app: Flask, is_so: Callable[[Arena], None]) -> None:
    with app.test_request_context(), transaction():
        one = Arena()
        is_so(one)
        db.session.flush()
        client = reader(app, db.session.get_one(Account, one.case.account_id))
        address = f"requests/{one.case.reference}/book"
        expected = [day.isoformat() for day in one.count()]
    days = client.get(f"/ru/{address}/days?site=moscow")
    page = client.get(f"/ru/{address}?site=moscow").get_data(as_text=True)

    assert list(days.get_json()) == expected
    assert all(f"day={day}#times" in page for day in expected)
    assert all(f">{text}</span>" in page for text in set(days.get_json().values()))


def test_whoever_has_a_time_is_told_of_the_others(app: Flask) -> None:
    with app.test_request_context(), transaction():
        one = Arena()
        booked(one)
        db.session.flush()
        client = reader(app, db.session.get_one(Account, one.case.account_id))
        reference, expected = one.case.reference, [day.isoformat() for day in one.count()]

    assert list(client.get(f"/ar/requests/{reference}/book/days").get_json()) == expected


def test_no_days_are_told_before_the_papers_are_accepted(app: Flask) -> None:
    with app.test_request_context(), transaction():
        one = Arena()
        early = seats.make_case(one.case.pinned, step=StepKind.REVIEW)
        client = reader(app, db.session.get_one(Account, early.account_id))
        address = f"/ru/requests/{early.reference}/book/days?site=moscow"

    assert client.get(address).status_code == 409


def test_no_days_are_told_of_a_place_that_is_gone(app: Flask) -> None:
    with app.test_request_context(), transaction():
        one = Arena()
        client = reader(app, db.session.get_one(Account, one.case.account_id))
        address = f"/ru/requests/{one.case.reference}/book/days?site=elsewhere"

    assert client.get(address).status_code == 409


def test_the_days_of_another_are_not_there(app: Flask) -> None:
    with app.test_request_context(), transaction():
        one = Arena()
        client, reference = reader(app, seats.make_account()), one.case.reference

    assert client.get(f"/ru/requests/{reference}/book/days?site=moscow").status_code == 404
    assert client.get("/ru/requests/JM-0000-0000/book/days?site=moscow").status_code == 404
