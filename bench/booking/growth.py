"""What a page of times and a booking cost the database after 1,000 and 100,000 past bookings.

The past is written by INSERT ... SELECT: each booking has its slot and its claim. What comes is the
same in both databases: counters that are open on every day for the coming 60.
"""

import logging
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path

from flask import Flask
from sqlalchemy import select, text

from app.accounts import sessions
from app.accounts.models import Account
from app.appointments import queries, schedule, services, together
from app.appointments.models import Pool, Slot
from app.cases.models import Case
from app.core import schema
from app.core.actor import Actor, ActorKind
from app.core.db import db, transaction
from app.factory import create_app
from bench.booking import yardsticks
from bench.place import served, settings, worked
from bench.rounds import Comparison, Figures, Way, measure
from tests import servers
from tests.asking import Asker
from tests.factories import seats

PAST = (1_000, 100_000)
CITIZENS = 40
ROUNDS = 9
EACH = 20
"""So often something is done in a round."""
PAGES = 100
ONCE = """
INSERT INTO slot (pool_id, lane, starts_at, local_on, wall_time, planned, capacity, taken)
SELECT :pool_id, 'public', moment, moment::date, to_char(moment, 'HH24:MI'), 1, 1, 0
FROM (SELECT now() - n * interval '20 minutes' - interval '1 day' AS moment
      FROM generate_series(1, :past) AS n) AS each_one;
INSERT INTO booking (uid, post_id, case_id, service_id, pool_id, starts_at, local_at, minutes,
    party, state, sequence, moves, created_at, updated_at)
SELECT md5(slot.id::text), c.post_id, c.id, c.service_id, slot.pool_id, slot.starts_at,
    to_char(slot.starts_at, 'YYYY-MM-DD"T"HH24:MI'), 20, 1, 'served', 0, 0, now(), now()
FROM slot, "case" AS c WHERE c.id = :case_id AND slot.starts_at < now();
INSERT INTO claim (booking_id, slot_id, n, kind)
SELECT booking.id, slot.id, 1, 'main' FROM booking
JOIN slot ON slot.pool_id = booking.pool_id AND slot.starts_at = booking.starts_at;
INSERT INTO booking_person (booking_id, person_id, post_id, service_id, fingerprint, active)
SELECT booking.id, c.person_id, c.post_id, c.service_id, md5(booking.uid), false
FROM booking JOIN "case" AS c ON c.id = booking.case_id
"""

