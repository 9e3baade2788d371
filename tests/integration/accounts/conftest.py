"""What tests of sign-in share: the codes that were issued, staff, and who is signed in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask_babel import gettext

from app.accounts import services, signals
from app.catalogue.models import Post
from app.core import clock, i18n
from app.core.actor import Role
from app.core.db import db, transaction
from tests.visitor import Visitor, without_marks

PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

SignIn = Callable[..., Visitor]
Say = Callable[[str, str], str]


@dataclass
class Postman:
    """Holds what would have been sent, newest last."""

    codes: list[dict[str, Any]] = field(default_factory=list)  # Any: a signal's arguments
    warnings: list[dict[str, Any]] = field(default_factory=list)

    def take_code(self, _sender: object, **arguments: Any) -> None:
        """Receive a code."""
        self.codes.append(arguments)

    def take_warning(self, _sender: object, **arguments: Any) -> None:
        """Receive word of a sign-in elsewhere."""
        self.warnings.append(arguments)

    @property
    def code(self) -> str:
        """Return the newest code."""
        return str(self.codes[-1]["code"])

    @property
    def wrong_code(self) -> str:
        """Return a code that is not the newest one."""
        return f"{(int(self.code) + 1) % 10**6:06}"


@pytest.fixture
def postman() -> Iterator[Postman]:
    """Be told of every code and warning, beside those who send them."""
    postman = Postman()
    with (
        signals.code_issued.connected_to(postman.take_code),
        signals.signed_in_elsewhere.connected_to(postman.take_warning),
    ):
        yield postman


@pytest.fixture
def post_id(app: Flask) -> int:
    """Be the id of a post."""
    with app.app_context(), transaction():
        post = Post(
            code="moscow",
            prefix="JM",
            name={"ar": "موسكو", "ru": "Москва", "en": "Moscow"},
            zone="Europe/Moscow",
            week=[1, 2, 3, 4, 5],
            languages=["ar", "ru"],
        )
        db.session.add(post)
        db.session.flush()
        return post.id


@pytest.fixture
def officer(app: Flask, post_id: int) -> str:
    """Be the login of an officer with password and second factor."""
    with app.app_context(), transaction():
        services.create_staff(
            "rana",
            name={"ar": "رنا", "ru": "Рана", "en": "Rana"},
            language="ar",
            password=PASSWORD,
            roles=[(post_id, Role.OFFICER)],
            totp=SECRET,
        )
    return "rana"


@pytest.fixture
def say(app: Flask) -> Say:
    """Say an English sentence of the software in a language: `say("ar", "Sign in")`."""

    def translate(language: str, sentence: str) -> str:
        with app.app_context(), i18n.speaking(language):
            return without_marks(str(gettext(sentence)))

    return translate


@pytest.fixture
def sign_in(postman: Postman, say: Say) -> SignIn:
    """Sign a visitor in as a citizen: `sign_in(visitor, "layan@example.org", language="ru")`."""

    def enter(
        visitor: Visitor, address: str = "layan@example.org", language: str = "en"
    ) -> Visitor:
        visitor.open(f"/{language}/account/sign-in?next=/{language}/account")
        visitor.submit({"address": address})
        visitor.submit({"code": postman.code}, button=say(language, "Sign in"))
        return visitor

    return enter


def second_factor(shift: int = 0) -> str:
    """Return the code that the officer's app shows, so many half minutes from now."""
    return pyotp.TOTP(SECRET).at(clock.now(), counter_offset=shift)
