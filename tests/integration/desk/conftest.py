"""What tests of staff pages share: officers who are signed in, and cases with real papers."""

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

from flask import Flask

from app.accounts import sessions
from app.accounts.models import StaffMember
from app.cases import queries
from app.cases import services as cases
from app.core import clock
from app.core.actor import Actor, ActorKind, Role
from app.core.db import new_uid, transaction
from app.documents import services as documents
from app.jobs import tasks
from tests.factories import cases as factory
from tests.factories import people
from tests.visitor import Visitor


@dataclass
class Officer:
    """Somebody at the post, as a visitor of pages and as an actor of services."""

    visitor: Visitor
    actor: Actor


def officer_at(app: Flask, *roles: Role, post: str = "moscow", prefix: str = "JM") -> Officer:
    """Return a new member of staff of a post who is signed in."""
    with app.test_request_context(), transaction():
        where = people.post(post, prefix)
        staff = people.staff(roles, at=where)
        token = sessions.begin(staff=staff)
        actor = Actor(kind=ActorKind.STAFF, id=staff.id, post_id=where.id, roles=frozenset(roles))
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return Officer(Visitor(client), actor)


def name_officer(app: Flask, officer: Officer, name: str) -> None:
    """Call an officer by a name in every language."""
    with app.app_context(), transaction() as session:
        row = session.get_one(StaffMember, officer.actor.id)
        row.name = dict.fromkeys(("ar", "ru", "en"), name)


@dataclass
class Attached:
    """A file as a form brings it."""

    stream: IO[bytes]
    filename: str | None = "صورة.jpg"


def submitted(app: Flask, *, photo: bytes | None = None) -> str:
    """Return the reference of a case that was just sent; a photo that is looked at is given."""
    with app.app_context(), transaction():
        account = people.account()
        if photo is None:
            return factory.submitted(account).reference
        case = factory.complete(account)
        actor = factory.citizen(account)
        document = documents.receive(
            Attached(io.BytesIO(photo)),
            data_key=case.data_key,
            formats=("jpeg",),
        )
        item = next(item for item in case.items if item.key == "photo")
        for file in list(item.files):
            cases.detach(case.reference, "photo", file.document.uid, actor=actor)
        case = cases.attach(case.reference, "photo", document, actor=actor)
        case = cases.submit(case.reference, actor=actor, seen=case.version, key=new_uid())
        return case.reference


def taken(app: Flask, by: Officer, *, photo: bytes | None = None) -> str:
    """Return the reference of a case that an officer has in hand, its papers looked at."""
    reference = submitted(app, photo=photo)
    drain(app)
    with app.app_context(), transaction():
        case = queries.get_case(reference, by.actor)
        cases.take(reference, actor=by.actor, seen=case.version, key=new_uid())
    return reference


def drain(app: Flask) -> None:
    """Do what the worker does when it is rung."""
    with app.app_context():
        tasks.drain()


def tomorrow() -> str:
    """Return the day after today at the post, as a form takes it."""
    return (clock.today("Europe/Moscow") + timedelta(days=1)).isoformat()
