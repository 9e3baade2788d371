"""Hours to slots, slots to seats, and what may happen to a booking; nothing here does I/O."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from math import ceil
from zoneinfo import ZoneInfo

HOLD = timedelta(minutes=10)
LEAD = timedelta(hours=2)
"""No seat of the public is offered that is nearer: nobody is there in four minutes."""
LATEST = LEAD - timedelta(minutes=10)
"""So near a citizen can still keep one: whoever has its page open reads before they choose."""
REMINDER_DAYS = (3, 1)
AHEAD_DAYS = 7
"""Slots are made this far beyond the horizon, so that a missed night closes nothing."""
SOON_DAYS = 60
"""So far ahead the next free times of all places are looked for."""
MISSED_AFTER = timedelta(hours=4)
MOST_SEATS = 50
PRIORITY = timedelta(days=90)
"""So long somebody whose time was cancelled by the post is offered seats of the priority lane."""
PUBLIC, EMERGENCY = "public", "emergency"
"""The lanes between which seats are passed on."""
USUAL_MOVES = 3
"""So often a citizen moves an appointment online where its service does not say how often: who
trades in seats does it often. An assumption, to be verified by a post, which may always move it."""


class CancelReason(StrEnum):
    """Why an appointment was given up, as far as somebody said it."""

    NOT_NEEDED = "not_needed"
    CANNOT_COME = "cannot_come"
    NO_PAPERS = "no_papers"
    ASKED = "asked"
    """The citizen asked the post for it."""
    BY_POST = "by_post"
    """The post cannot receive them; whoever it is goes first on the waiting list."""
    OTHER = "other"


OF_CITIZEN = (
    CancelReason.CANNOT_COME,
    CancelReason.NO_PAPERS,
    CancelReason.NOT_NEEDED,
    CancelReason.OTHER,
)
OF_STAFF = (CancelReason.ASKED, CancelReason.BY_POST, CancelReason.OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Seats of a lane on one weekday, or `on` one day, in wall time; `closes` is excluded."""

    weekday: int
    opens: time
    closes: time
    lane: str
    seats: int
    valid_from: date | None = None
    valid_until: date | None = None
    on: date | None = None

    def apply_on(self, day: date) -> bool:
        """Return whether these hours hold on a day, unless others hold in their place."""
        if self.on is not None:
            return day == self.on
        if day.isoweekday() != self.weekday:
            return False
        if self.valid_from is not None and day < self.valid_from:
            return False
        return self.valid_until is None or day <= self.valid_until

    def overlap(self, other: "Hours") -> bool:
        """Return whether both would make the same seats of a lane on some day."""
        if (self.weekday, self.lane, self.on) != (other.weekday, other.lane, other.on):
            return False
        if not (self.opens < other.closes and other.opens < self.closes):
            return False
        return not (_ends_before(self, other) or _ends_before(other, self))


