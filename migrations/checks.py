"""Changes what a CHECK or a key allows, on both engines; migrations call it, the software never.

SQLite cannot change a CHECK: the table is copied into one with another, its triggers are put
back, and no row of another table may lose its parent (foreign keys are off meanwhile, env.py).
"""

import re
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op


def allow(
    table: str, column: str, name: str, *, before: Sequence[str], after: Sequence[str]
) -> None:
    """Have a CHECK called `name` allow other words; raise RuntimeError when it is not as told."""
    if op.get_bind().dialect.name == "sqlite":
        rebuild(table, {f"({_listed(before)})": f"({_listed(after)})"})
        return
    op.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT {name}')
    op.execute(
        f'ALTER TABLE "{table}" ADD CONSTRAINT {name} CHECK ({column} IN ({_listed(after)}))'
    )


def add(table: str, column: str, name: str, *words: str) -> None:
    """Have a CHECK allow more words, whatever it allows now."""
    before = _allowed(table, name)
    allow(table, column, name, before=before, after=[*before, *words])


def remove(table: str, column: str, name: str, *words: str) -> None:
    """Have a CHECK allow some words no more, whatever else it allows."""
    before = _allowed(table, name)
    after = [word for word in before if word not in words]
    allow(table, column, name, before=before, after=after)


def _allowed(table: str, name: str) -> list[str]:
    """Return the words that a CHECK allows now, in their order."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        (text,) = _texts("table", table)
        text = text.partition(name)[2].partition("))")[0]
    else:
        query = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
        text = bind.execute(query, {"name": name}).scalar_one()
    return re.findall(r"'(\w+)'", text)


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def rebuild(table: str, changes: Mapping[str, str]) -> None:
    """Copy a table of SQLite into one whose text differs: each old part, which is there once.

    Its columns stay. Raises RuntimeError when a part is not as told or a row lost its parent.
    """
    sql = op.get_bind().exec_driver_sql
    orphans = sql("PRAGMA foreign_key_check").all()
    triggers, indexes = _texts("trigger", table), _texts("index", table)
    (made,) = _texts("table", table)
    for old, new in changes.items():
        if made.count(old) != 1:
            raise RuntimeError(f"the table {table} is not the one that was expected")
        made = made.replace(old, new)
    sql(made.replace(table, f"{table}_rebuilt", 1))
    sql(f'INSERT INTO "{table}_rebuilt" SELECT * FROM "{table}"')  # noqa: S608  (our own names)
    sql(f'DROP TABLE "{table}"')
    sql(f'ALTER TABLE "{table}_rebuilt" RENAME TO "{table}"')
    for statement in (*indexes, *triggers):
        sql(statement)
    if len(sql("PRAGMA foreign_key_check").all()) > len(orphans):
        raise RuntimeError("a row of another table has lost its parent")


def _texts(kind: str, table: str) -> list[str]:
    rows = op.get_bind().execute(
        sa.text("SELECT sql FROM sqlite_master WHERE type = :kind AND tbl_name = :name"),
        {"kind": kind, "name": table},
    )
    return [row[0] for row in rows if row[0]]
