"""The migrations: one line of numbered steps that ends where the models are, on both engines."""

import importlib
import pkgutil
import re
import sqlite3
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

import app
from app.core import schema
from app.core.db import Model
from tests.databases import ENGINES, Databases
from tests.servers import ROOT

FILES = sorted((ROOT / "migrations" / "versions").glob("*.py"))

for module in pkgutil.walk_packages(app.__path__, "app."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)  # so that every table is known


def test_there_is_one_head() -> None:
    script = ScriptDirectory.from_config(schema.alembic_config("sqlite://"))

    assert len(script.get_heads()) == 1


def test_files_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in FILES]

    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", path.name) for path in FILES)
    assert numbers == list(range(1, len(FILES) + 1))


def test_no_migration_imports_the_app() -> None:
    importing = [p.name for p in FILES if re.search(r"^(from|import) app\b", p.read_text(), re.M)]

    assert importing == []


@pytest.mark.parametrize("engine", ENGINES)
def test_up_down_and_up_again(databases: Databases, engine: str) -> None:
    url = databases.empty(engine)

    schema.upgrade(url)
    first = _shape(url)
    schema.downgrade(url)
    between = _shape(url)
    schema.upgrade(url)

    assert set(between) <= {"alembic_version"}
    assert _shape(url) == first


def _shape(url: str) -> dict[str, list[str]]:
    """Return what a database holds: columns, CHECKs, unique keys, indexes, by table."""
    engine = create_engine(url)
    inspector = inspect(engine)
    shape = {}
    for table in inspector.get_table_names():
        names = [column["name"] for column in inspector.get_columns(table)]
        names += [str(check["name"]) for check in inspector.get_check_constraints(table)]
        names += [str(unique["name"]) for unique in inspector.get_unique_constraints(table)]
        names += [str(index["name"]) for index in inspector.get_indexes(table)]
        shape[table] = sorted(names)
    shape.update(_triggers(url))
    engine.dispose()
    return shape


def _triggers(url: str) -> dict[str, list[str]]:
    sqlite = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    postgresql = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    engine = create_engine(url)
    with engine.connect() as connection:
        query = sqlite if engine.dialect.name == "sqlite" else postgresql
        names = sorted(name for (name,) in connection.execute(text(query)))
    engine.dispose()
    return {f"trigger {name}": [] for name in names}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_schema_is_what_the_models_say(databases: Databases, engine: str) -> None:
    sql = create_engine(databases.migrated(engine))
    options = {
        "compare_type": True,
        "compare_server_default": True,
        # Alembic does not look at `ddl_if`.
        "include_object": lambda item, *_rest: item.info.get("only", engine) == engine,
    }

    with sql.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Model.metadata)
    sql.dispose()

    assert differences == []


@pytest.mark.parametrize("engine", ENGINES)
def test_every_check_of_the_models_is_in_the_database(databases: Databases, engine: str) -> None:
    """Autogenerate does not see a lost CHECK, so it is compared by name."""
    wanted = {
        str(constraint.name)
        for table in Model.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }

    found = {name for names in _shape(databases.migrated(engine)).values() for name in names}

    assert wanted
    assert wanted - found == set()


@pytest.mark.parametrize("engine", ENGINES)
def test_rebuilding_the_events_keeps_rows_and_guards(databases: Databases, engine: str) -> None:
    """SQLite changes a CHECK by a new table, and a table takes its triggers along."""
    url = databases.empty(engine)
    schema.upgrade(url, "0007")
    before = _shape(url)
    _write_event_without_case(url)

    schema.upgrade(url, "0008")

    sql = create_engine(url)
    with sql.connect() as connection:
        kept = connection.execute(text("SELECT number, action, details FROM case_event")).all()
    sql.dispose()
    assert [(number, action) for number, action, _details in kept] == [(1, "started")]
    assert _shape(url) == before


