"""Giving seats in the order of a draw, by ordinary claims; each step is one transaction.

The row of the draw counts what is settled, so that a worker that dies is followed by one that
goes on where it stood, and two at once do nothing twice. Of a draw the row is locked first, then
cases, bookings and slots as everywhere.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, select, update

from app.appointments import queries as seats
from app.appointments import rules as times
from app.appointments import services, together
from app.appointments.draw import messages, queries, rules
from app.appointments.draw import services as draws
from app.appointments.draw.models import Entry, EntryPerson, Release
from app.appointments.draw.rules import Outcome, ReleaseState
from app.appointments.models import Booking, Slot
from app.appointments.refusals import AlreadyBooked, Clash, Drawn, Offered
from app.cases import changing
from app.cases.models import Case
from app.catalogue import queries as catalogue
from app.core import clock
from app.core.db import db

BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An entry that waits for its turn."""

    id: int
    party: int
    days: tuple[date, ...]


@dataclass(slots=True, kw_only=True)
class Round:
    """The first assignment of a draw as far as it has come, as one worker goes through it."""

    release_id: int
    hall: rules.Hall
    order: Sequence[Candidate]
    settled: int


def begin(release_id: int) -> Round | None:
    """Return the assignment of a draw that was run, the order written down; None when it is over.

    Whatever was settled before by a worker that died is read, not done again.
    """
    release = queries.lock(release_id)
    if release.state is not ReleaseState.DRAWING:
        return None
    text = queries.text_of(release)
    fixed = rules.parse(text)
    key = rules.draw_key(release.secret or "", rules.sha256(text), release.public_value or "")
    order = rules.in_order(key, fixed.entries)
    ids = _write_order(release, order)
    hall = rules.hall_of(fixed)
    _seat_again(release, hall)
    candidates = [Candidate(id=ids[one.ticket], party=one.party, days=one.days) for one in order]
    return Round(release_id=release.id, hall=hall, order=candidates, settled=release.settled)


def _write_order(release: Release, order: Sequence[rules.Entry]) -> Mapping[str, int]:
    rows = db.session.execute(
        select(Entry.ticket, Entry.id, Entry.position).where(
            Entry.release_id == release.id, Entry.withdrawn_at.is_(None)
        )
    ).all()
    ids = {row.ticket: row.id for row in rows}
    if any(row.position is None for row in rows):
        places = [
            {"id": ids[one.ticket], "position": place} for place, one in enumerate(order, start=1)
        ]
        db.session.execute(update(Entry), places)
    return ids


def _seat_again(release: Release, hall: rules.Hall) -> None:
    given = db.session.execute(
        select(Entry.place, Entry.party).where(
            Entry.release_id == release.id, Entry.place.is_not(None)
        )
    )
    for place, party in given:
        hall.take(rules.wall(place or ""), party)


def go_on(round_: Round) -> bool:
    """Settle the next entry that has a seat to get, and those before it that have none.

    Return whether there is more to do for this worker.
    """
    release = queries.lock(round_.release_id)
    if release.state is not ReleaseState.DRAWING or release.settled != round_.settled:
        return False
    full: list[Candidate] = []
    for candidate in round_.order[round_.settled : round_.settled + BATCH]:
        starts = round_.hall.find(candidate.party, candidate.days)
        if starts is None:
            full.append(candidate)
            continue
        _settle(release, candidate, starts, round_.hall)
        round_.settled += 1
        break
    _note_full(release, full)
    round_.settled += len(full)
    release.settled = round_.settled
    if round_.settled < len(round_.order):
        return True
    _finish(release)
    return False


def _settle(release: Release, candidate: Candidate, starts: datetime, hall: rules.Hall) -> None:
    outcome = _offer(release, candidate, starts)
    place = None
    if outcome not in rules.SKIPPED:
        hall.take(starts, candidate.party)
        place = starts.strftime(rules.WALL)
    _note([candidate.id], outcome=outcome, place=place)
    if outcome is Outcome.GONE:
        messages.tell_nothing(release, queries.leads_of(Entry.id == candidate.id))


def _note(entry_ids: Collection[int], **columns: object) -> None:
    db.session.execute(
        update(Entry)
        .where(Entry.id.in_(entry_ids))
        .values(**columns)
        .execution_options(synchronize_session=False)
    )


def _note_full(release: Release, full: Sequence[Candidate]) -> None:
    if full:
        ids = [candidate.id for candidate in full]
        _note(ids, outcome=Outcome.FULL)
        messages.tell_nothing(release, queries.leads_of(Entry.id.in_(ids)))


def _finish(release: Release) -> None:
    draws.release_left_over(release)
    release.state, release.drawn_at = ReleaseState.DRAWN, clock.now()


def _offer(release: Release, candidate: Candidate, starts: datetime) -> Outcome:
    """Keep a time for all of a party that still need one; return what became of it."""
    waiting = [case for case in _locked_cases(candidate.id) if _still_needs(release, case)]
    if not waiting:
        return Outcome.ENDED
    run = _run(release, starts)
    if run is None or not _is_planned(release, run, waiting):
        return Outcome.GONE
    until = rules.offer_ends(clock.now(), run[0].starts_at, release.pool.site.zone)
    if until - clock.now() < rules.NOTICE:
        return Outcome.GONE
    together.lock_party(waiting, [slot.id for slot in run])
    offered = [one for case in waiting if (one := _reserve(release, case, run, until))]
    if not offered:
        return Outcome.BOOKED
    messages.tell_offer(release, offered[0], until)
    return Outcome.SEAT


