"""Staff sign on with a ministry's provider, a real one on a socket, which lies in each way."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.accounts import colleagues, factors, queries, rules, services, sign_on, sign_on_client
from app.accounts.models import SignIn, StaffIdentity
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from tests.factories import providers
from tests.factories.providers import CLIENT_ID, CLIENT_SECRET, Provider
from tests.integration.accounts.conftest import second_factor
from tests.integration.accounts.test_second_factors import colleague, employ
from tests.integration.accounts.test_staff import give_password
from tests.visitor import Visitor

ADDRESS = "rana@mission.example"
REFUSED = "The sign-on was not accepted."
DESK = "/en/desk/account"


@pytest.fixture
def provider(app: Flask) -> Iterator[Provider]:
    """Be the provider that the app knows, which says of everybody that they are Rana."""
    settings = app.config["SETTINGS"]
    with providers.running() as running:
        running.claims = {"email": ADDRESS, "email_verified": True, "amr": ["pwd", "otp"]}
        app.config["SETTINGS"] = dataclasses.replace(
            settings,
            oidc_issuer=running.url,
            oidc_client_id=CLIENT_ID,
            oidc_client_secret=CLIENT_SECRET,
            oidc_name="Ministry",
        )
        sign_on_client.init_app(app, app.config["SETTINGS"])
        yield running
    app.config["SETTINGS"] = settings
    sign_on_client.init_app(app, settings)


@pytest.fixture
def invited(app: Flask, officer: str, provider: Provider) -> str:
    """Be an officer who was invited to sign on."""
    invite(app, officer, provider)
    return officer


def invite(app: Flask, login: str, provider: Provider, address: str = ADDRESS) -> None:
    with app.app_context(), transaction():
        staff = queries.get_staff_by_login(login)
        sign_on.invite(staff, address, issuer=provider.url, actor=SYSTEM)


def come_back(visitor: Visitor, start: str) -> str:
    """Begin, let the provider ask, and return the address to which it leads back."""
    begun = visitor.client.get(start)
    if not begun.location.startswith("http://127.0.0.1"):
        return str(begun.location)
    asked = requests.get(begun.location, allow_redirects=False, timeout=10)
    back = urlsplit(asked.headers["Location"])
    return f"{back.path}?{back.query}"


def sign_on_as(visitor: Visitor, start: str = f"/sign-on/start/en?next={DESK}") -> None:
    visitor.open(come_back(visitor, start))


def is_in(visitor: Visitor) -> bool:
    return visitor.client.get(DESK).status_code == 200


@pytest.mark.proves("S01")
def test_an_officer_who_was_invited_signs_on_and_is_known_from_then_on(
    app: Flask, visitor: Visitor, invited: str, provider: Provider
) -> None:
    visitor.open("/en/desk/account/sign-in")
    assert "Sign on with Ministry" in visitor.page.text
    sign_on_as(visitor)
    assert visitor.page.url == DESK and is_in(visitor)

    provider.claims |= {"email": "another@mission.example", "email_verified": False}
    other = Visitor(app.test_client())
    sign_on_as(other)
    assert is_in(other), "by issuer and subject, whatever the address is by now"


def test_the_session_of_before_ends_though_its_cookie_does_not_come_back(
    app: Flask, visitor: Visitor, invited: str, provider: Provider
) -> None:
    sign_on_as(visitor)
    back = come_back(visitor, "/sign-on/start/en")
    visitor.client.delete_cookie("jaliya-id")  # Strict: it stays away from what a provider began.

    visitor.open(back)

    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SignIn)) == 1


def test_the_provider_is_asked_with_pkce_state_and_nonce(
    visitor: Visitor, invited: str, provider: Provider
) -> None:
    sign_on_as(visitor)
    asked = provider.asked_last
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len(asked["state"]) >= 20 and len(asked["nonce"]) >= 20
    assert asked["redirect_uri"] == "http://localhost/sign-on/back"


WRONG_CLAIMS = [
    {"nonce": "another"},
    {"nonce": None},
    {"aud": "somebody else"},
    {"aud": ["jaliya", "another"]},
    {"aud": None},
    {"iss": "https://evil.example"},
    {"iss": None},
    {"exp": 1_600_000_000},
    {"exp": None},
    {"iat": 4_000_000_000},
    {"sub": None},
    {"sub": ""},
    {"sub": 7},
    {"sub": "x" * 300},
]


@pytest.mark.proves("S01")
@pytest.mark.parametrize("claims", WRONG_CLAIMS, ids=str)
def test_an_id_token_that_says_what_is_wrong_is_refused(
    visitor: Visitor, invited: str, provider: Provider, claims: providers.Claims
) -> None:
    provider.claims |= claims
    sign_on_as(visitor)
    assert REFUSED in visitor.page.text and not is_in(visitor)


@pytest.mark.parametrize(
    "lie", ["alg none", "shared secret", "key", "no ID token", "state", "issuer of the document"]
)
def test_a_provider_that_lies_lets_nobody_in(
    visitor: Visitor, invited: str, provider: Provider, lie: str
) -> None:
    provider.lies.add(lie)
    sign_on_as(visitor)
    assert REFUSED in visitor.page.text and not is_in(visitor)


def test_an_answer_is_good_once_and_in_the_browser_that_asked(
    app: Flask, visitor: Visitor, invited: str, provider: Provider
) -> None:
    back = come_back(visitor, "/sign-on/start/en")
    other = Visitor(app.test_client())
    other.open(back)
    assert not is_in(other)
    visitor.open(back)
    assert is_in(visitor)
    visitor.client.delete_cookie("jaliya-id")
    visitor.open(back)
    assert not is_in(visitor)


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x", "?error=access_denied", "?code=%00"])
def test_coming_back_with_nothing_is_refused(
    visitor: Visitor, provider: Provider, query: str
) -> None:
    visitor.open(f"/sign-on/back{query}")
    assert visitor.page.status in (200, 404) and not is_in(visitor)


@pytest.mark.parametrize(
    "change",
    [{"email": "other@mission.example"}, {"email_verified": False}, {"email_verified": "true"}],
    ids=str,
)
def test_who_was_not_invited_by_a_verified_address_gets_in_as_nobody(
    visitor: Visitor, invited: str, provider: Provider, change: providers.Claims
) -> None:
    provider.claims |= change
    sign_on_as(visitor)
    assert REFUSED in visitor.page.text and not is_in(visitor)


def test_a_login_that_is_an_address_is_no_invitation(
    app: Flask, visitor: Visitor, post_id: int, provider: Provider
) -> None:
    employ(app, post_id, ADDRESS)
    sign_on_as(visitor)
    assert not is_in(visitor)


def test_an_invitation_is_over_after_a_week_and_used_once(
    app: Flask, visitor: Visitor, invited: str, provider: Provider
) -> None:
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1)):
        sign_on_as(visitor)
        assert not is_in(visitor)
    sign_on_as(visitor)
    provider.claims["sub"] = "s-2"
    other = Visitor(app.test_client())
    sign_on_as(other)
    assert is_in(visitor) and not is_in(other)


def test_who_was_shut_out_does_not_get_in_by_the_provider(
    app: Flask, visitor: Visitor, invited: str, provider: Provider
) -> None:
    sign_on_as(visitor)
    with app.app_context(), transaction():
        services.disable_staff(queries.get_staff_by_login(invited), actor=SYSTEM)
    sign_on_as(visitor)
    assert REFUSED in visitor.page.text and not is_in(visitor)


@pytest.mark.proves("S01")
@pytest.mark.parametrize("methods", [None, ["pwd"], ["pwd", "pin"], "mfa", []])
def test_a_second_factor_that_the_provider_did_not_ask_for_is_asked_here(
    visitor: Visitor, invited: str, provider: Provider, methods: object
) -> None:
    provider.claims["amr"] = methods
    sign_on_as(visitor)
    if methods == "mfa":
        assert REFUSED in visitor.page.text, "a text where a list belongs"
        return
    assert visitor.page.heading == "Second step of signing in" and not is_in(visitor)
    visitor.submit({"code": second_factor()}, button="Sign in")
    assert visitor.page.url == DESK


@pytest.fixture
def without_app(app: Flask, invited: str, provider: Provider) -> str:
    """Be an officer who signs on with the provider, and never set up an app here."""
    sign_on_as(Visitor(app.test_client()))
    with app.app_context(), transaction():
        factors.forget(queries.get_staff_by_login(invited))
    return invited


@pytest.mark.proves("S01", "S08")
def test_a_password_alone_sets_up_no_app_where_the_provider_vouches(
    app: Flask, visitor: Visitor, without_app: str, provider: Provider
) -> None:
    give_password(visitor)
    assert "Your password alone does not set up an app." in visitor.page.errors[0]
    assert visitor.client.get("/en/desk/account/sign-in/set-up").status_code == 302

    provider.claims["amr"] = ["pwd"]
    sign_on_as(visitor)
    assert visitor.page.heading == "Set up the second step"


@pytest.mark.proves("S08")
def test_a_wrong_password_is_told_nothing_of_how_its_owner_signs_on(
    visitor: Visitor, without_app: str
) -> None:
    give_password(visitor, password="another horse battery")

    assert visitor.page.errors == ["Login: Login or password is wrong."]


@pytest.mark.proves("S08", "S15")
@pytest.mark.parametrize(("ago", "enough"), [(timedelta(), True), (timedelta(days=2), False)])
def test_two_of_the_post_vouch_for_a_first_app_for_a_day(
    app: Flask, visitor: Visitor, without_app: str, post_id: int, ago: timedelta, *, enough: bool
) -> None:
    employ(app, post_id, "head", "admin")
    with time_machine.travel(clock.now() - ago), app.app_context():
        uid = queries.get_staff_by_login(without_app).uid
        for act, login in ((colleagues.ask_reset, "head"), (colleagues.agree, "admin")):
            with transaction():
                act(uid, actor=colleague(app, login, post_id))

    give_password(visitor)
    assert visitor.page.url.endswith("/set-up") is enough


@pytest.mark.proves("S10")
@pytest.mark.parametrize("times", [1, 2])
def test_every_sign_on_is_asked_anew_by_the_provider(
    visitor: Visitor, invited: str, provider: Provider, times: int
) -> None:
    for _ in range(times):
        sign_on_as(visitor)

        assert (provider.asked_last["prompt"], provider.asked_last["max_age"]) == ("login", "0")


@pytest.mark.parametrize(
    ("methods", "level", "enough"),
    [
        (["mfa"], "", True),
        (["pwd", "otp"], "", True),
        (["hwk", "pin"], "", True),
        (["face", "hwk"], "", True),
        (["pwd"], "", False),
        (["otp", "sms"], "", False),
        ([], "high", True),
        ([], "low", False),
        ([], "", False),
    ],
)
def test_what_counts_as_two_factors(methods: list[str], level: str, *, enough: bool) -> None:
    assert rules.has_two_factors(methods, level, ["high"]) is enough


@pytest.mark.proves("S10")
@pytest.mark.parametrize(("asked_ago_s", "enough"), [(10, True), (900, False)])
def test_who_confirms_by_the_provider_is_asked_by_it_anew(
    visitor: Visitor, invited: str, provider: Provider, asked_ago_s: int, *, enough: bool
) -> None:
    sign_on_as(visitor)
    with time_machine.travel(clock.now() + timedelta(minutes=10)):
        visitor.open("/en/desk/account/security/password")
        assert visitor.page.heading == "Confirm that it is you"
        provider.claims["auth_time"] = int(clock.now().timestamp()) - asked_ago_s
        sign_on_as(visitor, "/sign-on/start/en?next=/en/desk/account/security/password")
        assert (provider.asked_last["prompt"], provider.asked_last["max_age"]) == ("login", "0")
        visitor.open("/en/desk/account/security/password")
        assert (visitor.page.heading == "Your password") is enough


def test_a_provider_that_is_away_is_a_sentence_and_no_fault(
    app: Flask, visitor: Visitor, provider: Provider
) -> None:
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = dataclasses.replace(settings, oidc_issuer="http://127.0.0.1:9")
    sign_on_client.init_app(app, app.config["SETTINGS"])
    visitor.open("/sign-on/start/en")
    assert REFUSED in visitor.page.text


def test_without_settings_there_is_no_sign_on(visitor: Visitor) -> None:
    visitor.open("/en/desk/account/sign-in")
    assert "Sign on with" not in visitor.page.text
    assert visitor.client.get("/sign-on/start/en").status_code == 404
    assert visitor.client.get("/sign-on/back?code=x&state=y").status_code == 404


def test_two_are_not_invited_by_one_address(
    app: Flask, invited: str, post_id: int, provider: Provider
) -> None:
    employ(app, post_id, "salma")
    with pytest.raises(Conflict):
        invite(app, "salma", provider)
    with pytest.raises(Invalid):
        invite(app, "salma", provider, "nobody")


def test_nothing_of_who_is_named_is_stored_in_plain(
    app: Flask, visitor: Visitor, invited: str, provider: Provider
) -> None:
    sign_on_as(visitor)
    with app.app_context():
        row = db.session.scalars(select(StaffIdentity)).one()
        assert row.subject_hash not in (None, "s-1") and row.invited_hash is None


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
@pytest.mark.proves("S20")
def test_signing_on_leads_nowhere_else(
    visitor: Visitor, invited: str, provider: Provider, target: str
) -> None:
    back = come_back(visitor, f"/sign-on/start/en?next={target}")
    assert visitor.client.get(back).location == "/en/desk"


def test_an_operator_invites_by_a_command(app: Flask, officer: str, provider: Provider) -> None:
    told = app.test_cli_runner().invoke(args=["invite-to-sign-on", officer, ADDRESS])
    assert told.exit_code == 0 and "within seven days" in told.output
