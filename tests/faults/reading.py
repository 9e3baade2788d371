"""Somebody whose pages are read for their forms, and what the scenes ask the example for."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts import sessions
from app.accounts.models import Account, StaffMember
from app.cases.models import Case
from app.cases.rules import State
from app.catalogue.models import Service
from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import db, transaction
from tests.factories import people
from tests.faults import pressing
from tests.faults.pressing import Form
from tests.security.world import World
from tests.visitor import Visitor


class Reader(Visitor):
    """Somebody whose pages are read for their forms."""

    def __init__(self, world: World, token: str) -> None:
        """Come with a token, empty for nobody."""
        client = world.app.test_client()
        if token:
            client.set_cookie("jaliya-id", token)
        super().__init__(client)
        self.world, self.token = world, token

    def forms(self, path: str = "", **given: Any) -> Iterator[Form]:
        """Yield the forms of a page, or of the one that is shown, with what is typed into them.

        (Any: as in tests.visitor.)
        """
        page = self.open(path) if path else self.page
        for form in pressing.forms_of(self.world.app, page.url, page.body, self.token):
            typed = {name: one for name, one in form.typed.items() if name not in given}
            yield replace(form, values={**form.values, **given}, typed=typed)

    def form(self, path: str, button: str, **given: Any) -> Form:
        """Return the first form of a page with a button, filled in.  (Any: as in forms.)"""
        found = next(one for one in self.forms(path, **given) if button in one.button)
        return next(found.fillings())

    def press(self, path: str, button: str, **given: Any) -> None:
        """Fill a form of a page in and send it; it is taken.  (Any: as in forms.)"""
        answer = self.form(path, button, **given).send(self.world.app)
        assert answer.status_code == 302, (path, button, answer.status_code)

    def asked_again(self, path: str, button: str, **given: Any) -> Iterator[Form]:
        """Yield the forms of the page that asks once more before a form does what it is for."""
        form = self.form(path, button, **given)
        answer = form.send(self.world.app)
        where, body = urlsplit(form.action).path, answer.get_data()
        yield from pressing.forms_of(self.world.app, where, body, self.token)

    def links(self, path: str, part: str) -> list[str]:
        """Return where a page leads to, of the addresses that have a part in them."""
        hrefs = {one.get("href", "") for one in self.open(path).root.iter("a")}
        return sorted(one for one in hrefs if part in one)


def at(world: World, name: str) -> Reader:
    """Return a member of staff by the name of their role, or a citizen by their account."""
    return Reader(world, world.actors[name] if name in world.actors else world.owners[name])


def colleague(world: World, *roles: Role) -> tuple[Reader, str]:
    """Return a new member of staff of the post, and the uid by which forms name them."""
    with world.app.test_request_context(), transaction():
        member = people.staff(roles or (Role.OFFICER,), at=people.post())
        return Reader(world, sessions.begin(staff=member)), member.uid


def of_actor(world: World, actor: Actor) -> Reader:
    """Return the member of staff that an actor is."""
    with world.app.test_request_context(), transaction():
        member = db.session.get_one(StaffMember, actor.id)
        return Reader(world, sessions.begin(staff=member))


def owner_of(world: World, reference: str) -> Reader:
    """Return the citizen of a request."""
    with world.app.test_request_context(), transaction():
        query = select(Case.account_id).where(Case.reference == reference)
        account = db.session.get_one(Account, db.session.scalars(query).one())
        return Reader(world, sessions.begin(account=account))


def holder_of(world: World, reference: str) -> Reader:
    """Return the officer who has a request in hand, any where nobody has."""
    with world.app.test_request_context(), transaction():
        query = select(Case.assignee_id).where(Case.reference == reference)
        member = db.session.get(StaffMember, db.session.scalars(query).one() or 0)
        return Reader(
            world, sessions.begin(staff=member) if member else world.actors[Role.OFFICER.value]
        )


def requests(world: World, state: State, code: str = "") -> list[str]:
    """Return the requests in a state by their references, of one service or of all."""
    query = select(Case.reference).where(Case.state == state).order_by(Case.id)
    if code:
        query = query.join(Service).where(Service.code == code)
    with world.app.app_context():
        return list(db.session.scalars(query))


def uids(world: World, column: InstrumentedAttribute[str], *which: Any) -> list[str]:
    """Return the uids of rows, the newest first.  (Any: clauses.)"""
    with world.app.app_context():
        query = select(column).where(*which).order_by(column.class_.id.desc())
        return list(db.session.scalars(query))


def days(*after: int) -> list[list[str]]:
    """Return days after today as forms take them, in three fields."""
    today = clock.today("Europe/Moscow")
    return [parts(today + timedelta(days=one)) for one in after]


def parts(day: date) -> list[str]:
    """Return a day as a form takes it."""
    return [str(day.day), str(day.month), str(day.year)]


Scene = Callable[[World], Iterator[Form]]
