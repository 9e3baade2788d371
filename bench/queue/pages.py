"""Whole pages of the queue beside a view that asks the database for the number 1."""

from functools import partial

from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import text

from app.core.actor import Role
from app.core.db import db
from app.desk.views import WORDS
from app.web import access
from bench.queue.filling import COMMON, RARE
from bench.rounds import Comparison, Figures, Way, measure
from tests.factories import people

ONE = "/desk/one"
ROUNDS = 40


def add_one(app: Flask) -> None:
    """Add the view: same sign-in, same checks, same headers, hardly any work."""

    @access.staff(Role.HEAD)
    def one(lang: str = "") -> str:
        return str(db.session.scalar(text("SELECT 1")))

    app.add_url_rule(ONE, "bench.one", one)


def compare(app: Flask) -> list[Figures]:
    """Return the figures of each page; the base is the view that asks for 1."""
    client = people.staff_visitor(app, Role.HEAD).client
    with app.test_request_context():
        queue, found = (url_for(name, lang="en") for name in ("desk.queue", "desk_find.found"))
    pages = {
        "first page": partial(_open, client, f"{queue}?tab=all"),
        "urgent and late": partial(_open, client, f"{queue}?tab=all&flag=urgent&flag=late"),
        "found, a common name": partial(_search, client, found, COMMON),
        "found, a rare name": partial(_search, client, found, RARE),
    }
    base = Way(name="SELECT 1", act=partial(_open, client, ONE))
    return measure(
        [
            Comparison(what=what, base=base, other=Way(name="page", act=act))
            for what, act in pages.items()
        ],
        rounds=ROUNDS,
    )


def _search(client: FlaskClient, found: str, words: str) -> None:
    with client.session_transaction(base_url="http://localhost") as session:
        session[WORDS] = words
    _open(client, found)


def _open(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
