"""The same answer from everywhere at once is accepted once, and a wait is used up once."""

from datetime import timedelta

import pytest
from flask import Flask

from app.core import clock
from app.core.db import transaction
from app.web.proof import stored
from tests.integration.appointments.test_race import EACH, RACERS, race

pytestmark = pytest.mark.race


@pytest.mark.proves("S40", "booking-013")
def test_an_answer_is_accepted_once(racing_app: Flask) -> None:
    def send(_turn: int) -> str:
        with transaction():
            return "accepted" if stored.use("s" * 22, clock.now()) else "refused"

    assert race(send, racing_app) == {"accepted": 1, "refused": RACERS * EACH - 1}


def test_a_wait_is_begun_and_used_up_once(racing_app: Flask) -> None:
    with racing_app.app_context(), transaction():
        ready_at = stored.begin_wait("hold:1", clock.now())

    def send(turn: int) -> str:
        with clock.pretend(ready_at - timedelta(seconds=turn % 2)), transaction():
            return "accepted" if stored.end_wait("hold:1", clock.now()) else "refused"

    outcomes = race(send, racing_app)

    assert outcomes == {"accepted": 1, "refused": RACERS * EACH - 1}
