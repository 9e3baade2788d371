"""The example with all its people, a second post, and somebody for every role: who asks for what.

The objects are those of the demonstration, all of the first post; staff of the second post have
the same roles and none of the objects.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.accounts import sessions
from app.accounts.models import Account, SignIn, StaffMember
from app.catalogue.models import Post
from app.core import clock
from app.core.actor import Role
from app.core.db import db, transaction
from config import Settings
from tests.conftest import build, dispose
from tests.factories import people
from tests.live import copy_instance

ELSEWHERE = "kazan"
OWNERS = 6
"""So many citizens of the example are walked with; their cases stand in all states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """An app with the example in its database, and those who ask."""

    app: Flask
    owners: dict[str, str]
    """The tokens of the citizens of the example, by the key of their account."""
    actors: dict[str, str]
    """The tokens of everybody else, by the name that they have in the table."""

    def owner(self, key: str) -> FlaskClient:
        """Return a browser of an owner."""
        return self._browser(self.owners[key])

    def actor(self, name: str) -> FlaskClient:
        """Return a browser of somebody else."""
        return self._browser(self.actors[name])

    def _browser(self, token: str) -> FlaskClient:
        client = self.app.test_client()
        if token:
            client.set_cookie("jaliya-id", token)
        return client


@contextmanager
def opened(
    prepared: Path,
    folder: Path,
    settings: Settings,
    *,
    plant: Callable[[Flask], None] = lambda app: None,
) -> Iterator[World]:
    """Yield the world on a copy of a prepared instance; `plant` adds routes before it starts.

    Forms are taken without a token: what a policy and a loader refuse is to be seen, and not
    that a token is missing, which has tests of its own.
    """
    instance = copy_instance(prepared, folder)
    keys = json.loads((instance / "demo-keys.json").read_text())
    app = build(
        replace(
            settings,
            secret_key=keys["SECRET_KEY"],
            master_keys=(keys["MASTER_KEYS"],),
            index_key=keys["INDEX_KEY"],
            database_url=f"sqlite:///{instance / 'jaliya.sqlite3'}",
            storage_url=f"file://{instance / 'documents'}",
            instance=instance,
        )
    )
    app.config["WTF_CSRF_ENABLED"] = False
    plant(app)
    with app.test_request_context(), transaction():
        tokens, owners = _tokens(), _owners()
        _keep_confirmed()
    yield World(app=app, owners=owners, actors=tokens)
    dispose(app)


def _tokens() -> dict[str, str]:
    """Return the token of each actor, empty for nobody."""
    here = db.session.scalars(select(Post)).one()
    other = people.post(ELSEWHERE, "JK")
    tokens = {
        "nobody": "",
        "half-citizen": sessions.begin(account=people.account(), pending="second"),
        "stranger": sessions.begin(account=people.account()),
        "staff-totp": sessions.begin(staff=_member(here, *Role), pending="totp"),
        "staff-new": sessions.begin(staff=_member(here, *Role), pending="totp_setup"),
    }
    for role in Role:
        tokens[role.value] = sessions.begin(staff=_member(here, role))
        tokens[f"{ELSEWHERE}:{role.value}"] = sessions.begin(staff=_member(other, role))
    return tokens


def _keep_confirmed() -> None:
    """Have nobody have to confirm anew amid the matrix, which takes longer than that is good for.

    Of two answers that are compared one would lead to that page, and look like a leak.
    """
    shown = SignIn.confirmed_at.is_not(None)
    later = clock.now() + timedelta(hours=1)
    db.session.execute(update(SignIn).where(shown).values(confirmed_at=later))


def _member(post: Post, *roles: Role) -> StaffMember:
    return people.staff(roles, at=post, language="en")


def _owners() -> dict[str, str]:
    accounts = db.session.scalars(select(Account).order_by(Account.id)).all()
    return {str(one.id): sessions.begin(account=one) for one in accounts}
