"""What the statements of a look at the queue cost the database: blocks, processor, time."""

import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, select

from app.accounts import queries as accounts
from app.cases import queue
from app.cases.models import Case
from app.cases.queue import Filters, Flag, Tab
from app.core.db import db
from bench.queue.filling import COMMON, RARE, TODAY

REPEATS = 5
RUNS = 200
"""How often the statements run for their processor time: the kernel counts in 10 ms."""
PAGE = 25
EVERYTHING = Filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the statements of one look at the queue need; times in milliseconds."""

    statements: int
    blocks: int
    processor: float
    milliseconds: float


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
    if persons is None:
        raise ValueError(words)
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
    rounds = [[_explained(*one) for one in sent] for _ in range(REPEATS)]
    return Cost(
        statements=len(sent),
        blocks=min(sum(blocks for blocks, _time in one) for one in rounds),
        milliseconds=statistics.median(sum(time for _blocks, time in one) for one in rounds),
        processor=_processor_time(sent),
    )


def _processor_time(sent: Sequence[tuple[str, Any]]) -> float:
    """Return the milliseconds of processor that the server spends on these statements."""
    connection = db.session.connection()
    server = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    before = _ticks(server)
    for _ in range(RUNS):
        for statement, parameters in sent:
            connection.exec_driver_sql(statement, parameters).all()
    return (_ticks(server) - before) / os.sysconf("SC_CLK_TCK") / RUNS * 1000


def _ticks(process: int) -> int:
    """Return how long a process has worked, for itself and in the kernel (proc_pid_stat(5))."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


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
