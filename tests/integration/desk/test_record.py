"""Auditors see who did and saw what at their post, by filters, and nothing of the citizens."""

import pytest
from flask import Flask

from app.accounts import queries, services
from app.audit import services as audit
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind, Role
from app.core.db import transaction
from tests.databases import counted_queries
from tests.integration.desk.conftest import Officer, name_officer, officer_at, submitted

RECORD = "/en/desk/record"


@pytest.fixture
def auditor(app: Flask) -> Officer:
    """Be an auditor of the post."""
    return officer_at(app, Role.AUDITOR)


def wrote(app: Flask, count: int, *, by: Actor = SYSTEM, action: str = "paper_opened") -> None:
    with app.app_context(), transaction():
        for number in range(count):
            audit.record(action, actor=by, object_kind="paper", object_uid=f"p{number}")


@pytest.mark.proves("S44")
def test_an_auditor_sees_who_opened_a_request(
    app: Flask, officer: Officer, auditor: Officer
) -> None:
    name_officer(app, officer, "Rana Haddad")
    reference = submitted(app)
    officer.visitor.open(f"/en/desk/cases/{reference}")

    page = auditor.visitor.open(f"{RECORD}?what=reads&object={reference}")

    assert page.status == 200
    row = next(line for line in page.text.split("Entry")[-1].splitlines() if "opened" in line)
    assert "Request opened" in row
    assert "Rana Haddad" in page.text
    assert reference in page.text


@pytest.mark.proves("S44")
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AUDITOR])
def test_nobody_else_sees_the_record(app: Flask, role: Role) -> None:
    assert officer_at(app, role).visitor.open(RECORD).status == 404


def test_filters_narrow_the_record_down(app: Flask, officer: Officer, auditor: Officer) -> None:
    wrote(app, 1, by=officer.actor, action="identity_numbers_seen")
    wrote(app, 1, action="document_revoked")

    by_program = auditor.visitor.open(f"{RECORD}?who=program").text
    reads = auditor.visitor.open(f"{RECORD}?what=reads").text
    today = clock.today("Europe/Moscow")
    past = auditor.visitor.open(f"{RECORD}?until={today.replace(year=2020)}").text

    assert "Document declared invalid" in by_program and "uncovered" not in by_program
    assert "Identity numbers uncovered" in reads and "invalid" not in reads
    assert "No such entry" in past


def test_the_record_is_read_page_by_page(app: Flask, auditor: Officer) -> None:
    wrote(app, 60)
    page = auditor.visitor.open(RECORD)
    assert page.text.count("Paper opened") == 49, "and the look itself"
    assert auditor.visitor.follow("Next").text.count("Paper opened") == 11
    assert auditor.visitor.follow("Previous").text.count("Paper opened") == 49


def test_what_an_act_is_about_stands_in_words_and_leads_to_all_about_it(
    app: Flask, auditor: Officer, officer: Officer
) -> None:
    with app.app_context(), transaction():
        staff = queries.get_staff(officer.actor.id or 0)
        services.grant(staff, officer.actor.post_id or 0, Role.HEAD)
        uid = staff.uid
    wrote(app, 1)
    page = auditor.visitor.open(RECORD.replace("/en/", "/ru/"))
    assert "СотрудникРана Аль-Али" in page.text and uid not in page.text
    auditor.visitor.open(RECORD)
    only = auditor.visitor.follow("Member of staff").text
    assert ("Role given" in only, "Paper opened" in only) == (True, False)


def test_what_was_noted_of_several_is_read_as_words(app: Flask, auditor: Officer) -> None:
    items = [{"key": "photo", "state": "accepted", "reason": None}, {"key": "visa", "state": "no"}]
    with app.app_context(), transaction():
        audit.record(
            "case_item_decided",
            actor=SYSTEM,
            object_kind="case",
            object_uid="c1",
            fields={"items": items, "of": ["one", "two"]},
        )
    page = auditor.visitor.open(RECORD)
    assert "items: photo accepted; visa no, of: one two" in page.text


def test_the_record_of_another_post_is_not_shown(app: Flask, auditor: Officer) -> None:
    wrote(app, 1, by=officer_at(app, Role.OFFICER, post="beirut", prefix="JB").actor)
    assert "Paper opened" not in auditor.visitor.open(RECORD).text


def test_more_entries_cost_no_more_statements(app: Flask, auditor: Officer) -> None:
    auditor.visitor.open(RECORD)
    with counted_queries(app) as few:
        auditor.visitor.open(RECORD)
    wrote(app, 45, by=Actor(kind=ActorKind.CITIZEN, id=1))
    with counted_queries(app) as many:
        auditor.visitor.open(RECORD)
    assert len(many) <= len(few)


@pytest.mark.parametrize(
    "query",
    [
        "who=x",
        "what=x",
        "object=%E2%80%AE",
        "since=x",
        "before=x",
        f"before={'9' * 30}",
        "until=9999-12-31",
    ],
)
def test_an_address_that_means_nothing_is_answered(auditor: Officer, query: str) -> None:
    assert auditor.visitor.open(f"{RECORD}?{query}").status == 200


def test_a_record_that_is_not_sealed_is_an_alarm(app: Flask, auditor: Officer) -> None:
    with clock.pretend(clock.now().replace(year=2025)):
        wrote(app, 2)
    assert "2 entries are not sealed" in auditor.visitor.open(RECORD).text
