"""The groups that requests and appointments register: who belongs to them and who does not."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.appointments import audiences as visitors
from app.appointments.models import BookingState
from app.cases import audiences as applicants
from app.cases.rules import State
from app.catalogue.models import ServiceVersion
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Invalid
from app.notifications.announcements.audiences import Audience
from tests.factories import seats


def reached(audience: Audience, post_id: int, value: str) -> list[int]:
    rows = audience.accounts(post_id, value).subquery()
    return list(db.session.scalars(select(rows.c[0]).order_by(rows.c[0])))


def test_open_requests_are_those_that_the_post_works_on(app: Flask) -> None:
    with app.app_context(), transaction():
        seats.make_open_pool()
        version = db.session.scalars(select(ServiceVersion)).unique().one()
        post_id, code = version.service.post_id, version.service.code
        one, twice, ended = (seats.make_account() for _ in range(3))
        seats.make_case(version, account=one)
        for _ in range(2):
            seats.make_case(version, account=twice)
        over = seats.make_case(version, account=ended)
        over.ended_at, over.state = clock.now(), State.WITHDRAWN
        db.session.flush()

        assert reached(applicants.OPEN_REQUESTS, post_id, code) == [one.id, twice.id]
        assert reached(applicants.OPEN_REQUESTS, post_id + 1, code) == []
        assert reached(applicants.OPEN_REQUESTS, post_id, "other") == []
        with pytest.raises(Invalid):
            applicants.OPEN_REQUESTS.check(post_id, "other")
        applicants.OPEN_REQUESTS.check(post_id, code)


def test_appointments_on_a_day_are_those_of_its_wall_clock(app: Flask) -> None:
    day = date(2026, 12, 3)
    with app.app_context(), transaction():
        pool = seats.make_open_pool()
        version = db.session.scalars(select(ServiceVersion)).unique().one()
        for on, at in ((day, "00:10"), (day, "23:50"), (day + timedelta(days=1), "00:10")):
            slot = seats.make_slot(pool, on=on, at=at)
            seats.make_booking(seats.make_case(version), slot)
        gone = seats.make_case(version)
        seats.make_booking(gone, slot, state=BookingState.CANCELLED)
        post_id = version.service.post_id

        assert len(reached(visitors.BOOKED_ON, post_id, "2026-12-03")) == 2
        assert len(reached(visitors.BOOKED_ON, post_id, "2026-12-04")) == 1
        assert reached(visitors.BOOKED_ON, post_id, "2026-12-02") == []
        with pytest.raises(Invalid):
            visitors.BOOKED_ON.check(post_id, "tomorrow")
