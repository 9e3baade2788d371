"""A draft whose service has changed, as its citizen sees it."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cases import queries, rebasing
from app.cases.models import CaseEvent
from app.core.db import db, transaction
from tests.factories import versions
from tests.integration.cases.test_moving import rearranged
from tests.integration.portal.conftest import STAY, Citizen, case_of, fill_in, make_citizen


def publish(app: Flask, edit: versions.Edit = rearranged) -> None:
    with app.app_context(), transaction():
        versions.publish(edit)


@pytest.fixture
def reference(citizen: Citizen) -> str:
    """Be a draft with all pages answered and all papers attached, its service changed."""
    made = citizen.make("complete")
    publish(citizen.app)
    return made


@pytest.mark.parametrize("path", ["", "/page/stay_in_russia", "/papers", "/check"])
def test_every_page_of_the_draft_says_that_the_service_has_changed(
    citizen: Citizen, reference: str, path: str
) -> None:
    page = citizen.open(f"/requests/{reference}{path}")

    assert "The service has changed since this draft was begun." in page.text
    assert page.link("See what is new").endswith(f"/requests/{reference}/new-version")


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_what_is_carried_new_and_gone_is_shown_before_it_moves(
    citizen: Citizen, reference: str, language: str
) -> None:
    page = citizen.open(f"/requests/{reference}/new-version", language)

    assert page.status == 200
    assert "Казань" in page.text
    assert "+79161234567" in page.text
    word = {"ar": "The profession ع", "ru": "The profession р", "en": "The profession"}
    assert word[language] in page.text
    with citizen.app.app_context():
        assert case_of(citizen.app, reference).pinned.number == 1


def waived(edited: versions.Document) -> None:
    """Waive the fee of who is registered, without an officer."""
    waiver = {**edited["waivers"][0], "key": "registered", "label": versions.words("For some")}
    waiver |= {"when": {"field": "registered", "is": True}, "by_officer": False}
    edited["waivers"].append(waiver)


@pytest.mark.parametrize(
    ("edit", "line", "after"),
    [(versions.dearer, "Extra work", "230 US dollars"), (waived, "For some", "free of charge")],
)
def test_both_bills_are_shown_with_what_is_added_and_waived(
    citizen: Citizen, edit: versions.Edit, line: str, after: str
) -> None:
    reference = citizen.make("complete")
    publish(citizen.app, edit)

    page = citizen.open(f"/requests/{reference}/new-version")

    before, _heading, then = page.text.partition("Fee in the new version")
    assert "Fee so far" in before and "200 US dollars" in before
    assert line not in before and after not in before
    assert line in then and after in then


def test_a_bill_that_stays_the_same_is_not_shown(citizen: Citizen, reference: str) -> None:
    assert "Fee so far" not in citizen.open(f"/requests/{reference}/new-version").text


def test_one_button_moves_the_draft_and_leads_to_what_is_new(
    citizen: Citizen, reference: str
) -> None:
    citizen.open(f"/requests/{reference}/new-version")
    shown = citizen.page
    for _press in range(2):
        citizen.visitor.page = shown
        page = citizen.submit({}, "Go on with the new version")

    assert page.url.endswith("/page/stay_in_russia")
    assert "had no place any more" in page.text
    with citizen.app.app_context():
        case = case_of(citizen.app, reference)
        assert case.pinned.number == 2
        count = select(func.count(CaseEvent.id)).where(CaseEvent.case_id == case.id)
        # Begun once and moved once.
        assert db.session.scalar(count) == 2


def test_the_answers_without_a_place_stay_readable(citizen: Citizen, reference: str) -> None:
    citizen.open(f"/requests/{reference}/new-version")
    citizen.submit({}, "Go on with the new version")

    page = citizen.visitor.follow("Show these answers")

    assert "+79161234567" in page.text
    assert "Go on with the new version" not in page.text


def test_the_citizen_may_stay_with_the_old_version(citizen: Citizen, reference: str) -> None:
    citizen.open(f"/requests/{reference}/new-version")
    citizen.visitor.follow("Stay with the version as I began it")

    citizen.submit({}, "Send the request")

    assert citizen.page.heading == "The request was sent"
    with citizen.app.app_context():
        assert case_of(citizen.app, reference).pinned.number == 1


def test_a_version_that_came_after_the_page_is_shown_first(
    citizen: Citizen, reference: str
) -> None:
    citizen.open(f"/requests/{reference}/new-version")
    publish(citizen.app, lambda d: d.update(target_days=3))

    page = citizen.submit({}, "Go on with the new version")

    assert page.status == 409
    assert len(page.errors) == 1
    assert citizen.submit({}, "Go on with the new version").status == 200


def test_what_is_typed_in_an_old_tab_is_not_lost(citizen: Citizen) -> None:
    reference = fill_in(citizen)
    publish(citizen.app)
    old_tab = citizen.another_tab()
    old_tab.open(f"/requests/{reference}/page/stay_in_russia")
    citizen.open(f"/requests/{reference}/new-version")
    citizen.submit({}, "Go on with the new version")

    page = old_tab.submit({**STAY, "city": "Москва"}, "Save and continue")

    assert page.status == 200
    assert "What you typed is kept" in "".join(page.root.itertext())
    with citizen.app.app_context():
        case = case_of(citizen.app, reference)
        assert queries.answers(case)["city"] == "Москва"
        assert "phone" in rebasing.left_over(case)[-1].answers


def test_what_cannot_be_used_of_an_old_tab_is_said_to_be_left_out(citizen: Citizen) -> None:
    reference = fill_in(citizen)
    publish(citizen.app)
    old_tab = citizen.another_tab()
    old_tab.open(f"/requests/{reference}/page/stay_in_russia")
    citizen.open(f"/requests/{reference}/new-version")
    citizen.submit({}, "Go on with the new version")

    page = old_tab.submit({**STAY, "city": "Москва", "phone": "12"}, "Save and continue")

    assert "but for what could not be used" in "".join(page.root.itertext())
    with citizen.app.app_context():
        assert queries.answers(case_of(citizen.app, reference))["city"] == "Москва"


def test_nothing_is_said_while_the_version_is_the_one_on_offer(citizen: Citizen) -> None:
    reference = citizen.make("complete")

    assert "The service has changed" not in citizen.open(f"/requests/{reference}/check").text
    page = citizen.open(f"/requests/{reference}/new-version")
    assert page.url.endswith("/check")


def test_somebody_elses_draft_is_not_there(citizen: Citizen, reference: str, app: Flask) -> None:
    stranger = make_citizen(app)

    assert stranger.open(f"/requests/{reference}/new-version").status == 404
