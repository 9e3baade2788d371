"""Agents with a power of attorney, and requests that they file for their principals."""

from datetime import date, timedelta

from sqlalchemy import select

from app.accounts import queries as accounts
from app.accounts.models import Account, AuthorityKind, Person
from app.cases import services as cases
from app.cases.mandates import services as mandates
from app.cases.mandates.models import Mandate
from app.cases.mandates.services import Terms
from app.cases.models import Case
from app.core import clock
from app.core.actor import Actor
from app.core.db import db, new_uid
from app.documents.models import Document, DocumentState
from tests.factories import cases as factory


def today() -> date:
    """Return the day that it is at the post."""
    return clock.today("Europe/Moscow")


def person_of(account: Account, kind: AuthorityKind = AuthorityKind.AGENT) -> Person:
    """Return a person for whom an account acts by such a right."""
    person = factory.person(account)
    accounts.get_authority(account.id, person.uid).kind = kind
    db.session.flush()
    return person


def paper(person: Person) -> Document:
    """Return a stored file of a person, without bytes."""
    row = Document(
        data_key=person.data_key,
        sha256="1" * 64,
        size=1000,
        media_type="application/pdf",
        state=DocumentState.CLEAN,
        pages=2,
        created_at=clock.now(),
    )
    row.name = "وكالة.pdf"
    db.session.add(row)
    db.session.flush()
    return row


def give(
    account: Account,
    person: Person,
    *,
    services: tuple[str, ...] = (),
    days: int | None = 365,
    principal: str = "",
) -> Mandate:
    """Return the paper of an authority that was given, valid for so many days from today."""
    until = today() + timedelta(days=days) if days is not None else None
    terms = Terms(
        number="412/2026",
        issuer="كاتب بالعدل بدمشق",
        services=services,
        valid_until=until,
        principal=principal,
    )
    actor = factory.citizen(account)
    return mandates.give(person.uid, terms, paper(person), actor=actor, today=today())


def taken(account: Account, person: Person, by: Actor) -> Case:
    """Return a case that was filed by an agent and that an officer has in hand."""
    case, actor = factory.fill(factory.draft(account, person)), factory.citizen(account)
    case = cases.submit(case.reference, actor=actor, seen=case.version, key=new_uid())
    return cases.take(case.reference, actor=by, seen=case.version, key=new_uid())


def by_uid(uid: str) -> Mandate:
    """Return a paper by its public name."""
    return db.session.scalars(select(Mandate).where(Mandate.uid == uid)).one()
