"""The other parent consents by a link and a code, is reminded, and nothing is accepted before."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account
from app.cases import changing
from app.cases import services as cases
from app.cases.consents import asking, queries, services
from app.cases.consents.models import Consent
from app.cases.consents.rules import ConsentState
from app.cases.models import Case
from app.cases.rules import State
from app.core import clock
from app.core.actor import Actor
from app.core.db import db, new_uid, transaction
from app.core.errors import Conflict, Invalid, InvalidTransition, NotFound
from app.jobs import tasks as jobs
from app.jobs.models import Job, JobState
from app.notifications import told as telling
from app.notifications.models import Message
from tests.factories import cases as factory
from tests.factories import consents as signing
from tests.factories import messages, people


@pytest.fixture
def account(app: Flask) -> Iterator[Account]:
    """Be an account while a transaction is open."""
    with app.test_request_context(), transaction():
        yield people.account()


@pytest.fixture
def officer(account: Account) -> Actor:
    return factory.officer()


def sent(event: str) -> list[str]:
    rows = db.session.scalars(select(Message).where(Message.event == event))
    return [str((row.payload or {}).get("to", "account")) for row in rows]


def accept(consent: Consent, by: Actor) -> Case:
    return factory.accept_all(changing.lock(consent.case_id), by)


def test_a_request_is_sent_once_the_other_parent_is_named(account: Account) -> None:
    case = signing.draft(account)
    with pytest.raises(Invalid), db.session.begin_nested():
        signing.send(account, case)

    consent = signing.name(account, case)
    assert sent("consent_asked") == []
    signing.send(account, case)

    assert consent.state is ConsentState.ASKED
    assert sent("consent_asked") == [signing.ADDRESS]
    assert consent.until_on == clock.today("Europe/Moscow") + timedelta(days=14)


def test_what_is_told_to_the_other_parent_is_told_about_the_request(account: Account) -> None:
    case = signing.draft(account)
    signing.name(account, case)
    signing.send(account, case)

    (told,) = [one for one in telling.list_of_case(case.id, filed_by=account.id) if one.address]
    host = signing.ADDRESS.rpartition("@")[2]
    assert (str(told.recipient), told.address.endswith(host)) == ("الوالد الآخر", True)
    assert told.address != signing.ADDRESS


def test_where_the_condition_fails_no_consent_is_needed(account: Account) -> None:
    case = signing.draft(account, holds=False)

    assert not queries.is_needed(case)
    assert signing.send(account, case).state is State.SUBMITTED
    with pytest.raises(InvalidTransition):
        signing.name(account, case)


def test_the_code_signs_once_and_the_filer_is_told(account: Account, officer: Actor) -> None:
    consent = signing.taken(account, officer)
    code = signing.code_of(consent)
    with pytest.raises(Invalid), db.session.begin_nested():
        accept(consent, officer)

    services.spend_try(consent.uid)
    services.sign(consent.uid, code)

    assert consent.state is ConsentState.SIGNED
    assert sent("consent_signed") != []
    assert accept(consent, officer).state is State.IN_PROGRESS
    with pytest.raises(Invalid):
        services.spend_try(consent.uid)


def test_a_wrong_code_uses_tries_up(account: Account) -> None:
    consent = signing.asked(account)
    right = signing.code_of(consent)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(asking.TRIES):
        services.spend_try(consent.uid)
        with pytest.raises(Invalid):
            services.sign(consent.uid, wrong)

    with pytest.raises(Invalid):
        services.spend_try(consent.uid)

    assert consent.state is ConsentState.ASKED


def test_two_codes_of_one_second_are_both_written_and_the_last_is_good(account: Account) -> None:
    consent = signing.asked(account)

    with time_machine.travel(clock.now(), tick=False):
        first, last = signing.code_of(consent), signing.code_of(consent)

    assert len(sent("consent_code")) == 2
    assert consent.code_hash == asking.hash_of(consent, last) != asking.hash_of(consent, first)


def test_a_code_ends_after_a_quarter_of_an_hour(account: Account) -> None:
    consent = signing.asked(account)
    signing.code_of(consent)

    with time_machine.travel(clock.now() + timedelta(minutes=16)), pytest.raises(Invalid):
        services.spend_try(consent.uid)


def test_declining_needs_a_reason_and_stops_the_acceptance(
    account: Account, officer: Actor
) -> None:
    consent = signing.taken(account, officer)
    code = signing.code_of(consent)
    with pytest.raises(Invalid) as refusal:
        services.decline(consent.uid, code, " ")
    assert refusal.value.field == "reason"

    services.spend_try(consent.uid)
    services.decline(consent.uid, code, "لا أوافق على السفر")

    assert sent("consent_declined") != []
    with pytest.raises(Invalid) as refused:
        accept(consent, officer)
    assert refused.value.field == "consent"


def test_an_officer_waives_it_with_a_reason(account: Account, officer: Actor) -> None:
    consent = signing.taken(account, officer)
    reference, seen = consent.case.reference, consent.case.version
    with pytest.raises(Invalid):
        services.waive(reference, " ", actor=officer, seen=seen)
    with pytest.raises(InvalidTransition):
        services.waive(reference, "قرار المحكمة", actor=factory.officer(), seen=seen)
    with pytest.raises(Conflict):
        services.waive(reference, "قرار المحكمة", actor=officer, seen=seen - 1)

    services.waive(reference, "قرار المحكمة", actor=officer, seen=seen)

    assert consent.state is ConsentState.WAIVED
    assert accept(consent, officer).state is State.IN_PROGRESS


def test_another_address_ends_the_former_link(account: Account) -> None:
    first = signing.asked(account)
    path = asking.path_of(first).split("/")

    second = signing.name(account, first.case, "new@example.org")

    assert (first.state, second.state) == (ConsentState.REPLACED, ConsentState.ASKED)
    assert sent("consent_asked")[-1] == "new@example.org"
    with pytest.raises(NotFound):
        asking.get(path[-2], path[-1])


def test_a_wrong_link_opens_nothing(account: Account) -> None:
    consent = signing.asked(account)

    with pytest.raises(NotFound):
        asking.get(consent.uid, "0" * 32)


def test_a_reminder_is_planned_and_sent_to_who_has_not_answered(account: Account) -> None:
    consent = signing.asked(account)
    job = db.session.scalars(select(Job).where(Job.kind == asking.REMIND)).one()
    assert job.state is JobState.DUE
    assert job.due_at.date() == (consent.until_on or clock.today("UTC")) - timedelta(days=4)

    asking.remind(consent)
    assert sent("consent_reminder") == [signing.ADDRESS]
    code = signing.code_of(consent)
    services.spend_try(consent.uid)
    services.sign(consent.uid, code)
    asking.remind(consent)

    assert len(sent("consent_reminder")) == 1


def test_a_request_that_was_withdrawn_takes_no_answer(account: Account) -> None:
    consent = signing.asked(account)
    code = signing.code_of(consent)
    case = consent.case
    cases.withdraw(case.reference, actor=factory.citizen(account), seen=case.version, key=new_uid())

    with pytest.raises(InvalidTransition):
        services.sign(consent.uid, code)
    asking.remind(consent)

    assert sent("consent_reminder") == []


def test_the_worker_sends_the_reminder_when_it_is_due(app: Flask) -> None:
    with app.test_request_context(), transaction():
        uid = signing.asked(people.account()).uid

    with time_machine.travel(clock.now() + timedelta(days=11)), app.app_context():
        jobs.drain()
        assert queries.get(uid).state is ConsentState.ASKED
        assert sent("consent_reminder") == [signing.ADDRESS]


def test_the_filers_own_address_is_not_the_other_parents(account: Account) -> None:
    account = messages.reachable(address="filer@example.org")
    case = signing.draft(account)

    with pytest.raises(Invalid) as refused:
        signing.name(account, case, "filer@example.org")

    assert refused.value.field == "address"
    assert queries.find(case.id) is None
