"""What slots say is taken is counted each night; a difference alarms."""

import logging

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.appointments import counting
from app.appointments.models import Claim, ClaimKind, Slot
from app.audit import services as audit
from app.catalogue.models import ServiceVersion
from app.core import clock
from app.core.actor import SYSTEM, Role
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from tests.factories import people, seats

UNGUARDED = {
    "sqlite": ["DROP TRIGGER tg_claim_insert"],
    "postgresql": ["ALTER TABLE claim DISABLE TRIGGER USER"],
}


class Planted(Exception):
    """Takes back what was planted, and the triggers that were dropped, with the transaction."""


def taken_slot() -> Slot:
    """Return a slot of which a booking has one seat of three."""
    pool = seats.make_pool(seats.make_post())
    slot = seats.make_slot(pool, seats=3)
    booking = seats.make_booking(seats.make_case(seats.make_version(pool.site.post)), slot)
    seats.added(Claim(booking_id=booking.id, slot_id=slot.id, n=1, kind=ClaimKind.MAIN))
    return slot


def plant_drift(engine: str, slot: Slot) -> None:
    """Claim a seat past the triggers, as a restored table or a hand without them would."""
    for statement in UNGUARDED[engine]:
        db.session.execute(text(statement))
    other = seats.make_booking(
        seats.make_case(db.session.scalars(select(ServiceVersion)).unique().one()), slot
    )
    seats.added(Claim(booking_id=other.id, slot_id=slot.id, n=1, kind=ClaimKind.MAIN))


def test_seats_that_agree_raise_no_alarm(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with app.app_context(), transaction():
        taken_slot()

        assert counting.count_all() == 0

        found = counting.last_count("moscow")
        assert found is not None and found.differing == 0
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


def test_a_difference_is_found_and_logged(
    app: Flask, engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context(), pytest.raises(Planted), transaction():
        slot = taken_slot()
        plant_drift(engine, slot)

        assert counting.count_all() == 1

        found = counting.last_count("moscow")
        assert found is not None and found.differing == 1
        raise Planted
    (alarm,) = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert (vars(alarm)["taken"], vars(alarm)["claimed"]) == (1, 2)


@pytest.mark.parametrize(("differing", "sentence"), [(0, "all agree"), (2, "2 times say")])
def test_the_schedule_says_what_was_counted(app: Flask, differing: int, sentence: str) -> None:
    admin = people.staff_visitor(app, Role.ADMIN)
    with app.app_context(), transaction():
        audit.record(
            counting.COUNTED,
            actor=SYSTEM,
            object_kind=counting.KIND,
            object_uid="moscow",
            fields={"differing": differing},
        )

    assert sentence in admin.open("/en/admin/schedule").text


def test_the_worker_counts_once_a_day(app: Flask) -> None:
    with app.app_context():
        with transaction():
            taken_slot()
        jobs.tick()
        jobs.tick()

        entry = counting.last_count("moscow")
        assert entry is not None and entry.at <= clock.now()
        rows = "SELECT count(*) FROM audit_entry WHERE object_kind = 'seat_count'"
        assert db.session.execute(text(rows)).scalar_one() == 1
