"""A draw that its own operator cannot rig: the list that is fixed, the order, who gets which seat.

Nothing here does I/O or reckons with fractions, so that anybody gets the same result (ADR 0012).
"""

import hashlib
import hmac
import random as randomness
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.appointments.rules import day_start
from app.core import reference

FORMAT = "jaliya-draw 1"
WALL = "%Y-%m-%dT%H:%M"
OFFER_DAYS = 2
"""For so many days after the day of the draw a seat that was drawn is kept."""
NOTICE = timedelta(hours=24)
"""Whoever is offered a seat needs at least so long to accept it."""
WARNING = timedelta(hours=24)
"""So long before an offer ends its owner is told once more."""
TICKET_SIGNS = 12
MOST_WEIGHT = 13
WEEK = timedelta(days=7)
_TICKET = re.compile(f"[{reference.ALPHABET}]{{4}}(?:-[{reference.ALPHABET}]{{4}}){{2}}")


class ReleaseMode(StrEnum):
    """How the seats of a service are given out."""

    FIRST_COME = "first_come"
    DRAW = "draw"
    QUEUE = "queue"
    """At a published hour, in a queue in which those who were there before it are shuffled."""


class ReleaseState(StrEnum):
    """Where a draw stands."""

    ANNOUNCED = "announced"
    """The hash of the secret and the rule are published; the seats are withheld."""
    OPEN = "open"
    CLOSED = "closed"
    """The list is fixed and its hash published."""
    DRAWING = "drawing"
    """The public value is final, and seats are being assigned in the order of the draw."""
    DRAWN = "drawn"
    OVER = "over"
    CALLED_OFF = "called_off"


BEFORE = frozenset({ReleaseState.ANNOUNCED, ReleaseState.OPEN})
"""The list of such a draw is not fixed yet."""
ENDED = frozenset({ReleaseState.OVER, ReleaseState.CALLED_OFF})
CONTINUES = frozenset(ReleaseState) - ENDED
"""The seats of such a draw are withheld."""
UNDECIDED = frozenset({ReleaseState.OPEN, ReleaseState.CLOSED, ReleaseState.DRAWING})
"""In such a draw a wish waits for its result."""
REVEALED = frozenset({ReleaseState.DRAWN, ReleaseState.OVER})
"""The secret and the whole result are published."""


class Weighting(StrEnum):
    """How many lots an entry has."""

    EQUAL = "equal"
    WAITING = "waiting"


class PublicKind(StrEnum):
    """What the public value is, and with it the one way in which it is written.

    A value that could be written in two ways would leave its operator a choice.
    """

    RATE = "rate"
    """An official rate of exchange for one unit, with a point and four decimals."""
    BEACON = "beacon"
    """The output of a public randomness beacon, in small hexadecimal digits."""


_VALUES = {
    PublicKind.RATE: re.compile(r"(?:0|[1-9][0-9]{0,5})\.[0-9]{4}"),
    PublicKind.BEACON: re.compile(r"[0-9a-f]{64,128}"),
}


class Outcome(StrEnum):
    """What the draw gave an entry."""

    SEAT = "seat"
    FULL = "full"
    """No day that was wished for had room for the whole party."""
    GONE = "gone"
    """The time that was drawn is closed by now, or too near to be offered."""
    ENDED = "ended"
    """The request does not wait for a seat any more."""
    BOOKED = "booked"
    """The person has an appointment already."""


WAITS = frozenset({Outcome.FULL, Outcome.GONE})
"""To these, in the order of the draw, goes what others decline or let lapse."""
SKIPPED = frozenset({Outcome.ENDED, Outcome.BOOKED})
"""These take no seat from those behind them."""


class BadList(ValueError):
    """A list that cannot be one: a line of no known form, a ticket that is forged or repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the list: a party that wishes for one of some days."""

    ticket: str
    party: int
    weight: int
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """How many seats a slot has, in the wall time of the place."""

    starts: datetime
    seats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawList:
    """All that is fixed at closing."""

    draw: str
    commitment: str
    units: int
    """So many consecutive slots a visit takes."""
    unit_minutes: int
    supply: tuple[Supply, ...]
    entries: tuple[Entry, ...]

    def text(self) -> str:
        """Return the one text of this list, whose hash is published; raise BadList."""
        tickets = [entry.ticket for entry in self.entries]
        if len(set(tickets)) < len(tickets):
            raise BadList("a ticket is repeated")
        lines = [
            FORMAT,
            f"draw {self.draw}",
            f"commitment {self.commitment}",
            f"visit {self.units} {self.unit_minutes}",
            *(_supply_line(one) for one in sorted(self.supply, key=lambda one: one.starts)),
            *(_entry_line(one) for one in sorted(self.entries, key=lambda one: one.ticket)),
        ]
        return "".join(f"{line}\n" for line in lines)


def _supply_line(one: Supply) -> str:
    return f"seats {one.starts.strftime(WALL)} {one.seats}"


def _entry_line(one: Entry) -> str:
    if not is_ticket(one.ticket) or one.party < 1 or one.weight < 1 or not one.days:
        raise BadList("an entry that cannot be one")
    days = ",".join(day.isoformat() for day in sorted(set(one.days)))
    return f"entry {one.ticket} {one.party} {one.weight} {days}"


def parse(text: str) -> DrawList:
    """Return the list that a text holds; raise BadList for any text that `text()` never gives."""
    lines = [line.split(" ") for line in text.split("\n")]
    try:
        _draw, commitment, visit = lines[1], lines[2], lines[3]
        found = DrawList(
            draw=_draw[1],
            commitment=commitment[1],
            units=int(visit[1]),
            unit_minutes=int(visit[2]),
            supply=tuple(_supply(line) for line in lines if line[0] == "seats"),
            entries=tuple(_entry(line) for line in lines if line[0] == "entry"),
        )
        again = found.text()
    except (ValueError, IndexError, TypeError) as error:
        raise BadList(str(error)) from None
    if again != text:
        raise BadList("not in the form in which lists are published")
    return found


