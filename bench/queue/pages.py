"""Whole pages of the queue beside a view that asks the database for the number 1."""

from functools import partial

from flask import Flask, url_for
from sqlalchemy import text

from app.accounts import sessions
from app.core.actor import Role
from app.core.db import db, transaction
from app.web import access
from bench.place import served
from bench.queue.filling import COMMON, RARE
from bench.rounds import Comparison, Figures, Way, measure
from tests import markup
from tests.asking import Asker
from tests.factories import people
from tests.visitor import values_of

ONE = "/desk/one"
ROUNDS = 40


def add_one(app: Flask) -> None:
    """Add the view: same sign-in, same checks, same headers, hardly any work."""

    @access.staff(Role.HEAD)
    def one(lang: str = "") -> str:
        return str(db.session.scalar(text("SELECT 1")))

    app.add_url_rule(ONE, "bench.one", one)


def compare(app: Flask) -> list[Figures]:
    """Return the figures of each page, asked for over a connection; the base asks for 1."""
    with app.test_request_context():
        queue, found, find = (
            url_for(name, lang="en") for name in ("desk.queue", "desk_find.found", "desk_find.find")
        )
    with served(app) as port:
        officer, common, rare = (_officer(app, port) for _one in range(3))
        _search(common, find, COMMON, queue)
        _search(rare, find, RARE, queue)
        pages = {
            "first page": partial(_open, officer, f"{queue}?tab=all"),
            "urgent and late": partial(_open, officer, f"{queue}?tab=all&flag=urgent&flag=late"),
            "found, a common name": partial(_open, common, found),
            "found, a rare name": partial(_open, rare, found),
        }
        base = Way(name="SELECT 1", act=partial(_open, officer, ONE))
        return measure(
            [
                Comparison(what=what, base=base, other=Way(name="page", act=act))
                for what, act in pages.items()
            ],
            rounds=ROUNDS,
        )


def _officer(app: Flask, port: int) -> Asker:
    with app.test_request_context(), transaction():
        return Asker(port, sessions.begin(staff=people.staff((Role.HEAD,))))


def _search(officer: Asker, find: str, words: str, page: str) -> None:
    """Have the session keep the words, which stand in no address."""
    root = markup.parse(officer.get(page).body)
    form = next(one for one in root.iter("form") if one.get("action") == find)
    _expect(officer.post(find, {**values_of(form), "q": words}).status, 302, find)


def _open(officer: Asker, address: str) -> None:
    _expect(officer.get(address).status, 200, address)


def _expect(status: int, wanted: int, address: str) -> None:
    if status != wanted:
        raise RuntimeError(f"{address} answered {status}")
