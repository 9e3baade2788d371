"""What a page of the queue costs at 1,000, 100,000 and a million cases, on PostgreSQL.

`python -m bench.queue [CASES ...]` starts the server of the tests, fills a database for each size
by INSERT ... SELECT, and prints the blocks that every statement of a page touches, as EXPLAIN
(ANALYZE, BUFFERS) counts them, its time, and how both grow from the first size to the last.
"""

import base64
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import case, cast, event, func, insert, literal, select, update
from sqlalchemy import types as sql

from app.accounts import queries as accounts
from app.accounts.models import Person, PersonTerm
from app.cases import queue
from app.cases.models import Case
from app.cases.queue import Filters, Flag, Tab
from app.core import schema
from app.core.crypto import keyed_hash
from app.core.db import db, transaction
from app.factory import create_app
from config import Settings
from tests import servers
from tests.factories import cases as factory
from tests.factories import crowd, people

SIZES = (1_000, 100_000, 1_000_000)
REPEATS = 5
TODAY = date(2026, 11, 24)
PAGE = 25
EVERYTHING = Filters()
COMMON, RARE = "layan", "wafaa"
"""A name that everybody of the crowd bears, and one that fifty do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the statements of one look at the queue need."""

    statements: int
    blocks: int
    milliseconds: float


