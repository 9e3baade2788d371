"""A slip in the answers, mended by staff with a trace."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.cases import correcting, queries
from app.cases.models import CaseAnswers
from app.cases.rules import Action, ItemKind, State
from app.core.actor import SYSTEM, Role
from app.core.db import db, new_uid, transaction
from app.core.errors import Conflict, InvalidTransition, NotFound
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.desk.conftest import Officer, officer_at, taken
from tests.integration.desk.test_queue import search

PAGE = "stay_in_russia"


def test_what_stood_there_is_kept_and_the_trace_names_fields_only(
    app: Flask, officer: Officer
) -> None:
    reference = taken(app, officer)
    officer.visitor.open(f"/en/desk/cases/{reference}/answers/{PAGE}")

    officer.visitor.submit({"city": "Самара"}, button="Save")

    assert "Answers corrected: City" in officer.visitor.page.text
    with app.app_context():
        case = queries.get_case(reference, SYSTEM)
        item = queries.find_item(case, ItemKind.ANSWERS, PAGE)
        rows = db.session.scalars(
            select(CaseAnswers).where(CaseAnswers.item_id == item.id).order_by(CaseAnswers.revision)
        ).all()
        assert [(row.values or {})["city"] for row in rows] == ["Казань", "Самара"]
        event = queries.list_events(case.id)[-1]
        assert (event.action, event.details) == (
            Action.ANSWERS_CORRECTED,
            {"page": PAGE, "fields": ["city"]},
        )
        written = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert written is not None
        assert "Самара" not in str(written.fields)


def test_an_answer_that_cannot_be_is_refused_at_its_field(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    officer.visitor.open(f"/en/desk/cases/{reference}/answers/{PAGE}")

    officer.visitor.submit({"phone": "12"}, button="Save")

    assert officer.visitor.page.status == 422
    assert len(officer.visitor.page.errors) == 1


def test_the_phone_that_was_mended_finds_the_case(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    officer.visitor.open(f"/en/desk/cases/{reference}/answers/{PAGE}")
    officer.visitor.submit({"phone": "+79997654321"}, button="Save")

    assert reference in search(officer.visitor, "89997654321").text
    assert reference not in search(officer.visitor, "+79161234567").text


@pytest.mark.parametrize("role", [Role.OFFICER, Role.RECEPTIONIST])
def test_who_does_not_have_the_case_corrects_nothing(
    app: Flask, officer: Officer, role: Role
) -> None:
    reference = taken(app, officer)
    other = officer_at(app, role).visitor

    page = other.open(f"/en/desk/cases/{reference}/answers/{PAGE}")

    assert page.status == 404 or page.url.endswith(reference)


def write(reference: str, officer: Officer, **changes: object) -> None:
    case = queries.get_case(reference, SYSTEM)
    with transaction():
        correcting.correct_answers(
            reference,
            str(changes.pop("page", PAGE)),
            {**factory.ANSWERS[PAGE], "city": "Самара"},
            actor=officer.actor,
            seen=case.version + int(str(changes.pop("ahead", 0))),
            key=new_uid(),
        )


def test_a_case_that_waits_for_the_citizen_is_left_to_them(app: Flask, officer: Officer) -> None:
    with app.app_context(), transaction():
        reference = factory.asked(people.account(), officer.actor).reference

    with app.app_context(), pytest.raises(InvalidTransition):
        write(reference, officer)


def test_an_unknown_page_and_an_old_look_are_refused(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)

    with app.app_context(), pytest.raises(NotFound):
        write(reference, officer, page="nowhere")
    with app.app_context(), pytest.raises(Conflict):
        write(reference, officer, ahead=-1)
    with app.app_context():
        assert queries.get_case(reference, SYSTEM).state is State.IN_REVIEW
