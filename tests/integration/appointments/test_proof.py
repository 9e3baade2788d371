"""A task before a time is kept: solved, forged, foreign, too old, sent twice, or waited for."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.appointments.models import BookingState
from app.core import clock
from app.core.db import db, transaction
from app.web.proof import rules, stored
from tests.integration.appointments.test_booking_pages import NOW, Booth, visitor_of
from tests.unit.web.test_proof import solve
from tests.visitor import Visitor, values_of

AT = "20261203T0720Z"
OTHER = "20261203T0740Z"
BITS = 6
KEPT = "Confirm"
TABLES = (stored.UsedTask, stored.Wait)
AGAIN = "Nothing is lost: please send it once more."


@pytest.fixture
def asking(app: Flask) -> Iterator[Flask]:
    """Be the app while it asks browsers for small tasks."""
    kept = app.extensions["proof"]
    app.extensions["proof"] = BITS, rules.Demand()
    yield app
    app.extensions["proof"] = kept


@pytest.fixture
def hand() -> Iterator[time_machine.Traveller]:
    """Be the hand of the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def booth(asking: Flask, hand: time_machine.Traveller) -> Booth:
    """Be somebody before the page of times."""
    return Booth(asking)


def given(visitor: Visitor) -> rules.Task:
    """Return the task of the page that a visitor sees."""
    token = values_of(visitor.page.form("Keep this time"))["proof"]
    task = rules.find_task(token)
    assert task is not None
    return task


def solved(visitor: Visitor) -> dict[str, str]:
    """Return what the script of the page that a visitor sees would fill in."""
    task = given(visitor)
    return {"proof": task.token(), "proof_answer": solve(task)}


def keep(booth: Booth, at: str = AT, **fields: str) -> None:
    """Open the page of times, choose one and send it with these fields."""
    booth.visitor.open(f"{booth.base}/book")
    send(booth, at, **{**solved(booth.visitor), **fields})


def send(booth: Booth, at: str = AT, **fields: str) -> None:
    """Send the form of the page as it stands, with these fields."""
    booth.visitor.submit({"at": at, **fields}, button="Keep this time")


def is_held(booth: Booth) -> bool:
    """Return whether a time is kept."""
    booking = booth.booking()
    return booking is not None and booking.state is BookingState.HELD


def test_a_solved_task_keeps_the_time_and_is_used_once(booth: Booth) -> None:
    keep(booth)

    assert KEPT in booth.visitor.page.text
    assert is_held(booth)
    with booth.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(stored.UsedTask)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"proof_answer": "nonsense"},
        {"proof": ""},
        {"proof": "6.1796025600." + "a" * 16 + "." + "b" * 8 + "." + "c" * 22},
        {"proof": "\x00" * 60},
    ],
    ids=["no number", "no task", "forged", "signs"],
)
@pytest.mark.proves("S40", "booking-013")
def test_what_is_forged_has_a_sentence_and_loses_nothing(
    booth: Booth, fields: dict[str, str]
) -> None:
    keep(booth, **fields)

    page = booth.visitor.page
    assert page.status == 422
    assert any(AGAIN in line for line in page.errors)
    assert not is_held(booth)
    send(booth, **solved(booth.visitor))
    assert is_held(booth)


@pytest.mark.proves("S40", "booking-013")
def test_an_easier_task_than_the_one_that_was_given_is_forged(booth: Booth) -> None:
    booth.visitor.open(f"{booth.base}/book")
    easier = given(booth.visitor).token().replace(f"{BITS}.", "0.", 1)

    send(booth, proof=easier, proof_answer="1")

    assert booth.visitor.page.status == 422
    assert not is_held(booth)


@pytest.mark.proves("booking-013")
def test_the_task_of_another_session_is_refused(booth: Booth) -> None:
    other = visitor_of(booth.app, booth.account_id)
    other.open(f"{booth.base}/book")

    keep(booth, **solved(other))

    assert booth.visitor.page.status == 422
    assert not is_held(booth)


