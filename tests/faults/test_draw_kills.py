"""Workers killed by SIGKILL amid a draw: the result is that of the published rule all the same."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.appointments.draw import offers, queries, services
from app.appointments.draw.models import Entry, EntryPerson
from app.appointments.draw.rules import ReleaseState
from app.appointments.models import Booking, BookingState, Claim, Slot
from app.cases.models import Case
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from app.notifications.models import Message
from app.static import verify_draw
from tests.factories import draws
from tests.faults import rig

pytestmark = [pytest.mark.race, pytest.mark.faults, pytest.mark.grid]

WISHES = 30


def working_day(moment: datetime) -> datetime:
    """Return a moment, or the same hour on the Monday after it."""
    while moment.isoweekday() > 5:
        moment += timedelta(days=1)
    return moment


def begun(app: Flask) -> int:
    """Have a draw be run by its admin, with twelve seats for thirty; return its key."""
    now = clock.now()
    opens, closes = now - timedelta(days=20), now - timedelta(days=15)
    first = working_day(now + timedelta(days=6)).date()
    with app.app_context():
        with clock.pretend(opens - timedelta(hours=1)), transaction():
            fair = draws.make(seats_at_a_time=6)
            release_id = fair.announce(
                opens_at=opens,
                closes_at=closes,
                public_on=(now - timedelta(days=2)).date(),
                first_on=first,
                last_on=first,
            ).id
            cases = [fair.case() for _ in range(WISHES)]
        with clock.pretend(opens + timedelta(hours=1)), transaction():
            services.open_(release_id)
            for case in cases:
                draws.wish(case, draws.get(release_id), first)
        with clock.pretend(closes), transaction():
            services.close(release_id)
        with transaction():
            services.enter_value(release_id, draws.VALUE, actor=SYSTEM)
            services.run(release_id, actor=SYSTEM)
    return release_id


def published(release_id: int) -> dict[str, object]:
    """Return what runs a draw again."""
    release = draws.get(release_id)
    return {
        "commitment": release.commitment,
        "secret": release.secret,
        "list": queries.text_of(release),
        "list_hash": release.list_hash,
        "public": {"value": release.public_value},
        "results": queries.results(release_id),
    }


def check(release_id: int) -> None:
    """Assert that every seat is given once, and nobody is told twice."""
    assert verify_draw.verify(published(release_id)) == []
    claimed = select(func.coalesce(func.sum(Claim.n), 0)).where(Claim.slot_id == Slot.id)
    drifts = select(Slot.id).where(Slot.taken != claimed.scalar_subquery())
    assert db.session.scalars(drifts).all() == []
    told = Counter(
        db.session.execute(
            select(Message.event, Message.case_id).where(Message.event.like("draw_%"))
        ).all()
    )
    assert set(told.values()) == {1}


def test_a_draw_lives_through_kills(racing_app: Flask) -> None:
    release_id = begun(racing_app)
    with rig.workers(racing_app) as pool:
        for point, countdown in (
            ("in drawing", 0),
            ("before drawing", 3),
            ("in drawing", 4),
            ("before drawing", 1),
        ):
            rig.kill_at(pool, point, countdown, jobs=True)
        with racing_app.app_context():
            half = draws.get(release_id)
            assert (half.state, half.settled) == (ReleaseState.DRAWING, 8)
            db.session.rollback()
        assert pool.run({"jobs": True}) == [0]

    with racing_app.app_context():
        assert draws.get(release_id).state is ReleaseState.DRAWN
        outcomes = Counter(str(one["outcome"]) for one in queries.results(release_id))
        held = select(func.count()).where(Booking.state == BookingState.HELD)
        assert outcomes == {"seat": 12, "full": 18}
        assert db.session.scalar(held) == 12
        check(release_id)


def test_what_is_given_back_is_passed_on_once_whoever_dies(racing_app: Flask) -> None:
    release_id = begun(racing_app)
    with rig.workers(racing_app) as pool:
        assert pool.run({"jobs": True}) == [0]
        with racing_app.app_context(), transaction():
            seated = db.session.execute(
                select(Case, Entry.ticket)
                .join(EntryPerson, EntryPerson.case_id == Case.id)
                .join(Entry, Entry.id == EntryPerson.entry_id)
                .where(Entry.position <= 5)
            ).all()
            for case, ticket in seated:
                offers.decline(case, draws.get(release_id), ticket, actor=draws.owner(case))
        with racing_app.app_context():
            jobs.tick()
        for countdown in (0, 2):
            rig.kill_at(pool, "in passing on", countdown, jobs=True)
        assert pool.run({"jobs": True}) == [0]

    with racing_app.app_context():
        passed = [one["ticket"] for one in queries.results(release_id) if one["passed_on"]]
        behind = select(Entry.ticket).where(Entry.position.between(13, 17)).order_by(Entry.position)
        assert passed == db.session.scalars(behind).all()
        check(release_id)
