"""The visit on the case page: when it is, and that no single click ends one that did not happen."""

from datetime import timedelta

from flask import Flask

from app.appointments import visiting
from app.appointments.models import Booking, BookingState
from app.cases import queries
from app.cases.models import Case
from app.cases.rules import StepKind
from app.core import clock, i18n
from app.core.db import db, transaction
from tests.factories import cases as factory
from tests.factories import people, seats
from tests.integration.desk.conftest import Officer
from tests.visitor import text_of

DAYS = 5


def awaited(app: Flask, by: Officer, *, days: int | None = DAYS) -> str:
    """Return a case at its visit, booked so many days ahead; None for no booking."""
    with app.app_context(), transaction():
        case = factory.accepted(people.account(), by.actor)
        if days is not None:
            seats.make_site(case.service.post, code=case.service.post.code)
            pool = seats.make_pool(case.service.post)
            on = clock.today(pool.site.zone) + timedelta(days=days)
            seats.make_booking(case, seats.make_slot(pool, on=on, at="23:40"))
        return case.reference


def state_of(
    app: Flask, reference: str, by: Officer
) -> tuple[StepKind | None, BookingState | None]:
    """Return the current step of a case and the state of its booking."""
    with app.app_context():
        case: Case = queries.get_case(reference, by.actor)
        step = next((s.kind for s in case.steps if s.state.value == "current"), None)
        row = db.session.query(Booking).filter_by(case_id=case.id).one_or_none()
        return step, row.state if row else None


def test_a_visit_that_lies_ahead_is_not_completed_by_one_click(
    app: Flask, officer: Officer
) -> None:
    reference = awaited(app, officer)

    page = officer.visitor.open(f"/en/desk/cases/{reference}")
    assert "The visit is completed" not in page.text
    page = officer.visitor.follow("Completed without a visit …")

    assert page.heading == "Go on without a visit?"
    assert "The fee was due at the visit and is not paid" in page.text
    assert reference in page.text
    assert "The appointment is given up" in page.text
    assert state_of(app, reference, officer) == (StepKind.APPOINTMENT, BookingState.BOOKED)


def test_without_a_visit_the_request_goes_on_and_the_seat_is_free(
    app: Flask, officer: Officer
) -> None:
    reference = awaited(app, officer)
    officer.visitor.open(f"/en/desk/cases/{reference}/without-visit")

    page = officer.visitor.submit({}, button="Complete without a visit")

    assert "The request goes on without a visit." in page.text
    assert "Went on without a visit" in page.text and "Visit completed" not in page.text
    assert state_of(app, reference, officer) == (StepKind.PRODUCTION, BookingState.CANCELLED)


def test_a_visitor_who_is_here_is_served_by_one_press(app: Flask, officer: Officer) -> None:
    reference = awaited(app, officer, days=0)
    with app.app_context(), transaction():
        visiting.check_in(reference, actor=officer.actor)
    officer.visitor.open(f"/en/desk/cases/{reference}")

    page = officer.visitor.submit({}, button="The visit is completed")

    assert page.status == 200
    assert state_of(app, reference, officer) == (StepKind.PRODUCTION, BookingState.SERVED)


def test_the_press_of_an_old_page_completes_no_visit(app: Flask, officer: Officer) -> None:
    reference = awaited(app, officer)
    officer.visitor.open(f"/en/desk/cases/{reference}/without-visit")
    form = officer.visitor.page.form("Complete without a visit")
    form.set("action", f"/en/desk/cases/{reference}/visit-completed")

    page = officer.visitor.submit({}, button="Complete without a visit")

    assert page.status == 409
    assert state_of(app, reference, officer) == (StepKind.APPOINTMENT, BookingState.BOOKED)


def test_where_no_visit_is_awaited_none_can_be_left_out(app: Flask, officer: Officer) -> None:
    with app.app_context(), transaction():
        reference = factory.taken(people.account(), officer.actor).reference

    assert officer.visitor.open(f"/en/desk/cases/{reference}/without-visit").status == 409


def test_the_case_says_when_where_and_for_how_much(app: Flask, officer: Officer) -> None:
    reference = awaited(app, officer)

    page = officer.visitor.open(f"/en/desk/cases/{reference}")

    on = clock.today("Europe/Moscow") + timedelta(days=DAYS)
    with app.app_context(), i18n.speaking("en"):
        assert f"Appointment: {i18n.day(on)}" in page.text
    assert "23:40" in page.text
    assert "Fee: " in page.text


def test_a_hurried_request_wears_the_name_of_its_variant(app: Flask, officer: Officer) -> None:
    with app.app_context(), transaction():
        case = factory.taken(people.account(), officer.actor)
        case.variant = "urgent"
        reference = case.reference

    page = officer.visitor.open(f"/en/desk/cases/{reference}")

    assert "Urgent" in [text_of(tag) for tag in page.by_class("j-tag")]
    assert "Fee: 400 US dollars" in page.text


def test_a_regular_request_wears_no_badge_of_hurry(app: Flask, officer: Officer) -> None:
    with app.app_context(), transaction():
        reference = factory.taken(people.account(), officer.actor).reference

    page = officer.visitor.open(f"/en/desk/cases/{reference}")

    assert "Urgent" not in page.text
