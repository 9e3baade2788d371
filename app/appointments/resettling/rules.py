"""What can be done for bookings that a change of the schedule leaves without a place."""

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import merge

from app.appointments.rules import Seats, Start

NOTICE = timedelta(days=3)
"""Nobody is moved to a time that is nearer, unless it is later than the one they had."""


class Way(StrEnum):
    """What becomes of the bookings that a change hits."""

    KEEP = "keep"
    MOVE = "move"
    CANCEL = "cancel"


class Ground(StrEnum):
    """Why a booking has no place any more; the citizen reads it."""

    HOURS = "hours"
    CLOSURE = "closure"
    HORIZON = "horizon"
    SCHEDULE = "schedule"
    MISSION = "mission"


class Outcome(StrEnum):
    """What became of one booking of a run."""

    MOVED = "moved"
    CANCELLED = "cancelled"
    STAYS = "stays"
    """It has its place after all: others left, or the hours are back."""
    NO_PLACE = "no_place"
    NOT_FIRM = "not_firm"
    """A time that nobody has confirmed yet, or somebody who has come already."""
    ENDED = "ended"
    FAILED = "failed"


UNSETTLED = (Outcome.NO_PLACE, Outcome.NOT_FIRM, Outcome.FAILED)


class Count:
    """The seats of some slots, counted along while visits leave some and take others."""

    def __init__(self, seats: Mapping[int, Seats]) -> None:
        self._over = {slot: one.taken - one.planned for slot, one in seats.items()}
        self._free = {slot: one.capacity - one.taken for slot, one in seats.items()}

    def is_over(self, slots: Iterable[int]) -> bool:
        """Return whether more seats are taken than planned on any of some slots."""
        return any(self._over[slot] > 0 for slot in slots)

    def has_room(self, slots: Iterable[int], *, seats: int) -> bool:
        """Return whether so many seats are free on each of some slots."""
        return all(self._free[slot] >= seats for slot in slots)

    def leave(self, slots: Mapping[int, int]) -> None:
        """Note that seats of slots are given back: nobody else gets them now."""
        for slot, seats in slots.items():
            self._over[slot] -= seats

    def take(self, slots: Iterable[int], *, seats: int) -> None:
        """Note that so many seats of each of some slots are taken."""
        for slot in slots:
            self._free[slot] -= seats


class FreeTimes:
    """Times found once for many visits; their seats are counted down as they are given out.

    Times of different kinds of visits may take the same slots.
    """

    def __init__(self) -> None:
        self._starts: dict[Hashable, Sequence[Start]] = {}
        self._left: dict[int, int] = {}

    def knows(self, kind: Hashable) -> bool:
        """Return whether the times of a kind of visit were found."""
        return kind in self._starts

    def add(self, kind: Hashable, starts: Sequence[Start]) -> None:
        """Add the times of a kind of visit, soonest first."""
        self._starts[kind] = starts
        for start in starts:
            for slot in start.slot_ids:
                self._left[slot] = max(self._left.get(slot, 0), start.free)

    def nearest(
        self, kind: Hashable, starts_at: datetime, now: datetime, *, seats: int
    ) -> Start | None:
        """Return the time that is nearest to the one that a visit had, never that one.

        Of two that are equally near it is the earlier one; none within NOTICE, unless it is later
        than the old one.
        """
        earliest = min(starts_at, now + NOTICE)
        for start in _outwards(self._starts[kind], starts_at):
            is_other = start.starts_at >= earliest and start.starts_at != starts_at
            if is_other and all(self._left[slot] >= seats for slot in start.slot_ids):
                return start
        return None

    def give(self, start: Start, *, seats: int) -> None:
        """Note that a time was given to so many."""
        for slot in start.slot_ids:
            self._left[slot] -= seats

    def forget(self, start: Start) -> None:
        """Note that others were quicker: nobody is sent to this time again."""
        for slot in start.slot_ids:
            self._left[slot] = 0


def _outwards(starts: Sequence[Start], moment: datetime) -> Iterator[Start]:
    middle = bisect_left(starts, moment, key=lambda start: start.starts_at)
    sides = (reversed(starts[:middle]), starts[middle:])
    return merge(*sides, key=lambda start: abs(start.starts_at - moment))