def _locked_cases(entry_id: int) -> list[Case]:
    ids = db.session.scalars(
        select(EntryPerson.case_id)
        .where(EntryPerson.entry_id == entry_id, EntryPerson.active)
        .order_by(EntryPerson.case_id)
    ).all()
    return [changing.lock(id) for id in ids]


def _still_needs(release: Release, case: Case) -> bool:
    """Return whether a case waits for a seat of this draw, whatever its version."""
    return seats.is_at_appointment(case) and draws.concerns(release, case)


def _run(release: Release, starts: datetime) -> Sequence[Slot] | None:
    """Return the slots of a wall time as they are stored, in order of time."""
    moment = times.instant(starts, ZoneInfo(release.pool.site.zone))
    first = seats.find_start(release.pool, moment) if moment else None
    if first is None:
        return None
    run = seats.list_run(first, times.Length(units=release.units))
    for slot in run:
        db.session.refresh(slot)
    return sorted(run, key=lambda each: each.starts_at) if len(run) == release.units else None


def _is_planned(release: Release, run: Sequence[Slot], waiting: Sequence[Case]) -> bool:
    """Return whether the post still works then, with as many seats as the list has promised."""
    closures = catalogue.closed_days(release.post_id, run[0].local_on, run[0].local_on)
    if seats.closes(run[0].local_on, closures, seats.visit_of(waiting[0])):
        return False
    return all(slot.planned - slot.capacity >= len(waiting) for slot in run)


def _reserve(release: Release, case: Case, run: Sequence[Slot], until: datetime) -> Booking | None:
    """Keep the slots of a visit for a locked case; None when its person has a time already.

    A time that another draw or the waiting list keeps for it is one: nobody loses what they
    were told of.
    """
    # The version of a case may have another buffer than the draw reckoned with.
    begins = min(seats.visit_of(case).length(release.pool).before, len(run) - 1)
    slot_ids = [slot.id for slot in run]
    try:
        with db.session.begin_nested():
            return services.keep_for(case, run[begins], slot_ids, until, release_id=release.id)
    except (AlreadyBooked, Clash, Drawn, Offered):
        return None


def pass_on(release_id: int) -> bool:
    """Offer a seat that was given back to the next of the draw whom it fits.

    Return whether there may be more; when there is not, what is left is free for everybody.
    """
    release = queries.lock(release_id)
    if release.state is not ReleaseState.DRAWN:
        return False
    hall = rules.Hall(
        _given_back(release), units=release.units, unit_minutes=release.pool.unit_minutes
    )
    for candidate in _waiting(release):
        starts = hall.find(candidate.party, candidate.days)
        if starts and _offer(release, candidate, starts) is Outcome.SEAT:
            _note([candidate.id], passed_place=starts.strftime(rules.WALL))
            return True
    draws.release_left_over(release)
    return False


def _given_back(release: Release) -> list[rules.Supply]:
    """Return the seats of a draw that are taken by nobody, on days far enough for an offer."""
    zone, now = release.pool.site.zone, clock.now()
    rows = db.session.execute(
        select(Slot.starts_at, (Slot.planned - Slot.capacity).label("seats")).where(
            queries.of_draw(release),
            Slot.is_withheld,
            Slot.planned > Slot.capacity,
            Slot.starts_at > now,
        )
    )
    return [
        rules.Supply(starts=clock.local(row.starts_at, zone).replace(tzinfo=None), seats=row.seats)
        for row in rows
        if rules.offer_ends(now, row.starts_at, zone) - now >= rules.NOTICE
    ]


def _waiting(release: Release) -> list[Candidate]:
    rows = db.session.execute(
        select(Entry.id, Entry.party, Entry.days).where(_waits(release.id)).order_by(Entry.position)
    )
    return [
        Candidate(
            id=row.id, party=row.party, days=tuple(date.fromisoformat(day) for day in row.days)
        )
        for row in rows
    ]


def _waits(release_id: int) -> ColumnElement[bool]:
    return and_(
        Entry.release_id == release_id,
        Entry.withdrawn_at.is_(None),
        Entry.outcome.in_(rules.WAITS),
        Entry.passed_place.is_(None),
    )


def list_to_pass_on(now: datetime) -> list[int]:
    """Return the draws in which seats were given back; end those that can pass on no more."""
    found = []
    drawn = select(Release).where(Release.state == ReleaseState.DRAWN).order_by(Release.id)
    for release in db.session.scalars(drawn.with_for_update(of=Release, skip_locked=True)):
        withheld = and_(queries.of_draw(release), Slot.is_withheld, Slot.starts_at > now)
        if not _is_any(_waits(release.id)) or not _is_any(withheld):
            draws.give_free(release)
            release.state = ReleaseState.OVER
        elif _is_any(withheld & (Slot.capacity < Slot.planned)):
            found.append(release.id)
    return found


def list_unfinished() -> Sequence[int]:
    """Return the draws whose seats are being assigned, or were left by whoever did it."""
    return db.session.scalars(
        select(Release.id).where(Release.state == ReleaseState.DRAWING).order_by(Release.id)
    ).all()


def _is_any(condition: ColumnElement[bool]) -> bool:
    return bool(db.session.scalar(select(exists().where(condition))))
