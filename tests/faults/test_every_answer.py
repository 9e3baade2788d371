"""What is answered once the clock has moved, pressed ten times at once: it counts once (F09).

A seat that is offered, a time that was drawn, the value of a draw, a number or a visit that nobody
came to: states that the example of test_every_form, which stands still, cannot be led to.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from app.core.actor import Role
from app.core.db import transaction
from tests.factories import draws
from tests.factories.draws import CLOSES, HELD
from tests.factories.waiting import NOW
from tests.faults import pressing
from tests.faults.pressing import Form
from tests.integration.appointments.test_answered_elsewhere import waits
from tests.integration.appointments.test_booking_pages import visitor_of
from tests.integration.appointments.test_draw_pages import Stand
from tests.integration.appointments.test_hall_pages import at_work, open_counter, walk_in
from tests.integration.appointments.test_missed import miss
from tests.visitor import Visitor

pytestmark = [pytest.mark.race, pytest.mark.faults, pytest.mark.grid]
TIMES = 10


@pytest.fixture
def open_app(racing_app: Flask) -> Flask:
    """Be an app without isolation whose forms are taken without a cookie."""
    racing_app.config["WTF_CSRF_ENABLED"] = False
    return racing_app


@pytest.fixture
def hand() -> Iterator[time_machine.Traveller]:
    """Hold the hand of the clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def form_of(app: Flask, visitor: Visitor, path: str, button: str) -> Form:
    """Return a form of a page as somebody fills it in."""
    page, cookie = visitor.open(path), visitor.client.get_cookie("jaliya-id")
    assert cookie is not None
    forms = pressing.forms_of(app, page.url, page.body, cookie.value)
    return next(one for one in forms if one.button.startswith(button))


def check_counts_once(app: Flask, form: Form) -> None:
    """Press a form once, take it back, then press it from everywhere."""
    status, one = pressing.pressed_once(app, form)
    answers, ten = pressing.pressed_at_once(app, form, TIMES)
    assert (status, {code for code, _at in answers}, len(answers)) == (302, {302}, 1)
    assert one and ten == one


@pytest.mark.parametrize("button", ["Accept this time", "Leave it to the next"])
def test_an_offer_of_the_waiting_list_is_answered_once(
    open_app: Flask, hand: time_machine.Traveller, button: str
) -> None:
    desk = waits(open_app, late=False)

    check_counts_once(open_app, form_of(open_app, desk.citizen, f"{desk.base}/waiting", button))


@pytest.mark.parametrize("button", ["Accept this time", "Leave it to others"])
def test_a_time_that_was_drawn_is_answered_once(
    open_app: Flask, hand: time_machine.Traveller, button: str
) -> None:
    hand.move_to(draws.NOW)
    stand = Stand(open_app)
    stand.open(hand)
    stand.wish()
    stand.hold(hand)

    check_counts_once(open_app, form_of(open_app, stand.citizen, stand.base, button))


def test_the_value_of_a_draw_is_published_once(
    open_app: Flask, hand: time_machine.Traveller
) -> None:
    hand.move_to(draws.NOW)
    stand = Stand(open_app)
    stand.open(hand)
    stand.wish()
    stand.at(hand, CLOSES)
    stand.work()
    stand.at(hand, HELD)

    form = form_of(open_app, stand.admin, f"/en/admin/draws/{stand.uid}", "Publish the value")
    filled = next(form.fillings())
    filled.values["value"] = draws.VALUE
    check_counts_once(open_app, filled)


def test_a_number_that_did_not_come_is_put_back_once(
    open_app: Flask, hand: time_machine.Traveller
) -> None:
    walk_in(open_app)
    officer = at_work(open_app, Role.OFFICER)
    open_counter(officer)
    officer.submit(button="Call the next")
    hand.shift(timedelta(minutes=2))
    officer.open("/en/desk/counter")
    officer.submit(button="Did not come")

    check_counts_once(open_app, form_of(open_app, officer, "/en/desk/hall", "Put back"))


def test_an_objection_to_a_missed_visit_is_taken_once(
    open_app: Flask, hand: time_machine.Traveller
) -> None:
    with open_app.app_context(), transaction():
        case = miss(hand)
        account_id, path = case.account_id, f"/en/requests/{case.reference}/missed"

    form = form_of(open_app, visitor_of(open_app, account_id), path, "Object")
    check_counts_once(open_app, next(form.fillings()))
