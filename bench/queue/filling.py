"""A database with as many cases as a bench wants, copied from one that the services made.

Of a thousand cases every tab, filter and search has more than a page and more than is counted, and
a larger database has the same shares of everything: what is compared does the same work.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any

from sqlalchemy import Connection, case, cast, func, insert, literal, null, select, update
from sqlalchemy import types as sql

from app.accounts import queries as accounts
from app.accounts.models import Account, Person, PersonTerm
from app.cases import queue, teams
from app.cases.listing import QueuePage
from app.cases.models import Case
from app.cases.originals import Original
from app.cases.queue import Order, Tab
from app.cases.talk.models import ThreadMessage
from app.catalogue.models import Service, ServiceVersion
from app.core import clock
from app.core.actor import Role
from app.core.crypto import DataKey, keyed_hash, new_data_key
from app.core.db import Model, db, transaction
from tests.factories import cases as factory
from tests.factories import crowd, people

TODAY = date(2026, 11, 24)
COMMON, RARE = "layan", "basel"
"""A name that everybody of the crowd bears, and one that fifty do."""
MORE_SERVICES = ("resid", "life_cert", "poa_gen", "no_crim", "pass_lost")
OURS, ROUTED = 3, 5
"""So many of six services go to the group of the officer; so many go to some group."""
SHOWN = 100
"""More than any page shows."""
KINDS = 20
"""A case is of the kind that its number has modulo this: 0-5 completed, 6-7 refused and appealed
against, 8-11 new (9 for a second officer), 12-13 with the citizen, 14 ready, 15-16 for the capital,
17-18 in the officer's hands, 19 in somebody else's."""
SPOKEN, KEPT = 7, 11
"""One in so many cases has two messages of the citizen, one of them unread; one in so many an
original that the post keeps and another that it gave back."""
ROUND = 60
"""After so many of each kind their days begin again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Whose queue it is."""

    post_id: int
    officer_id: int
    service_id: int


def seed(cases: int) -> None:
    """Fill an empty database."""
    crowded = max(cases // 3, 60)
    with _without_indexes(), transaction() as session:
        first = factory.submitted(people.account())
        details = first.person.details or {}
        session.execute(update(Case).where(Case.id == first.id).values(due_on=TODAY))
        officers = [factory.officer().id or 0 for _ in range(2)]
        services = _offer(first.post_id)
        _route([key for key, _version in services], officers)
        persons = _persons(first.person, crowded)
        holders = _copy(session.get_one(Account, first.account_id), crowded)
        own = _belonging(services, persons, holders, crowded)
        crowd.clone(first, cases - 1, {**_standing(officers), **own})
        _add_talk()
        _add_originals(officers[0])
    _tidy()
    with transaction():
        _seal_again(details)
    _tidy()


@contextmanager
def _without_indexes() -> Iterator[None]:
    """Make the indexes that guard nothing after the rows, whose order is not theirs."""
    named = "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE 'ix\\_%%'"
    with _at_once() as connection:
        indexes = connection.exec_driver_sql(named).all()
        for name, _definition in indexes:
            connection.exec_driver_sql(f"DROP INDEX {name}")
    yield
    with _at_once() as connection:
        for _name, definition in indexes:
            connection.exec_driver_sql(definition)


def _tidy() -> None:
    """Do what a server does by itself in quiet minutes, and a bench must not wait for."""
    with _at_once() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def _at_once() -> Connection:
    """Return a connection without a transaction."""
    return db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def filled() -> Filled:
    """Return whose queue was filled."""
    held = select(Case).where(Case.assignee_id.is_not(None))
    one = db.session.scalars(held.order_by(Case.assignee_id, Case.id).limit(1)).one()
    return Filled(post_id=one.post_id, officer_id=one.assignee_id or 0, service_id=one.service_id)


def found(whose: Filled, words: str, *, limit: int) -> QueuePage:
    """Return a page of what a search finds."""
    persons = accounts.newest_having(words)
    if persons is None:
        raise ValueError(words)
    return queue.found_page(whose.post_id, persons=persons, limit=limit)


def _offer(post_id: int) -> list[tuple[int, int]]:
    """Publish more services; return the keys of all with their versions."""
    for code in MORE_SERVICES:
        factory.publish(factory.definition(code))
    query = select(ServiceVersion.service_id, ServiceVersion.id).join(ServiceVersion.service)
    rows = db.session.execute(query.where(Service.post_id == post_id).order_by(ServiceVersion.id))
    return [(service_id, version_id) for service_id, version_id in rows]


def _route(services: Sequence[int], officers: Sequence[int]) -> None:
    """Have the first services go to a group of the first officer, some to one of the second."""
    head = factory.officer(role=Role.HEAD)
    for officer, ours in zip(officers, (services[:OURS], services[OURS:ROUTED]), strict=True):
        group = teams.add_group("group", actor=head)
        teams.save_group(group.uid, "group", members=[officer], services=ours, actor=head)


def _standing(officers: Sequence[int]) -> crowd.Changed:
    """Return where a case stands, by its kind, and its days."""
    n = crowd.crowd.c.n
    kind, turn = n % KINDS, n // KINDS
    day, is_open = turn % ROUND, kind >= 8
    due_on = literal(TODAY) + case((day < 15, day - 15), (day < 31, day % 4), else_=day - 26)
    earlier = func.make_interval(0, 0, 0, 30, 0, 0, n % 86_400)
    ended_at = literal(datetime.combine(TODAY, time(), UTC)) - earlier * (1 + turn % 24)
    mine, others = officers
    return {
        "state": case(
            (kind < 6, "completed"),
            (kind < 8, "refused"),
            (kind < 12, "submitted"),
            (kind < 14, "action_needed"),
            (kind == 14, "ready"),
            else_="in_progress",
        ),
        "at_step": case(
            (kind < 8, null()),
            (kind == 9, "second_review"),
            (kind < 14, "review"),
            (kind == 14, "hand_over"),
            (kind < 17, "consignment"),
            else_="production",
        ),
        "due_on": due_on,
        "submitted_at": case((is_open, due_on - earlier), else_=ended_at - earlier),
        "ended_at": case((is_open, null()), else_=ended_at),
        "appealed_at": case((kind.in_((6, 7)), ended_at), else_=null()),
        "waiting_since": case((kind.in_((12, 13)), func.now()), else_=null()),
        "assignee_id": case((kind.in_((17, 18)), mine), (kind == 19, others), else_=null()),
        "offered_id": case(((kind == 8) & (turn % 20 == 0), mine), else_=null()),
        "variant": case((n % 997 % 3 == 0, "urgent"), else_="regular"),
    }


def _belonging(
    services: Sequence[tuple[int, int]], persons: int, holders: int, crowded: int
) -> crowd.Changed:
    """Return whose case it is, and for what."""
    n = crowd.crowd.c.n
    person = n % crowded
    turn = (n // KINDS + n % KINDS) % len(services)
    return {
        "service_id": case({place: key for place, (key, _) in enumerate(services)}, value=turn),
        "version_id": case({place: key for place, (_, key) in enumerate(services)}, value=turn),
        "person_id": persons + person,
        # Of eight persons two are of one account: a family.
        "account_id": holders + person - case((person % 8 == 1, 1), else_=0),
    }


def _persons(like: Person, number: int) -> int:
    """Copy a person so often, each with a key and two words to be found by; return the first."""
    keys = _copy(like.data_key, number)
    first = _copy(like, number, {"data_key_id": keys})
    terms = crowd.table_of(PersonTerm)
    for word, of in ((COMMON, number), (RARE, 50)):
        some = func.generate_series(0, of - 1).table_valued("n").render_derived()
        found = select(literal(keyed_hash("person", word)), some.c.n + first)
        db.session.execute(insert(terms).from_select(["term", "person_id"], found))
    return first


def _copy(
    like: Account | DataKey | Person, number: int, counted: Mapping[str, int] | None = None
) -> int:
    """Copy a row so often; return the key of the first copy.

    `counted` names columns that go up by one from copy to copy, and where each begins.
    """
    table = crowd.table_of(type(like))
    first = (db.session.scalar(select(func.max(table.c.id))) or 0) + 1
    row = func.generate_series(0, number - 1).table_valued("n").render_derived()
    own: dict[str, Any] = {"uid": func.md5(cast(row.c.n, sql.Text))}
    own |= {name: row.c.n + start for name, start in {"id": first, **(counted or {})}.items()}
    columns = [own.get(column.name, table.c[column.name]) for column in table.columns]
    copied = select(*columns).select_from(table.join(row, literal(True)))
    rows = copied.where(table.c.id == like.id)
    db.session.execute(insert(table).from_select([c.name for c in table.columns], rows))
    # A sequence does not see keys that are given.
    sequence = func.pg_get_serial_sequence(table.name, "id")
    db.session.execute(select(func.setval(sequence, first + number)))
    return first


def _add_talk() -> None:
    """Give some cases a message that was read and one that was not; a list only counts them."""
    said: dict[str, Any] = {
        "case_id": Case.id,
        "side": literal("citizen"),
        "author_id": Case.account_id,
        "sealed_text": literal(b"sealed"),
        "expects_answer": literal(False),
        "sent_at": Case.submitted_at,
    }
    for read_at in (Case.submitted_at, null()):
        _add_to_some(ThreadMessage, {**said, "read_at": read_at}, SPOKEN)


def _add_originals(officer: int) -> None:
    """Give some cases an original that was given back and one that is kept."""
    kept: dict[str, Any] = {
        "case_id": Case.id,
        "data_key_id": Case.data_key_id,
        "sheet": literal("1"),
        "sealed_description": literal(b"sealed"),
        "received_by": literal(officer),
        "received_at": Case.submitted_at,
        "key": func.md5(Case.uid),
    }
    returned: dict[str, Any] = {
        "return_sheet": literal("2"),
        "returned_by": literal(officer),
        "returned_at": Case.submitted_at,
    }
    for more in (returned, {}):
        _add_to_some(Original, {**kept, **more}, KEPT)


def _add_to_some(model: type[Model], columns: Mapping[str, Any], every: int) -> None:
    """Add a row to one in so many cases (Any: columns and what stands for them)."""
    named = {"uid": func.md5(cast(func.gen_random_uuid(), sql.Text)), **columns}
    rows = select(*named.values()).where(Case.id % every == 0)
    db.session.execute(insert(crowd.table_of(model)).from_select(list(named), rows))


def _seal_again(details: dict[str, Any]) -> None:
    """Give those on the first pages a key and details, which are sealed for one row alone.

    (Any: JSON.)
    """
    whose = filled()
    shown = partial(
        queue.queue_page, whose.post_id, officer_id=whose.officer_id, today=TODAY, limit=SHOWN
    )
    pages = [shown(tab=tab, order=order) for tab in Tab for order in Order]
    pages += [found(whose, word, limit=SHOWN) for word in (COMMON, RARE)]
    uids = {row.person.uid for page in pages for row in page.cases}
    for person in db.session.scalars(select(Person).where(Person.uid.in_(uids))).all():
        person.data_key = new_data_key(clock.now())
        person.details = details
