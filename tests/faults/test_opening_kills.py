"""Workers killed by SIGKILL at the hour of a queue: each place is let in once, in its order."""

from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.appointments.line import queries, rules
from app.appointments.line import services as lines_services
from app.appointments.line.models import Place
from app.appointments.line.rules import OpeningState, PlaceState
from app.core import clock
from app.core.db import db, transaction
from app.jobs.models import Job, JobState
from tests.factories import lines
from tests.faults import rig
from tests.faults.test_draw_kills import working_day

pytestmark = [pytest.mark.race, pytest.mark.faults, pytest.mark.grid]

PRESENT, SEATS, GONE = 30, 12, 5


def announced(app: Flask) -> int:
    """Have thirty be there when twelve seats are opened, a minute ago; return the opening."""
    now = clock.now()
    opens = now - timedelta(minutes=1)
    first = working_day(now + timedelta(days=6)).date()
    with app.app_context():
        with clock.pretend(opens - timedelta(days=1)), transaction():
            fair = lines.make(seats_at_a_time=SEATS // 2)
            plan = {"opens_at": opens, "first_on": first, "last_on": first, "rate": 600}
            opening_id = lines.announce(fair, **plan).id
            cases = [fair.case() for _ in range(PRESENT)]
        with clock.pretend(opens - timedelta(minutes=30)), transaction():
            for case in cases:
                lines.join(case, lines.get(opening_id))
    return opening_id


def order(opening_id: int, *states: PlaceState) -> list[str]:
    """Return the tickets of places in some states, in the order of the queue."""
    query = select(Place.ticket).where(Place.opening_id == opening_id, Place.state.in_(states))
    return list(db.session.scalars(query.order_by(Place.rank)))


def published(opening_id: int) -> list[str]:
    """Return the order that anybody reckons from what is published."""
    opening = lines.get(opening_id)
    text = queries.text_of(opening)
    tickets = [line[8:] for line in text.splitlines() if line.startswith("present ")]
    return rules.shuffled(opening.secret or "", text, tickets)


def let_turns_lapse(opening_id: int) -> None:
    """Have the turns of the first five be over, and the next step be due."""
    now = clock.now()
    first = select(Place.id).where(Place.opening_id == opening_id).order_by(Place.rank).limit(GONE)
    ids = db.session.scalars(first).all()
    db.session.execute(update(Place).where(Place.id.in_(ids)).values(until=now))
    steps = (Job.kind == lines_services.STEP, Job.state == JobState.DUE)
    db.session.execute(update(Job).where(*steps).values(due_at=now))
    lines.get(opening_id).reckoned_at = now - rules.STEP


def test_an_opening_lives_through_kills_at_its_hour_and_between_steps(racing_app: Flask) -> None:
    opening_id = announced(racing_app)
    with rig.workers(racing_app) as pool:
        for point in ("before letting in", "in letting in"):
            rig.kill_at(pool, point, 0, jobs=True)
        with racing_app.app_context():
            assert lines.get(opening_id).state is OpeningState.ANNOUNCED, "all of it or nothing"
            db.session.rollback()
        assert pool.run({"jobs": True}, {"jobs": True}) == [0, 0]
        with racing_app.app_context(), transaction():
            expected = published(opening_id)
            assert order(opening_id, PlaceState.ADMITTED) == expected[:SEATS]
            let_turns_lapse(opening_id)
        for point in ("in letting in", "before letting in"):
            rig.kill_at(pool, point, 0, jobs=True)
        assert pool.run({"jobs": True}, {"jobs": True}) == [0, 0]

    with racing_app.app_context():
        states = Counter(db.session.scalars(select(Place.state)))
        assert states == {PlaceState.LAPSED: 5, PlaceState.ADMITTED: 12, PlaceState.WAITING: 13}
        assert order(opening_id, PlaceState.ADMITTED) == expected[GONE : GONE + SEATS]
        assert lines.get(opening_id).steps == 2
