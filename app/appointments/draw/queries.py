"""Finding draws, what they withhold, and the wishes in them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.appointments.draw import rules
from app.appointments.draw.models import Entry, EntryPerson, Release, ServiceMode
from app.appointments.draw.rules import Outcome, ReleaseMode
from app.appointments.models import Booking, BookingState, Lane, Pool, Slot
from app.cases.models import Case
from app.catalogue import queries as catalogue
from app.catalogue.definition.document import Definition
from app.catalogue.models import Post, Service, Site
from app.core.db import db
from app.core.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days of a pool whose seats a draw, or a queue at its hour, gives out."""

    id: int
    """That of the draw or opening."""
    first: date
    last: date
    is_withheld: bool = True
    """Nobody can take their seats yet."""


def spans_of(pool_id: int) -> list[Span]:
    """Return the days of a pool for which draws go on."""
    rows = db.session.execute(
        select(Release.id, Release.first_on, Release.last_on).where(
            Release.pool_id == pool_id, Release.state.not_in(rules.ENDED)
        )
    )
    return [Span(id=row.id, first=row.first_on, last=row.last_on) for row in rows]


def continuing(release_ids: Collection[int]) -> frozenset[int]:
    """Return those of some draws that go on: the seats of their days are theirs."""
    if not release_ids:
        return frozenset()
    query = select(Release.id).where(Release.id.in_(release_ids), Release.state.not_in(rules.ENDED))
    return frozenset(db.session.scalars(query))


def mode_of(service_id: int) -> ReleaseMode:
    """Return how the seats of a service are given out."""
    row = db.session.get(ServiceMode, service_id)
    return ReleaseMode.FIRST_COME if row is None else row.mode


def modes_of(service_ids: Collection[int]) -> Mapping[int, ReleaseMode]:
    """Return how the seats of some services are given out; one without a row is left out."""
    query = select(ServiceMode).where(ServiceMode.service_id.in_(service_ids))
    return {row.service_id: row.mode for row in db.session.scalars(query)}


def list_of_post(post_id: int, *, most: int = 50) -> Sequence[Release]:
    """Return the draws of a post, the newest first."""
    return db.session.scalars(
        select(Release).where(Release.post_id == post_id).order_by(Release.id.desc()).limit(most)
    ).all()


def list_standing(service_id: int) -> Sequence[Release]:
    """Return the draws of a service that go on, those of the next seats first."""
    return db.session.scalars(
        select(Release)
        .where(Release.service_id == service_id, Release.state.not_in(rules.ENDED))
        .order_by(Release.first_on, Release.id)
    ).all()


def get(post_id: int, uid: str) -> Release:
    """Return a draw of a post by its public name; raise NotFound."""
    found = db.session.scalar(select(Release).where(Release.uid == uid, Release.post_id == post_id))
    if found is None:
        raise NotFound()
    return found


def lock(release_id: int) -> Release:
    """Return a draw as it stands now, locked until the transaction ends."""
    return db.session.scalars(
        select(Release)
        .where(Release.id == release_id)
        .with_for_update(of=Release)
        .execution_options(populate_existing=True)
    ).one()


def lock_shared(release_id: int) -> Release:
    """Return a draw as it stands now, kept from moving on until the transaction ends."""
    return db.session.scalars(
        select(Release)
        .where(Release.id == release_id)
        .with_for_update(read=True, of=Release)
        .execution_options(populate_existing=True)
    ).one()


def text_of(release: Release) -> str:
    """Return the list of a draw that is closed."""
    return db.session.scalar(select(Release.list_text).where(Release.id == release.id)) or ""


def count_entries(release_id: int) -> int:
    """Return how many wishes stand in a draw."""
    return (
        db.session.scalar(
            select(func.count()).where(Entry.release_id == release_id, Entry.withdrawn_at.is_(None))
        )
        or 0
    )


def list_for_case(case: Case, *, pool_ids: Collection[int]) -> Sequence[Release]:
    """Return the draws that concern a case: those that go on for its service at some pools, and
    those in which it has a wish; the newest first."""
    wished = select(EntryPerson.release_id).where(
        EntryPerson.case_id == case.id, EntryPerson.active
    )
    return db.session.scalars(
        select(Release)
        .where(
            Release.service_id == case.service_id,
            Release.pool_id.in_(pool_ids),
            or_(
                Release.state.in_(rules.BEFORE),
                Release.id.in_(wished),
            ),
        )
        .order_by(Release.closes_at.desc(), Release.id)
        .limit(20)
    ).all()


def find_entry(release_id: int, case_id: int) -> Entry | None:
    """Return the wish that stands for a case in a draw, with its persons; None without one."""
    return db.session.scalar(
        select(Entry)
        .join(EntryPerson, EntryPerson.entry_id == Entry.id)
        .where(
            EntryPerson.release_id == release_id,
            EntryPerson.case_id == case_id,
            EntryPerson.active,
        )
        .options(selectinload(Entry.persons).joinedload(EntryPerson.case).joinedload(Case.person))
        .execution_options(populate_existing=True)
    )


def find_ticket(release_id: int, ticket: str) -> Entry | None:
    """Return the wish of a ticket in a draw; None when there is no such ticket in it."""
    return db.session.scalar(
        select(Entry).where(
            Entry.release_id == release_id, Entry.ticket == ticket, Entry.withdrawn_at.is_(None)
        )
    )


