"""The visits of a run, locked many at a time, and the places that they could go to."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.appointments import claiming, queries
from app.appointments.models import Booking
from app.appointments.queries import Visit
from app.appointments.resettling.rules import FreeTimes
from app.appointments.rules import Start
from app.cases import changing
from app.cases.models import Case
from app.catalogue import queries as catalogue
from app.core.db import db


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """All who come together at one time, in order of their cases: settled all or none."""

    bookings: tuple[Booking, ...]

    @property
    def first(self) -> Booking:
        """Return the booking in whose name the visit is told."""
        return self.bookings[0]

    @property
    def size(self) -> int:
        """Return how many seats the visit takes of each slot."""
        return len(self.bookings)

    def slots(self, of_booking: Mapping[int, Mapping[int, int]]) -> Counter[int]:
        """Return how many seats the visit has of which slots, from those of each booking."""
        total: Counter[int] = Counter()
        for booking in self.bookings:
            total.update(of_booking[booking.id])
        return total


class Places:
    """What visits take and which times are free, found once for many of them; nothing is locked."""

    def __init__(self) -> None:
        self._visits: dict[int, Visit] = {}
        self._times = FreeTimes()

    def visit_of(self, case: Case) -> Visit:
        """Return what a case's visit takes, apart from where; raise NotFound if it needs none."""
        visit = self._visits.get(case.version_id)
        if visit is None:
            definition = catalogue.definition_of(case.pinned)
            visit = replace(queries.visit_for(case.post_id, case.service_id, definition), pools=())
            self._visits[case.version_id] = visit
        return visit

    def give_nearest(self, party: Party, visit: Visit, now: datetime) -> Start | None:
        """Return the free time nearest to that of a visit at the same counters, given out to it."""
        pool = party.first.pool
        kind = (pool.id, visit)
        if not self._times.knows(kind):
            self._times.add(kind, queries.free_starts(pool, visit, *queries.span(pool)))
        start = self._times.nearest(kind, party.first.starts_at, now, seats=party.size)
        if start is not None:
            self._times.give(start, seats=party.size)
        return start

    def was_taken(self, start: Start) -> None:
        """Note that others were quicker at a time."""
        self._times.forget(start)


def lock(booking_ids: Sequence[int]) -> list[Party]:
    """Return, locked, bookings as they stand now and all who come with them, as visits in order.

    First the cases, then the bookings, each in the order in which everybody locks them.
    """
    found = _with_companions(booking_ids)
    cases = changing.lock_all([row.case_id for row in found])
    filings = {case.id: case.filing_id for case in cases}
    visits: dict[Hashable, list[Booking]] = {}
    for booking in claiming.lock_bookings([row.id for row in found]):
        # The case is in the session already: this costs no statement, and keeps it there.
        key = _key(booking, filings[booking.case.id])
        visits.setdefault(key, []).append(booking)
    return _in_order(visits.values(), booking_ids)


def _with_companions(booking_ids: Collection[int]) -> Sequence[Any]:
    """Return bookings, and those of the same filing at the same time (Any: rows of columns)."""
    columns = (Booking.id, Booking.case_id, Booking.pool_id, Booking.starts_at, Booking.state)
    query = select(*columns, Case.filing_id).join(Case, Case.id == Booking.case_id)
    own = db.session.execute(query.where(Booking.id.in_(booking_ids))).all()
    filings = {row.filing_id for row in own if row.filing_id is not None}
    if not filings:
        return own
    times = {_key(row, row.filing_id) for row in own}
    others = query.where(Case.filing_id.in_(filings), Booking.id.not_in(booking_ids))
    family = db.session.execute(others).all()
    return [*own, *(row for row in family if _key(row, row.filing_id) in times)]


def _key(booking: Any, filing_id: int | None) -> Hashable:
    """Return what only those share who come together (Any: a booking, or a row of its columns)."""
    if filing_id is None:
        return int(booking.id)
    return filing_id, booking.pool_id, booking.starts_at, booking.state


def _in_order(visits: Iterable[list[Booking]], booking_ids: Sequence[int]) -> list[Party]:
    """Return the visits in the order of bookings, of which each has one at least."""
    rank = {booking_id: n for n, booking_id in enumerate(booking_ids)}

    def place(party: Party) -> int:
        return min(rank.get(one.id, len(rank)) for one in party.bookings)

    parties = [
        Party(bookings=tuple(sorted(visit, key=lambda one: one.case_id))) for visit in visits
    ]
    return sorted((one for one in parties if place(one) < len(rank)), key=place)
