"""What somebody with SQL does to rows: JSON of another form, ciphertext that is none, lost rows."""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    String,
    Table,
    cast,
    literal,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import JSON, NullType, TypeDecorator

from app.core.db import Model

WRONG = ('"nonsense"', "[]", "17", "null", '{"nonsense": {"0": null}}')
NOWHERE = 987_654_321
AS_IT_IS = NullType()
KEPT = {"sign_in", "account", "staff_member", "staff_role", "post", "site", "job_tick"}
"""Without these nobody is who they are, and no page is asked for at all."""


def wrong_json(on: Connection) -> int:
    """Have each JSON column hold what is JSON and not ours, in its rows by turns; return how many.

    What no engine would take, text that is no JSON, is for the database to refuse.
    """
    count = 0
    for table, column in _columns():
        if _is_json(column):
            for (key, _), said in zip(_rows(on, table, column), cycle(WRONG)):
                count += _write(on, table, column, key, said)
    return count


def bad_ciphertext(on: Connection) -> int:
    """Cut short all that is sealed; return how many values there were."""
    count = 0
    for table, column in _columns():
        if isinstance(column.type, LargeBinary) and column.name.startswith("sealed_"):
            for key, value in _rows(on, table, column):
                count += _write(on, table, column, key, bytes(value)[:9])
    return count


def orphans(on: Connection) -> int:
    """Have each foreign key of a table name nothing, in a row of its own; return how many do."""
    count = 0
    for table in _tables():
        named = [one for one in table.columns if one.foreign_keys and not one.primary_key]
        for place, column in enumerate(named):
            rows = _rows(on, table, column)
            if rows:
                key, _value = rows[place % len(rows)]
                count += _write(on, table, column, key, NOWHERE)
    return count


def _tables() -> Iterator[Table]:
    for table in Model.metadata.sorted_tables:
        if table.name not in KEPT and len(table.primary_key.columns) == 1:
            yield table


def _columns() -> Iterator[tuple[Table, Column[object]]]:
    for table in _tables():
        for column in table.columns:
            yield table, column


def _is_json(column: Column[object]) -> bool:
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    return isinstance(kind, JSON)


def _rows(on: Connection, table: Table, column: Column[object]) -> list[tuple[Any, Any]]:
    """Return the key and the value of each row that has one (Any: as the engine has them)."""
    key = _key(table)
    asked = select(key, type_coerce(column, AS_IT_IS)).where(column.is_not(None)).order_by(key)
    return [(one, value) for one, value in on.execute(asked)]


def _write(on: Connection, table: Table, column: Column[object], key: object, value: object) -> int:
    new: ColumnElement[Any] = literal(value, AS_IT_IS)
    if _is_json(column) and on.dialect.name == "postgresql":
        new = cast(literal(value, String()), JSONB)
    on.execute(update(table).where(_key(table) == literal(key, AS_IT_IS)).values({column: new}))
    return 1


def _key(table: Table) -> ColumnElement[Any]:
    return type_coerce(next(iter(table.primary_key.columns)), AS_IT_IS)
