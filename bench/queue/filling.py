"""A database with as many cases as a bench wants, copied from one that the services made."""

from datetime import date
from typing import Any

from sqlalchemy import case, cast, func, insert, literal, select, union, update
from sqlalchemy import types as sql

from app.accounts.models import Person, PersonTerm
from app.cases.models import Case
from app.core.crypto import keyed_hash
from app.core.db import db, transaction
from tests.factories import cases as factory
from tests.factories import crowd, people

TODAY = date(2026, 11, 24)
COMMON, RARE = "layan", "wafaa"
"""A name that everybody of the crowd bears, and one that fifty do."""
SHOWN = 500
"""More than any page shows."""


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
        _seal_again(first.person, persons)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def _persons(like: int, number: int) -> int:
    """Copy a person so often, with two words to be found by each; return the first key."""
    table, terms = crowd.table_of(Person), crowd.table_of(PersonTerm)
    first = (db.session.scalar(select(func.max(Person.id))) or 0) + 1
    row = func.generate_series(0, number - 1).table_valued("n").render_derived()
    own: dict[str, Any] = {"id": row.c.n + first, "uid": func.md5(cast(row.c.n, sql.Text))}
    columns = [own.get(column.name, table.c[column.name]) for column in table.columns]
    copied = select(*columns).select_from(table.join(row, literal(True))).where(table.c.id == like)
    db.session.execute(insert(table).from_select([c.name for c in table.columns], copied))
    for word, of in ((COMMON, number), (RARE, 50)):
        some = func.generate_series(0, of - 1).table_valued("n").render_derived()
        found = select(literal(keyed_hash("person", word)), some.c.n + first)
        db.session.execute(insert(terms).from_select(["term", "person_id"], found))
    return first


def _seal_again(like: Person, first: int) -> None:
    """Give those on the first pages their details, which are sealed for one row and no other."""
    due = (
        select(Case.person_id)
        .where(Case.submitted_at.is_not(None), Case.ended_at.is_(None))
        .order_by(Case.due_on, Case.id)
        .limit(SHOWN)
    )
    newest = select(Person.id).order_by(Person.id.desc()).limit(SHOWN)
    oldest = select(Person.id).where(Person.id < first + SHOWN)
    for person in db.session.scalars(
        select(Person).where(Person.id.in_(union(due, newest, oldest)))
    ):
        person.details = like.details