@pytest.mark.parametrize("engine", ENGINES)
def test_a_receipt_of_before_households_is_kept_and_guarded(
    databases: Databases, engine: str
) -> None:
    """It becomes the one line of its number; a second line beside it is not refused by the key."""
    url = databases.empty(engine)
    script = ScriptDirectory.from_config(schema.alembic_config(url))
    name = next(path.name[:4] for path in FILES if path.stem.endswith("_family"))
    schema.upgrade(url, str(script.get_revision(name).down_revision))
    _write_alone(url, RECEIPT.format(more="", values="", id=1))

    schema.upgrade(url, name)
    _write_alone(url, RECEIPT.format(more=", line", values=", 2", id=2))

    sql = create_engine(url)
    with sql.connect() as connection:
        kept = connection.execute(text("SELECT number, line, amount FROM receipt ORDER BY id"))
        assert kept.all() == [(7, 1, 500), (7, 2, 500)]
        with pytest.raises(IntegrityError, match="voided"):
            connection.execute(text("UPDATE receipt SET line = 3"))
    sql.dispose()


@pytest.mark.parametrize("engine", ENGINES)
def test_messages_of_before_short_ones_are_kept_and_guarded(
    databases: Databases, engine: str
) -> None:
    """The new channel is a new CHECK, and with it a new table on SQLite."""
    url = databases.empty(engine)
    before, name = _around(url, "sms")
    schema.upgrade(url, before)
    _write_alone(url, MESSAGE.format(id=1, channel="email"), ATTEMPT)

    schema.upgrade(url, name)
    _write_alone(url, MESSAGE.format(id=2, channel="sms"))

    sql = create_engine(url)
    with sql.connect() as connection:
        kept = connection.execute(text("SELECT channel, state FROM message ORDER BY id"))
        assert kept.all() == [("email", "delivered"), ("sms", "delivered")]
        assert connection.scalar(text("SELECT count(*) FROM message_attempt")) == 1
        with pytest.raises(IntegrityError, match=r"goes_on|go back"):
            connection.execute(text("UPDATE message SET state = 'pending'"))
    sql.dispose()


def _around(url: str, stem: str) -> tuple[str, str]:
    """Return the revision before a migration and its own, by what its file is called."""
    name = next(path.name[:4] for path in FILES if path.stem[5:] == stem)
    script = ScriptDirectory.from_config(schema.alembic_config(url))
    return str(script.get_revision(name).down_revision), name


MESSAGE = (
    "INSERT INTO message (id, uid, dedupe_key, event, channel, language, data_key_id,"
    " sealed_payload, priority, state, due_at, attempts, created_at, updated_at)"
    " VALUES ({id}, 'u{id}', 'd{id}', 'case_submitted', '{channel}', 'ar', 1, '', 5, 'delivered',"
    " '2026-01-01 00:00:00', 1, '2026-01-01 00:00:00', '2026-01-01 00:00:00')"
)
ATTEMPT = (
    "INSERT INTO message_attempt (message_id, number, started_at)"
    " VALUES (1, 1, '2026-01-01 00:00:00')"
)

RECEIPT = (
    "INSERT INTO receipt (id, uid, post_id, year, number, prefix, key, case_id, charge_id,"
    " data_key_id, method, currency, amount, taken_on, taken_at{more})"
    " VALUES ({id}, 'u{id}', 1, 2026, 7, 'JM', 'k', {id}, {id},"
    " 1, 'online', 'USD', 500, '2026-01-01', '2026-01-01 00:00:00'{values})"
)


def _write_event_without_case(url: str) -> None:
    _write_alone(
        url,
        "INSERT INTO case_event (case_id, number, key, action, state, actor_kind, details, at)"
        " VALUES (1, 1, 'k', 'started', 'draft', 'citizen', '{}', '2026-01-01 00:00:00')",
    )


