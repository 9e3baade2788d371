"""The authority to act for somebody: asked at filing, checked by an officer, asked at decision."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account, AuthorityKind, Person
from app.audit.models import AuditEntry
from app.cases.mandates import queries, wording
from app.cases.mandates import services as mandates
from app.cases.mandates.rules import Flaw, MandateState
from app.cases.mandates.services import WithoutAuthority
from app.cases.models import Case
from app.cases.rules import State
from app.core.actor import Actor, Role
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid, InvalidTransition
from app.notifications.models import Message
from tests.factories import cases as factory
from tests.factories import mandates as papers
from tests.factories import people


@pytest.fixture
def open_work(app: Flask) -> Iterator[None]:
    """Have a transaction that is open all through a test."""
    with app.test_request_context(), transaction():
        factory.offer()
        yield


@pytest.fixture
def agent(open_work: None) -> Account:
    return people.account()


@pytest.fixture
def principal(agent: Account) -> Person:
    return papers.person_of(agent)


@pytest.fixture
def officer(open_work: None) -> Actor:
    return factory.officer()


def accept(case: Case, by: Actor) -> Case:
    return factory.accept_all(case, by)


def test_nobody_files_for_a_principal_without_a_paper(agent: Account, principal: Person) -> None:
    with pytest.raises(WithoutAuthority, match="WithoutAuthority") as refusal:
        factory.draft(agent, principal)

    assert refusal.value.message is wording.TO_AGENT[Flaw.MISSING]


def test_a_power_for_other_services_does_not_begin_a_request(
    agent: Account, principal: Person
) -> None:
    papers.give(agent, principal, services=("POA_SPEC",))

    with pytest.raises(WithoutAuthority) as refusal:
        factory.draft(agent, principal)

    assert refusal.value.message is wording.TO_AGENT[Flaw.OUT_OF_SCOPE]


def test_a_power_that_ended_meanwhile_does_not_send_a_draft(
    agent: Account, principal: Person
) -> None:
    mandate = papers.give(agent, principal)
    case = factory.draft(agent, principal)
    mandate.valid_until = papers.today() - timedelta(days=1)
    db.session.flush()

    with pytest.raises(WithoutAuthority) as refusal:
        mandates.check_filing(case)

    assert refusal.value.message is wording.TO_AGENT[Flaw.EXPIRED]


def test_a_paper_that_has_ended_is_not_taken(agent: Account, principal: Person) -> None:
    with pytest.raises(Invalid) as refusal:
        papers.give(agent, principal, days=-1)

    assert refusal.value.field == "until"


def test_a_request_is_accepted_once_its_authority_is(
    agent: Account, principal: Person, officer: Actor
) -> None:
    mandate = papers.give(agent, principal)
    case = papers.taken(agent, principal, officer)
    with pytest.raises(WithoutAuthority) as refusal, db.session.begin_nested():
        accept(case, officer)
    assert refusal.value.message is wording.TO_OFFICER[Flaw.UNCHECKED]

    mandates.accept(mandate.uid, case, actor=officer, seen=case.version)

    assert accept(case, officer).state is State.IN_PROGRESS


def test_a_power_that_ends_before_the_decision_stops_it(
    agent: Account, principal: Person, officer: Actor
) -> None:
    mandate = papers.give(agent, principal)
    case = papers.taken(agent, principal, officer)
    mandates.accept(mandate.uid, case, actor=officer, seen=case.version)
    mandate.valid_until = papers.today() - timedelta(days=1)
    db.session.flush()

    with pytest.raises(WithoutAuthority, match="WithoutAuthority"):
        accept(case, officer)


def test_a_power_that_does_not_cover_the_service_stops_the_decision(
    agent: Account, principal: Person, officer: Actor
) -> None:
    mandate = papers.give(agent, principal)
    case = papers.taken(agent, principal, officer)
    mandates.accept(mandate.uid, case, actor=officer, seen=case.version)
    mandate.services = ["POA_SPEC"]
    db.session.flush()

    with pytest.raises(WithoutAuthority) as refusal:
        accept(case, officer)

    assert refusal.value.message is wording.TO_OFFICER[Flaw.OUT_OF_SCOPE]


def test_what_was_not_accepted_is_told_and_mended_by_another_paper(
    agent: Account, principal: Person, officer: Actor
) -> None:
    first = papers.give(agent, principal)
    case = papers.taken(agent, principal, officer)

    mandates.reject(first.uid, case, "الصفحة الثانية ناقصة", actor=officer, seen=case.version)
    told = db.session.scalars(select(Message.event).where(Message.account_id == agent.id)).all()
    second = papers.give(agent, principal)
    mandates.accept(second.uid, case, actor=officer, seen=case.version)

    assert "authority_refused" in told
    assert first.state is MandateState.REJECTED
    assert accept(case, officer).state is State.IN_PROGRESS


def test_a_paper_is_rejected_with_a_reason_only(
    agent: Account, principal: Person, officer: Actor
) -> None:
    mandate = papers.give(agent, principal)
    case = papers.taken(agent, principal, officer)

    with pytest.raises(Invalid) as refusal:
        mandates.reject(mandate.uid, case, "  ", actor=officer, seen=case.version)

    assert refusal.value.field == "reason"


def test_one_paper_of_an_authority_stands_and_the_former_is_kept(
    agent: Account, principal: Person
) -> None:
    first = papers.give(agent, principal)

    second = papers.give(agent, principal)

    assert (first.state, second.state) == (MandateState.REPLACED, MandateState.RECEIVED)
    assert queries.find_newest(second.authority_id) is second


def test_an_officer_who_saw_the_former_paper_decides_nothing(
    agent: Account, principal: Person, officer: Actor
) -> None:
    seen = papers.give(agent, principal)
    case = papers.taken(agent, principal, officer)
    papers.give(agent, principal)

    with pytest.raises(Conflict):
        mandates.accept(seen.uid, case, actor=officer, seen=case.version)


def test_a_revoked_authority_needs_a_new_paper(
    agent: Account, principal: Person, officer: Actor
) -> None:
    mandate = papers.give(agent, principal)
    case = papers.taken(agent, principal, officer)
    mandates.revoke(mandate.uid, case, "أُلغيت الوكالة", actor=officer, seen=case.version)

    with pytest.raises(Conflict):
        mandates.accept(mandate.uid, case, actor=officer, seen=case.version)
    with pytest.raises(WithoutAuthority) as refusal:
        factory.draft(agent, principal)

    assert refusal.value.message is wording.TO_AGENT[Flaw.REVOKED]


def test_the_record_names_who_decided_and_no_number(
    agent: Account, principal: Person, officer: Actor
) -> None:
    mandate = papers.give(agent, principal)
    case = papers.taken(agent, principal, officer)

    mandates.accept(mandate.uid, case, actor=officer, seen=case.version)

    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "authority_accepted")
    ).one()
    assert (entry.object_uid, entry.actor_id) == (mandate.uid, officer.id)
    assert "412" not in str(entry.fields)


@pytest.mark.parametrize("kind", [AuthorityKind.SELF, AuthorityKind.PARENT])
def test_people_themselves_and_parents_file_as_before(
    agent: Account, officer: Actor, kind: AuthorityKind
) -> None:
    person = papers.person_of(agent, kind)

    case = papers.taken(agent, person, officer)

    assert accept(case, officer).state is State.IN_PROGRESS


def test_who_has_the_case_in_hand_decides_or_the_head(
    agent: Account, principal: Person, officer: Actor
) -> None:
    mandate = papers.give(agent, principal)
    case = papers.taken(agent, principal, officer)
    mandates.accept(mandate.uid, case, actor=officer, seen=case.version)
    colleague = factory.officer()

    for decide in (mandates.reject, mandates.revoke):
        with pytest.raises(InvalidTransition):
            decide(mandate.uid, case, "سبب", actor=colleague, seen=case.version)

    assert papers.by_uid(mandate.uid).state is MandateState.ACCEPTED
    head = factory.officer(role=Role.HEAD)
    mandates.revoke(mandate.uid, case, "سبب", actor=head, seen=case.version)
    assert papers.by_uid(mandate.uid).state is MandateState.REVOKED


def test_an_old_page_decides_nothing_of_an_authority(
    agent: Account, principal: Person, officer: Actor
) -> None:
    mandate = papers.give(agent, principal)
    case = papers.taken(agent, principal, officer)

    with pytest.raises(Conflict):
        mandates.accept(mandate.uid, case, actor=officer, seen=case.version - 1)
