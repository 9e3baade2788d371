"""Workers killed by SIGKILL amid a move of many: each is moved and told once, no seat is lost."""

from datetime import timedelta

import pytest
from flask import Flask

from app.appointments.resettling.rules import Outcome
from app.core import clock
from app.core.db import transaction
from tests.factories import moves
from tests.faults import rig

pytestmark = [pytest.mark.race, pytest.mark.faults, pytest.mark.grid]

VISITS = 130


def test_a_run_lives_through_kills(racing_app: Flask) -> None:
    with racing_app.app_context(), transaction():
        first = clock.now().date() + timedelta(days=14)
        moves.begin(VISITS, first)

    with rig.workers(racing_app) as pool:
        for countdown in (0, 3, 1, 5):
            rig.kill_at(pool, "in resettling", countdown, jobs=True)
        with racing_app.app_context():
            half = moves.outcomes()
        assert pool.run({"jobs": True}) == [0]

    assert 0 < half[None] < VISITS
    with racing_app.app_context():
        assert moves.outcomes() == {Outcome.MOVED: VISITS}
        assert moves.drift() == 0
        assert len(moves.messages("booking_moved_by_post")) == VISITS
        assert moves.most_moved() == 1