def seed(cases: int) -> None:
    """Fill an empty database: 70% ended, 10% wait for an officer, the rest are under way."""
    with transaction() as session:
        first = factory.submitted(people.account())
        persons = _persons(first.person_id, max(cases // 3, 50))
        n = crowd.crowd.c.n
        kind = n % 20
        moment = func.now() - func.make_interval(0, 0, 0, n % 700)
        crowd.clone(
            first,
            cases - 1,
            {
                "state": case(
                    (kind < 14, literal("completed")),
                    (kind < 16, literal("submitted")),
                    (kind == 16, literal("action_needed")),
                    (kind == 17, literal("ready")),
                    else_=literal("in_progress"),
                ),
                "due_on": literal(TODAY) + cast(n / 20 % 60 - 3, sql.Integer),
                "submitted_at": moment,
                "ended_at": case((kind < 14, moment), else_=None),
                "waiting_since": case((kind.in_((16, 17)), moment), else_=None),
                "variant": case((n % 7 == 0, literal("urgent")), else_=literal("regular")),
                "person_id": persons + n % max(cases // 3, 50),
            },
        )
        session.execute(update(Case).where(Case.id == first.id).values(due_on=TODAY))
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def _persons(like: int, number: int) -> int:
    """Copy a person so often, with two words to be found by each; return the first key."""
    table, terms = Person.__table__, PersonTerm.__table__
    first = (db.session.scalar(select(func.max(Person.id))) or 0) + 1
    row = func.generate_series(0, number - 1).table_valued("n").render_derived()
    own: dict[str, Any] = {"id": row.c.n + first, "uid": func.md5(cast(row.c.n, sql.Text))}
    columns = [own.get(column.name, table.c[column.name]) for column in table.columns]
    copied = select(*columns).select_from(table.join(row, literal(True))).where(table.c.id == like)
    db.session.execute(insert(table).from_select([c.name for c in table.columns], copied))  # type: ignore[arg-type]
    for word, of in ((COMMON, number), (RARE, 50)):
        some = func.generate_series(0, of - 1).table_valued("n").render_derived()
        found = select(literal(keyed_hash("person", word)), some.c.n + first)
        db.session.execute(insert(terms).from_select(["term", "person_id"], found))  # type: ignore[arg-type]
    return first


def measure() -> dict[str, Cost]:
    """Return what each look at the queue costs in the database that is open now."""
    post_id, service_id = db.session.execute(select(Case.post_id, Case.service_id).limit(1)).one()
    looks: dict[str, Callable[[], object]] = {
        f"tab {tab.value}": partial(_page, post_id, tab) for tab in Tab
    }
    looks |= {
        "page 10,000 of all open": lambda: _page(post_id, Tab.ALL, after=_far(post_id)),
        "filter service": lambda: _page(post_id, Tab.ALL, Filters(service_id=service_id)),
        "filter urgent and late": lambda: _page(
            post_id, Tab.ALL, Filters(flags=frozenset({Flag.URGENT, Flag.LATE}))
        ),
        "search, a common name": lambda: _search(post_id, COMMON),
        "search, a rare name": lambda: _search(post_id, RARE),
        "search, both words": lambda: _search(post_id, f"{COMMON} {RARE}"),
        "counts of the tabs": lambda: queue.counts(post_id, officer_id=1, today=TODAY),
    }
    return {name: _cost(look) for name, look in looks.items()}


def _page(
    post_id: int, tab: Tab, filters: Filters = EVERYTHING, *, after: str | None = None
) -> object:
    return queue.queue_page(
        post_id, tab=tab, officer_id=1, today=TODAY, filters=filters, after=after, limit=PAGE
    )


def _search(post_id: int, words: str) -> object:
    persons = accounts.newest_having(words)
    assert persons is not None  # noqa: S101  (words were given)
    return queue.found_page(post_id, persons=persons, limit=PAGE)


def _far(post_id: int) -> str | None:
    """Return where a page begins that is as far down as the queue allows, at most the 10,000th."""
    in_order = select(Case.reference).where(
        Case.post_id == post_id, Case.submitted_at.is_not(None), Case.ended_at.is_(None)
    )
    length = db.session.scalar(select(func.count()).select_from(in_order.subquery())) or 0
    far = min(PAGE * 10_000, length - PAGE - 1)
    return db.session.scalar(in_order.order_by(Case.due_on, Case.id).offset(far).limit(1))


def _cost(look: Callable[[], object]) -> Cost:
    with _collected() as sent:
        look()
    db.session.expunge_all()
    rounds = [[_explained(*one) for one in sent[-2:]] for _ in range(REPEATS)]
    return Cost(
        statements=len(sent),
        blocks=min(sum(blocks for blocks, _time in one) for one in rounds),
        milliseconds=statistics.median(sum(time for _blocks, time in one) for one in rounds),
    )


@contextmanager
def _collected() -> Iterator[list[tuple[str, Any]]]:
    sent: list[tuple[str, Any]] = []

    def note(*arguments: Any) -> None:
        sent.append((arguments[2], arguments[3]))

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


def _explained(statement: str, parameters: Any) -> tuple[int, float]:
    """Return blocks touched and milliseconds."""
    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
    (plan,) = db.session.connection().exec_driver_sql(explain, parameters).scalar_one()
    top = plan["Plan"]
    blocks = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
    return blocks, plan["Execution Time"]


def main(sizes: Sequence[int]) -> None:
    """Measure every size and print how the costs grow."""
    found: list[dict[str, Cost]] = []
    with servers.postgresql() as server, tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            url = servers.create_database(server, f"bench_{size}")
            schema.upgrade(url)
            app = _app(url, Path(folder))
            with app.app_context():
                seed(size)
                found.append(measure())
                db.session.close()
                db.engine.dispose()
        servers.drop_databases(server)
    print(_table(sizes, found))


def _app(url: str, folder: Path) -> Flask:
    key = base64.b64encode(os.urandom(32)).decode()
    # Filling a million rows takes longer than a page ever may.
    slow = f"{url}{'&' if '?' in url else '?'}options=-c%20statement_timeout=0"
    return create_app(
        Settings(
            secret_key=key,
            master_keys=(key,),
            index_key=key,
            database_url=slow,
            redis_url="memory://",
            storage_url=f"file://{folder}/documents",
            base_url="http://localhost",
            trusted_hosts=("localhost",),
            smtp_url="smtp://127.0.0.1:1",
            mail_from="Jaliya <no-reply@jaliya.example>",
            scanner="none",
            testing=True,
            instance=folder,
        )
    )


def _table(sizes: Sequence[int], found: Sequence[dict[str, Cost]]) -> str:
    """Return a line for each look; the first size has no full page, so growth counts from both."""
    heads = "".join(f"{size:>22,}" for size in sizes)
    lines = [f"{'blocks, ms':<26}{heads}{'growth':>10}{'from 2nd':>10}"]
    for name in found[0]:
        costs = [one[name] for one in found]
        cells = "".join(f"{cost.blocks:>12,}{cost.milliseconds:>10.2f}" for cost in costs)
        growth = "".join(f"{costs[-1].blocks / max(cost.blocks, 1):>10.2f}" for cost in costs[:2])
        lines.append(f"{name:<26}{cells}{growth}")
    return "\n".join(lines)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