def other_wish(release_id: int, case: Case) -> EntryPerson | None:
    """Return the wish of the same person in a draw that another case registered."""
    return db.session.scalar(
        select(EntryPerson)
        .where(
            EntryPerson.release_id == release_id,
            EntryPerson.fingerprint == case.person.fingerprint,
            EntryPerson.case_id != case.id,
            EntryPerson.active,
        )
        .options(joinedload(EntryPerson.case))
    )


def ordered(release_id: int, *, after: int = 0, most: int) -> Sequence[Entry]:
    """Return the wishes of a draw that was held, in its order."""
    return db.session.scalars(
        select(Entry)
        .where(
            Entry.release_id == release_id,
            Entry.withdrawn_at.is_(None),
            Entry.position > after,
        )
        .order_by(Entry.position)
        .limit(most)
    ).all()


def results(release_id: int) -> list[dict[str, object]]:
    """Return what each ticket got, in the order of the draw, as it is published."""
    rows = db.session.execute(
        select(Entry.ticket, Entry.outcome, Entry.place, Entry.passed_place)
        .where(Entry.release_id == release_id, Entry.position.is_not(None))
        .order_by(Entry.position)
    )
    return [
        {
            "ticket": row.ticket,
            "outcome": row.outcome.value if row.outcome else None,
            "time": row.place,
            "passed_on": row.passed_place,
        }
        for row in rows
    ]


def counts(release_id: int) -> list[tuple[Outcome, int]]:
    """Return how many wishes of a draw got what."""
    rows = db.session.execute(
        select(Entry.outcome, func.count())
        .where(Entry.release_id == release_id, Entry.outcome.is_not(None))
        .group_by(Entry.outcome)
    )
    found = {outcome: number for outcome, number in rows if outcome is not None}
    return [(outcome, found[outcome]) for outcome in Outcome if outcome in found]


def service_ids(post_id: int) -> Mapping[str, int]:
    """Return the keys of the services of a post by their codes."""
    rows = db.session.execute(select(Service.code, Service.id).where(Service.post_id == post_id))
    return {code: id for code, id in rows}


def list_with_visits(post: Post) -> list[tuple[int, Definition]]:
    """Return the services that are offered and need a visit, with their keys."""
    ids = service_ids(post.id)
    return [(ids[one.code], one) for one in catalogue.list_published(post) if one.appointment]


def of_draw(release: Release) -> ColumnElement[bool]:
    """Return the condition for the slots of a draw; those of its pool are found by their key."""
    return and_(
        Slot.pool_id == release.pool_id,
        Slot.lane == Lane.PUBLIC,
        Slot.release_id == release.id,
    )


def leads_of(*which: ColumnElement[bool]) -> list[tuple[str, Case]]:
    """Return for some entries their name and the case on whose page each is shown."""
    first = (
        select(func.min(EntryPerson.id))
        .join(Entry, Entry.id == EntryPerson.entry_id)
        .where(*which, EntryPerson.active)
        .group_by(EntryPerson.entry_id)
    )
    rows = db.session.execute(
        select(Entry.uid, Case)
        .join(EntryPerson, EntryPerson.entry_id == Entry.id)
        .join(Case, Case.id == EntryPerson.case_id)
        .where(EntryPerson.id.in_(first))
        .order_by(Entry.id)
    )
    return [(uid, case) for uid, case in rows]


def offered_days(release: Release) -> list[date]:
    """Return the days of a draw on which its pool has seats."""
    return list(
        db.session.scalars(
            select(Slot.local_on)
            .where(of_draw(release), Slot.planned > 0)
            .distinct()
            .order_by(Slot.local_on)
        )
    )


def find_kept(booking: Booking | None, now: datetime) -> Release | None:
    """Return the draw that keeps a time for a case, of which this is the active booking."""
    if booking is None or booking.release_id is None or booking.expires_at is None:
        return None
    return db.session.get(Release, booking.release_id) if booking.expires_at > now else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a case stands in a draw: a wish that waits, or a time that is kept until a day."""

    uid: str
    until: date | None


def standings_of(case_ids: Collection[int], now: datetime) -> Mapping[int, Standing]:
    """Return how some cases stand in draws, by key; those that do not are left out.

    One statement however many cases there are.
    """
    kept = and_(
        Booking.case_id == EntryPerson.case_id,
        Booking.release_id == EntryPerson.release_id,
        Booking.state == BookingState.HELD,
        Booking.expires_at > now,
    )
    rows = db.session.execute(
        select(EntryPerson.case_id, Release.uid, Booking.expires_at, Site.zone)
        .join(Release, Release.id == EntryPerson.release_id)
        .join(Pool, Pool.id == Release.pool_id)
        .join(Site, Site.id == Pool.site_id)
        .outerjoin(Booking, kept)
        .where(
            EntryPerson.case_id.in_(case_ids),
            EntryPerson.active,
            or_(Release.state.in_(rules.UNDECIDED), Booking.id.is_not(None)),
        )
        .order_by(Booking.expires_at.is_not(None), Release.id)
    )
    return {
        row.case_id: Standing(
            uid=row.uid,
            until=rules.last_day(row.expires_at, row.zone) if row.expires_at else None,
        )
        for row in rows
    }


def offer_of(release_id: int, case_id: int) -> Booking | None:
    """Return the newest booking that a draw gave to a case, whatever became of it."""
    return db.session.scalar(
        select(Booking)
        .where(Booking.case_id == case_id, Booking.release_id == release_id)
        .order_by(Booking.id.desc())
        .limit(1)
    )
