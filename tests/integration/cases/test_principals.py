"""Whoever gave a power of attorney is told what is done by it, and may end it."""

from collections.abc import Iterator, Sequence

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account, AuthorityKind, Person
from app.cases import services as cases
from app.cases.mandates import principals, wording
from app.cases.mandates import services as mandates
from app.cases.mandates.rules import Flaw, MandateState
from app.cases.mandates.services import WithoutAuthority
from app.core.actor import Actor
from app.core.db import db, new_uid, transaction
from app.core.errors import NotFound
from app.notifications.models import Message
from tests.factories import cases as factory
from tests.factories import mandates as papers
from tests.factories import people
from tests.visitor import Visitor

ADDRESS = "principal@example.org"
OTHER = "other@example.org"


@pytest.fixture
def agent(app: Flask) -> Iterator[Account]:
    """Be an agent while a transaction is open."""
    with app.test_request_context(), transaction():
        factory.offer()
        yield people.account()


@pytest.fixture
def principal(agent: Account) -> Person:
    return papers.person_of(agent)


@pytest.fixture
def officer(agent: Account) -> Actor:
    return factory.officer()


def sent_to(address: str) -> list[str]:
    rows = db.session.scalars(select(Message).where(Message.account_id.is_(None)))
    return [row.event for row in rows if (row.payload or {}).get("to") == address]


def told(account: Account) -> Sequence[str]:
    return db.session.scalars(select(Message.event).where(Message.account_id == account.id)).all()


def link_of(uid: str) -> tuple[str, str]:
    found, token = principals.path_of(papers.by_uid(uid)).split("/")[-2:]
    return found, token


def test_an_address_is_asked_first_and_told_nothing_before(
    agent: Account, principal: Person, officer: Actor
) -> None:
    papers.give(agent, principal, principal=ADDRESS)

    papers.taken(agent, principal, officer)

    assert sent_to(ADDRESS) == ["principal_confirm"]


def test_a_confirmed_address_is_told_of_filing_and_decision(
    agent: Account, principal: Person, officer: Actor
) -> None:
    mandate = papers.give(agent, principal, principal=ADDRESS)
    principals.confirm(*link_of(mandate.uid))
    case = papers.taken(agent, principal, officer)
    mandates.accept(mandate.uid, case, actor=officer, seen=case.version)

    case = factory.accept_all(case, officer)

    assert sent_to(ADDRESS) == ["principal_confirm", "principal_filed", "principal_decided"]


def test_another_paper_without_the_address_leaves_the_principal_told(
    agent: Account, principal: Person, officer: Actor
) -> None:
    mandate = papers.give(agent, principal, principal=ADDRESS)
    principals.confirm(*link_of(mandate.uid))
    papers.give(agent, principal)

    papers.taken(agent, principal, officer)

    assert sent_to(ADDRESS)[-1] == "principal_filed"


def test_before_it_is_confirmed_another_address_is_asked_anew(
    agent: Account, principal: Person
) -> None:
    slip = papers.give(agent, principal, principal=ADDRESS)

    other = papers.give(agent, principal, principal=OTHER)

    assert other.principal_confirmed_at is None
    assert sent_to(OTHER) == ["principal_confirm"]
    with pytest.raises(NotFound):
        principals.revoke(*link_of(slip.uid))


def test_an_agent_cannot_shake_off_who_confirmed_by_another_address(
    agent: Account, principal: Person
) -> None:
    first = papers.give(agent, principal, principal=ADDRESS)
    principals.confirm(*link_of(first.uid))

    other = papers.give(agent, principal, principal=OTHER)

    assert sent_to(OTHER) == []
    assert sent_to(ADDRESS) == ["principal_confirm", "principal_replaced"]
    assert principals.get(*link_of(first.uid)) is other
    principals.revoke(*link_of(first.uid))
    assert other.state is MandateState.REVOKED


@pytest.mark.parametrize("typed", ["", OTHER])
def test_after_a_revocation_a_new_paper_waits_for_its_principal(
    agent: Account, principal: Person, typed: str
) -> None:
    first = papers.give(agent, principal, principal=ADDRESS)
    principals.revoke(*link_of(first.uid))

    second = papers.give(agent, principal, principal=typed)

    with pytest.raises(WithoutAuthority) as refusal:
        factory.draft(agent, principal)
    assert refusal.value.message is wording.TO_AGENT[Flaw.UNCONFIRMED]
    assert sent_to(ADDRESS)[-1] == "principal_replaced"
    principals.confirm(*link_of(second.uid))
    assert factory.draft(agent, principal).account_id == agent.id


def test_after_a_revocation_an_officer_may_accept_the_new_paper(
    agent: Account, principal: Person, officer: Actor
) -> None:
    first = papers.give(agent, principal)
    case = papers.taken(agent, principal, officer)
    principals.revoke(*link_of(first.uid))
    second = papers.give(agent, principal, principal=OTHER)
    principals.confirm(*link_of(second.uid))
    with pytest.raises(WithoutAuthority):
        factory.draft(agent, principal)

    mandates.accept(second.uid, case, actor=officer, seen=case.version)

    assert factory.draft(agent, principal).account_id == agent.id


