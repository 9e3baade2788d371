"""Entering the paper by which somebody acts for another, as its owner sees it."""

import io
from typing import Any

import pytest
from flask import Flask

from app.accounts import queries as accounts
from app.accounts.models import Account
from app.accounts.rules import AuthorityKind
from app.cases.mandates import principals, queries
from app.core.db import db, transaction
from tests.factories import files
from tests.integration.portal.conftest import Citizen, make_citizen

TERMS: dict[str, Any] = {
    "number": "412/2026",
    "issuer": "كاتب بالعدل بدمشق",
    "until": ["٣١", "١٢", "٢٠٢٩"],
    "scope": "all",
}


@pytest.fixture
def agent(app: Flask) -> Citizen:
    """Be a citizen whose one person is their principal."""
    citizen = make_citizen(app)
    with app.app_context(), transaction():
        held = accounts.get_authority(citizen.account_id, citizen.person_uid)
        held.kind = AuthorityKind.AGENT
    return citizen


def give(agent: Citizen, **changed: Any) -> None:
    agent.open(f"/account/people/{agent.person_uid}/authority")
    file = {"file": (io.BytesIO(files.pdf(2)), "وكالة.pdf")}
    agent.submit({**TERMS, **file, **changed}, "Attach")


def test_an_agent_without_a_paper_is_led_to_where_it_is_entered(agent: Citizen) -> None:
    agent.open("/requests/new/PASS_RENEW")
    agent.submit({"person": agent.person_uid, "variant": "regular"}, "Begin")
    assert "the paper is needed by which you act" in agent.page.text

    agent.visitor.follow("Enter the paper by which you act for this person")

    assert agent.page.heading.startswith("Authority to act for")
    assert "Nothing was given yet." in agent.page.text


def test_with_a_paper_the_same_agent_begins(agent: Citizen) -> None:
    give(agent)
    assert "Not checked yet" in agent.page.text
    assert "412/2026" in agent.page.text
    assert "2029" in agent.page.text

    agent.open("/requests/new/PASS_RENEW")
    agent.submit({"person": agent.person_uid, "variant": "regular"}, "Begin")

    assert agent.page.errors == []
    assert "/page/" in agent.page.url


def test_my_people_leads_to_the_paper_of_a_principal_only(agent: Citizen, app: Flask) -> None:
    agent.open("/account/people")
    assert "Authority to act for" in agent.page.text

    parent = make_citizen(app)
    parent.open("/account/people")

    assert "Authority to act for" not in parent.page.text


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"scope": "some"}, "Choose one of these."),
        ({"until": ["1", "1", "2020"]}, "has ended already"),
        ({"principal": "not an address"}, "This is not an e-mail address."),
        ({"number": ""}, "This is needed."),
    ],
)
def test_what_cannot_be_meant_is_said_beside_its_field(
    agent: Citizen, changed: dict[str, Any], error: str
) -> None:
    give(agent, **changed)

    assert any(error in text for text in agent.page.errors), agent.page.errors


def test_a_program_is_no_paper(agent: Citizen) -> None:
    give(agent, file=(io.BytesIO(b"MZ"), "x.exe"))

    assert any("This file cannot be used" in text for text in agent.page.errors)


def test_a_missing_file_is_named_among_the_errors(agent: Citizen) -> None:
    agent.open(f"/account/people/{agent.person_uid}/authority")

    agent.submit({"number": "", "scope": "some"}, "Attach")

    assert any("Choose a file." in text for text in agent.page.errors), agent.page.errors
    assert any("This is needed." in text for text in agent.page.errors)
    assert [one.get("open") for one in agent.page.root.iter("details")] == [""]


def test_the_services_are_folded_while_all_is_covered(agent: Citizen) -> None:
    agent.open(f"/account/people/{agent.person_uid}/authority")

    (folded,) = agent.page.root.iter("details")

    assert folded.get("open") is None
    assert "PASS_RENEW" in {one.get("value") for one in folded.iter("input")}


def test_the_scope_that_was_ticked_is_kept(agent: Citizen, app: Flask) -> None:
    give(agent, scope="some", services=["PASS_RENEW"])

    with app.app_context():
        held = accounts.get_authority(agent.account_id, agent.person_uid)
        mandate = queries.find_newest(held.id)
        assert mandate is not None
        assert mandate.services == ["PASS_RENEW"]
        assert mandate.number == "412/2026"


def test_nobody_else_sees_or_gives_the_paper(agent: Citizen, app: Flask) -> None:
    stranger = make_citizen(app)

    stranger.open(f"/account/people/{agent.person_uid}/authority")

    assert stranger.page.status == 404
    with app.app_context():
        assert db.session.get_one(Account, agent.account_id).id != stranger.account_id


def test_an_agent_reads_that_a_new_paper_waits_for_the_principal(
    app: Flask, agent: Citizen
) -> None:
    give(agent, principal="principal@example.org")
    with app.test_request_context(), transaction():
        held = accounts.get_authority(agent.account_id, agent.person_uid)
        first = queries.find_newest(held.id)
        assert first is not None
        principals.revoke(*principals.path_of(first).split("/")[-2:])

    give(agent)

    assert "Nothing can be filed by the new one until" in agent.page.text
    assert "You can file requests" not in agent.page.text
