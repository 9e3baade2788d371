"""What the statements of a look at the queue cost the database: blocks, processor, time."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import event, func, select

from app.accounts import queries as accounts
from app.cases import looks, queue
from app.cases.listing import QueuePage
from app.cases.looks import Filters, Flag, Tab
from app.cases.models import Case
from app.cases.queue import Order
from app.cases.rules import State
from app.core.actor import Actor
from app.core.db import db, transaction
from bench.place import worked
from bench.queue import filling
from bench.queue.filling import COMMON, RARE, TODAY, Filled

Found = TypeVar("Found")
ROUNDS = 7
RUNS = 20
"""How often the statements run in a round for their processor time, once they are planned."""
PLANNED = 8
"""From the sixth time on the server keeps the plan of a statement, unless it were a bad one."""
PAGE = 25
WEEK = datetime(2026, 11, 2, tzinfo=UTC)
"""The beginning of a week in which much of what is open was sent."""
Sent = Sequence[tuple[str, Any]]
"""Statements with their parameters (Any: as the driver takes them)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the statements of one look at the queue need; times in milliseconds."""

    statements: int
    blocks: int
    processor: float
    milliseconds: float


def measure(apps: Sequence[Flask]) -> list[dict[str, Cost]]:
    """Return what each look at the queue costs in the databases of some apps.

    Every round asks all databases in turn, so that a machine that slows down slows all of them.
    """
    sent = [_in(app, _all_sent) for app in apps]
    found: list[dict[str, Cost]] = [{} for _app in apps]
    for name in sent[0]:
        rounds = [
            [_in(app, partial(_once, one[name])) for app, one in zip(apps, sent, strict=True)]
            for _round in range(ROUNDS)
        ]
        for place, costs in enumerate(zip(*rounds, strict=True)):
            found[place][name] = _middle(costs)
    return found


def _in(app: Flask, act: Callable[[], Found]) -> Found:
    # What takes a case locks it, and nothing is locked where only is read.
    with app.app_context(), transaction():
        return act()


def _middle(costs: Sequence[Cost]) -> Cost:
    """Return the cost in the middle; of blocks the fewest, for the first time reads catalogues."""
    return Cost(
        statements=costs[0].statements,
        blocks=min(one.blocks for one in costs),
        processor=statistics.median(one.processor for one in costs),
        milliseconds=statistics.median(one.milliseconds for one in costs),
    )


def _looks() -> dict[str, Callable[[], object]]:
    """Return what is looked at, by name."""
    whose = filling.filled()
    queue_page = partial(_page, whose)
    filters = {
        "service": Filters(service_id=whose.service_id),
        "state": Filters(state=State.READY),
        "service and state": Filters(service_id=whose.service_id, state=State.IN_PROGRESS),
        "officer": Filters(officer_id=whose.officer_id),
        "urgent and late": Filters(flags=frozenset({Flag.URGENT, Flag.LATE})),
        "family": Filters(flags=frozenset({Flag.FAMILY})),
        "a rare applicant": Filters(applicant=accounts.has_words(RARE, Case.person_id)),
        "urgent of a service": Filters(service_id=whose.service_id, flags=frozenset({Flag.URGENT})),
    }
    looks: dict[str, Callable[[], object]] = {
        f"tab {tab.value}": partial(queue_page, tab) for tab in Tab
    }
    looks |= {f"filter {name}": partial(queue_page, Tab.ALL, one) for name, one in filters.items()}
    in_week = Filters(sent_from=WEEK, sent_before=WEEK + timedelta(days=7))
    looks |= {
        "filter sent in one week": partial(queue_page, Tab.ALL, in_week, order=Order.SENT),
        "what was sent last": partial(queue_page, Tab.ALL, order=Order.SENT),
        "page 10,000 of all open": partial(queue_page, Tab.ALL, after=_far(whose.post_id)),
        "search, a common name": partial(_search, whose, COMMON),
        "search, a rare name": partial(_search, whose, RARE),
        "search, both words": partial(_search, whose, f"{COMMON} {RARE}"),
        "counts of the tabs": partial(
            queue.counts, whose.post_id, officer_id=whose.officer_id, today=TODAY
        ),
        "take the next": partial(queue.lock_next, whose.post_id, actor=_officer(whose)),
    }
    return looks


def _officer(whose: Filled) -> Actor:
    return accounts.acting_staff(whose.officer_id, whose.post_id)


def _page(
    whose: Filled,
    tab: Tab,
    filters: Filters = looks.EVERYTHING,
    *,
    order: Order = Order.DUE,
    after: str | None = None,
) -> None:
    page = queue.queue_page(
        whose.post_id,
        tab=tab,
        officer_id=whose.officer_id,
        today=TODAY,
        filters=filters,
        order=order,
        after=after,
        limit=PAGE,
    )
    _expect_full(page)


def _search(whose: Filled, words: str) -> None:
    _expect_full(filling.found(whose, words, limit=PAGE))


def _expect_full(page: QueuePage) -> None:
    """Refuse to measure a page that is not full: it touches less because it shows less."""
    if len(page.cases) < PAGE:
        raise RuntimeError(f"{len(page.cases)} cases on a page for {PAGE}")


def _far(post_id: int) -> str | None:
    """Return where a page begins that is as far down as the queue allows, at most the 10,000th."""
    in_order = select(Case.reference).where(
        Case.post_id == post_id, Case.submitted_at.is_not(None), Case.ended_at.is_(None)
    )
    length = db.session.scalar(select(func.count()).select_from(in_order.subquery())) or 0
    far = min(PAGE * 10_000, length - PAGE - 1)
    return db.session.scalar(in_order.order_by(Case.due_on, Case.id).offset(far).limit(1))


def _all_sent() -> dict[str, Sent]:
    return {name: _sent(look) for name, look in _looks().items()}


def _sent(look: Callable[[], object]) -> Sent:
    with _collected() as sent:
        look()
    return sent


def _once(sent: Sent) -> Cost:
    explained = [_explained(*one) for one in sent]
    return Cost(
        statements=len(sent),
        blocks=sum(blocks for blocks, _time in explained),
        milliseconds=sum(time for _blocks, time in explained),
        processor=_processor_time(sent),
    )


def _processor_time(sent: Sent) -> float:
    """Return the milliseconds of processor that the server spends on these statements."""
    connection = db.session.connection()
    server = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    _run(sent, PLANNED)
    before = worked(server)
    _run(sent, RUNS)
    return (worked(server) - before) / RUNS / 1_000_000


def _run(sent: Sent, times: int) -> None:
    connection = db.session.connection()
    for _time in range(times):
        for statement, parameters in sent:
            connection.exec_driver_sql(statement, parameters).all()


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
