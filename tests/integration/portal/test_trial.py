"""The draft as a citizen sees it, and a trial of its form that leaves no trace."""

import re
from collections import Counter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.catalogue import services
from app.catalogue.definition import document as definitions
from app.core.actor import SYSTEM, Role
from app.core.db import Model, db, transaction
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.portal.conftest import DECLARATION, STAY, TRAVEL
from tests.visitor import Page, Visitor, text_of

EDITOR = "/admin/services/PASS_RENEW"
EXCLUDED = {
    "key": "student",
    "when": {"field": "stay_status", "is": "student"},
    "reason": {"ar": "للطلاب", "ru": "Студентам", "en": "Students are served elsewhere."},
    "instead": {"ar": "الجامعة", "ru": "Вуз", "en": "Ask the university."},
}


def drafted(**changes: Any) -> None:
    """Change the draft of the published renewal; call inside a transaction."""
    document = {**definitions.dump(factory.definition()), **changes}
    services.save_draft(people.post(), definitions.parse(document), actor=SYSTEM)


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """Be an admin whose draft differs from what is published."""
    with app.app_context(), transaction():
        factory.publish()
        drafted(target_days=4)
    return people.staff_visitor(app, Role.ADMIN)


def begin(admin: Visitor, language: str = "en", variant: str = "regular") -> Page:
    admin.open(f"/{language}{EDITOR}/trial")
    return admin.submit({"category": "citizen", "age": "30", "variant": variant}, button="Begin")


def go_through(admin: Visitor, variant: str = "regular") -> Page:
    begin(admin, variant=variant)
    for values in (TRAVEL, STAY, DECLARATION):
        admin.submit(values, button="Save and continue")
        assert admin.page.errors == []
    return admin.page


def promised_on(page: Page) -> str:
    found = re.search("it would be promised by ([^.]+)", page.text)
    assert found is not None
    return found[1]


def rows_of(app: Flask) -> Counter[str]:
    """Count the rows of every table."""
    with app.app_context():
        return Counter(
            {
                name: db.session.scalar(select(func.count()).select_from(table)) or 0
                for name, table in Model.metadata.tables.items()
            }
        )


def test_the_preview_shows_the_draft_and_not_what_is_published(app: Flask, admin: Visitor) -> None:
    page = admin.open(f"/ru{EDITOR}/preview")

    assert "4 рабочих дня" in page.text
    assert "4 рабочих дня" not in Visitor(app.test_client()).open("/ru/services/PASS_RENEW").text
    assert page.by_class("s-phone")
    assert page.link("العربية") == f"/ar{EDITOR}/preview"
    assert admin.follow("Начать заявление").url == f"/ru{EDITOR}/trial"
    assert admin.open(f"/ru{EDITOR}/preview/print").status == 200


def test_a_trial_goes_to_papers_bill_and_path(admin: Visitor) -> None:
    page = go_through(admin)

    assert page.heading == "What the trial came to"
    assert "+963944123456" in page.text
    assert "200 US dollars" in page.text
    assert "it would be promised by" in page.text
    papers = next(e for e in page.by_class("j-sec") if e.get("aria-labelledby") == "papers")
    assert len(list(papers.iter("li"))) == 3


def test_a_trial_promises_the_day_of_its_own_variant(app: Flask, admin: Visitor) -> None:
    with app.app_context(), transaction():
        drafted(target_days=40)
    urgent = promised_on(go_through(admin, variant="urgent"))
    with app.app_context(), transaction():
        drafted(target_days=3)

    assert urgent == promised_on(go_through(admin))


def test_a_trial_leaves_nothing_but_a_line_in_the_audit(app: Flask, admin: Visitor) -> None:
    admin.open(f"/en{EDITOR}/trial")
    before = rows_of(app)

    go_through(admin)

    assert rows_of(app) - before == {"audit_entry": 1}
    assert before - rows_of(app) == {}
    with app.app_context():
        last = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert last is not None
        assert (last.action, last.fields) == ("service.tried", {"code": "PASS_RENEW"})