TOUCHED = """
SELECT sum(pg_stat_get_xact_blocks_fetched(oid)) FROM pg_class
WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What something needs of the database: blocks touched, milliseconds of its processor."""

    blocks: float
    processor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post with a past, and citizens whose papers are accepted."""

    app: Flask
    pool_id: int
    case_ids: Sequence[int]
    slot_ids: Sequence[int]
    """As many times to come as there are citizens."""


def measure_all() -> None:
    """Measure both databases in turn and print how the costs grow."""
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.postgresql() as server,
        servers.broker(Path(folder) / "broker") as broker,
    ):
        posts = [_post(server, broker, Path(folder), past) for past in PAST]
        acts = {"times of 60 days": _look, "hold and confirm": _book}
        rows = {name: _costs(posts, act) for name, act in acts.items()}
        pages = [_pages(post) for post in posts]
        for post in posts:
            with post.app.app_context():
                db.engine.dispose()
        servers.drop_databases(server)
    sys.stdout.write(_told(rows, pages) + "\n")


def _post(server: str, broker: str, folder: Path, past: int) -> Post:
    url = servers.create_database(server, f"past_{past}")
    schema.upgrade(url)
    app = yardsticks.add(create_app(settings(folder, url, broker)))
    logging.getLogger().setLevel(logging.ERROR)
    with app.app_context():
        post = _made(app, past)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    return post


def _made(app: Flask, past: int) -> Post:
    with transaction() as session:
        pool = seats.make_pool(seats.make_post())
        seats.make_hours(pool, closes="17:00", seats=3)
        version = seats.make_version(pool.site.post)
        cases = [seats.make_case(version, account=seats.make_account()) for _n in range(CITIZENS)]
        own = {"pool_id": pool.id, "case_id": seats.make_case(version).id, "past": past}
        session.flush()
        for statement in ONCE.split(";"):
            session.execute(text(statement), own)
        schedule.make_slots(pool)
        coming = select(Slot.id).where(Slot.pool_id == pool.id, Slot.planned > 1)
        in_turn = coming.order_by(Slot.starts_at).offset(CITIZENS).limit(CITIZENS)
        slot_ids = session.scalars(in_turn).all()
        case_ids = [case.id for case in cases]
        return Post(app=app, pool_id=pool.id, case_ids=case_ids, slot_ids=slot_ids)


def _look(post: Post, case_id: int) -> None:
    visit = queries.visit_of(db.session.get_one(Case, case_id))
    pool = db.session.get_one(Pool, post.pool_id)
    if not queries.free_starts(pool, visit, *queries.span(pool)):
        raise RuntimeError("nothing is free")


def _book(post: Post, case_id: int) -> None:
    case = db.session.get_one(Case, case_id)
    actor = Actor(kind=ActorKind.CITIZEN, id=case.account_id)
    slot_id = post.slot_ids[post.case_ids.index(case_id)]
    held = together.hold(case, slot_id, actor=actor)
    services.confirm(held.uid, actor=actor)


def _costs(posts: Sequence[Post], act: Callable[[Post, int], None]) -> list[Cost]:
    """Return what an act costs in each database; every round has all of them in turn."""
    rounds = [[_cost(post, partial(act, post)) for post in posts] for _round in range(ROUNDS)]
    return [
        Cost(
            blocks=min(one.blocks for one in costs),
            processor=statistics.median(one.processor for one in costs),
        )
        for costs in zip(*rounds, strict=True)
    ]


def _cost(post: Post, act: Callable[[int], None]) -> Cost:
    """Do something for some citizens, take it back, and return what it cost each of them."""
    with post.app.test_request_context(), _undone():
        server = db.session.scalar(text("SELECT pg_backend_pid()")) or 0
        whose = cycle(post.case_ids)
        act(next(whose))  # the first time of a session reads catalogues and plans
        before, touched = worked(server), _touched()
        for case_id, _time in zip(whose, range(EACH), strict=False):
            act(case_id)
            db.session.flush()
            db.session.expire_all()
        return Cost(
            blocks=(_touched() - touched) / EACH,
            processor=(worked(server) - before) / EACH / 1_000_000,
        )


@contextmanager
def _undone() -> Iterator[None]:
    try:
        with transaction():
            yield
            raise _Undo
    except _Undo:
        pass


class _Undo(Exception):
    """Ends a transaction whose work was for its cost alone."""


def _touched() -> int:
    """Return how many blocks of tables and indexes this transaction has asked for."""
    return int(db.session.scalar(text(TOUCHED)) or 0)


def _pages(post: Post) -> list[Figures]:
    """Return how the free days and the page of times compare with the view that asks for 1.

    Over a connection, each beside a view of its own in turn.
    """
    with post.app.test_request_context(), transaction():
        case = db.session.get_one(Case, post.case_ids[0])
        token = sessions.begin(account=db.session.get_one(Account, case.account_id))
        path = f"/en/requests/{case.reference}/book"
    with served(post.app) as port:
        citizen = Asker(port, token)
        base = Way(name="SELECT 1", act=partial(_open, citizen, yardsticks.ONE))
        looks = {"free days": f"{path}/days?site=moscow", "the page of times": path}
        compared = [
            Comparison(
                what=what, base=base, other=Way(name=what, act=partial(_open, citizen, where))
            )
            for what, where in looks.items()
        ]
        return measure(compared, rounds=PAGES)


def _open(citizen: Asker, path: str) -> None:
    status = citizen.get(path).status
    if status != 200:
        raise RuntimeError(f"{path} answered {status}")


def _told(rows: dict[str, list[Cost]], pages: Sequence[Sequence[Figures]]) -> str:
    lines = [f"{'past bookings':<22}" + "".join(f"{past:>26,}" for past in PAST)]
    for name, (first, last) in rows.items():
        cells = "".join(
            f"{one.blocks:>12.0f} blocks{one.processor:>6.2f} ms" for one in (first, last)
        )
        growth = f"{last.blocks / first.blocks:>8.2f}{last.processor / first.processor:>6.2f}"
        lines.append(f"{name:<22}{cells}{growth} times")
    for past, figures in zip(PAST, pages, strict=True):
        for page in figures:
            slow, one = _p95(page.other_ms), _p95(page.base_ms)
            lines.append(
                f"p95 of {page.what} after {past:,}: {slow:.1f} ms, {slow / one:.2f} of SELECT 1"
            )
    return "\n".join(lines)


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
