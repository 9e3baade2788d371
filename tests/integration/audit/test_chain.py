"""The record is sealed as a chain, and whatever is done to it behind the program is found."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.audit import anchoring, sealing, services, verifying
from app.audit.rules import Anchor, Finding, Wrong
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from app.jobs import tasks
from tests.databases import counted_queries

START = datetime.fromisoformat("2026-11-23T09:00:00+00:00")
LATER = START + timedelta(hours=3)
GUARDS = {
    "sqlite": [
        f"DROP TRIGGER tg_audit_{table}_no_{verb}"
        for table in ("entry", "seal")
        for verb in ("update", "delete")
    ],
    "postgresql": [
        f"DROP TRIGGER tg_audit_{table}_append_only ON audit_{table}" for table in ("entry", "seal")
    ],
}


def write(count: int, *, at: datetime = START) -> None:
    """Record so many things and seal them."""
    with clock.pretend(at):
        for number in range(count):
            with transaction():
                services.record(
                    "tried",
                    actor=SYSTEM,
                    object_kind="case",
                    object_uid=f"c{number}",
                    fields={"n": 1},
                )
        with transaction():
            sealing.seal()


def tamper(*statements: str, **values: int) -> None:
    """Do what somebody with all rights over the database does: the guards go first."""
    guards = GUARDS[db.engine.dialect.name]
    with transaction() as session:
        for guard in guards:
            session.execute(text(guard))
        for statement in statements:
            session.execute(text(statement), values)


def found(*anchors: Anchor, at: datetime = LATER) -> Finding | None:
    with clock.pretend(at):
        return verifying.verify(anchors).finding


@pytest.fixture(autouse=True)
def anchors(app: Flask, tmp_path: Path) -> Iterator[Path]:
    """Be the file of heads, of this test alone."""
    kept = app.extensions["audit_anchor"]
    anchoring.init_app(app, path=tmp_path / "heads")
    yield tmp_path / "heads"
    anchoring.init_app(app, path=kept)


@pytest.fixture
def record(app: Flask) -> list[int]:
    """Be ten sealed entries: their numbers."""
    with app.app_context():
        write(10)
        return list(db.session.scalars(text("SELECT id FROM audit_entry ORDER BY id")))


EDIT = "UPDATE audit_entry SET action = 'x' WHERE id = :bad"
DELETE = "DELETE FROM audit_entry WHERE id = :bad"
SWAP = (
    "UPDATE audit_entry SET object_uid = 'c7' WHERE id = :bad",
    "UPDATE audit_entry SET object_uid = 'c2' WHERE id = :other",
)
BOTH = (DELETE, "DELETE FROM audit_seal WHERE entry_id = :bad")
CUT = (
    "DELETE FROM audit_entry WHERE id >= :bad",
    "DELETE FROM audit_seal WHERE entry_id >= :bad",
)
INSERT = (
    "INSERT INTO audit_entry (id, at, actor_kind, action, object_kind, object_uid, fields)"
    " VALUES (:bad, '2026-11-23 09:00:00.000000', 'system', 'tried', 'case', 'c', '{}')"
)


@pytest.mark.proves("S44", "data_ops-003")
def test_an_untouched_record_verifies(app: Flask, record: list[int]) -> None:
    with app.app_context():
        assert found() is None
        assert found(*[anchor] if (anchor := anchoring.current()) else []) is None
        assert verifying.verify().verified == len(record)
        with clock.pretend(LATER), transaction():
            assert sealing.seal() == 0


@pytest.mark.proves("S44", "data_ops-003")
@pytest.mark.parametrize(
    ("harm", "wrong", "place"),
    [
        ((EDIT,), Wrong.CHANGED, 3),
        (("UPDATE audit_entry SET fields = '{}' WHERE id = :bad",), Wrong.CHANGED, 4),
        (("UPDATE audit_entry SET actor_id = 1 WHERE id = :bad",), Wrong.CHANGED, 0),
        ((DELETE,), Wrong.DELETED, 5),
        ((DELETE,), Wrong.DELETED, 9),
        (SWAP, Wrong.CHANGED, 2),
        (BOTH, Wrong.UNSEALED, 6),
    ],
)
def test_what_was_done_to_a_row_is_found_at_that_row(
    app: Flask, record: list[int], harm: tuple[str, ...], wrong: Wrong, place: int
) -> None:
    with app.app_context():
        tamper(*harm, bad=record[place], other=record[7])
        finding = found()

    assert finding is not None
    assert (finding.wrong, finding.seq) == (wrong, place + 1)
    assert finding.entry_id in (record[place], None)


@pytest.mark.proves("S44", "data_ops-003")
def test_an_entry_put_among_the_others_is_found(app: Flask, record: list[int]) -> None:
    with app.app_context():
        tamper(*BOTH, INSERT, bad=record[4])
        first = found()
        with clock.pretend(LATER), transaction():
            sealing.seal()

        assert first == Finding(wrong=Wrong.UNSEALED, seq=5)
        assert found() == first, "what was put there is not sealed afterwards"


@pytest.mark.proves("S44", "data_ops-003")
def test_an_entry_in_a_gap_is_found(app: Flask) -> None:
    with app.app_context():
        write(3)
        after = db.session.scalar(text("SELECT max(id) FROM audit_entry")) or 0
        with transaction() as session:
            session.execute(text(INSERT), {"bad": after + 30})
            sealing.seal()
            session.execute(text(INSERT), {"bad": after + 20})
        with clock.pretend(LATER), transaction():
            sealing.seal()

        assert found() == Finding(wrong=Wrong.INSERTED, seq=4, entry_id=after + 20)


@pytest.mark.proves("S44", "data_ops-003")
def test_a_record_cut_short_is_found_by_the_head_kept_outside(
    app: Flask, record: list[int]
) -> None:
    with app.app_context():
        anchor = anchoring.current()
        assert anchor is not None
        tamper(*CUT, bad=record[6])

        assert found() is None, "without a head nobody can know"
        assert found(anchor) == Finding(wrong=Wrong.CUT, seq=7)


@pytest.mark.proves("S44", "data_ops-003")
def test_an_old_copy_that_went_on_is_found(app: Flask, record: list[int]) -> None:
    with app.app_context():
        anchor = anchoring.current()
        assert anchor is not None
        tamper(*CUT, bad=record[6])
        write(8, at=START + timedelta(minutes=5))

        seal = "SELECT entry_id FROM audit_seal WHERE seq = 10"
        newest = db.session.scalar(text(seal))
        assert found() is None
        assert found(anchor) == Finding(wrong=Wrong.REPLACED, seq=10, entry_id=newest)


def test_the_database_refuses_to_change_a_seal(app: Flask, record: list[int]) -> None:
    for statement in ("UPDATE audit_seal SET kid = 'x'", "DELETE FROM audit_seal"):
        with app.app_context(), pytest.raises(IntegrityError), transaction() as session:
            session.execute(text(statement))


def test_a_seal_of_a_key_that_is_gone_is_told_from_a_bad_one(app: Flask, record: list[int]) -> None:
    ring = app.extensions["audit_keys"]
    try:
        sealing.init_app(app, keys=("B" * 42 + "A=",))
        with app.app_context():
            finding = found()
    finally:
        app.extensions["audit_keys"] = ring

    assert finding == Finding(wrong=Wrong.UNKNOWN_KEY, seq=1, entry_id=record[0])


def test_periodic_work_seals_within_a_minute_and_an_alarm_tells_when_not(app: Flask) -> None:
    with app.app_context():
        with clock.pretend(START), transaction():
            services.record("tried", actor=SYSTEM, object_kind="case", object_uid="c")
        assert sealing.count_late(START + timedelta(seconds=61)) == 1
    late = app.test_client().get("/readyz")
    assert late.get_json()["unsealed_entries"] == 1

    with app.app_context():
        tasks.tick()
        assert sealing.count_late(LATER) == 0
    assert "unsealed_entries" not in app.test_client().get("/readyz").get_json()


def test_the_commands_print_a_head_and_name_the_first_bad_row(
    app: Flask, record: list[int]
) -> None:
    run = app.test_cli_runner().invoke
    head = run(args=["audit-head"]).output.strip()
    good = run(args=["verify-audit", "--head", head])
    assert (good.exit_code, "10 entries verified" in good.output) == (0, True)

    with app.app_context():
        tamper(EDIT, bad=record[3])
    bad = run(args=["verify-audit"])
    assert bad.exit_code == 1
    assert f"Entry {record[3]} of audit_entry (seal 4) is not what was sealed" in bad.output
    assert run(args=["verify-audit", "--head", "17"]).exit_code == 2


def test_the_head_is_kept_in_a_file_outside(app: Flask, record: list[int]) -> None:
    with app.app_context():
        anchoring.write()
        tamper(*CUT, bad=record[6])

    assert app.test_cli_runner().invoke(args=["verify-audit"]).exit_code == 1


def test_a_mark_of_what_is_settled_hides_nothing(app: Flask, record: list[int]) -> None:
    with app.app_context():
        with transaction() as session:
            session.execute(text("UPDATE audit_chain SET settled_id = 9000000000000000"))
        with clock.pretend(LATER), transaction():
            services.record("tried", actor=SYSTEM, object_kind="case", object_uid="new")
        assert sealing.count_late(LATER + timedelta(seconds=61)) == 1
        with clock.pretend(LATER + timedelta(seconds=61)), transaction():
            assert sealing.seal() == 1
        assert found(at=LATER + timedelta(seconds=120)) is None


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_the_newest_sealed_entry_is_read_from_the_end_of_an_index(
    app: Flask, record: list[int]
) -> None:
    with counted_queries(app) as sent, app.app_context():
        sealing.count_late(LATER)
    (newest,) = [one for one in sent if one.startswith("SELECT max(audit_seal.entry_id)")]

    with app.app_context():
        # Of ten rows a table is read whole, whatever index there is.
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(db.session.scalars(text(f"EXPLAIN {newest}")))

    assert "Index Only Scan Backward using uq_audit_seal_entry_id" in plan
    assert "Limit" in plan and "Seq Scan" not in plan
