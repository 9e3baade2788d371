"""Finding tickets, counters and devices of a day and site."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from hmac import compare_digest

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import defer, joinedload, lazyload
from sqlalchemy.sql.base import ExecutableOption

from app.accounts.models import StaffMember
from app.appointments import queries as seats
from app.appointments.day import rules
from app.appointments.day.models import Counter, Device, Ticket, TicketCall
from app.appointments.day.rules import DeviceKind, Outcome, TicketState, Waiting
from app.appointments.models import Booking, BookingState, Pool
from app.audit.models import AuditEntry
from app.cases.models import Case
from app.catalogue.models import Service, Site
from app.core import clock
from app.core.actor import ActorKind
from app.core.crypto import keyed_hash
from app.core.db import Texts, db
from app.core.errors import NotFound

MEASURED_DAYS = timedelta(days=28)
MOST_MEASURED = 200
MOST_SHOWN = 300
MOST_VISITS = 2000
DEVICE, DEVICE_ADDED = "device", "device.added"
"""How the record names a device, and that one was added."""
NAMED, PROVED = 8, 16
"""How many signs of a device's address name it, and how many prove that it was given out."""


def list_sites(post_id: int) -> Sequence[Site]:
    """Return the places of a post in their order."""
    query = select(Site).where(Site.post_id == post_id).order_by(Site.id)
    return db.session.scalars(query).unique().all()


def list_halls(post_id: int) -> Sequence[Site]:
    """Return the places of a post at which people come today, or tomorrow: a hall is prepared.

    Without missions that are cancelled, over, or still weeks away.
    """
    return [
        site
        for site in list_sites_to_come(post_id)
        if site.first_on is None or site.first_on <= clock.today(site.zone) + timedelta(days=1)
    ]


def list_sites_to_come(post_id: int) -> Sequence[Site]:
    """Return the places of a post without missions that are over or do not take place."""
    return [site for site in list_sites(post_id) if not site.is_over(clock.today(site.zone))]


def get_site(post_id: int, code: str) -> Site:
    """Return a place of a post by its code, the first when none is named; raise NotFound."""
    sites = list_sites(post_id)
    found = next((site for site in sites if code in ("", site.code)), None)
    if found is None:
        raise NotFound()
    return found


def pools_of(site: Site) -> list[Pool]:
    """Return the pools of a place."""
    return [pool for pool in seats.list_pools(site.post_id) if pool.site_id == site.id]


def today(site: Site) -> date:
    """Return the day that it is at a place."""
    return clock.today(site.zone)


def _of_today(site: Site) -> Select[Ticket]:
    return select(Ticket).where(Ticket.site_id == site.id, Ticket.on_day == today(site))


def _waiting(site: Site) -> Select[Ticket]:
    return _here(site).where(Ticket.state == TicketState.WAITING)


def _here(site: Site) -> Select[Ticket]:
    """Return the query for numbers that may be called, also once more.

    A visit may have ended without its number, or its arrival was taken back.
    """
    is_here = or_(Ticket.booking_id.is_(None), Booking.state == BookingState.CHECKED_IN)
    return _of_today(site).outerjoin(Booking, Booking.id == Ticket.booking_id).where(is_here)


def list_waiting(site: Site) -> list[Waiting]:
    """Return who waits at a place today, in the order in which they are called."""
    columns = (Ticket.id, Ticket.arrived_at, Ticket.booked_at, Ticket.ground, Ticket.pool_id)
    rows = db.session.execute(_waiting(site).with_only_columns(*columns, Ticket.sent_to_id))
    found = [
        Waiting(
            id=row.id,
            arrived_at=row.arrived_at,
            booked_at=row.booked_at,
            ground=row.ground,
            pool_id=row.pool_id,
            counter_id=row.sent_to_id,
        )
        for row in rows
    ]
    return rules.order(found, clock.now())


def list_shown_waiting(site: Site) -> Sequence[Ticket]:
    """Return the tickets that wait, with who they are of, in the order of being called."""
    places = {one.id: place for place, one in enumerate(list_waiting(site))}
    rows = db.session.scalars(_waiting(site).options(*_whole()).limit(MOST_SHOWN)).all()
    return sorted((row for row in rows if row.id in places), key=lambda row: places[row.id])


