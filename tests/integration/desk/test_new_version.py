"""A request in review whose service has changed, as its officer and then its citizen see it."""

import pytest
from flask import Flask

from app.cases import queries, services
from app.cases.rules import ItemState, State
from app.core.actor import SYSTEM, Role
from app.core.db import transaction
from tests.factories import cases as factory
from tests.factories import people, versions
from tests.integration.cases.test_moving import another_way, rearranged
from tests.integration.desk.conftest import Officer, officer_at, tomorrow
from tests.integration.portal.conftest import Citizen, make_citizen


@pytest.fixture
def citizen(app: Flask) -> Citizen:
    """Be the citizen whose request it is."""
    return make_citizen(app)


@pytest.fixture
def reference(app: Flask, citizen: Citizen, officer: Officer) -> str:
    """Be a request that the officer has in hand."""
    sent = citizen.make("submitted")
    with app.app_context(), transaction():
        case = queries.get_case(sent, officer.actor)
        services.take(sent, actor=officer.actor, seen=case.version, key="take")
    return sent


def publish(app: Flask, edit: versions.Edit = rearranged) -> None:
    with app.app_context(), transaction():
        versions.publish(edit)


def test_the_case_page_leads_to_the_new_version_only_when_there_is_one(
    app: Flask, officer: Officer, reference: str
) -> None:
    url = f"/en/desk/cases/{reference}"
    assert "The service has changed" not in officer.visitor.open(url).text
    publish(app)
    assert "The service has changed" in officer.visitor.open(url).text

    other = officer_at(app, Role.OFFICER)

    assert "The service has changed" not in other.visitor.open(url).text
    assert other.visitor.open(f"{url}/new-version").url == url


def test_the_officer_sees_what_the_citizen_would_pay(
    app: Flask, officer: Officer, reference: str
) -> None:
    def edit(edited: versions.Document) -> None:
        rearranged(edited)
        versions.dearer(edited)

    publish(app, edit)

    page = officer.visitor.open(f"/en/desk/cases/{reference}/new-version")

    _before, _heading, after = page.text.partition("Fee in the new version")
    assert "Extra work" in after and "230 US dollars" in after


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_the_officer_sees_what_is_asked_and_all_that_changed(
    app: Flask, officer: Officer, reference: str, language: str
) -> None:
    publish(app)

    page = officer.visitor.open(f"/{language}/desk/cases/{reference}/new-version")

    assert page.status == 200
    assert "The profession" in page.text
    assert page.by_class("s-diff")


def test_the_citizen_is_asked_for_what_is_new_and_nothing_else(
    app: Flask, officer: Officer, citizen: Citizen, reference: str
) -> None:
    publish(app)
    officer.visitor.open(f"/en/desk/cases/{reference}/new-version")
    page = officer.visitor.submit({"until_on": tomorrow()}, button="Move and ask the citizen")
    assert page.status == 200
    assert "Moved to version 2 of the service, correction asked" in page.text
    assert "The service has changed since the request was sent" in page.text

    shown = citizen.open(f"/requests/{reference}/mend")

    headings = ["".join(h.itertext()) for h in shown.root.iter("h2")]
    assert {"The visa", "More", "Residence in Russia"} & set(headings) >= {"The visa", "More"}
    assert not {"Declaration", "Personal photo"} & set(headings)
    assert shown.text.count("The service has changed since the request was sent") == 3


def test_pressing_twice_moves_once(app: Flask, officer: Officer, reference: str) -> None:
    publish(app)
    officer.visitor.open(f"/en/desk/cases/{reference}/new-version")
    shown = officer.visitor.page
    for _press in range(2):
        officer.visitor.page = shown
        page = officer.visitor.submit({}, button="Move and ask the citizen")
        assert page.status == 200

    with app.app_context():
        case = queries.get_case(reference, SYSTEM)
        assert (case.state, case.pinned.number) == (State.ACTION_NEEDED, 2)
        assert len(queries.list_events(case.id)) == 4


def test_a_case_that_went_on_meanwhile_is_not_moved(
    app: Flask, officer: Officer, reference: str
) -> None:
    publish(app)
    officer.visitor.open(f"/en/desk/cases/{reference}/new-version")
    with app.app_context(), transaction():
        case = queries.get_case(reference, officer.actor)
        factory.reject(case, "photo", officer.actor)

    page = officer.visitor.submit({}, button="Move and ask the citizen")

    assert page.status == 409
    assert page.heading == "This request was changed meanwhile"


def test_a_day_that_cannot_be_a_deadline_is_said_on_the_page(
    app: Flask, officer: Officer, reference: str
) -> None:
    publish(app)
    officer.visitor.open(f"/en/desk/cases/{reference}/new-version")

    page = officer.visitor.submit({"until_on": "2020-01-01"}, button="Move and ask the citizen")

    assert page.status == 422
    assert "The last day must lie between" in page.errors[0]


def test_another_way_is_refused_with_a_sentence(
    app: Flask, officer: Officer, reference: str
) -> None:
    publish(app, another_way)

    page = officer.visitor.open(f"/en/desk/cases/{reference}/new-version")

    assert "takes another way" in page.text
    assert not [b for b in page.root.iter("button") if "Move and ask" in "".join(b.itertext())]


def test_an_item_that_the_officer_rejected_keeps_its_own_reason(
    app: Flask, officer: Officer, reference: str
) -> None:
    with app.app_context(), transaction():
        case = queries.get_case(reference, officer.actor)
        factory.reject(case, "photo", officer.actor)
    publish(app)
    officer.visitor.open(f"/en/desk/cases/{reference}/new-version")
    officer.visitor.submit({}, button="Move and ask the citizen")

    with app.app_context():
        case = queries.get_case(reference, SYSTEM)
        reasons = {i.key: i.reason_code for i in case.items if i.state is ItemState.REJECTED}
        assert reasons["photo"] == "unreadable"
        assert reasons["visa"] == "service_changed"


def test_citizens_have_no_such_page(app: Flask, reference: str) -> None:
    stranger = people.citizen_visitor(app)

    assert stranger.open(f"/en/desk/cases/{reference}/new-version").status == 404
