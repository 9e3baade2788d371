"""Which slots are off their wall time since their zone has new rules, and where they belong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.appointments import rules as times


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """A slot with the wall time it was made for, and the moment at which it stands."""

    id: int
    lane: str
    wall: datetime
    starts_at: datetime
    planned: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What is off: slots that get another moment, and planned ones that have none any more."""

    moved: Mapping[int, datetime]
    lost: tuple[int, ...]


def find_drift(slots: Sequence[Anchored], zone: str, now: datetime) -> Drift:
    """Return which coming slots of a pool are off, reckoned as when slots are made.

    A wall time that is skipped has no moment any more, one that comes twice its first. What would
    meet a slot that stays where it is waits for another night: no two of a lane begin at once.
    """
    wanted = {slot.id: times.instant(slot.wall, ZoneInfo(zone)) for slot in slots}
    off = [slot for slot in slots if slot.starts_at > now and wanted[slot.id] != slot.starts_at]
    moved = {slot.id: at for slot in off if (at := wanted[slot.id]) is not None}
    while blocked := _blocked(slots, moved):
        moved = {id: at for id, at in moved.items() if id not in blocked}
    lost = tuple(slot.id for slot in off if wanted[slot.id] is None and slot.planned)
    return Drift(moved=moved, lost=lost)


def _blocked(slots: Sequence[Anchored], moved: Mapping[int, datetime]) -> set[int]:
    """Return the slots whose new moment another one of their lane has, or gets before them."""
    taken = {(slot.lane, slot.starts_at) for slot in slots if slot.id not in moved}
    blocked = set()
    for slot in slots:
        if slot.id not in moved:
            continue
        place = (slot.lane, moved[slot.id])
        if place in taken:
            blocked.add(slot.id)
        taken.add(place)
    return blocked
