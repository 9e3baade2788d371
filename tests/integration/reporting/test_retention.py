"""Requests go when their time is over, in steps, and nothing of the person is left."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, make_url, select, text

from app.accounts.models import Person
from app.cases import services as cases
from app.cases.models import Case
from app.catalogue import queries as catalogue
from app.catalogue.definition.outcomes import Keeping, Span
from app.core import clock
from app.core.actor import Role
from app.core.crypto import DataKey
from app.core.db import Model, db, new_uid, transaction
from app.jobs import tasks as jobs
from app.notifications.models import Message
from app.reporting.retention import queries, rules, services, tasks
from app.reporting.retention.models import Erasure, Retention
from tests.factories import cases as factory
from tests.factories import files, people
from tests.integration.desk.conftest import Officer, officer_at, submitted, taken

YEARS = timedelta(days=5 * 366)


def withdrawn(app: Flask, officer: Officer) -> str:
    """Return the reference of a request with a paper and a message that its citizen withdrew."""
    reference = taken(app, officer, photo=files.jpeg())
    with app.app_context(), transaction() as session:
        case = session.scalars(select(Case).where(Case.reference == reference)).one()
        actor = factory.citizen(people.only_account())
        cases.withdraw(reference, actor=actor, seen=case.version, key=new_uid())
    return reference


def night(app: Flask, at: datetime) -> None:
    """Have the worker do what is due in a night."""
    with clock.pretend(at), app.app_context():
        with transaction():
            tasks.schedule(at)
        jobs.drain()


def nights(app: Flask, begin: datetime) -> None:
    """Have a request be announced, closed and erased."""
    for days in (0, 32, 50):
        night(app, begin + timedelta(days=days))


def case_of(app: Flask, reference: str) -> Case:
    return db.session.scalars(select(Case).where(Case.reference == reference)).one()


def needles(app: Flask, reference: str) -> set[bytes]:
    """Return what is kept of the person of a request: hashes, sealed values, wrapped key."""
    case = case_of(app, reference)
    person = case.person
    found = {person.sealed_details, person.data_key.wrapped or b"?", person.fingerprint.encode()}
    for query in (
        "SELECT term FROM person_term",
        "SELECT mark FROM person_mark",
        "SELECT term FROM case_term",
        'SELECT follow_hash FROM "case" WHERE follow_hash IS NOT NULL',
        "SELECT sha256 FROM document",
        "SELECT sealed_values FROM case_answers",
        "SELECT sealed_name FROM document",
        "SELECT sealed_payload FROM message WHERE case_id IS NOT NULL",
    ):
        values = db.session.scalars(text(query)).all()
        assert values or "case_term" in query, query
        found |= {bytes(one) if not isinstance(one, str) else one.encode() for one in values}
    names = [str(one) for one in (person.details or {}).values() if one]
    return found | {name.encode() for name in names if len(name) > 3}


def kept(app: Flask) -> Iterator[bytes]:
    """Yield everything that is kept: all rows, the file of the database, the stored files."""
    for table in Model.metadata.tables.values():
        for row in db.session.execute(select(table)):
            yield b"|".join(_bytes(one) for one in row)
    db.session.rollback()
    address = make_url(app.config["SETTINGS"].database_url)
    if address.get_backend_name() == "sqlite":
        db.session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        for end in ("", "-wal"):
            path = Path(f"{address.database}{end}")
            yield path.read_bytes() if path.exists() else b""
    for path in Path(app.config["SETTINGS"].storage_url.removeprefix("file://")).rglob("*"):
        yield path.read_bytes() if path.is_file() else b""


def stored(app: Flask) -> set[Path]:
    """Return what lies in the storage, that of tests before included."""
    folder = Path(app.config["SETTINGS"].storage_url.removeprefix("file://"))
    return {path for path in folder.rglob("*") if path.is_file()}


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def hits(app: Flask, wanted: set[bytes]) -> set[bytes]:
    everything = list(kept(app))
    return {one for one in wanted if any(one in part for part in everything)}


@pytest.mark.race
@pytest.mark.proves("S43")
def test_nothing_of_the_person_is_left(racing_app: Flask) -> None:
    app = racing_app
    others = stored(app)
    reference = withdrawn(app, officer_at(app, Role.OFFICER))
    with app.app_context():
        wanted = needles(app, reference)
        uids = list(db.session.scalars(text("SELECT uid FROM document")))
        before = hits(app, wanted)

    nights(app, clock.now() + YEARS)

    with app.app_context():
        assert len(before) > 20, "the search bites"
        assert hits(app, wanted) == set()
        assert uids and stored(app) <= others
        assert db.session.scalar(select(DataKey.id).where(DataKey.destroyed_at.is_not(None)))


@pytest.mark.proves("S43")
def test_what_is_left_is_a_tombstone_without_a_person(app: Flask, officer: Officer) -> None:
    reference = withdrawn(app, officer)
    nights(app, clock.now() + YEARS)

    with app.app_context():
        stone = db.session.scalars(select(Erasure)).one()
        case = case_of(app, reference)
        assert (stone.reference, stone.outcome) == (reference, "withdrawn")
        assert stone.ended_on is not None
        assert (case.account_id, case.person.fingerprint, case.data_key.wrapped) == (None, "", None)
        assert db.session.scalar(select(Person.id).where(Person.fingerprint != "")) is None
        assert db.session.scalar(select(Retention.case_id)) is None


@pytest.mark.proves("S43")
def test_the_citizen_is_told_before_and_readers_lose_it_first(app: Flask, officer: Officer) -> None:
    reference, begin = withdrawn(app, officer), clock.now() + YEARS
    night(app, begin)
    with app.app_context():
        told = db.session.scalars(select(Message.event).order_by(Message.id)).all()
    assert "erasure_announced" in told
    night(app, begin + timedelta(days=20))
    assert officer.visitor.open(f"/en/desk/cases/{reference}").status == 200

    night(app, begin + timedelta(days=32))

    assert officer.visitor.open(f"/en/desk/cases/{reference}").status == 404
    with app.app_context():
        assert case_of(app, reference).person.details, "it can still be brought back"


@pytest.mark.proves("S43")
def test_a_held_request_stays_until_it_is_released(app: Flask, officer: Officer) -> None:
    reference, begin = withdrawn(app, officer), clock.now() + YEARS
    night(app, begin)
    with app.app_context(), transaction():
        plan = queries.get_of_post(reference, officer.actor.post_id or 0)
        services.hold(plan, "A court asks for it.", actor=officer.actor)
    nights(app, begin + YEARS)
    assert officer.visitor.open(f"/en/desk/cases/{reference}").status == 200

    with app.app_context(), transaction():
        services.release(
            queries.get_of_post(reference, officer.actor.post_id or 0), actor=officer.actor
        )
    nights(app, begin + 2 * YEARS)

    with app.app_context():
        assert queries.list_references() == [reference]


def test_a_person_with_another_request_stays(app: Flask, officer: Officer) -> None:
    reference = withdrawn(app, officer)
    with app.app_context(), transaction() as session:
        first = session.scalars(select(Case).where(Case.reference == reference)).one()
        first.ended_at = clock.now() - YEARS
        other = factory.submitted(people.only_account())
        other.person_id, other.data_key_id = first.person_id, first.data_key_id
        kept_reference = other.reference

    nights(app, clock.now())

    with app.app_context():
        assert queries.list_references() == [reference]
        assert case_of(app, kept_reference).person.details


@pytest.mark.proves("S43")
def test_erasures_are_replayed_after_an_older_copy_came_back(
    app: Flask, officer: Officer, tmp_path: Path
) -> None:
    reference = withdrawn(app, officer)
    listed = tmp_path / "erasures"
    listed.write_text(f"{reference}\nJM-0000-0000-0\n", "ascii")
    run = app.test_cli_runner().invoke

    assert "1 requests and accounts" in run(args=["replay-erasures", str(listed)]).output
    assert "0 requests and accounts" in run(args=["replay-erasures", str(listed)]).output

    assert run(args=["erasures"]).output == f"{reference}\n"
    with app.app_context():
        assert case_of(app, reference).data_key.wrapped is None


def test_what_has_not_ended_is_never_planned(app: Flask, officer: Officer) -> None:
    submitted(app)
    nights(app, clock.now() + 3 * YEARS)
    with app.app_context():
        assert db.session.scalar(select(func.count(Erasure.id))) == 0
        assert db.session.scalar(select(Retention.case_id)) is None


@pytest.mark.parametrize(
    ("ended", "months", "last"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-12-15", 12, "2027-12-15"),
        ("2024-02-29", 12, "2025-02-28"),
    ],
)
def test_months_are_counted_from_the_end(ended: str, months: int, last: str) -> None:
    day = datetime.fromisoformat(ended).date()
    assert rules.due_on(day, months).isoformat() == last


@pytest.mark.proves("S43")
def test_a_head_keeps_a_request_with_a_reason_and_lets_it_go(app: Flask, officer: Officer) -> None:
    reference, begin = withdrawn(app, officer), clock.now() + YEARS
    night(app, begin)
    head = officer_at(app, Role.HEAD).visitor
    assert reference in head.open("/en/desk/retention").text

    head.follow("Keep it")
    assert head.submit({"reason": " "}, button="Keep the request").status == 422
    kept = head.submit({"reason": "A court asks for it."}, button="Keep the request")
    assert "A court asks for it." in kept.text

    head.submit({}, button="Let it go")
    with app.app_context():
        assert queries.get_of_post(reference, officer.actor.post_id or 0).held_at is None


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.HEAD])
def test_nobody_but_the_head_decides_what_is_kept(app: Flask, role: Role) -> None:
    assert officer_at(app, role).visitor.open("/en/desk/retention").status == 404


@pytest.mark.proves("S43")
@pytest.mark.parametrize(
    ("keeping", "last"),
    [
        (Keeping(), lambda day: day + timedelta(days=200)),
        (Keeping(least_months=12), lambda day: rules.months_after(day, 12)),
        (Keeping(always=Span(days=40)), lambda day: day + timedelta(days=40)),
    ],
)
def test_what_a_service_does_not_say_the_post_says(
    app: Flask, officer: Officer, keeping: Keeping, last: Callable[[date], date]
) -> None:
    with app.app_context(), transaction():
        factory.publish(replace(factory.definition(), keeping=keeping))
    reference = withdrawn(app, officer)
    with app.app_context(), transaction():
        case_of(app, reference).service.post.kept = {"withdrawn": {"months": 0, "days": 200}}
    with app.app_context(), transaction(), clock.pretend(clock.now() + timedelta(days=28)):
        assert services.plan() == 1

    with app.app_context():
        ended_at = case_of(app, reference).ended_at
        assert ended_at is not None
        due_on = db.session.scalars(select(Retention.due_on)).one()
        assert due_on == last(clock.local(ended_at, "Europe/Moscow").date())


def test_an_admin_sets_for_how_long_requests_are_kept(app: Flask, officer: Officer) -> None:
    admin = officer_at(app, Role.ADMIN).visitor
    admin.open("/en/admin/periods")
    assert admin.submit({"lapsed_months": "0", "lapsed_days": "27"}).status == 422

    admin.open("/en/admin/periods")
    admin.submit({"lapsed_months": "0", "lapsed_days": "90", "refused_months": "48"})

    with app.app_context():
        kept = catalogue.get_post(officer.actor.post_id or 0).kept
        assert kept["lapsed"] == {"months": 0, "days": 90}
        assert kept["refused"] == {"months": 48, "days": 0}
