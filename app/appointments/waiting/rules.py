"""Whom a seat fits who waits for one, until when it is offered, when it goes back to everybody."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.appointments.rules import Start

SHORTEST = timedelta(hours=2)
LONGEST = timedelta(hours=24)
"""Between these an offer waits for its answer: two hours by day, and a day unless a night ends it.
"""
WAKES, SLEEPS = time(9), time(22)
"""No offer ends at night, on the clocks of its place, and no hour of it counts for an answer."""
MORNING = time(10)
"""The time on the next day until which an offer waits that would end at night."""
REST = timedelta(hours=12)
"""So long nothing else is offered to whoever left a time to the next, or let it lapse: each time
that goes round takes a seat from everybody meanwhile."""
CONFIRM_EVERY = timedelta(days=7)
GRACE = timedelta(days=3)
"""So long after the question whether somebody still waits an answer is awaited."""
WAY_BACK = timedelta(days=30)
"""Whoever was removed in silence may for so long come back to the place they had."""
WARNING = timedelta(hours=3)
SOONEST_RETURN = timedelta(hours=1)
LATEST_RETURN = timedelta(hours=24)
NEAR = timedelta(hours=26)
"""A seat that is nearer goes back at once: kept for a random moment it might stay empty."""
WINDOW = 60
"""Days within which somebody waits for a seat who does not say otherwise."""
FIRST = -1
"""The priority of those whose visit the post cancelled; everybody else has 0."""
NOTICES = (2, 24, 72, 168)
"""Hours that somebody may need between the answer and the visit."""


class EntryState(StrEnum):
    """Where an entry of the waiting list stands."""

    WAITING = "waiting"
    OFFERED = "offered"
    SERVED = "served"
    LEFT = "left"
    SILENT = "silent"
    ENDED = "ended"
    """The request does not need a seat any more, or not this one."""


ON_LIST = (EntryState.WAITING, EntryState.OFFERED)


class Answer(StrEnum):
    """What became of an offer."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"


class Return(StrEnum):
    """What became of a seat that was given back."""

    OFFERED = "offered"
    PUBLIC = "public"
    DRAW = "draw"


class PartOfDay(StrEnum):
    """The times of day that suit."""

    ANY = "any"
    MORNING = "morning"
    AFTERNOON = "afternoon"


NOON = 12


class Unfit(StrEnum):
    """Why a seat does not fit an entry."""

    DAYS = "days"
    HOURS = "hours"
    NOTICE = "notice"
    PARTY = "party"
    LATER = "later"
    """Whoever keeps a seat waits for an earlier one only."""
    PASSED = "passed"
    """It was offered before and not taken."""
    PUBLIC = "public"
    """Everybody can have it as well."""
    RESTED = "rested"
    """Another time was offered just before and not taken."""
    HELD = "held"
    """It fits, and could not be given at this moment: another seat is kept for the person, or they
    missed visits and have to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an entry waits for."""

    first: date
    last: date
    part: PartOfDay
    notice: timedelta
    party: int
    before: datetime | None = None
    passed: frozenset[datetime] = frozenset()
    """Times at this place that were offered to it already."""
    public: frozenset[datetime] = frozenset()
    """Times that everybody can have for as many: none of them need be waited for."""
    rests: bool = False
    """It did not take another time within REST."""


def why_not(wish: Wish, start: Start, *, zone: str, now: datetime) -> Unfit | None:
    """Return why a time does not fit a wish, None when it does."""
    if not wish.first <= start.local_on <= wish.last:
        return Unfit.DAYS
    if not _is_in(wish.part, _local(start.starts_at, zone).hour):
        return Unfit.HOURS
    if wish.before is not None and start.starts_at >= wish.before:
        return Unfit.LATER
    if start.starts_at in wish.passed:
        return Unfit.PASSED
    if start.free < wish.party:
        return Unfit.PARTY
    return _why_not_now(wish, start, zone=zone, now=now)


def _why_not_now(wish: Wish, start: Start, *, zone: str, now: datetime) -> Unfit | None:
    if offer_until(now, start.starts_at, wish.notice, zone=zone) is None:
        return Unfit.NOTICE
    if start.starts_at in wish.public:
        return Unfit.PUBLIC
    return Unfit.RESTED if wish.rests else None


