"""However long a queue is, a look at it reads no more rows than it shows or counts."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text, update

from app.cases import queue, teams
from app.cases.models import Case
from app.cases.queue import Filters, Flag, Order, Tab
from app.cases.rules import State
from app.core.actor import Actor, Role
from app.core.db import db, transaction
from tests.factories import cases as factory
from tests.factories import crowd, people

TODAY = date(2026, 11, 24)
LONG = 3000
PAGE = 25
MOST = 150
"""A page and one more, or what is counted, and a little by which an index misses."""


@pytest.fixture
def head(app: Flask, engine: str) -> Iterator[Actor]:
    """Be the head of a post where thousands wait, all routed to their group; on PostgreSQL."""
    if engine != "postgresql":
        pytest.skip("only PostgreSQL says how many rows it read")
    with app.app_context():
        with transaction() as session:
            actor = factory.officer(role=Role.HEAD)
            first = factory.submitted(people.account())
            n = crowd.crowd.c.n
            crowd.clone(first, LONG, {"due_on": first.due_on + n % 60})
            session.execute(update(Case).where(Case.id % 3 == 0).values(variant="urgent"))
            group = teams.add_group("x", actor=actor)
            whose = {"members": [actor.id or 0], "services": [first.service_id]}
            teams.save_group(group.uid, "x", **whose, actor=actor)
            session.execute(text("ANALYZE"))
        yield actor


def rows_read(look: Callable[[], object]) -> int:
    """Return how many rows of cases the statements of a look read, those passed over included."""
    sent: list[tuple[str, Any]] = []  # Any: parameters of a driver.

    def note(*arguments: Any) -> None:
        if arguments[2].startswith("SELECT"):
            sent.append((arguments[2], arguments[3]))

    event.listen(db.engine, "before_cursor_execute", note)
    look()
    event.remove(db.engine, "before_cursor_execute", note)
    connection = db.session.connection()
    explained = "EXPLAIN (ANALYZE, FORMAT JSON) "
    plans = [connection.exec_driver_sql(explained + one, given).scalar_one() for one, given in sent]
    return sum(_rows_of(plan[0]["Plan"]) for plan in plans)


def _rows_of(node: dict[str, Any]) -> int:
    below = sum(_rows_of(one) for one in node.get("Plans", ()))
    if node.get("Relation Name") != "case":
        return below
    each: float = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    loops: int = node["Actual Loops"]
    return below + round(each * loops)


def page(actor: Actor, tab: Tab, **more: Any) -> object:
    found = queue.queue_page(
        actor.post_id or 0, tab=tab, officer_id=actor.id or 0, today=TODAY, limit=PAGE, **more
    )
    assert len(found.cases) == PAGE
    return found


@pytest.mark.parametrize(
    ("tab", "more"),
    [
        (Tab.NEW, {}),
        (Tab.GROUP, {}),
        (Tab.ALL, {}),
        (Tab.ALL, {"order": Order.SENT}),
        (Tab.GROUP, {"filters": Filters(state=State.SUBMITTED)}),
        (Tab.ALL, {"filters": Filters(state=State.SUBMITTED)}),
        (Tab.ALL, {"filters": Filters(flags=frozenset({Flag.URGENT}))}),
    ],
)
def test_a_page_reads_what_it_shows(head: Actor, tab: Tab, more: dict[str, Any]) -> None:
    assert rows_read(partial(page, head, tab, **more)) <= MOST


def test_a_page_far_down_reads_no_more(head: Actor) -> None:
    in_order = select(Case.reference).order_by(Case.due_on, Case.id)
    far = db.session.scalar(in_order.offset(LONG - 100))

    for tab in (Tab.ALL, Tab.GROUP):
        assert rows_read(partial(page, head, tab, after=far)) <= MOST


def test_each_count_reads_so_much_as_it_counts(head: Actor) -> None:
    counts = partial(queue.counts, head.post_id or 0, officer_id=head.id or 0, today=TODAY)

    assert counts()[Tab.GROUP] == queue.MOST_COUNTED + 1
    assert rows_read(counts) <= len(Tab) * (queue.MOST_COUNTED + 1)


def test_to_take_the_next_reads_no_more_than_a_few(head: Actor) -> None:
    """Also for somebody for whom most of what waits is another group's."""
    with transaction():
        for actor in (head, factory.officer()):
            assert rows_read(partial(queue.lock_next, head.post_id or 0, actor=actor)) <= MOST
