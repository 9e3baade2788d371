"""A hundred thousand messages wait: who must not wait goes first, and nothing grows with them."""

import tracemalloc
from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, select

from app.core import clock
from app.core.db import db, new_uid, transaction
from app.notifications import delivery, events, queries, services
from app.notifications.models import Channel, Message
from tests.databases import counted_queries
from tests.factories import messages, people
from tests.faults.sizes import size

pytestmark = pytest.mark.faults

N = size(20_000, 100_000)
FEW = 200
AT_ONCE = 5000
MOST_BYTES = 512 * 1024


def fill(app: Flask, count: int) -> None:
    """Have so many rows wait for ten minutes: news, and of each five an announcement."""
    with app.app_context(), transaction():
        like = written("case_submitted", "like").id
        table = Message.__table__
        row = dict(db.session.execute(select(table).where(table.c.id == like)).one()._mapping)
        del row["id"]
        for first in range(0, count, AT_ONCE):
            numbers = range(first, min(count, first + AT_ONCE))
            db.session.execute(insert(Message), [row | waiting(number) for number in numbers])


def waiting(number: int) -> dict[str, object]:
    due_at = clock.now() - timedelta(minutes=10, milliseconds=number)
    priority = events.BULK if number % 5 == 0 else events.NEWS
    told = {"uid": new_uid(), "dedupe_key": f"wait:{number}:email"}
    return {**told, "due_at": due_at, "priority": priority}


def written(event: str, dedupe: str, **more: str) -> Message:
    """Write what is told at an address, and return it; call inside a transaction."""
    services.tell_address(
        event,
        address="layan@example.org",
        language="ar",
        dedupe=dedupe,
        payload=messages.payload(event, **more),
    )
    return db.session.scalars(select(Message).where(Message.dedupe_key == f"{dedupe}:email")).one()


def claimed(app: Flask, count: int) -> Sequence[int]:
    """Take so many as a worker does; return their keys."""
    found = []
    for _ in range(count):
        with app.app_context(), transaction():
            claim = delivery.claim(Channel.EMAIL, clock.now())
            assert claim is not None
            found.append(claim.id)
    return found


def at(**ahead: int) -> str:
    return (clock.now() + timedelta(**ahead)).isoformat()


@pytest.mark.proves("queue-009")
@pytest.mark.parametrize("count", [FEW, pytest.param(N, marks=pytest.mark.grid)])
def test_codes_and_visits_of_today_go_before_all_that_waits(racing_app: Flask, count: int) -> None:
    fill(racing_app, count)
    with racing_app.app_context(), transaction():
        later = written("booking_confirmed", "later", starts_at=at(days=9)).id
        visit = written("booking_confirmed", "visit", starts_at=at(hours=3)).id
        code = written("sign_in_code", "code").id

    first = claimed(racing_app, 5)

    assert first[:2] == [code, visit]
    with racing_app.app_context():
        rows = select(Message.priority).where(Message.id.in_(first[2:]))
        assert set(db.session.scalars(rows)) == {events.NEWS}
    assert later not in first


@pytest.mark.proves("queue-009")
@pytest.mark.parametrize("count", [FEW, pytest.param(N, marks=pytest.mark.grid)])
def test_neither_memory_nor_work_grows_with_what_waits_and_its_age_alarms(
    racing_app: Flask, count: int
) -> None:
    with racing_app.app_context(), transaction():
        people.post()
        account_id = messages.reachable().id
    before = statements_to_tell(racing_app, account_id, "before")
    assert "overdue_messages" not in (racing_app.test_client().get("/readyz").json or {})

    fill(racing_app, count)

    tracemalloc.start()
    claimed(racing_app, 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"\nqueue-009: {count} wait, {peak // 1024} KiB at most to take the next ones")
    assert peak < MOST_BYTES
    assert statements_to_tell(racing_app, account_id, "after") == before
    told = racing_app.test_client().get("/readyz").json or {}
    assert told["overdue_messages"] >= count * 4 // 5 - 20


def statements_to_tell(app: Flask, account_id: int, dedupe: str) -> int:
    """Return how many statements a change of state costs that is told."""
    with counted_queries(app) as sent, app.app_context(), transaction():
        services.tell(
            "case_accepted",
            account_id=account_id,
            dedupe=dedupe,
            payload=messages.payload("case_accepted"),
        )
    return len(sent)


def test_the_gauge_counts_no_announcement(racing_app: Flask) -> None:
    with racing_app.app_context(), transaction():
        message = written("case_submitted", "one")
        message.priority, message.due_at = events.BULK, clock.now() - timedelta(hours=1)

    with racing_app.app_context():
        assert queries.count_overdue(clock.now()) == 0