def list_missed(site: Site) -> Sequence[Ticket]:
    """Return the tickets of today to whose call nobody came, or that were given up."""
    gone = (TicketState.MISSED, TicketState.LEFT)
    return db.session.scalars(
        _here(site)
        .where(Ticket.state.in_(gone))
        .order_by(Ticket.ended_at.desc(), Ticket.id)
        .limit(MOST_SHOWN)
    ).all()


def _whole() -> tuple[ExecutableOption, ...]:
    booking = joinedload(Ticket.booking)
    return (
        booking.joinedload(Booking.case).joinedload(Case.person),
        booking.joinedload(Booking.case).joinedload(Case.pinned),
        joinedload(Ticket.data_key),
        joinedload(Ticket.counter),
        joinedload(Ticket.pool),
    )


def get_ticket(post_id: int, uid: str) -> Ticket:
    """Return a ticket of a post by its public name; raise NotFound."""
    row = db.session.scalar(select(Ticket).where(Ticket.uid == uid, Ticket.post_id == post_id))
    if row is None:
        raise NotFound()
    return row


def get_by_code(code: str) -> Ticket:
    """Return a ticket by the code that its owner has; raise NotFound."""
    row = db.session.scalar(select(Ticket).where(Ticket.code == code))
    if row is None:
        raise NotFound()
    return row


def find_by_booking(booking_id: int) -> Ticket | None:
    """Return the ticket of a booking, None before its owner came."""
    return db.session.scalar(select(Ticket).where(Ticket.booking_id == booking_id))


def by_booking(booking_ids: Collection[int]) -> Mapping[int, Ticket]:
    """Return the tickets of some bookings, by the key of the booking."""
    if not booking_ids:
        return {}
    rows = db.session.scalars(select(Ticket).where(Ticket.booking_id.in_(booking_ids)))
    return {row.booking_id: row for row in rows if row.booking_id is not None}


def called_to(counter: Counter) -> Ticket | None:
    """Return who is called to a counter now, with who it is."""
    return db.session.scalar(
        select(Ticket)
        .where(Ticket.counter_id == counter.id, Ticket.state == TicketState.CALLED)
        .options(*_whole())
    )


def list_called(site: Site, *, most: int) -> Sequence[Ticket]:
    """Return who is called to a counter now, whoever was called last first."""
    return db.session.scalars(
        _of_today(site)
        .where(Ticket.state == TicketState.CALLED)
        .options(joinedload(Ticket.counter))
        .order_by(Ticket.rung_at.desc(), Ticket.id.desc())
        .limit(most)
    ).all()


def _open_counters() -> Select[Counter]:
    # The numbers of a hall need nothing of the secrets of whoever sits there.
    staff = joinedload(Counter.staff).options(
        lazyload(StaffMember.data_key), lazyload(StaffMember.roles)
    )
    return (
        select(Counter).options(staff, joinedload(Counter.pool)).where(Counter.closed_at.is_(None))
    )


def list_counters(site: Site) -> Sequence[Counter]:
    """Return the counters that are open at a place today, by number."""
    return db.session.scalars(
        _open_counters()
        .where(Counter.site_id == site.id, Counter.on_day == today(site))
        .order_by(Counter.number)
    ).all()


def find_counter(staff_id: int, post_id: int) -> Counter | None:
    """Return the counter that somebody has open today at a post."""
    found = db.session.scalar(
        _open_counters().where(Counter.staff_id == staff_id, Counter.post_id == post_id)
    )
    return found if found is not None and found.on_day == today(found.site) else None


def get_counter(post_id: int, uid: str) -> Counter:
    """Return a counter of a post by its public name; raise NotFound."""
    row = db.session.scalar(select(Counter).where(Counter.uid == uid, Counter.post_id == post_id))
    if row is None:
        raise NotFound()
    return row


def count_counters(site: Site, pool_id: int | None) -> int:
    """Return how many open counters may call a ticket of a pool."""
    counters = db.session.scalars(
        select(Counter.pool_id).where(
            Counter.site_id == site.id,
            Counter.on_day == today(site),
            Counter.closed_at.is_(None),
        )
    )
    return sum(one is None or pool_id in (None, one) for one in counters)