def _is_in(part: PartOfDay, hour: int) -> bool:
    if part is PartOfDay.ANY:
        return True
    return (hour < NOON) == (part is PartOfDay.MORNING)


def first_fit(wish: Wish, starts: Iterable[Start], *, zone: str, now: datetime) -> Start | None:
    """Return the first of some times that fits a wish, None when none does."""
    return next((one for one in starts if why_not(wish, one, zone=zone, now=now) is None), None)


def tally(
    wishes: Sequence[Wish], starts: Sequence[Start], slot_id: int, *, zone: str, now: datetime
) -> dict[str, int]:
    """Return for how many of some wishes a slot does not fit, by the reason."""
    own = [start for start in starts if slot_id in start.slot_ids]
    found = Counter(
        (why_not(wish, own[0], zone=zone, now=now) or Unfit.HELD) if own else Unfit.PARTY
        for wish in wishes
    )
    return {reason.value: number for reason, number in sorted(found.items())}


def offer_until(
    now: datetime, starts_at: datetime, notice: timedelta, *, zone: str
) -> datetime | None:
    """Return until when a seat is offered, None when there is no time left for an answer.

    After a day, or on the morning after it where that is at night, and never later than the notice
    that its owner needs; two hours at least, those of the night not counted.
    """
    latest = starts_at - notice
    until = _by_day(min(now + LONGEST, latest), zone)
    if until > latest:
        until = _evening_before(latest, zone)
    begins = now if _is_by_day(now, zone) else _next_morning(now, WAKES, zone)
    return until if _waking(begins, until, zone) >= SHORTEST else None


def _waking(begins: datetime, ends: datetime, zone: str) -> timedelta:
    """Return how much of a span by day is left without the night in it; it has one at most."""
    first, last = _local(begins, zone), _local(ends, zone)
    if last.date() <= first.date():
        return ends - begins
    evening = datetime.combine(first.date(), SLEEPS, first.tzinfo)
    morning = datetime.combine(last.date(), WAKES, last.tzinfo)
    return (evening - begins) + (ends - morning)


def _is_by_day(moment: datetime, zone: str) -> bool:
    return WAKES <= _local(moment, zone).time() < SLEEPS


def _by_day(moment: datetime, zone: str) -> datetime:
    return moment if _is_by_day(moment, zone) else _next_morning(moment, MORNING, zone)


def _next_morning(moment: datetime, at: time, zone: str) -> datetime:
    """Return a time of the morning that follows a moment of the night."""
    local = _local(moment, zone)
    day = local.date() + timedelta(days=local.time() >= SLEEPS)
    return datetime.combine(day, at, local.tzinfo).astimezone(UTC)


def _evening_before(moment: datetime, zone: str) -> datetime:
    """Return a moment of the day, or when the night begins in which it lies."""
    local = _local(moment, zone)
    if _is_by_day(moment, zone):
        return moment
    day = local.date() - timedelta(days=local.time() < WAKES)
    return datetime.combine(day, SLEEPS, local.tzinfo).astimezone(UTC)


def _local(moment: datetime, zone: str) -> datetime:
    """Return a moment on the clocks of a zone."""
    return moment.astimezone(ZoneInfo(zone))


def returns_at(now: datetime, starts_at: datetime, share: float) -> datetime:
    """Return when a seat that nobody waits for goes back to everybody.

    `share` from 0 to 1 is made by chance: at a fixed hour all would come at once, and at once it
    could be handed to whoever paid for it.
    """
    if starts_at - now < NEAR:
        return now
    return now + SOONEST_RETURN + (LATEST_RETURN - SOONEST_RETURN) * share


def is_to_be_asked(confirmed_at: datetime, asked_at: datetime | None, now: datetime) -> bool:
    """Return whether it is time to ask whether somebody still waits."""
    return asked_at is None and confirmed_at + CONFIRM_EVERY <= now


def is_silent(asked_at: datetime | None, now: datetime) -> bool:
    """Return whether the question whether somebody still waits went unanswered for too long."""
    return asked_at is not None and asked_at + GRACE <= now


def may_come_back(ended_at: datetime | None, now: datetime) -> bool:
    """Return whether somebody who was removed in silence may take their place again."""
    return ended_at is not None and now < ended_at + WAY_BACK
