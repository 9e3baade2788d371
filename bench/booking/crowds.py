"""Seats are held beside a view that writes one row, and a crowd beside one that asks for 1.

The web server is the one of production, the database a PostgreSQL that keeps what it confirmed;
nothing of a request is left out.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from app.appointments import presenting
from app.cases.models import Case
from app.core import schema
from app.core.db import db, transaction
from app.factory import create_app
from bench.booking import ceiling, yardsticks
from bench.place import settings
from tests import servers, storm
from tests.asking import Answer
from tests.factories import seats

ROUNDS = 5
AT_ONCE = 8
HOLDS = 480
CROWD = 2000
SEATS = 50
TIMES = 5
SPREAD = 40
Act = Callable[[storm.Citizen], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one way took in one round: how long altogether, of each request, and of processors."""

    seconds: float
    waits: tuple[float, ...]
    processor: float
    """Seconds that the web server's processes worked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A running web server, the crowd before it, and the times that they want."""

    app: Flask
    web: storm.Web
    citizens: Sequence[storm.Citizen]
    hot: str
    """A time with a seat for everybody."""
    spread: Sequence[str]
    """Times that are kept side by side, each with its seats."""
    spread_id: int
    """The keys of their slots follow each other from this one on."""
    few: Sequence[str]
    url: str
    first_case: int
    """The keys of the citizens' requests follow each other from this one on."""


def measure_all() -> None:
    """Measure both, five rounds in turn, and print the median and the worst ratio."""
    with _place() as place:
        rounds = [_round(place) for _round_number in range(ROUNDS)]
    sys.stdout.write(_told(rounds) + "\n")


@contextmanager
def _place() -> Iterator[Place]:
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.mortal_postgresql() as server,
        servers.broker(Path(folder) / "broker") as broker,
    ):
        url = servers.create_database(server.url, "booking")
        schema.upgrade(url)
        made = settings(Path(folder), url, broker)
        app = create_app(made)
        version_id, spread_id, (hot, *others) = _schedule(app)
        with storm.web(made, app="bench.booking.yardsticks:web_app()") as web:
            citizens = storm.crowd(app, web.port, version_id, CROWD)
            yield Place(
                app=app,
                web=web,
                citizens=citizens,
                hot=hot,
                spread=others[TIMES:],
                spread_id=spread_id,
                few=others[:TIMES],
                url=url,
                first_case=_first_case(app),
            )
        with app.app_context():
            db.engine.dispose()


def _first_case(app: Flask) -> int:
    with app.app_context():
        return db.session.scalars(select(func.min(Case.id))).one()


