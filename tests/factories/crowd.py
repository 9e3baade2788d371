"""Many cases at once: rows copied in the database from one that the services made."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    MetaData,
    String,
    Table,
    and_,
    insert,
    select,
    true,
)

from app.cases.models import Case, CaseStep
from app.core import reference as references
from app.core.db import Model, db

AT_ONCE = 20_000

crowd = Table(
    "crowd",
    MetaData(),
    Column("n", Integer, primary_key=True),
    Column("reference", String(16)),
    Column("uid", String(32)),
    prefixes=["TEMPORARY"],
)
"""What differs from case to case: a number from 0, and what must be unique."""

Changed = Mapping[str, ColumnElement[Any]]
"""Columns of the case by name, computed from `crowd.c.n` (Any: of whatever type)."""


def clone(case: Case, number: int, changed: Changed | None = None, *, seed: int = 1) -> list[str]:
    """Copy a case with its steps, without items and past; return the references.

    `changed` gives some columns another value than the first case has.
    """
    session, names = db.session, _references(case.reference.split("-")[0], number, seed)
    crowd.create(session.connection(), checkfirst=True)
    for start in range(0, number, AT_ONCE):
        rows = [
            {"n": start + n, "reference": name, "uid": f"{seed:04x}{start + n:028x}"}
            for n, name in enumerate(names[start : start + AT_ONCE])
        ]
        session.execute(insert(crowd), rows)
    cases, steps = table_of(Case), table_of(CaseStep)
    own = {"reference": crowd.c.reference, "uid": crowd.c.uid, **(changed or {})}
    _copy(cases, own, cases.c.id == case.id)
    copied = cases.alias()
    _copy(
        steps,
        {"case_id": copied.c.id},
        and_(steps.c.case_id == case.id, copied.c.uid == crowd.c.uid),
    )
    crowd.drop(session.connection())
    return list(names)


def table_of(model: type[Model]) -> Table:
    """Return the table of a model."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _copy(table: Table, own: Changed, of: ColumnElement[bool]) -> None:
    """Copy rows of a table once for each of the crowd."""
    names = [column.name for column in table.columns if column.name != "id"]
    values = [own.get(name, table.c[name]) for name in names]
    rows = select(*values).select_from(table.join(crowd, true())).where(of)
    db.session.execute(insert(table).from_select(names, rows))


def _references(prefix: str, number: int, seed: int) -> Sequence[str]:
    draw = random.Random(seed)  # noqa: S311  (the same in every run, not a secret)
    found: dict[str, None] = {}
    while len(found) < number:
        found[str(references.make(prefix, draw))] = None
    return list(found)
