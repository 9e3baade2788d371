"""Who a person is stays fixed while a post works on a request of theirs; staff correct it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts import queries as accounts
from app.accounts import services as people_services
from app.accounts.models import Account, AuthorityKind, Person
from app.accounts.rules import Details
from app.audit.models import AuditEntry
from app.cases import queries
from app.cases import services as cases
from app.cases.models import Case
from app.cases.rules import Action, State
from app.core.actor import SYSTEM, Actor, Role
from app.core.db import db, new_uid, transaction
from app.core.errors import Conflict
from tests.factories import cases as factory
from tests.factories import people


def details_of(case: Case) -> Details:
    return Details.from_json(case.person.details or {})


def rewrite(case: Case, first: str) -> None:
    """Have the citizen change the first name of the person of a case."""
    people_services.save_person(
        replace(details_of(case), first_ar=first),
        account_id=case.account_id or 0,
        kind=AuthorityKind.PARENT,
        actor=Actor(kind=SYSTEM.kind),
        uid=case.person.uid,
    )


def correct(case: Case, by: Actor, *, seen: int | None = None, **changes: str) -> Case:
    return cases.correct_person(
        case.reference,
        replace(details_of(case), **changes),
        actor=by,
        seen=case.version if seen is None else seen,
        key=new_uid(),
    )


def withdraw(case: Case, account: Account) -> Case:
    actor = factory.citizen(account)
    return cases.withdraw(case.reference, actor=actor, seen=case.version, key=new_uid())


def asked(account: Account) -> Case:
    return factory.asked(account, factory.officer())


def accepted(account: Account) -> Case:
    return factory.accepted(account, factory.officer())


@pytest.mark.parametrize("stage", [factory.submitted, asked, accepted])
def test_a_reviewed_identity_cannot_be_exchanged(
    app: Flask, stage: Callable[[Account], Case]
) -> None:
    with app.app_context(), transaction():
        case = stage(people.account())

        with pytest.raises(people_services.IdentityLocked):
            rewrite(case, "رنا")

        assert details_of(case).first_ar == "ليان"


def test_the_details_of_a_draft_may_be_changed(app: Flask) -> None:
    with app.app_context(), transaction():
        case = factory.draft(people.account())

        rewrite(case, "رنا")

        assert details_of(case).first_ar == "رنا"


def test_the_end_of_the_last_open_case_frees_the_details(app: Flask) -> None:
    with app.app_context(), transaction():
        account = people.account()
        first, second = factory.submitted(account), factory.submitted(account)
        second.person = first.person
        locked = select(Person.locked_at).where(Person.id == first.person_id)
        db.session.flush()

        withdraw(first, account)
        assert db.session.scalar(locked) is not None
        withdraw(second, account)
        assert db.session.scalar(locked) is None

        rewrite(first, "رنا")


def test_the_officer_who_has_the_case_corrects_the_person(app: Flask) -> None:
    with app.app_context(), transaction():
        officer = factory.officer()
        case = factory.taken(people.account(), officer)
        before = case.version

        case = correct(case, officer, national_number="01234567890")

        event = queries.list_events(case.id)[-1]
        assert (event.action, event.details) == (
            Action.IDENTITY_CORRECTED,
            {"fields": ["national_number"]},
        )
        assert (case.version, case.state) == (before + 1, State.IN_REVIEW)
        assert case.person.fingerprint == accounts.fingerprint(details_of(case))


def test_the_record_of_a_correction_holds_names_of_fields_only(app: Flask) -> None:
    with app.app_context(), transaction():
        officer = factory.officer()
        case = correct(factory.taken(people.account(), officer), officer, first_latin="Rana")
        db.session.flush()

        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.actor_id == officer.id))
        found = {entry.action: entry.fields for entry in entries}
        uids = select(AuditEntry.object_uid).where(AuditEntry.action == "case_identity_corrected")

        assert found["case_identity_corrected"] == {"fields": ["first_latin"]}
        assert found["person_saved"] == {"fields": ["first_latin"]}
        assert db.session.scalars(uids).one() == case.uid


def test_a_page_from_before_the_correction_is_out_of_date(app: Flask) -> None:
    with app.app_context(), transaction():
        officer = factory.officer()
        case = factory.taken(people.account(), officer)
        seen = case.version
        correct(case, officer, first_ru="Рана")

        with pytest.raises(Conflict):
            correct(case, officer, seen=seen, first_ru="Лаян")


def test_another_officer_corrects_nothing_and_the_head_does(app: Flask) -> None:
    with app.app_context(), transaction():
        case = factory.taken(people.account(), factory.officer())

        with pytest.raises(Conflict):
            correct(case, factory.officer(), first_ru="Рана")
        correct(case, factory.officer(role=Role.HEAD), first_ru="Рана")

        assert details_of(case).first_ru == "Рана"


def test_a_correction_of_nothing_leaves_no_event(app: Flask) -> None:
    with app.app_context(), transaction():
        officer = factory.officer()
        case = factory.taken(people.account(), officer)
        events = len(queries.list_events(case.id))

        correct(case, officer)

        assert len(queries.list_events(case.id)) == events


def test_a_correction_is_found_by_the_new_name(app: Flask) -> None:
    with app.app_context(), transaction():
        officer = factory.officer()
        case = factory.taken(people.account(), officer)

        correct(case, officer, first_ar="رنا")

        found = accounts.newest_having("رنا")
        assert found is not None and list(db.session.scalars(found)) == [case.person_id]
        assert db.session.scalar(select(func.count()).select_from(Person)) == 1