def _schedule(app: Flask) -> tuple[int, int, list[str]]:
    with app.app_context(), transaction():
        pool = seats.make_pool(seats.make_post())
        hot = seats.make_slot(pool, seats=CROWD, at="09:00")
        few = [seats.make_slot(pool, seats=SEATS // TIMES, at=f"1{n}:00") for n in range(TIMES)]
        spread = [
            seats.make_slot(pool, seats=HOLDS // SPREAD, at=f"09:{n:02}")
            for n in range(1, SPREAD + 1)
        ]
        version = seats.make_version(pool.site.post)
        moments = [slot.starts_at.strftime(presenting.MOMENT) for slot in (hot, *few, *spread)]
        return version.id, spread[0].id, moments


def _round(place: Place) -> dict[str, Cell]:
    """Do everything once, in the same order; whatever takes seats begins with all of them free."""
    every = place.citizens
    return {
        "row": _loop(place, every[:HOLDS], lambda one: one.post(yardsticks.ROW)),
        "hold": _afresh(place, lambda: _loop(place, every[:HOLDS], _want_apart(place))),
        "hot": _afresh(place, lambda: _loop(place, every[:HOLDS], _want_hot(place))),
        "one": _rush(place, [lambda one: one.get(yardsticks.ONE)] * CROWD),
        "storm": _afresh(place, lambda: _rush(place, _want_few(place))),
        "pgbench": _afresh(place, lambda: _ceiling(place)),
    }


def _afresh(place: Place, take: Callable[[], Cell]) -> Cell:
    """Have seats be taken, and make them free again: whoever has one would exchange it."""
    cell = take()
    with place.app.app_context(), transaction():
        storm.forget_bookings()
    return cell


def _want_apart(place: Place) -> Act:
    at = {one.reference: place.spread[n % SPREAD] for n, one in enumerate(place.citizens)}
    return lambda one: one.hold(at[one.reference])


def _want_hot(place: Place) -> Act:
    return partial(_want, at=place.hot)


def _want_few(place: Place) -> list[Act]:
    return [partial(_want, at=place.few[n % TIMES]) for n in range(CROWD)]


def _ceiling(place: Place) -> Cell:
    rate = ceiling.holds_a_second(
        place.url,
        first_case=place.first_case,
        first_slot=place.spread_id,
        slots=SPREAD,
        clients=AT_ONCE,
        each=HOLDS // AT_ONCE,
    )
    return Cell(seconds=HOLDS / rate, waits=(AT_ONCE / rate,) * HOLDS, processor=0.0)


def _want(one: storm.Citizen, at: str) -> Answer:
    return one.hold(at)


def _loop(place: Place, citizens: Sequence[storm.Citizen], act: Act) -> Cell:
    """Have a few go on one after another, so many at once."""
    shares = [citizens[n::AT_ONCE] for n in range(AT_ONCE)]
    return _timed(place, [partial(_one_by_one, share, act) for share in shares])


def _one_by_one(citizens: Sequence[storm.Citizen], act: Act) -> list[float]:
    return [_waited(one, act) for one in citizens]


def _rush(place: Place, acts: Sequence[Act]) -> Cell:
    """Have everybody act at the same moment."""
    each = zip(place.citizens, acts, strict=True)
    return _timed(place, [partial(_one_by_one, [one], act) for one, act in each])


def _timed(place: Place, acts: Sequence[Callable[[], list[float]]]) -> Cell:
    worked, began = place.web.worked(), time.perf_counter()
    waits = [wait for share in storm.rush(acts) for wait in share]
    return Cell(
        seconds=time.perf_counter() - began,
        waits=tuple(waits),
        processor=place.web.worked() - worked,
    )


def _waited(one: storm.Citizen, act: Act) -> float:
    began = time.perf_counter()
    answer = act(one)
    if answer.status not in (200, 302, 409):
        raise RuntimeError(f"answered {answer.status}")
    return time.perf_counter() - began


def _told(rounds: Sequence[dict[str, Cell]]) -> str:
    found = [_ratios(**cells) for cells in rounds]
    lines = [f"{'':<36}{'median':>8}{'least':>8}{'most':>8}"]
    for what in found[0]:
        each = [one[what] for one in found]
        lines.append(f"{what:<36}{statistics.median(each):>8.2f}{min(each):>8.2f}{max(each):>8.2f}")
    last = rounds[-1]
    for name, cell in last.items():
        lines.append(
            f"{name:<8}{len(cell.waits):>6} requests, {_rate(cell):>7.1f} a second,"
            f" {1000 * _work(cell):>6.2f} ms of processor each"
        )
    return "\n".join(lines)


def _ratios(
    *, hold: Cell, hot: Cell, row: Cell, storm: Cell, one: Cell, pgbench: Cell
) -> dict[str, float]:
    return {
        "holds a second, of rows a second": _rate(hold) / _rate(row),
        "holds of one time, of rows a second": _rate(hot) / _rate(row),
        "holds a second, of pgbench's": _rate(hold) / _rate(pgbench),
        "processor of a hold, of a row": _work(hold) / _work(row),
        "storm until the last answer, of 1": storm.seconds / one.seconds,
        "processor of the storm, of 1": _work(storm) / _work(one),
        "p99 of the storm, of its p50": _spread(storm),
        "p99 of 1, of its p50": _spread(one),
    }


def _rate(cell: Cell) -> float:
    return len(cell.waits) / cell.seconds


def _work(cell: Cell) -> float:
    return cell.processor / len(cell.waits)


def _spread(cell: Cell) -> float:
    cuts = statistics.quantiles(cell.waits, n=100)
    return cuts[98] / cuts[49]