@pytest.mark.proves("booking-013")
def test_a_task_that_was_open_for_too_long_is_refused(
    booth: Booth, hand: time_machine.Traveller
) -> None:
    booth.visitor.open(f"{booth.base}/book")
    fields = solved(booth.visitor)
    hand.shift(rules.LIFETIME / 2)
    visitor_page = booth.visitor.client.get(f"{booth.base}/book")  # the session stays alive
    hand.shift(rules.LIFETIME / 2 + timedelta(seconds=1))

    assert visitor_page.status_code == 200
    send(booth, **fields)

    assert booth.visitor.page.status == 422
    assert not is_held(booth)


def test_the_same_form_twice_leads_to_the_same_place(booth: Booth) -> None:
    booth.visitor.open(f"{booth.base}/book")
    fields, page = solved(booth.visitor), booth.visitor.page
    send(booth, **fields)
    booth.visitor.page = page

    send(booth, **fields)

    assert booth.visitor.page.status == 200
    assert KEPT in booth.visitor.page.text


@pytest.mark.proves("S40", "booking-013")
def test_an_answer_that_was_used_takes_no_second_time(booth: Booth) -> None:
    booth.visitor.open(f"{booth.base}/book")
    fields, page = solved(booth.visitor), booth.visitor.page
    send(booth, **fields)
    booth.visitor.page = page

    send(booth, OTHER, **fields)

    assert booth.visitor.page.status == 409
    assert any(AGAIN in line for line in booth.visitor.page.errors)


def test_a_time_that_others_took_uses_no_answer_up(booth: Booth) -> None:
    booth.visitor.open(f"{booth.base}/book")
    fields, page = solved(booth.visitor), booth.visitor.page
    booth.fill(AT)
    send(booth, **fields)
    assert booth.visitor.page.status == 409
    booth.visitor.page = page

    send(booth, OTHER, **fields)

    assert is_held(booth)


@pytest.mark.proves("S40")
def test_without_a_script_a_short_wait_does_as_well(
    booth: Booth, hand: time_machine.Traveller
) -> None:
    booth.visitor.open(f"{booth.base}/book")
    send(booth)
    page = booth.visitor.page
    assert (page.status, page.heading) == (428, "A short wait before your time is kept")
    assert "in 15 seconds" in page.text
    hand.shift(timedelta(seconds=5))
    booth.visitor.submit(button="Keep this time")
    assert "in 10 seconds" in booth.visitor.page.text
    assert not is_held(booth)

    hand.shift(timedelta(seconds=10))
    booth.visitor.submit(button="Keep this time")

    assert is_held(booth)
    booking = booth.booking()
    assert booking is not None
    assert booking.starts_at.strftime("%H%M") == "0720"


def test_a_wait_counts_once_and_for_one_account(booth: Booth, hand: time_machine.Traveller) -> None:
    booth.visitor.open(f"{booth.base}/book")
    send(booth)
    second = visitor_of(booth.app, booth.account_id)
    second.open(f"{booth.base}/book")
    second.submit({"at": OTHER}, button="Keep this time")
    hand.shift(rules.WAIT)
    booth.visitor.submit(button="Keep this time")
    assert is_held(booth)

    second.submit(button="Keep this time")

    assert second.page.status == 428
    assert "in 15 seconds" in second.page.text


def test_a_wait_that_nobody_used_begins_anew(booth: Booth, hand: time_machine.Traveller) -> None:
    booth.visitor.open(f"{booth.base}/book")
    send(booth)
    hand.shift(rules.WAIT + rules.WAIT_COUNTS)

    booth.visitor.submit(button="Keep this time")

    assert "in 15 seconds" in booth.visitor.page.text
    assert not is_held(booth)


def test_what_counts_no_more_is_forgotten(booth: Booth, hand: time_machine.Traveller) -> None:
    keep(booth)
    booth.visitor.open(f"{booth.base}/book")
    send(booth, OTHER)
    hand.shift(timedelta(hours=1))

    with booth.app.app_context(), transaction():
        stored.forget_old(clock.now())
        left = [db.session.scalar(select(func.count()).select_from(table)) for table in TABLES]

    assert left == [0, 0]
