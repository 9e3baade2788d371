"""The database itself refuses to sell a seat twice, whoever writes."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import create_engine, delete, insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from app.appointments.models import Booking, BookingPerson, Claim, ClaimKind, Slot
from app.catalogue.models import ServiceVersion
from app.core.db import constraint_of, db, transaction
from tests.databases import Databases
from tests.factories import seats

CHECKS = {
    "slot": {"ck_slot_lane_known", "ck_slot_not_overbooked"},
    "claim": {"ck_claim_kind_known", "ck_claim_takes_something"},
    "booking": {
        "ck_booking_cancel_reason_known",
        "ck_booking_hold_expires",
        "ck_booking_offer_expires",
        "ck_booking_state_known",
    },
    "weekly_hours": {
        "ck_weekly_hours_in_order",
        "ck_weekly_hours_seats_sensible",
        "ck_weekly_hours_weekday_iso",
        "ck_weekly_hours_lane_known",
    },
}
TRIGGERS = {
    "sqlite": {
        "tg_claim_insert",
        "tg_claim_delete",
        "tg_claim_update",
        "tg_slot_insert",
        "tg_slot_update",
    },
    "postgresql": {"tg_claim", "tg_slot_insert", "tg_slot_update"},
}
TRIGGERS_OF = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    " AND tbl_name IN ('slot', 'claim')",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    " AND tgrelid IN ('slot'::regclass, 'claim'::regclass)",
}
PARTIAL = {
    "ix_slot_free": "taken < capacity",
    "uq_booking_case_active": "state",
    "uq_booking_person_active": "active",
    "ix_booking_holds": "state",
    "ix_booking_offers": "offer_expires_at",
}
INDEXES_OF = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index'",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}
CLAIM = "INTO claim (booking_id, slot_id, n, kind) VALUES (:booking, :slot, 1, 'main')"
IGNORING = {
    "sqlite": f"INSERT OR IGNORE {CLAIM}",
    "postgresql": f"INSERT {CLAIM} ON CONFLICT DO NOTHING",
}


def refused_by(write: Callable[[], object]) -> str | None:
    """Return the constraint that refuses what is written, and put the transaction right again."""
    with pytest.raises(IntegrityError) as caught, db.session.begin_nested():
        write()
        db.session.flush()
    return constraint_of(caught.value)


def taken(slot: Slot) -> int:
    """Return how many seats the database counts as taken."""
    found = db.session.scalar(select(Slot.taken).where(Slot.id == slot.id))
    assert found is not None
    return found


def new_slot(*, at: str = "10:20") -> Slot:
    """Return a slot with two seats at a post of its own."""
    return seats.make_slot(seats.make_pool(seats.make_post()), seats=2, at=at)


def new_booking(slot: Slot) -> Booking:
    """Return a booking of a case of its own at a slot."""
    known = db.session.scalar(select(ServiceVersion))
    version = known or seats.make_version(slot.pool.site.post)
    return seats.make_booking(seats.make_case(version), slot)


def new_claim(slot: Slot, n: int = 1) -> Claim:
    """Return a claim that takes seats of a slot."""
    claim: Claim = seats.added(
        Claim(booking_id=new_booking(slot).id, slot_id=slot.id, n=n, kind=ClaimKind.MAIN)
    )
    return claim


def test_claims_count_what_is_taken(app: Flask) -> None:
    with app.app_context(), transaction():
        slot = new_slot()

        claim = new_claim(slot)
        assert taken(slot) == 1
        db.session.execute(delete(Claim).where(Claim.id == claim.id))
        assert taken(slot) == 0


def test_party_of_two_does_not_fit_one_seat(app: Flask) -> None:
    with app.app_context(), transaction():
        slot = new_slot()
        new_claim(slot)
        booking = new_booking(slot)

        claim = Claim(booking_id=booking.id, slot_id=slot.id, n=2, kind=ClaimKind.MAIN)

        assert refused_by(lambda: db.session.add(claim)) == "ck_slot_not_overbooked"
        assert taken(slot) == 1


@pytest.mark.parametrize("number", [0, -1])
def test_party_of_nobody_takes_nothing(app: Flask, number: int) -> None:
    with app.app_context(), transaction():
        slot = new_slot()
        booking = new_booking(slot)

        claim = Claim(booking_id=booking.id, slot_id=slot.id, n=number, kind=ClaimKind.MAIN)

        assert refused_by(lambda: db.session.add(claim)) == "ck_claim_takes_something"
        assert taken(slot) == 0


@pytest.mark.parametrize("number", [0, 2, 9])
def test_taken_is_not_written_by_hand(app: Flask, number: int) -> None:
    with app.app_context(), transaction():
        slot = new_slot()
        new_claim(slot)
        raw = text("UPDATE slot SET taken = :number WHERE id = :id")

        name = refused_by(lambda: db.session.execute(raw, {"number": number, "id": slot.id}))

        assert name in {"tg_slot_taken_only_by_claim", "ck_slot_not_overbooked"}
        assert taken(slot) == 1


def test_slot_is_not_born_taken(app: Flask) -> None:
    with app.app_context(), transaction():
        slot = new_slot()
        raw = text(
            "INSERT INTO slot (pool_id, lane, starts_at, local_on, planned, capacity, taken)"
            " SELECT pool_id, 'staff', starts_at, local_on, 2, 2, 1 FROM slot"
        )

        assert refused_by(lambda: db.session.execute(raw)) == "tg_slot_taken_only_by_claim"
        assert taken(slot) == 0


def test_capacity_does_not_fall_below_taken(app: Flask) -> None:
    with app.app_context(), transaction():
        slot = new_slot()
        new_claim(slot, 2)
        lower = update(Slot).where(Slot.id == slot.id).values(capacity=1)

        assert refused_by(lambda: db.session.execute(lower)) == "ck_slot_not_overbooked"


def test_ignoring_conflicts_does_not_oversell(app: Flask, engine: str) -> None:
    with app.app_context(), transaction():
        slot = new_slot()
        new_claim(slot, 2)
        values = {"booking": new_booking(slot).id, "slot": slot.id}

        name = refused_by(lambda: db.session.execute(text(IGNORING[engine]), values))

        assert name == "ck_slot_not_overbooked"
        assert len(db.session.scalars(select(Claim.id)).all()) == 1
        assert taken(slot) == 2


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_replacing_a_claim_does_not_oversell(app: Flask) -> None:
    with app.app_context(), transaction():
        slot = new_slot()
        new_claim(slot)
        raw = text(
            "INSERT OR REPLACE INTO claim (id, booking_id, slot_id, n, kind)"
            " SELECT id, booking_id, slot_id, 2, kind FROM claim"
        )

        assert refused_by(lambda: db.session.execute(raw))

        assert (taken(slot), db.session.scalar(select(Claim.n))) == (1, 1)


@pytest.mark.parametrize("change", ["n = 2", "slot_id = slot_id", "kind = 'offer'"])
def test_claim_is_never_updated(app: Flask, change: str) -> None:
    with app.app_context(), transaction():
        new_claim(new_slot())
        raw = text(f"UPDATE claim SET {change}")  # noqa: S608  (literals of this test)

        assert refused_by(lambda: db.session.execute(raw)) == "tg_claim_never_updated"


def test_deleted_booking_gives_its_seat_back(app: Flask) -> None:
    with app.app_context(), transaction():
        slot = new_slot()
        claim = new_claim(slot)

        db.session.execute(delete(Booking).where(Booking.id == claim.booking_id))

        assert taken(slot) == 0
        assert db.session.scalars(select(Claim.id)).all() == []


def test_claims_of_several_slots_are_refused_together(app: Flask) -> None:
    with app.app_context(), transaction():
        first = new_slot()
        second = seats.make_slot(first.pool, at="10:40")
        new_claim(second)
        booking = new_booking(first)
        rows = [
            {"booking_id": booking.id, "slot_id": slot.id, "n": 1, "kind": ClaimKind.MAIN}
            for slot in (first, second)
        ]

        name = refused_by(lambda: db.session.execute(insert(Claim), rows))

        assert name == "ck_slot_not_overbooked"
        assert (taken(first), taken(second)) == (0, 1)


def test_seat_of_a_closed_slot_is_not_free_again(app: Flask) -> None:
    with app.app_context(), transaction():
        slot = new_slot()
        claims = [new_claim(slot), new_claim(slot)]
        db.session.execute(update(Slot).values(planned=0, capacity=Slot.taken))

        db.session.execute(delete(Claim).where(Claim.id == claims[0].id))

        found = db.session.execute(select(Slot.taken, Slot.capacity)).one()
        assert tuple(found) == (1, 1)


@pytest.mark.proves("S38")
def test_one_active_booking_for_a_person_and_service(app: Flask) -> None:
    with app.app_context(), transaction():
        slot = new_slot()
        _bring(new_booking(slot), active=True)
        _bring(new_booking(slot), active=False)
        db.session.flush()
        third = new_booking(slot)

        name = refused_by(lambda: _bring(third, active=True))

        assert name == "uq_booking_person_active"


def _bring(booking: Booking, *, active: bool) -> None:
    db.session.add(
        BookingPerson(
            booking_id=booking.id,
            person_id=booking.case.person_id,
            post_id=booking.post_id,
            service_id=booking.service_id,
            fingerprint="the same",
            active=active,
        )
    )


def test_one_active_booking_for_a_case(app: Flask) -> None:
    with app.app_context(), transaction():
        slot = new_slot()
        case = new_booking(slot).case

        name = refused_by(lambda: seats.make_booking(case, slot))

        assert name == "uq_booking_case_active"


def test_names_of_a_migrated_database(databases: Databases, engine: str) -> None:
    sql = create_engine(databases.migrated(engine))
    inspector = inspect(sql)

    checks = {
        table: {str(check["name"]) for check in inspector.get_check_constraints(table)}
        for table in CHECKS
    }
    with sql.connect() as connection:
        triggers = {name for (name,) in connection.execute(text(TRIGGERS_OF[engine]))}
        indexes = {name: str(sql) for name, sql in connection.execute(text(INDEXES_OF[engine]))}
    sql.dispose()

    assert checks == CHECKS
    assert triggers == TRIGGERS[engine]
    for name, condition in PARTIAL.items():
        assert condition in indexes[name].lower().partition("where")[2]