def test_what_was_answered_cannot_be_read_in_the_page(admin: Visitor) -> None:
    begin(admin)
    page = admin.submit(TRAVEL, button="Save and continue")

    sealed = next(
        e.get("value", "") for e in page.root.iter("input") if e.get("name") == "trial-sealed"
    )
    assert "N012345678" not in sealed
    assert re.fullmatch(r"[A-Za-z0-9_=-]+", sealed)


def test_a_page_is_judged_by_the_engine(admin: Visitor) -> None:
    begin(admin)

    page = admin.submit({**TRAVEL, "reason": ""}, button="Save and continue")

    assert page.status == 422
    assert len(page.errors) == 1
    assert page.link("Choose an answer") == "#reason"


def test_the_same_page_is_shown_in_another_language_with_what_was_typed(admin: Visitor) -> None:
    begin(admin)

    page = admin.submit({"old_number": "N777", "trial-go": "stay"}, button="Русский")

    assert "N777" in [e.get("value") for e in page.root.iter("input")]


def test_one_goes_back_to_what_was_answered(admin: Visitor) -> None:
    begin(admin)
    admin.submit(TRAVEL, button="Save and continue")

    page = admin.submit({"trial-go": "back"}, button="Previous")

    assert "N012345678" in [e.get("value") for e in page.root.iter("input")]


def test_an_exclusion_stops_with_its_reason(app: Flask, admin: Visitor) -> None:
    with app.app_context(), transaction():
        drafted(exclusions=[EXCLUDED])
    begin(admin)
    admin.submit(TRAVEL, button="Save and continue")

    page = admin.submit(STAY, button="Save and continue")

    assert page.heading == "This request cannot be filed here"
    assert "Students are served elsewhere." in page.text
    assert "Ask the university." in page.text


def test_a_trial_stops_before_the_rest_of_the_page_is_demanded(app: Flask, admin: Visitor) -> None:
    with app.app_context(), transaction():
        drafted(exclusions=[EXCLUDED])
    begin(admin)
    admin.submit(TRAVEL, button="Save and continue")

    page = admin.submit({"stay_status": "student"}, button="Save and continue")

    assert page.heading == "This request cannot be filed here"


def test_the_way_back_from_a_refusal_leads_to_the_answer(app: Flask, admin: Visitor) -> None:
    with app.app_context(), transaction():
        drafted(exclusions=[EXCLUDED])
    begin(admin)
    admin.submit(TRAVEL, button="Save and continue")
    admin.submit(STAY, button="Save and continue")

    page = admin.submit({"trial-go": "back"}, button="Previous")

    chosen = [e for e in page.root.iter("input") if e.get("checked") is not None]
    assert "student" in [e.get("value") for e in chosen]


def test_a_trial_of_somebody_else_cannot_be_gone_on_with(app: Flask, admin: Visitor) -> None:
    begun = begin(admin)
    other = people.staff_visitor(app, Role.ADMIN)
    other.open(f"/en{EDITOR}/trial")
    token = next(
        e.get("value") for e in other.page.root.iter("input") if e.get("name") == "csrf_token"
    )
    other.page = begun

    page = other.submit({**TRAVEL, "csrf_token": token}, button="Save and continue")

    assert page.status == 404


def test_only_admins_preview(app: Flask, admin: Visitor) -> None:
    officer = people.staff_visitor(app, Role.OFFICER)

    assert officer.open(f"/en{EDITOR}/preview").status == 404
    assert officer.open(f"/en{EDITOR}/trial").status == 404


def test_a_service_without_pages_comes_to_its_summary_at_once(app: Flask, admin: Visitor) -> None:
    with app.app_context(), transaction():
        drafted(pages=[], papers=[], fees=[], add_ons=[])
    admin.open(f"/en{EDITOR}/trial")

    page = admin.submit({"category": "citizen"}, button="Begin")

    assert page.heading == "What the trial came to"
    assert "free of charge" in text_of(page.root)
