"""The rows of one database in another, of the other engine as well: the example on PostgreSQL."""

from sqlalchemy import Connection, create_engine, func, insert, select, text

from app.core.db import Model

AT_ONCE = 1000
_GUARDS = "SET LOCAL session_replication_role = replica"
"""What was written once is not judged again: no triggers, no foreign keys."""


def move(source: str, target: str) -> None:
    """Copy every row of a database to one of PostgreSQL that is migrated and empty."""
    here, there = create_engine(source), create_engine(target)
    with here.connect() as reader, there.connect() as writer, writer.begin():
        writer.execute(text(_GUARDS))
        for table in Model.metadata.sorted_tables:
            writer.execute(table.delete())
            columns = [one for one in table.columns if one.computed is None]
            rows = [dict(one._mapping) for one in reader.execute(select(*columns))]
            for first in range(0, len(rows), AT_ONCE):
                writer.execute(insert(table), rows[first : first + AT_ONCE])
        _count_on(writer)
    here.dispose()
    there.dispose()


def _count_on(writer: Connection) -> None:
    """Have the sequences go on behind the highest number of each table."""
    for table in Model.metadata.sorted_tables:
        for column in table.primary_key.columns:
            named = select(func.pg_get_serial_sequence(f'"{table.name}"', column.name))
            sequence = writer.scalar(named)
            highest = writer.scalar(select(func.max(column)))
            if sequence and highest:
                writer.execute(select(func.setval(sequence, highest)))
