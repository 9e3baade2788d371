"""The reception: who comes today, by reference or code, compared, noted, and sent on."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import sessions
from app.appointments import clashes, services, visiting
from app.appointments.models import Booking, BookingState, Pool
from app.cases import queries as cases
from app.cases.models import Case, CaseStep
from app.cases.rules import StepKind, StepState
from app.catalogue.models import Post, ServiceVersion
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind, Role
from app.core.db import db, transaction
from app.payments.models import Charge
from app.payments.rules import ChargeState
from tests.factories import people, seats
from tests.visitor import Visitor

NOW = "2026-12-03T07:00:00+00:00"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    """Stand at the reception at ten in the morning in Moscow."""
    with time_machine.travel(NOW, tick=False):
        yield


def at_work(app: Flask, *roles: Role) -> Visitor:
    """Return the browser of somebody who works at the post."""
    with app.test_request_context(), transaction():
        token = sessions.begin(staff=people.staff(roles, at=people.post()))
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return Visitor(client)


def booked(app: Flask, *, days: int = 0) -> str:
    """Return the reference of a case with an appointment at 10:20, today or later."""
    with app.app_context(), transaction():
        post = db.session.scalar(select(Post)) or seats.make_post()
        known = db.session.scalar(select(Pool))
        pool = known or seats.make_pool(post)
        version = db.session.scalar(select(ServiceVersion)) or seats.make_version(post)
        case = seats.make_case(version)
        on = clock.today(pool.site.zone) + timedelta(days=days)
        owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
        at = f"10:{20 + len(db.session.scalars(select(Booking.id)).all())}"
        slot = seats.make_slot(pool, on=on, at=at)
        with clock.pretend(clock.now() - timedelta(hours=3)):
            services.confirm(services.hold(case, slot.id, actor=owner).uid, actor=owner)
        return case.reference


def state_of(app: Flask, reference: str) -> BookingState | None:
    """Return how the booking of a case stands."""
    with app.app_context():
        return db.session.scalar(
            select(Booking.state).join(Case).where(Case.reference == reference)
        )


def test_list_of_today_is_in_order_of_time(app: Flask) -> None:
    references = [booked(app), booked(app)]
    tomorrow = booked(app, days=1)

    page = at_work(app, Role.RECEPTIONIST).open("/en/desk/arrivals")

    assert page.heading.startswith("Arrivals")
    assert page.text.index(references[0]) < page.text.index(references[1])
    assert "LAYAN" in page.text
    assert tomorrow not in page.text
    assert "Expected: 2" in page.text


@pytest.mark.parametrize(
    ("name", "is_shown"), [("lay", True), ("ليان", True), ("hom lay", True), ("omar", False)]
)
def test_list_of_today_is_narrowed_down_to_a_name_that_no_address_holds(
    app: Flask, name: str, is_shown: bool
) -> None:
    reference = booked(app)
    visitor = at_work(app, Role.RECEPTIONIST)
    visitor.open("/en/desk/arrivals")

    page = visitor.submit({"name": name}, button="Show these only")

    assert (reference in page.text) is is_shown
    assert "ليان" in page.text or not is_shown
    assert name not in page.url
    visitor.submit({"name": ""}, button="Show all names")
    assert reference in visitor.page.text


def test_list_of_today_is_narrowed_down_to_who_is_expected(app: Flask) -> None:
    reference = booked(app)
    visitor = at_work(app, Role.RECEPTIONIST)
    visitor.open("/en/desk/arrivals")

    assert reference in visitor.follow("Expected: 1").text
    assert reference not in visitor.follow("Here: 0").text
    assert reference in visitor.follow("Show all states").text


def elsewhere(app: Flask, *, on: date, at: str) -> str:
    """Return the reference of an appointment in Vladivostok, seven hours ahead of the post."""
    with app.app_context(), transaction():
        post = db.session.scalar(select(Post)) or seats.make_post()
        seats.make_site(post, code="far", zone="Asia/Vladivostok")
        pool = seats.make_pool(post, site="far", code="far")
        case = seats.make_case(seats.make_version(post, code="FAR", pool="far"))
        owner = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
        with clock.pretend(clock.now() - timedelta(days=2)):
            slot = seats.make_slot(pool, on=on, at=at)
            services.confirm(services.hold(case, slot.id, actor=owner).uid, actor=owner)
        return case.reference


@pytest.mark.parametrize(
    ("on", "at", "is_listed"),
    [("2026-12-03", "05:00", True), ("2026-12-04", "05:00", False), ("2026-12-02", "10:20", False)],
)
def test_today_is_the_day_where_the_visit_is(app: Flask, on: str, at: str, is_listed: bool) -> None:
    reference = elsewhere(app, on=date.fromisoformat(on), at=at)
    visitor = at_work(app, Role.OFFICER)

    page = visitor.open("/en/desk/arrivals")

    assert (reference in page.text) is is_listed
    assert f"Booked for today{int(is_listed)}" in visitor.open("/en/desk").text


def test_who_is_listed_as_of_today_can_be_checked_in(app: Flask) -> None:
    reference = elsewhere(app, on=date(2026, 12, 3), at="05:00")
    visitor = at_work(app, Role.RECEPTIONIST)
    visitor.open("/en/desk/arrivals")
    visitor.follow("Check in")

    visitor.submit(button="The person is here")

    assert "The arrival has been noted." in visitor.page.text
    assert state_of(app, reference) is BookingState.CHECKED_IN


def test_nobody_is_expected(app: Flask) -> None:
    with app.app_context(), transaction():
        seats.make_post()

    page = at_work(app, Role.RECEPTIONIST).open("/en/desk/arrivals")

    assert "Nobody is expected today" in page.text


@pytest.mark.parametrize("shape", ["{}", "https://post.example/ar/requests/{}/appointment"])
def test_check_in_compares_before_it_notes(app: Flask, shape: str) -> None:
    reference = booked(app)
    visitor = at_work(app, Role.RECEPTIONIST)

    visitor.open("/en/desk/arrivals")
    visitor.submit({"reference": shape.format(reference.lower())}, button="Find")
    page = visitor.page
    assert "Compare with the passport" in page.text
    assert "LAYAN ALHOMSI" in page.text
    visitor.submit(button="The person is here")

    assert "The arrival has been noted." in visitor.page.text
    assert state_of(app, reference) is BookingState.CHECKED_IN


def test_arabic_digits_and_blanks_in_a_reference(app: Flask) -> None:
    reference = booked(app)
    typed = reference.replace("-", " ").translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))

    page = at_work(app, Role.RECEPTIONIST).open(
        "/en/desk/arrivals", query_string={"reference": typed}
    )

    assert "Compare with the passport" in page.text


@pytest.mark.parametrize("typed", ["JM-0000-0000-0", "nonsense", "x" * 500, "//", "\u202e"])
def test_unknown_reference_is_said_beside_the_field(app: Flask, typed: str) -> None:
    with app.app_context(), transaction():
        seats.make_post()

    page = at_work(app, Role.RECEPTIONIST).open(
        "/en/desk/arrivals", query_string={"reference": typed}
    )

    assert page.status == 404
    assert page.errors == ["No request of this post has this number."]


def test_visit_of_another_day_is_named_and_not_let_in(app: Flask) -> None:
    reference = booked(app, days=2)
    visitor = at_work(app, Role.RECEPTIONIST)

    page = visitor.open("/en/desk/arrivals", query_string={"reference": reference})

    assert "This appointment is not today." in page.text
    assert "The person is here" not in page.text


def test_request_without_an_appointment_is_said(app: Flask) -> None:
    with app.app_context(), transaction():
        reference = seats.make_case(seats.make_version(seats.make_post())).reference

    page = at_work(app, Role.RECEPTIONIST).open(
        "/en/desk/arrivals", query_string={"reference": reference}
    )

    assert page.status == 404
    assert page.errors == ["This request has no confirmed appointment."]


def test_noting_an_arrival_twice_changes_nothing(app: Flask) -> None:
    reference = booked(app)
    visitor = at_work(app, Role.RECEPTIONIST)
    card = visitor.open("/en/desk/arrivals", query_string={"reference": reference})
    visitor.submit(button="The person is here")
    visitor.page = card
    visitor.submit(button="The person is here")

    assert "The arrival has been noted." in visitor.page.text
    assert state_of(app, reference) is BookingState.CHECKED_IN


def test_arrival_that_was_noted_by_mistake_is_taken_back(app: Flask) -> None:
    reference = booked(app)
    visitor = at_work(app, Role.RECEPTIONIST)
    visitor.open("/en/desk/arrivals", query_string={"reference": reference})
    visitor.submit(button="The person is here")

    visitor.submit(button="Not here after all")

    assert "The person is expected again." in visitor.page.text
    assert "Expected: 1" in visitor.page.text
    assert state_of(app, reference) is BookingState.BOOKED


def test_officer_completes_the_visit_and_the_case_goes_on(app: Flask) -> None:
    reference = booked(app)
    visitor = at_work(app, Role.OFFICER)
    visitor.open("/en/desk/arrivals", query_string={"reference": reference})
    visitor.submit(button="The person is here")
    listed = visitor.page
    visitor.submit(button="Visit completed")

    assert "The visit is completed." in visitor.page.text
    assert "Completed: 1" in visitor.page.text
    with app.app_context():
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        current = select(CaseStep.kind).where(
            CaseStep.case_id == case.id, CaseStep.state == StepState.CURRENT
        )
        assert db.session.scalar(current) is StepKind.PRODUCTION
    visitor.page = listed
    visitor.submit(button="Visit completed")
    assert visitor.page.status == 200


def test_receptionist_does_not_complete_visits(app: Flask) -> None:
    reference = booked(app)
    visitor = at_work(app, Role.RECEPTIONIST)
    visitor.open("/en/desk/arrivals", query_string={"reference": reference})
    visitor.submit(button="The person is here")

    assert "Visit completed" not in visitor.page.text
    answer = visitor.client.post("/en/desk/arrivals/served", data={"reference": reference})
    assert answer.status_code in (400, 404)


def test_cases_that_clash_are_listed_for_the_staff(app: Flask) -> None:
    booked(app)
    with app.app_context(), transaction():
        case = seats.make_case(db.session.scalars(select(ServiceVersion)).one())
        clashes.report_clash(case, actor=Actor(kind=ActorKind.CITIZEN, id=case.account_id))
        reference = case.reference

    page = at_work(app, Role.OFFICER).open("/en/desk/arrivals")

    assert "The same person, two accounts" in page.text
    assert reference in page.text


@pytest.mark.parametrize("language", ["ar", "ru"])
def test_page_in_the_languages_of_the_staff(app: Flask, language: str) -> None:
    booked(app)

    page = at_work(app, Role.OFFICER).open(f"/{language}/desk/arrivals")

    assert (page.status, page.language) == (200, language)


def test_number_of_queries_does_not_grow_with_the_visits(app: Flask) -> None:
    booked(app)
    client = at_work(app, Role.OFFICER).client

    with app.app_context():
        few = seats.count_queries(lambda: client.get("/en/desk/arrivals"))
    for _ in range(5):
        booked(app)
    with app.app_context():
        many = seats.count_queries(lambda: client.get("/en/desk/arrivals"))

    assert few == many


def owing(app: Flask) -> str:
    """Return the reference of a case whose visitor is here and owes a fee."""
    reference = booked(app)
    with app.app_context(), transaction():
        case = cases.get_case(reference, SYSTEM)
        visiting.check_in(reference, actor=officer_of(case.post_id))
        db.session.add(
            Charge(
                case_id=case.id,
                post_id=case.post_id,
                currency="USD",
                amount=20000,
                lines=[],
                state=ChargeState.DUE,
                priced_on=clock.today("Europe/Moscow"),
                created_at=clock.now(),
            )
        )
    return reference


def officer_of(post_id: int) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=1, post_id=post_id, roles=frozenset({Role.HEAD}))


def test_who_is_here_is_led_to_the_payment(app: Flask) -> None:
    reference = owing(app)
    head = at_work(app, Role.HEAD)

    arrivals = head.open("/en/desk/arrivals")
    payments = head.open("/en/desk/payments")

    assert arrivals.link("Take a payment").endswith(f"/desk/payments/{reference}")
    assert payments.link(reference).endswith(f"/desk/payments/{reference}")
    assert "200 US dollars" in payments.text
    with pytest.raises(AssertionError):
        at_work(app, Role.RECEPTIONIST).open("/en/desk/arrivals").link("Take a payment")


def test_more_visitors_with_a_fee_ask_no_more(app: Flask) -> None:
    owing(app)
    client = at_work(app, Role.CASHIER).client

    with app.app_context():
        few = seats.count_queries(lambda: client.get("/en/desk/payments"))
    for _ in range(4):
        owing(app)
    with app.app_context():
        many = seats.count_queries(lambda: client.get("/en/desk/payments"))

    assert few == many


def test_an_officer_says_whose_request_it_is(app: Flask) -> None:
    booked(app)
    with app.app_context(), transaction():
        wrong = db.session.scalars(select(Case)).one()
        owner = seats.make_account()
        twin = seats.make_person(owner, fingerprint=wrong.person.fingerprint)
        version = db.session.scalars(select(ServiceVersion)).one()
        true = seats.make_case(version, account=owner, person=twin)
        clashes.report_clash(true, actor=Actor(kind=ActorKind.CITIZEN, id=owner.id))
        names = wrong.reference, true.reference
    visitor = at_work(app, Role.OFFICER)
    visitor.open("/en/desk/arrivals")
    assert names[1] in visitor.page.text
    visitor.open(f"/en/desk/clashes/{names[1]}")
    assert visitor.submit({"foreign": names[0]}, button="Save").status == 422

    page = visitor.submit({"foreign": names[0], "is_seen": "y"}, button="Save")

    assert "This person can book a time again." in page.text
    with app.app_context():
        booking = db.session.scalars(select(Booking)).one()
        assert booking.state is BookingState.CANCELLED


def test_the_page_of_a_clash_asks_no_more_for_more_requests(app: Flask) -> None:
    booked(app)
    with app.app_context(), transaction():
        mark = db.session.scalars(select(Case)).one().person.fingerprint
        version = db.session.scalars(select(ServiceVersion)).one()
        cases = [case_of_another(version, mark) for _number in range(2)]
        path = f"/en/desk/clashes/{cases[0].reference}"
    visitor = at_work(app, Role.OFFICER)
    visitor.open(path)
    with app.app_context():
        few = seats.count_queries(lambda: visitor.open(path))
    with app.app_context(), transaction():
        version = db.session.scalars(select(ServiceVersion)).one()
        for _number in range(4):
            case_of_another(version, mark)

    with app.app_context():
        assert seats.count_queries(lambda: visitor.open(path)) == few


def case_of_another(version: ServiceVersion, mark: str) -> Case:
    """Have another account file for the person of a fingerprint."""
    owner = seats.make_account()
    return seats.make_case(
        version, account=owner, person=seats.make_person(owner, fingerprint=mark)
    )