def test_a_principal_entered_once_more_has_revoked_all_the_same(
    agent: Account, principal: Person
) -> None:
    first = papers.give(agent, principal, principal=ADDRESS)
    principals.revoke(*link_of(first.uid))
    again = papers.person_of(agent)
    again.fingerprint = principal.fingerprint
    papers.give(agent, again, principal=OTHER)

    with pytest.raises(WithoutAuthority):
        factory.draft(agent, again)


def test_the_principals_own_account_is_told_of_another_paper(
    agent: Account, principal: Person, officer: Actor
) -> None:
    own = people.account()
    themselves = papers.person_of(own, AuthorityKind.SELF)
    themselves.fingerprint = principal.fingerprint
    factory.accept_all(papers.taken(own, themselves, officer), officer)
    first = papers.give(agent, principal)

    second = papers.give(agent, principal, principal=OTHER)

    assert "principal_replaced" in told(own)
    principals.revoke(*link_of(first.uid))
    assert second.state is MandateState.REVOKED


def test_the_principals_own_account_is_told_once_an_officer_knows_them(
    agent: Account, principal: Person, officer: Actor
) -> None:
    own = people.account()
    themselves = papers.person_of(own, AuthorityKind.SELF)
    themselves.fingerprint = principal.fingerprint
    papers.give(agent, principal)
    papers.taken(agent, principal, officer)
    assert "principal_filed" not in told(own)

    factory.accept_all(papers.taken(own, themselves, officer), officer)
    papers.taken(agent, principal, officer)

    assert list(told(own)).count("principal_filed") >= 1


def test_a_principal_revokes_and_the_agent_is_told(
    agent: Account, principal: Person, officer: Actor
) -> None:
    mandate = papers.give(agent, principal, principal=ADDRESS)
    case = papers.taken(agent, principal, officer)
    mandates.accept(mandate.uid, case, actor=officer, seen=case.version)

    principals.revoke(*link_of(mandate.uid))

    assert mandate.state is MandateState.REVOKED
    assert "authority_refused" in told(agent)
    with pytest.raises(WithoutAuthority):
        factory.accept_all(case, officer)
    with pytest.raises(WithoutAuthority):
        factory.draft(agent, principal)


def test_a_wrong_link_opens_nothing(agent: Account, principal: Person) -> None:
    mandate = papers.give(agent, principal, principal=ADDRESS)

    for token in ("0" * 32, "", "ت" * 8):
        with pytest.raises(NotFound):
            principals.get(mandate.uid, token)


def test_a_guardian_has_no_principal(agent: Account, officer: Actor) -> None:
    ward = papers.person_of(agent, AuthorityKind.GUARDIAN)

    mandate = papers.give(agent, ward, principal=ADDRESS)

    assert mandate.principal is None
    assert sent_to(ADDRESS) == []


def test_withdrawing_by_the_agent_tells_no_decision(
    agent: Account, principal: Person, officer: Actor
) -> None:
    mandate = papers.give(agent, principal, principal=ADDRESS)
    principals.confirm(*link_of(mandate.uid))
    case = papers.taken(agent, principal, officer)

    cases.withdraw(case.reference, actor=factory.citizen(agent), seen=case.version, key=new_uid())

    assert "principal_decided" not in sent_to(ADDRESS)


def test_pages_of_a_principal_show_the_least(app: Flask) -> None:
    with app.test_request_context(), transaction():
        factory.offer()
        account = people.account()
        person = papers.person_of(account)
        mandate = papers.give(account, person, principal=ADDRESS)
        reference = papers.taken(account, person, factory.officer()).reference
        path = f"/en{principals.path_of(mandate)}"
    visitor = Visitor(app.test_client())
    page = visitor.open(path)
    assert reference not in page.text

    page = visitor.submit({}, button="Yes, tell me")

    assert reference in page.text
    assert "الحلبي" not in page.text and "Halabi" not in page.text
    visitor.follow("Revoke this authority …")
    page = visitor.submit({}, button="Revoke")
    assert "Revoked" in page.text


def test_a_principal_says_that_they_gave_the_paper_after_a_revocation(app: Flask) -> None:
    with app.test_request_context(), transaction():
        factory.offer()
        account = people.account()
        person = papers.person_of(account)
        first = papers.give(account, person, principal=ADDRESS)
        principals.revoke(*link_of(first.uid))
        papers.give(account, person)
        path = f"/en{principals.path_of(first)}"
    visitor = Visitor(app.test_client())
    page = visitor.open(path)
    assert "You revoked an earlier paper." in page.text

    page = visitor.submit({}, button="Yes, I gave this paper")

    assert "You revoked an earlier paper." not in page.text
    assert "Revoke this authority" in page.text