def _write_alone(url: str, *statements: str) -> None:
    """Write rows without those to which they refer."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            for statement in statements:
                database.execute(statement)
            database.commit()
        return
    sql = create_engine(url)
    with sql.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))
    sql.dispose()


AT = "'2026-01-01 00:00:00'"


@pytest.mark.parametrize("engine", ENGINES)
def test_old_cases_say_at_which_step_they_stand_and_what_is_appealed(
    databases: Databases, engine: str
) -> None:
    url = databases.empty(engine)
    schema.upgrade(url, "0021")
    _write_alone(
        url,
        'INSERT INTO "case" (id, uid, reference, post_id, service_id, version_id,'  # noqa: S608  (our own rows)
        " person_id, data_key_id, language, variant, state, version, submitted_at, ended_at,"
        f" created_at, updated_at) VALUES {', '.join(map(_old_case, range(1, 5), OLD_STATES))}",
        "INSERT INTO case_step (case_id, position, kind, state) VALUES (2, 0, 'review', 'done'),"
        " (2, 1, 'payment', 'current'), (2, 2, 'hand_over', 'waiting'),"
        " (3, 0, 'review', 'skipped'), (4, 0, 'review', 'skipped')",
        "INSERT INTO appeal (uid, case_id, data_key_id, sealed_words, filed_at, is_granted,"
        " sealed_answer, decided_by, decided_at) VALUES"
        " ('a', 3, 1, '', '2026-01-01 00:00:00', false, NULL, NULL, NULL),"
        " ('b', 4, 1, '', '2026-01-01 00:00:00', false, '', 1, '2026-01-01 00:00:00')",
    )

    schema.upgrade(url, "0022")

    sql = create_engine(url)
    with sql.connect() as connection:
        kept = connection.execute(
            text('SELECT id, at_step, appealed_at IS NOT NULL FROM "case" ORDER BY id')
        ).all()
    sql.dispose()
    assert [(key, step, bool(waits)) for key, step, waits in kept] == [
        (1, None, False),
        (2, "payment", False),
        (3, None, True),
        (4, None, False),
    ]


OLD_STATES = ("draft", "in_progress", "refused", "refused")


def _old_case(key: int, state: str) -> str:
    sent, ended = (AT if held else "NULL" for held in (state != "draft", state == "refused"))
    return (
        f"({key}, 'u{key}', 'r{key}', 1, 1, 1, 1, 1, 'ar', 'regular', '{state}', 1, {sent},"
        f" {ended}, {AT}, {AT})"
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_old_slots_know_the_hour_that_the_clocks_of_their_place_show(
    databases: Databases, engine: str
) -> None:
    url = databases.empty(engine)
    before, name = _around(url, "wall_time")
    schema.upgrade(url, before)
    _write_alone(
        url,
        "INSERT INTO site (id, post_id, code, name, address, zone) VALUES"
        " (1, 1, 'a', '{}', '{}', 'Africa/Cairo'), (2, 1, 'b', '{}', '{}', 'Europe/Moscow')",
        "INSERT INTO pool (id, site_id, code, name, unit_minutes, horizon_days) VALUES"
        " (1, 1, 'p', '{}', 20, 60), (2, 2, 'p', '{}', 20, 60)",
        "INSERT INTO slot (pool_id, lane, starts_at, local_on, planned, capacity, taken) VALUES"
        " (1, 'public', '2027-01-04 07:00:00', '2027-01-04', 1, 1, 0),"
        " (1, 'public', '2027-07-05 07:00:00', '2027-07-05', 1, 1, 0),"
        " (2, 'public', '2027-07-05 07:00:00', '2027-07-05', 1, 1, 0)",
    )

    schema.upgrade(url, name)

    sql = create_engine(url)
    with sql.connect() as connection:
        found = connection.execute(text("SELECT wall_time FROM slot ORDER BY id")).scalars().all()
    sql.dispose()
    assert found == ["09:00", "10:00", "10:00"]
