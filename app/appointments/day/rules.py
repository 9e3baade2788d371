"""The numbers of a hall: who is called next and why, and how long it may take; no I/O here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

EARLIEST = timedelta(hours=1)
"""A kiosk takes nobody in sooner than this before the appointment; the reception does."""
NEAR = timedelta(minutes=10)
"""An appointment that begins within this time is called like one that has begun."""
LATE = timedelta(minutes=15)
"""Whoever comes later than this after the booked time waits like somebody without one."""
PRIORITY_AFTER = timedelta(minutes=10)
WALK_IN_AFTER = timedelta(minutes=60)
"""After so long a wait their turn stands beside those of the appointments."""
CALL_LASTS = timedelta(minutes=2)
"""Only so long after the last call can somebody be noted as not come."""
LEAST_MEASURED = 10
"""From fewer visits no wait is foretold: it would be a guess."""
STEP_MINUTES = 5
MOST_COUNTERS = 99
HALF, NINE_TENTHS = 0.5, 0.9


class TicketLane(StrEnum):
    """How somebody came to a number; each lane is numbered by itself."""

    APPOINTMENT = "appointment"
    WALK_IN = "walk_in"
    PRIORITY = "priority"


LETTERS = {TicketLane.APPOINTMENT: "A", TicketLane.WALK_IN: "K", TicketLane.PRIORITY: "M"}
"""Letters that look and sound alike in Latin and Cyrillic."""


class TicketState(StrEnum):
    """Where a ticket stands."""

    WAITING = "waiting"
    CALLED = "called"
    SERVED = "served"
    MISSED = "missed"
    LEFT = "left"


class Ground(StrEnum):
    """Why somebody does not wait like the others."""

    ELDERLY = "elderly"
    INFANT = "infant"
    DISABILITY = "disability"
    EMERGENCY = "emergency"


class Outcome(StrEnum):
    """How a call ended."""

    SERVED = "served"
    MOVED = "moved"
    RETURNED = "returned"
    MISSED = "missed"
    LEFT = "left"


class DeviceKind(StrEnum):
    """What reads an address of the hall: what stands in it, and the calendars of officers."""

    BOARD = "board"
    KIOSK = "kiosk"
    CALENDAR = "calendar"


class Reason(StrEnum):
    """Why a ticket stands where it does."""

    EMERGENCY = "emergency"
    SENT = "sent"
    TIME_CAME = "time_came"
    PRIORITY = "priority"
    WAITED = "waited"
    FILLS_GAP = "fills_gap"
    LATE = "late"
    EARLY = "early"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A ticket that waits, as the order looks at it."""

    id: int
    arrived_at: datetime
    booked_at: datetime | None = None
    ground: Ground | None = None
    pool_id: int | None = None
    """None: any counter serves it."""
    counter_id: int | None = None
    """The one counter that it was sent to."""

    @property
    def is_late(self) -> bool:
        """Whether the appointment was over when its owner came."""
        return self.booked_at is not None and self.arrived_at > self.booked_at + LATE

    @property
    def due_at(self) -> datetime:
        """When the turn of this ticket comes, at the latest."""
        moments = [self.arrived_at + (PRIORITY_AFTER if self.ground else WALK_IN_AFTER)]
        if self.booked_at is not None and not self.is_late:
            moments = [self.booked_at, *moments[: 1 if self.ground else 0]]
        return min(moments)


def label(lane: TicketLane, number: int) -> str:
    """Return a ticket's number as it is shown: "A07"."""
    return f"{LETTERS[lane]}{number:02}"


def lane_of(*, is_booked: bool, ground: Ground | None) -> TicketLane:
    """Return in which lane somebody gets a number."""
    if is_booked:
        return TicketLane.APPOINTMENT
    return TicketLane.PRIORITY if ground else TicketLane.WALK_IN


def reason(ticket: Waiting, now: datetime) -> Reason:
    """Return why a ticket stands where it does, for the staff who are asked."""
    if ticket.ground is Ground.EMERGENCY:
        return Reason.EMERGENCY
    if ticket.counter_id is not None:
        return Reason.SENT
    if ticket.due_at <= now + NEAR:
        return _reason_of_due(ticket)
    if ticket.ground is not None:
        return Reason.PRIORITY
    if ticket.booked_at is None:
        return Reason.FILLS_GAP
    return Reason.LATE if ticket.is_late else Reason.EARLY


def _reason_of_due(ticket: Waiting) -> Reason:
    if ticket.due_at == ticket.booked_at:
        return Reason.TIME_CAME
    return Reason.PRIORITY if ticket.ground else Reason.WAITED


_DUE = frozenset({Reason.TIME_CAME, Reason.WAITED})
_BANDS = {
    Reason.EMERGENCY: 0,
    Reason.SENT: 1,
    Reason.TIME_CAME: 2,
    Reason.WAITED: 2,
    Reason.PRIORITY: 3,
    Reason.FILLS_GAP: 4,
    Reason.LATE: 4,
    Reason.EARLY: 5,
}


def order(tickets: Iterable[Waiting], now: datetime) -> list[Waiting]:
    """Return tickets in the order in which they are called.

    Emergencies; who was sent on to a counter; whose turn has come, by the time of it (that of the
    appointment, ten minutes after coming with a priority, an hour after coming without one);
    then, while no turn has come, priority, walk-ins, and those who came too early.
    """
    return sorted(tickets, key=lambda ticket: (*_place(ticket, now), ticket.id))


def _place(ticket: Waiting, now: datetime) -> tuple[int, datetime]:
    why = reason(ticket, now)
    is_due = ticket.due_at <= now + NEAR
    if why in _DUE or (why is Reason.PRIORITY and is_due):
        return _BANDS[Reason.TIME_CAME], ticket.due_at
    if why is Reason.EARLY:
        return _BANDS[why], ticket.due_at
    return _BANDS[why], ticket.arrived_at


def may_call(ticket: Waiting, *, counter_id: int, pool_id: int | None) -> bool:
    """Return whether a counter, of one pool or of all, may call a ticket."""
    if ticket.counter_id is not None:
        return ticket.counter_id == counter_id
    return pool_id is None or ticket.pool_id in (None, pool_id)


def may_be_missed(rung_at: datetime, now: datetime) -> bool:
    """Return whether somebody who was called had the time to come."""
    return now >= rung_at + CALL_LASTS


def is_too_early(booked_at: datetime, now: datetime) -> bool:
    """Return whether a kiosk does not take somebody in yet."""
    return now < booked_at - EARLIEST


def percentile(values: Iterable[timedelta], share: float) -> timedelta | None:
    """Return the time within which this share lies (the nearest rank), None of nothing."""
    ranked = sorted(values)
    return ranked[max(ceil(share * len(ranked)), 1) - 1] if ranked else None


def expected_wait(ahead: int, *, counters: int, served: Sequence[timedelta]) -> int | None:
    """Return after how many minutes a ticket may be called, in steps of five.

    `ahead` are those who are called first, `served` is how long visits took lately. None where
    no counter is open or too few visits were measured.
    """
    usual = percentile(served, HALF)
    if usual is None or counters < 1 or len(served) < LEAST_MEASURED:
        return None
    minutes = ahead * usual.total_seconds() / 60 / counters
    return ceil(minutes / STEP_MINUTES) * STEP_MINUTES
