"""Requests that may be the same wish are found over hashes, and only shown."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app.accounts import marks
from app.accounts import services as accounts
from app.accounts.models import Account, AuthorityKind, Person, PersonMark
from app.accounts.rules import Details, MarkKind
from app.cases import queries
from app.cases import services as cases
from app.cases.duplicates import queries as duplicates
from app.cases.models import Case
from app.cases.rules import State
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.db import db, new_uid, transaction
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.cases.test_talk import _elsewhere

WHO = Details(
    first_ar="ليان",
    father_ar="سامر",
    family_ar="الحلبي",
    mother_first_ar="هدى",
    mother_family_ar="ديب",
    first_latin="Layan",
    family_latin="Al Halabi",
    sex="female",
    birth="1998-03-27",
)


@pytest.fixture
def officer(app: Flask) -> Iterator[Actor]:
    """Be an officer of the post, in one open transaction."""
    with app.app_context(), transaction():
        factory.offer()
        yield factory.officer()


def person(account: Account, details: Details) -> Person:
    return accounts.save_person(
        details, account_id=account.id, kind=AuthorityKind.SELF, actor=factory.citizen(account)
    )


def sent(details: Details, *, account: Account | None = None, of: Person | None = None) -> Case:
    """Return a case of somebody with these details that was sent."""
    account = account or people.account()
    actor = factory.citizen(account)
    case = factory.draft(account, of=of or person(account, details))
    case = factory.fill(case)
    return cases.submit(case.reference, actor=actor, seen=case.version, key=new_uid())


def found(case: Case, by: Actor) -> list[tuple[str, bool]]:
    """Return which other requests are shown, and whether of the very same person."""
    case = queries.get_case(case.reference, SYSTEM)
    return [(twin.case.reference, twin.likeness is None) for twin in duplicates.of(case, by)]


def test_the_same_person_and_service_twice_is_shown_from_both(officer: Actor) -> None:
    account = people.account()
    who = person(account, WHO)
    one, other = (sent(WHO, account=account, of=who) for _ in range(2))

    assert found(one, officer) == [(other.reference, True)]
    assert found(other, officer) == [(one.reference, True)]


def test_the_same_number_from_two_accounts_is_the_same_person(officer: Actor) -> None:
    numbered = replace(WHO, national_number="01234567890")
    one, other = sent(numbered), sent(replace(numbered, first_ar="لين"))

    assert found(one, officer) == [(other.reference, True)]


def test_nearly_the_same_person_is_shown_with_the_reason(officer: Actor) -> None:
    one = sent(replace(WHO, national_number="01234567890"))
    other = sent(replace(WHO, national_number="01234567899", family_ar="حلبي"))

    (twin,) = duplicates.of(queries.get_case(one.reference, SYSTEM), officer)

    assert twin.case.reference == other.reference
    assert twin.likeness is not None
    assert set(twin.likeness.same) == {
        MarkKind.NAME_AR,
        MarkKind.NAME_LATIN,
        MarkKind.MOTHER,
        MarkKind.BIRTH,
    }
    assert twin.likeness.differs == (MarkKind.NATIONAL,)


def test_a_sister_and_a_namesake_are_not_shown(officer: Actor) -> None:
    one = sent(WHO)
    sent(replace(WHO, first_ar="لجين", first_latin="Lujain"))
    sent(replace(WHO, mother_first_ar="سلمى", birth="1970-01-01"))

    assert found(one, officer) == []


def test_nothing_follows_from_it(officer: Actor) -> None:
    one, other = sent(WHO), sent(replace(WHO, national_number="01234567890"))
    assert found(one, officer)

    states = [queries.get_case(case.reference, SYSTEM).state for case in (one, other)]

    assert states == [State.SUBMITTED] * 2
    assert one.person_id != other.person_id


def test_a_request_that_was_withdrawn_is_not_counted(officer: Actor) -> None:
    one, other = sent(WHO), sent(replace(WHO, national_number="01234567890"))
    account = db.session.get_one(Account, other.account_id)
    cases.withdraw(
        other.reference, actor=factory.citizen(account), seen=other.version, key=new_uid()
    )

    assert found(one, officer) == []


def test_another_post_sees_none_of_it(officer: Actor) -> None:
    one = sent(WHO)
    sent(replace(WHO, national_number="01234567890"))

    assert found(one, _elsewhere()) == []


def test_marks_are_hashes_and_are_made_for_whoever_has_none(officer: Actor) -> None:
    one, other = sent(WHO), sent(replace(WHO, national_number="01234567890"))
    stored = db.session.scalars(select(PersonMark.mark)).all()
    assert stored and all(len(mark) == 32 and mark.isascii() for mark in stored)
    assert not {"1998-03-27", "01234567890"} & set(stored)
    db.session.execute(delete(PersonMark))
    assert found(one, officer) == []

    marks.mark_the_rest(clock.now())

    assert found(one, officer) == [(other.reference, False)]
