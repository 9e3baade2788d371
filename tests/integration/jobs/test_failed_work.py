"""Work that was given up is seen by admins, counted for the operators, and run again."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core import clock
from app.core.actor import Role
from app.core.db import db, transaction
from app.jobs import handlers, queries, services
from app.jobs.models import Job, JobState
from app.jobs.wording import KINDS
from tests.databases import counted_queries
from tests.factories import people
from tests.factories.jobs import find_job
from tests.visitor import Visitor

WORK = "/en/admin/work"
DOMAINS = {"appointments", "cases", "desk", "documents"}


def failed(app: Flask, *dedupes: str, error: str = "OSError") -> None:
    """Have jobs been given up an hour ago, the last of these as the newest."""
    now = clock.now()
    with app.app_context(), transaction():
        for dedupe in dedupes:
            job = services.schedule(
                "cases.digest", dedupe=dedupe, due_at=now + timedelta(hours=1), arguments={}
            )
            job.state, job.ended_at = JobState.FAILED, now - timedelta(hours=1)
            job.last_error, job.attempts, job.deaths = error, 8, 2


def state_of(app: Flask, dedupe: str = "j") -> tuple[JobState, int, int]:
    with app.app_context():
        job = find_job(dedupe)
        assert job is not None
        return job.state, job.attempts, job.deaths


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """Be an admin of the post that the site serves."""
    return people.staff_visitor(app, Role.ADMIN)


def test_an_admin_finds_what_failed_from_the_page_of_the_day(app: Flask, admin: Visitor) -> None:
    assert "Work that failed" not in admin.open("/en/desk").text
    failed(app, "j")

    page = admin.open(admin.open("/en/desk").link("1"))

    assert page.url == WORK
    assert page.heading == "Work that failed"
    assert "Late requests, to the head of section" in page.text
    assert "OSError" in page.text


def test_the_page_is_reached_while_nothing_has_failed(admin: Visitor) -> None:
    page = admin.open(admin.open("/en/desk/messages").link("Work that failed"))

    assert "Nothing has failed" in page.text


def test_others_are_told_nothing_of_it(app: Flask) -> None:
    failed(app, "j")
    visitor = people.staff_visitor(app, Role.OFFICER, Role.HEAD)

    assert "Work that failed" not in visitor.open("/en/desk").text
    assert "Work that failed" not in visitor.open("/en/desk/messages").text


def test_it_is_run_again_once_and_that_is_on_record(app: Flask, admin: Visitor) -> None:
    failed(app, "j", error="died")
    first = admin.open(WORK)
    assert "The worker died at each attempt." in first.text

    admin.submit(button="Run again")
    admin.page = first
    page = admin.submit(button="Run again")

    assert page.status == 200
    assert state_of(app) == (JobState.DUE, 0, 0)
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.object_kind == "job"))
        said = [(entry.action, entry.fields) for entry in entries]
    assert said == [("job.run_again", {"kind": "cases.digest", "error": "died"})]


def test_the_second_of_two_admins_is_told(app: Flask, admin: Visitor) -> None:
    failed(app, "j")
    other = people.staff_visitor(app, Role.ADMIN)
    admin.open(WORK)
    other.open(WORK)
    admin.submit(button="Run again")

    page = other.submit(button="Run again")

    assert "Somebody has had this run again already." in page.text


def test_work_that_is_due_or_done_cannot_be_run_again(app: Flask, admin: Visitor) -> None:
    failed(app, "j")
    admin.open(WORK)
    with app.app_context(), transaction():
        job = find_job("j")
        assert job is not None
        job.state = JobState.DONE

    admin.submit(button="Run again")

    assert state_of(app)[0] is JobState.DONE


def test_the_operators_are_told_how_much_failed(app: Flask, client: FlaskClient) -> None:
    assert client.get("/readyz").json == {"status": "ok"}

    failed(app, "one", "two")

    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok", "failed_jobs": 2})


def test_many_are_shown_by_pages_with_as_many_queries(app: Flask, admin: Visitor) -> None:
    failed(app, "first")
    admin.open(WORK)
    with counted_queries(app) as few:
        admin.open(WORK)
    failed(app, *(f"j{number}" for number in range(queries.PAGE)))

    with counted_queries(app) as many:
        page = admin.open(WORK)

    assert len(many) == len(few)
    assert len(page.root.findall(".//tbody/tr")) == queries.PAGE
    older = admin.open(page.link("Next"))
    assert len(older.root.findall(".//tbody/tr")) == 1
    assert admin.open(f"{WORK}?before=nothing").status == 404


def test_work_that_ended_begins_anew_and_work_under_way_goes_on(app: Flask) -> None:
    failed(app, "j")
    now = clock.now()
    for _time in range(2):
        with app.app_context(), transaction():
            services.schedule_anew("cases.digest", dedupe="j", due_at=now, arguments={})
    with app.app_context(), transaction():
        claim = services.claim(clock.now())
        assert isinstance(claim, services.Claim)
        services.schedule_anew("cases.digest", dedupe="j", due_at=now, arguments={})
        assert services.lock(claim) is not None
        assert len(db.session.scalars(select(Job.id)).all()) == 1


def test_all_work_of_ours_has_words(app: Flask) -> None:
    kinds = {kind for kind in vars(handlers)["_handlers"] if kind.split(".")[0] in DOMAINS}

    assert len(kinds) > 10
    assert kinds - set(KINDS) == set()