def _ends_before(one: Hours, other: Hours) -> bool:
    return (
        one.valid_until is not None
        and other.valid_from is not None
        and one.valid_until < other.valid_from
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSlot:
    """A unit of time that the hours provide."""

    lane: str
    starts_at: datetime
    wall: datetime
    """What it is known by: the clocks of the place, without a zone."""
    planned: int

    @property
    def local_on(self) -> date:
        """Return its day."""
        return self.wall.date()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSlot:
    """A slot as it is stored."""

    id: int
    lane: str
    starts_at: datetime
    wall: datetime
    planned: int
    capacity: int
    taken: int
    is_withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A stored slot whose plan is another now."""

    id: int
    planned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What has to be done to the stored slots so that they follow the plan."""

    inserted: tuple[PlannedSlot, ...]
    changed: tuple[Change, ...]
    excess: Mapping[int, int]
    """Slot to the number of its seats that are taken beyond the plan."""


def in_force(day: date, hours: Iterable[Hours]) -> list[Hours]:
    """Return the hours of a day: a lane that has some of its own has none of the week."""
    found = [row for row in hours if row.apply_on(day)]
    special = {row.lane for row in found if row.on is not None}
    return [row for row in found if row.on is not None or row.lane not in special]


def plan_day(
    day: date, hours: Iterable[Hours], *, zone: str, unit_minutes: int
) -> list[PlannedSlot]:
    """Return the slots of one local day, in order of lane and time.

    The hours are wall time. A unit that the clocks skip does not exist; of an hour that comes
    twice only the first is used; no two units of a lane overlap in real time.
    """
    slots: dict[tuple[str, datetime], PlannedSlot] = {}
    for row in in_force(day, hours):
        for wall, at in _units(day, row, ZoneInfo(zone), timedelta(minutes=unit_minutes)):
            slot = PlannedSlot(lane=row.lane, starts_at=at, wall=wall, planned=row.seats)
            slots.setdefault((row.lane, at), slot)
    return [slots[key] for key in sorted(slots)]


def _units(
    day: date, hours: Hours, zone: ZoneInfo, unit: timedelta
) -> Iterator[tuple[datetime, datetime]]:
    """Return the units of some hours of a day, each as wall time and as moment."""
    wall = datetime.combine(day, hours.opens)
    closes = datetime.combine(day, hours.closes)
    free_from = datetime.min.replace(tzinfo=UTC)
    while wall + unit <= closes:
        start = instant(wall, zone)
        if start is not None and start >= free_from and _wall(start + unit, zone) <= closes:
            yield wall, start
            free_from = start + unit
        wall += unit


def instant(wall: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first moment at which the clocks of a zone show this, None if they never do."""
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return moment if _wall(moment, zone) == wall else None


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def wall_of(day: date, wall_time: str) -> datetime:
    """Return the wall time (HH:MM) of a day, without a zone."""
    return datetime.combine(day, time.fromisoformat(wall_time))


def plan(
    days: Iterable[date],
    hours: Sequence[Hours],
    *,
    zone: str,
    unit_minutes: int,
    closed: Iterable[date] = (),
) -> list[PlannedSlot]:
    """Return the slots of several days; closed days have none."""
    shut = frozenset(closed)
    return [
        slot
        for day in days
        if day not in shut
        for slot in plan_day(day, hours, zone=zone, unit_minutes=unit_minutes)
    ]


def pass_on(
    planned: Sequence[PlannedSlot], known: Iterable[KnownSlot], *, until: datetime
) -> list[PlannedSlot]:
    """Return a plan in which the emergency seats that nobody took go to the public.

    Of slots that begin by `until`. Reckoned anew from the hours each time, so that it can be
    done any number of times: a seat that is given back later is passed on as well.
    """
    taken = {slot.wall: slot.taken for slot in known if slot.lane == EMERGENCY}
    unused = {
        slot.wall: max(slot.planned - taken.get(slot.wall, 0), 0)
        for slot in planned
        if slot.lane == EMERGENCY and slot.starts_at <= until
    }
    plan: list[PlannedSlot] = []
    for slot in planned:
        seats = unused.get(slot.wall, 0)
        if slot.lane == EMERGENCY:
            plan.append(replace(slot, planned=slot.planned - seats))
        elif slot.lane == PUBLIC:
            plan.append(replace(slot, planned=slot.planned + unused.pop(slot.wall, 0)))
        else:
            plan.append(slot)
    # What is left is of times at which the public has no hours of its own.
    alone = [s for s in planned if s.lane == EMERGENCY and unused.get(s.wall, 0)]
    return plan + [replace(s, lane=PUBLIC, planned=unused[s.wall]) for s in alone]


def compare(planned: Iterable[PlannedSlot], known: Iterable[KnownSlot]) -> Difference:
    """Return what differs, by the stable key (lane, wall time); nothing is ever deleted.

    A slot that the plan no longer has gets a plan of 0. Its capacity becomes what is taken,
    so that it offers nothing and loses nobody.
    """
    wanted = {(slot.lane, slot.wall): slot for slot in planned}
    changed: list[Change] = []
    excess: dict[int, int] = {}
    for slot in known:
        match = wanted.pop((slot.lane, slot.wall), None)
        seats = match.planned if match else 0
        most = min(seats, slot.capacity) if slot.is_withheld else seats
        if (seats, capacity_for(most, slot.taken)) != (slot.planned, slot.capacity):
            changed.append(Change(id=slot.id, planned=seats))
        if slot.taken > seats:
            excess[slot.id] = slot.taken - seats
    return Difference(
        inserted=tuple(wanted.values()),
        changed=tuple(sorted(changed, key=lambda change: change.id)),
        excess=excess,
    )


def gained(difference: Difference, known: Iterable[KnownSlot]) -> int:
    """Return how many seats more the public has by a difference."""
    before = {slot.id: slot.planned for slot in known if slot.lane == PUBLIC}
    more = sum(
        change.planned - before[change.id] for change in difference.changed if change.id in before
    )
    return more + sum(slot.planned for slot in difference.inserted if slot.lane == PUBLIC)


def capacity_for(planned: int, taken: int) -> int:
    """Return how many seats a slot may have: the plan, but never fewer than are taken."""
    return max(planned, taken)


@dataclass(frozen=True, slots=True)
class Seats:
    """The seats of a slot: what the plan says, what may be booked now, and what is taken."""

    planned: int
    capacity: int
    taken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeSlot:
    """A slot with enough free seats for the party."""

    id: int
    starts_at: datetime
    local_on: date
    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A time at which a visit can begin, with all the slots that it would take."""

    starts_at: datetime
    local_on: date
    slot_ids: tuple[int, ...]
    """All of them, also those of its buffers."""
    slot_id: int
    """The one with which it begins."""
    free: int
    """For how many parties of one there is room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How many units of time a visit lasts, and the counter is kept free before and after it.

    The buffers lie within the hours: who prepares or puts away has to be there. Of two visits that
    follow each other at one counter, the one's after and the other's before are both kept.
    """

    units: int
    before: int = 0
    after: int = 0

    @property
    def total(self) -> int:
        """Return how many units a counter is taken."""
        return self.before + self.units + self.after


def length(units: int, unit_minutes: int, *, before: int = 0, after: int = 0) -> Length:
    """Return the length of a visit whose buffers are given in minutes, in whole units each."""
    return Length(units=units, before=ceil(before / unit_minutes), after=ceil(after / unit_minutes))


def starts(free: Sequence[FreeSlot], length: Length, *, unit_minutes: int) -> list[Start]:
    """Return the times at which a visit finds as many consecutive slots free as it takes.

    The slots come in order of time, all of one pool and lane.
    """
    unit = timedelta(minutes=unit_minutes)
    found = []
    for index, first in enumerate(free):
        run = free[index : index + length.total]
        if len(run) == length.total and _is_consecutive(run, unit):
            visit = run[length.before]
            found.append(
                Start(
                    starts_at=visit.starts_at,
                    local_on=first.local_on,
                    slot_ids=tuple(slot.id for slot in run),
                    slot_id=visit.id,
                    free=min(slot.free for slot in run),
                )
            )
    return found


def _is_consecutive(run: Sequence[FreeSlot], unit: timedelta) -> bool:
    return all(
        later.starts_at - earlier.starts_at == unit and later.local_on == earlier.local_on
        for earlier, later in pairwise(run)
    )


def nearest(found: Iterable[Start], wanted: datetime, *, most: int = 3) -> list[Start]:
    """Return the starts nearest to a time, in order of time."""
    close = sorted(found, key=lambda start: (abs(start.starts_at - wanted), start.starts_at))
    return sorted(close[:most], key=lambda start: start.starts_at)


def last_day(today: date, horizon_days: int) -> date:
    """Return the last local day that may be booked on a day."""
    return today + timedelta(days=horizon_days)


def days_from(first: date, last: date) -> list[date]:
    """Return the days of a span, both ends included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def can_be_changed(*, is_booked: bool, starts_at: datetime, now: datetime) -> bool:
    """Return whether a booking may be moved or cancelled: until it begins."""
    return is_booked and now < starts_at


def reminders(starts_at: datetime, now: datetime, zone: str) -> list[tuple[int, datetime]]:
    """Return (days before, when) of the reminders that still lie ahead.

    They come at the hour of the visit, as the clocks of its place show it on either day.
    """
    at_place = starts_at.astimezone(ZoneInfo(zone))
    moments = [(days, (at_place - timedelta(days=days)).astimezone(UTC)) for days in REMINDER_DAYS]
    return [(days, at) for days, at in moments if at > now]


def day_start(day: date, zone: str) -> datetime:
    """Return the first moment of a local day, also where the clocks skip its midnight."""
    midnight = datetime.combine(day, time.min, ZoneInfo(zone))
    return midnight.astimezone(UTC)
