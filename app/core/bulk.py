"""Values of many rows as a table that a statement can join, the same on both engines."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, FromClause, String, bindparam, cast, column, func, select
from sqlalchemy.types import TypeEngine

from app.core.db import db


def table_of(
    rows: Sequence[Mapping[str, Any]], name: str, **columns: TypeEngine[Any]
) -> FromClause:
    """Return rows as a table with these columns (Any: what JSON holds, and types of all kinds).

    They go over as one value, so that the statement is the same however many they are.
    """
    value = bindparam(f"{name}_rows", json.dumps(list(rows)), type_=String)
    if db.engine.dialect.name == "postgresql":
        named = [column(key, kind) for key, kind in columns.items()]
        found = func.json_to_recordset(cast(value, JSON)).table_valued(*named)
        return found.render_derived(name=name, with_types=True)
    each = func.json_each(value).table_valued("value", name=f"{name}_each")
    parts = (
        func.json_extract(each.c.value, f"$.{key}", type_=kind).label(key)
        for key, kind in columns.items()
    )
    return select(*parts).subquery(name)