def served_lately(site: Site) -> list[timedelta]:
    """Return how long the newest visits at a place took, from the call to their end."""
    since = clock.now() - MEASURED_DAYS
    rows = db.session.execute(
        select(TicketCall.called_at, TicketCall.ended_at)
        .join(Counter, Counter.id == TicketCall.counter_id)
        .where(
            Counter.site_id == site.id,
            TicketCall.outcome == Outcome.SERVED,
            TicketCall.called_at >= since,
        )
        .order_by(TicketCall.id.desc())
        .limit(MOST_MEASURED)
    )
    return [ended - called for called, ended in rows if ended is not None]


def titles_of(service_ids: Collection[int | None]) -> Mapping[int, Texts]:
    """Return the titles of some services by key, as their drafts have them."""
    wanted = {one for one in service_ids if one is not None}
    if not wanted:
        return {}
    rows = db.session.execute(
        select(Service.id, Service.draft["title"]).where(Service.id.in_(wanted))
    )
    return {key: title for key, title in rows}


def find_service(post_id: int, code: str) -> Service | None:
    """Return a service of a post by its code."""
    return db.session.scalar(
        select(Service)
        .options(defer(Service.draft))
        .where(Service.post_id == post_id, Service.code == code)
    )


def list_devices(post_id: int) -> Sequence[Device]:
    """Return the devices of a post that were not given up, the newest first."""
    return db.session.scalars(
        select(Device)
        .where(Device.post_id == post_id, Device.revoked_at.is_(None))
        .order_by(Device.id.desc())
    ).all()


def get_device(post_id: int, uid: str) -> Device:
    """Return a device of a post by its public name; raise NotFound."""
    row = db.session.scalar(select(Device).where(Device.uid == uid, Device.post_id == post_id))
    if row is None:
        raise NotFound()
    return row


def device_of(address: str, kind: DeviceKind) -> Device:
    """Return the device of an address (see address_of); raise NotFound, also for one given up."""
    rows = db.session.scalars(
        select(Device).where(
            Device.uid.startswith(address[:NAMED], autoescape=True),
            Device.kind == kind,
            Device.revoked_at.is_(None),
        )
    ).all()
    for row in rows:
        if compare_digest(address_of(row).encode(), address.encode()):
            return row
    raise NotFound()


def site_of_calendar(address: str) -> Site:
    """Return the place whose visits an address tells; raise NotFound.

    Also when whoever added it was shut out: they may have kept the address, which needs no
    signing in. Boards and kiosks stay, because a hall goes on without who put them up.
    """
    device = device_of(address, DeviceKind.CALENDAR)
    if _maker_is_shut_out(device):
        raise NotFound()
    return device.site


def _maker_is_shut_out(device: Device) -> bool:
    """Return whether who added a device, as the record says, is let in no more."""
    shut_out = (
        select(StaffMember.id)
        .join(AuditEntry, AuditEntry.actor_id == StaffMember.id)
        .where(
            AuditEntry.object_kind == DEVICE,
            AuditEntry.object_uid == device.uid,
            AuditEntry.action == DEVICE_ADDED,
            AuditEntry.actor_kind == ActorKind.STAFF,
            StaffMember.disabled_at.is_not(None),
        )
    )
    return db.session.scalar(shut_out.limit(1)) is not None


def address_of(device: Device) -> str:
    """Return the part of a device's address that only the server can make: it is the secret."""
    return device.uid[:NAMED] + keyed_hash("device", device.uid)[:PROVED]


def list_visits(site: Site) -> Sequence[Booking]:
    """Return the confirmed visits of a place from yesterday on, soonest first, with their case."""
    return db.session.scalars(
        select(Booking)
        .join(Pool, Pool.id == Booking.pool_id)
        .options(joinedload(Booking.case))
        .where(
            Booking.post_id == site.post_id,
            Pool.site_id == site.id,
            Booking.state.in_(seats.CONFIRMED),
            Booking.starts_at >= clock.now() - timedelta(days=1),
        )
        .order_by(Booking.starts_at, Booking.id)
        .limit(MOST_VISITS)
    ).all()


def last_number(site: Site, lane: rules.TicketLane) -> int:
    """Return the highest number of a lane today, 0 before the first."""
    return (
        db.session.scalar(
            select(func.max(Ticket.number)).where(
                Ticket.site_id == site.id, Ticket.on_day == today(site), Ticket.lane == lane
            )
        )
        or 0
    )