def _supply(line: Sequence[str]) -> Supply:
    return Supply(starts=wall(line[1]), seats=int(line[2]))


def wall(published: str) -> datetime:
    """Return a time as it is published: what the clocks of the place show, without a zone.

    Raises ValueError for what is no time.
    """
    return datetime.fromisoformat(published)


def _entry(line: Sequence[str]) -> Entry:
    days = tuple(date.fromisoformat(day) for day in line[4].split(","))
    return Entry(ticket=line[1], party=int(line[2]), weight=int(line[3]), days=days)


def new_ticket(random: reference.Chooser | None = None) -> str:
    """Return a ticket of 58 random bits, such as 7K3Q-92DA-X4MP: by chance, never by choice."""
    draw = random or randomness.SystemRandom()
    signs = "".join(draw.choice(reference.ALPHABET) for _ in range(TICKET_SIGNS))
    return f"{signs[:4]}-{signs[4:8]}-{signs[8:]}"


def is_ticket(text: str) -> bool:
    """Return whether a text has the form of a ticket."""
    return _TICKET.fullmatch(text) is not None


def typed_ticket(typed: str) -> str:
    """Return the ticket that was typed or read aloud; it may be none."""
    signs = reference.fold(typed)
    return f"{signs[:4]}-{signs[4:8]}-{signs[8:]}"


def sha256(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def draw_key(secret: str, list_hash: str, value: str) -> bytes:
    """Return the key of the order: the hash of the three texts, each on a line but the last."""
    return hashlib.sha256(f"{secret}\n{list_hash}\n{value}".encode()).digest()


def _lots(key: bytes, entry: Entry) -> Iterator[bytes]:
    """Yield the lots of an entry: one by its ticket, and one more for each further weight."""
    for number in range(1, entry.weight + 1):
        message = entry.ticket if number == 1 else f"{entry.ticket}:{number}"
        yield hmac.digest(key, message.encode(), "sha256")


def in_order(key: bytes, entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries in the order of the draw: each stands where its lowest lot stands.

    The lowest of w independent lots comes first with the chance that an exponential key of rate w
    gives, so this is the weighted order without a logarithm; with weights of one it is that of
    the HMAC of the tickets alone.
    """
    return sorted(entries, key=lambda entry: (min(_lots(key, entry)), entry.ticket))


class Hall:
    """The seats that are left while parties choose one after another."""

    def __init__(self, supply: Iterable[Supply], *, units: int, unit_minutes: int) -> None:
        """Begin with all seats of the list."""
        self._left: dict[datetime, int] = {one.starts: one.seats for one in supply}
        self._units = units
        self._unit = timedelta(minutes=unit_minutes)
        self._starts: dict[date, list[datetime]] = {}
        for starts in sorted(self._left):
            self._starts.setdefault(starts.date(), []).append(starts)

    def find(self, party: int, days: Iterable[date]) -> datetime | None:
        """Return the first time on the first of some days with room for a whole party."""
        for day in sorted(days):
            for starts in self._starts.get(day, ()):
                run = self._run(starts)
                if run and all(self._left.get(one, 0) >= party for one in run):
                    return starts
        return None

    def take(self, starts: datetime, party: int) -> None:
        """Have a party sit down."""
        for one in self._run(starts):
            self._left[one] -= party

    def _run(self, starts: datetime) -> list[datetime]:
        run = [starts + self._unit * number for number in range(self._units)]
        return run if run[-1].date() == starts.date() else []


def hall_of(fixed: DrawList) -> Hall:
    """Return the hall of a list before anybody chose."""
    return Hall(fixed.supply, units=fixed.units, unit_minutes=fixed.unit_minutes)


def assign(
    fixed: DrawList, key: bytes, *, skipped: frozenset[str] = frozenset()
) -> Mapping[str, datetime | None]:
    """Return what each ticket gets, in the order of the draw: a time, or None where all was full.

    Those who were skipped, because they need no seat any more, take none and are left out.
    """
    hall = hall_of(fixed)
    given: dict[str, datetime | None] = {}
    for entry in in_order(key, fixed.entries):
        if entry.ticket in skipped:
            continue
        starts = given[entry.ticket] = hall.find(entry.party, entry.days)
        if starts is not None:
            hall.take(starts, entry.party)
    return given


def weight(weighting: Weighting, waited: timedelta) -> int:
    """Return how many lots an entry has: one, and where waiting counts one more for each full
    week since the request was sent, thirteen at most."""
    if weighting is Weighting.EQUAL:
        return 1
    return min(1 + max(waited, timedelta()) // WEEK, MOST_WEIGHT)


def is_value(kind: PublicKind, text: str) -> bool:
    """Return whether a public value is written in the one way of its kind."""
    return _VALUES[kind].fullmatch(text) is not None


def last_day(ends_at: datetime, zone: str) -> date:
    """Return the last whole day of an offer that ends with a local day."""
    return ends_at.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)


def offer_ends(now: datetime, starts_at: datetime, zone: str) -> datetime:
    """Return until when a drawn seat is kept: two days after today are over, or its day begins.

    Always the end of a local day, so that a date says it.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    on = starts_at.astimezone(ZoneInfo(zone)).date()
    return min(day_start(today + timedelta(days=OFFER_DAYS + 1), zone), day_start(on, zone))
