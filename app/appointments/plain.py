"""A hold in whose way nothing stands, as most are: what has to be locked, and what is written.

Whoever comes alone and has no time yet, for one free seat of the public that neither a draw nor a
queue gives out, need not be asked about one thing after another. What can have changed since the
look is part of the INSERT, which comes after the locks; where that writes nothing,
`services.hold` goes the long way and says why.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Connection,
    Date,
    Insert,
    Row,
    Table,
    bindparam,
    exists,
    insert,
    select,
)
from sqlalchemy.orm import aliased

from app.accounts.models import Person
from app.appointments import claiming, conditions, rules
from app.appointments.glance import takes_one
from app.appointments.models import (
    Booking,
    BookingPerson,
    BookingState,
    Claim,
    ClaimKind,
    Lane,
    local_moment,
)
from app.cases.models import Case
from app.cases.rules import State
from app.catalogue.models import Closure
from app.core import clock
from app.core.db import UtcDateTime, db, new_uid


def hold(seats: Sequence[Row[Any]], now: datetime) -> str:
    """Keep the time that a citizen looked at (`glance.look`); return whose fingerprint it is for.

    Empty, and nothing is written, wherever it takes more to know. Raises SlotTaken, AlreadyBooked
    or Clash. (Any: columns.)
    """
    seat = next((one for one in seats if one.lane is Lane.PUBLIC), None)
    if seat is None or not _is_plain(seat, now):
        return ""
    connection = db.session.connection()
    fingerprint = connection.scalar(_LOCK, {"case_id": seat.case_id}) or ""
    values = {**_values(seat, now), "fingerprint": fingerprint}
    write = _write_at_once if connection.dialect.name == "postgresql" else _write_in_turn
    with claiming.refusing():
        return fingerprint if write(connection, values) else ""


def _write_at_once(connection: Connection, values: Mapping[str, object]) -> bool:
    """Write the three rows in one statement, so that the slot is locked for no more than that."""
    return connection.scalar(_AT_ONCE, values) is not None


def _write_in_turn(connection: Connection, values: Mapping[str, object]) -> bool:
    """Write the three rows one after another: SQLite has no INSERT within a statement."""
    booking_id = connection.scalar(_HOLD, values)
    if booking_id is None:
        return False
    connection.execute(_PERSON, {**values, "booking_id": booking_id})
    connection.execute(_CLAIM, {**values, "booking_id": booking_id})
    return True


def _is_plain(seat: Row[Any], now: datetime) -> bool:
    return (
        seat.free > 0
        and seat.starts_at > now + rules.LATEST
        and seat.local_on <= rules.last_day(clock.today(seat.zone), seat.horizon_days)
        and seat.filing_id is None
        and not (seat.is_gated or seat.is_mission)
        and takes_one(seat.content_hash, seat.unit_minutes)
    )


def _values(seat: Row[Any], now: datetime) -> dict[str, object]:
    return {
        "uid": new_uid(),
        "post_id": seat.post_id,
        "case_id": seat.case_id,
        "person_id": seat.person_id,
        "service_id": seat.service_id,
        "pool_id": seat.pool_id,
        "starts_at": seat.starts_at,
        "local_at": local_moment(seat.local_on, seat.wall_time),
        "minutes": seat.unit_minutes,
        "party": 1,
        "state": BookingState.HELD,
        "expires_at": now + rules.HOLD,
        "sequence": 0,
        "moves": 0,
        "created_at": now,
        "updated_at": now,
        "local_on": seat.local_on,
        "yesterday": clock.today(seat.zone) - timedelta(days=1),
        "lately": now - rules.PRIORITY,
        "active": True,
        "slot_id": seat.slot_id,
        "n": 1,
        "kind": ClaimKind.MAIN,
    }


def _given(column: ColumnElement[Any], name: str = "") -> BindParameter[Any]:
    return bindparam(name or column.key, type_=column.type)


_own = aliased(Person)
_LOCK = (
    select(Person.fingerprint)
    .select_from(Case)
    .join(_own, _own.id == Case.person_id)
    .join(Person, Person.fingerprint == _own.fingerprint)
    .where(Case.id == _given(cast(Table, Case.__table__).c.id, "case_id"))
    .order_by(Person.id)
    .with_for_update(key_share=True, of=(Case, Person))
)
"""The case, then the person, whichever accounts know them: in the order in which all lock them."""

_booking = cast(Table, Booking.__table__)
_person = cast(Table, BookingPerson.__table__)
_claim = cast(Table, Claim.__table__)
_service = _given(_booking.c.service_id)
_post = _given(_booking.c.post_id)
_case = _given(_booking.c.case_id)
_fingerprint = _given(_person.c.fingerprint)
_day = bindparam("local_on", type_=Date())

_STANDS_SO = (
    exists().where(Case.id == _case, Case.state == State.IN_PROGRESS),
    conditions.is_visit_next(_case),
    exists().where(
        Person.id == _given(_person.c.person_id),
        Person.fingerprint == _fingerprint,
        Person.disowned_at.is_(None),
    ),
)
_STANDS_IN_THE_WAY = (
    exists().where(
        Person.fingerprint == _fingerprint,
        Person.verified_at.is_not(None),
        Person.id != _given(_person.c.person_id),
    ),
    exists().where(
        BookingPerson.active,
        BookingPerson.post_id == _post,
        BookingPerson.fingerprint == _fingerprint,
    ),
    exists().where(*conditions.counts(_post, _fingerprint, bindparam("yesterday", type_=Date()))),
    conditions.is_favoured(_case, bindparam("lately", type_=UtcDateTime())),
    conditions.is_given_out(_service),
    exists().where(Closure.post_id == _post, Closure.first_on <= _day, Closure.last_on >= _day),
)
_WRITTEN = (
    *("uid", "post_id", "case_id", "service_id", "pool_id", "starts_at", "local_at", "minutes"),
    *("party", "state", "expires_at", "sequence", "moves", "created_at", "updated_at"),
)
_HOLD = (
    insert(_booking)
    .from_select(
        _WRITTEN,
        select(*(_given(_booking.c[name]) for name in _WRITTEN)).where(
            *_STANDS_SO, *(~one for one in _STANDS_IN_THE_WAY)
        ),
        include_defaults=False,
    )
    .returning(_booking.c.id)
)
_PERSON = insert(_person).inline()
_CLAIM = insert(_claim).inline()


def _insert_beside(table: Table, booked: CTE, *names: str) -> Insert:
    """Return the INSERT of a row that belongs to the booking which the same statement writes."""
    given = (_given(table.c[name]) for name in names)
    return insert(table).from_select(
        ("booking_id", *names), select(booked.c.id, *given), include_defaults=False
    )


_booked = _HOLD.cte("booked")
_brought = _insert_beside(
    _person, _booked, "person_id", "post_id", "service_id", "fingerprint", "active"
).cte("brought")
_AT_ONCE = (
    _insert_beside(_claim, _booked, "slot_id", "n", "kind")
    .add_cte(_brought)
    .returning(_claim.c.booking_id)
)
