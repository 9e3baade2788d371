"""Staff sign in with password and authenticator app, and nothing is seen between the two."""

import re
from datetime import timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import factors, passwords, queries, services
from app.accounts.models import SignIn, StaffMember
from app.core import clock
from app.core.actor import SYSTEM, Role
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid, TooMany
from app.notifications.models import Message
from tests.integration.accounts.conftest import PASSWORD, Say, second_factor
from tests.visitor import Visitor, text_of, values_of

NAMES = {"ar": "سلمى", "ru": "Сальма", "en": "Salma"}
WRONG_PASSWORD = "Login or password is wrong."
WRONG_CODE = "This code is wrong or was used already. Wait for the next one in the app."


def give_password(
    visitor: Visitor, login: str = "rana", password: str = PASSWORD, language: str = "en"
) -> None:
    visitor.open(f"/{language}/desk/account/sign-in?next=/{language}/desk/account")
    visitor.submit({"login": login, "password": password})


def give_code(visitor: Visitor, code: str) -> int:
    """Send the second factor without following; return the status."""
    form = values_of(next(visitor.page.root.iter("form")))
    url = visitor.page.url
    return visitor.client.post(url, data=form | {"code": code}).status_code


def is_in(visitor: Visitor) -> bool:
    """Return whether the session is a whole one, whatever pages there are."""
    with visitor.client.application.app_context():
        cookie = visitor.client.get_cookie("jaliya-id")
        rows = db.session.scalars(select(SignIn).where(SignIn.pending == "")).all()
    return bool(cookie and rows)


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("ru", "ltr")])
def test_an_officer_signs_in_with_two_factors(
    visitor: Visitor, officer: str, say: Say, language: str, direction: str
) -> None:
    give_password(visitor, language=language)
    assert visitor.page.url == f"/{language}/desk/account/sign-in/code"
    assert (visitor.page.language, visitor.page.root.get("dir")) == (language, direction)
    assert visitor.page.heading == say(language, "Second step of signing in")
    assert give_code(visitor, second_factor()) == 302
    assert is_in(visitor)


def test_nothing_is_seen_between_the_factors(visitor: Visitor, officer: str) -> None:
    give_password(visitor)
    for path in ("/en/desk/account", "/en/account", "/en/desk/account/sign-in/set-up"):
        answer = visitor.client.get(path)
        assert answer.status_code == 302 and "sign-in" in answer.location
    assert not is_in(visitor)


def test_the_token_changes_with_the_second_factor(visitor: Visitor, officer: str) -> None:
    give_password(visitor)
    before = visitor.client.get_cookie("jaliya-id")
    give_code(visitor, second_factor())
    after = visitor.client.get_cookie("jaliya-id")
    assert before is not None and after is not None and before.value != after.value
    visitor.client.set_cookie("jaliya-id", before.value)
    assert visitor.client.get("/en/desk/account/sign-in/code").status_code == 302


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("rana", "wrong password"),
        ("nobody", PASSWORD),
        ("rana", PASSWORD + " "),
        ("rana", " " + PASSWORD),
        ("rana", PASSWORD.upper()),
        ("rana", "x" * 10_000),
        ("x" * 10_000, PASSWORD),
        ("' OR 1=1 --", PASSWORD),
    ],
)
def test_login_and_password_that_do_not_fit_look_the_same(
    visitor: Visitor, officer: str, login: str, password: str
) -> None:
    give_password(visitor, login, password)
    assert visitor.page.status == 422
    assert len(visitor.page.errors) == 1
    assert WRONG_PASSWORD in visitor.page.errors[0]
    assert all(e.get("value") != password for e in visitor.page.root.iter("input"))


@pytest.mark.parametrize("login", ["rana\0", "nobody\0"])
def test_a_login_with_signs_that_nobody_types_is_refused_as_such(
    visitor: Visitor, officer: str, login: str
) -> None:
    give_password(visitor, login, PASSWORD)
    assert visitor.page.errors == ["Login: This text holds signs that cannot be read."]


@pytest.mark.parametrize("language", ["ar", "ru"])
def test_a_wrong_password_is_refused_in_the_readers_language(
    visitor: Visitor, officer: str, say: Say, language: str
) -> None:
    give_password(visitor, password="wrong", language=language)
    assert visitor.page.language == language
    assert say(language, WRONG_PASSWORD) in visitor.page.errors[0]


def test_a_login_in_other_letters_is_the_same(visitor: Visitor, officer: str) -> None:
    give_password(visitor, " RANA ")
    assert visitor.page.url.endswith("/code")


def test_an_empty_form_is_refused(visitor: Visitor, officer: str) -> None:
    give_password(visitor, "", "")
    assert visitor.page.status == 422 and len(visitor.page.errors) == 2


@pytest.mark.proves("login-013")
@pytest.mark.parametrize("shift", [-2, 2])
def test_a_code_of_another_time_is_refused(visitor: Visitor, officer: str, shift: int) -> None:
    with time_machine.travel(clock.now(), tick=False):
        give_password(visitor)
        visitor.submit({"code": second_factor(shift)}, button="Sign in")
        assert WRONG_CODE in visitor.page.errors[0]


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_code_of_the_neighbouring_half_minute_counts(
    visitor: Visitor, officer: str, shift: int
) -> None:
    with time_machine.travel(clock.now(), tick=False):
        give_password(visitor)
        assert give_code(visitor, second_factor(shift)) == 302


def test_arabic_digits_in_the_second_factor_are_read(visitor: Visitor, officer: str) -> None:
    give_password(visitor)
    arabic = second_factor().translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert give_code(visitor, arabic) == 302


def test_a_second_factor_is_good_once(app: Flask, visitor: Visitor, officer: str) -> None:
    with time_machine.travel(clock.now(), tick=False):
        give_password(visitor)
        give_code(visitor, second_factor())
        other = Visitor(app.test_client())
        give_password(other)
        other.submit({"code": second_factor()}, button="Sign in")
        assert WRONG_CODE in other.page.errors[0]
        other.submit({"code": second_factor(-1)}, button="Sign in")
        assert WRONG_CODE in other.page.errors[0]


def test_after_five_wrong_second_factors_the_right_one_waits(
    visitor: Visitor, officer: str
) -> None:
    give_password(visitor)
    form = visitor.page
    for _try in range(5):
        visitor.page = form
        visitor.submit({"code": "000000"}, button="Sign in")
    visitor.page = form
    visitor.submit({"code": second_factor()}, button="Sign in")
    assert visitor.page.status == 429
    assert not is_in(visitor)


def test_after_ten_wrong_passwords_the_right_one_waits(visitor: Visitor, officer: str) -> None:
    visitor.client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as traveller:
        for _try in range(10):
            give_password(visitor, password="wrong")
        give_password(visitor)
        assert visitor.page.status == 429
        traveller.shift(timedelta(minutes=15))
        give_password(visitor)
        assert visitor.page.url.endswith("/code")


@pytest.mark.parametrize("name", ["rana", " RANA "])
def test_a_stranger_cannot_lock_an_officer_out(
    app: Flask, visitor: Visitor, officer: str, name: str
) -> None:
    stranger = Visitor(app.test_client())
    stranger.client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    visitor.client.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False):
        for _try in range(21):
            give_password(stranger, name, "wrong")
        give_password(visitor)
    assert stranger.page.status == 429
    assert visitor.page.url.endswith("/code")


def test_one_name_that_many_networks_try_is_closed_for_a_while(app: Flask, officer: str) -> None:
    with app.app_context(), time_machine.travel("2026-11-23T10:00:00Z", tick=False):
        for number in range(50):
            with transaction():
                factors.count_password_try(officer, None, network=f"203.0.113.{number}")
        with pytest.raises(TooMany), transaction():
            factors.count_password_try(officer, None, network="198.51.100.9")


def test_signing_in_often_is_no_offence_from_a_network_either(app: Flask, officer: str) -> None:
    for _time in range(12):
        visitor = Visitor(app.test_client())
        visitor.client.environ_base["REMOTE_ADDR"] = "198.51.100.9"
        give_password(visitor)
        assert visitor.page.url.endswith("/code")


def test_signing_in_often_is_no_offence(app: Flask, officer: str) -> None:
    for _time in range(12):
        visitor = Visitor(app.test_client())
        give_password(visitor)
        assert visitor.page.url.endswith("/code")


def test_one_network_that_tries_many_names_is_stopped(app: Flask, visitor: Visitor) -> None:
    visitor.client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    statuses = []
    for n in range(21):
        give_password(visitor, f"name{n}", "wrong")
        statuses.append(visitor.page.status)
    assert statuses == [422] * 20 + [429]


def test_the_half_way_session_is_over_after_ten_minutes(visitor: Visitor, officer: str) -> None:
    give_password(visitor)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        assert visitor.client.get("/en/desk/account/sign-in/code").status_code == 302


def test_the_session_of_a_disabled_officer_is_over(
    app: Flask, visitor: Visitor, officer: str
) -> None:
    give_password(visitor)
    give_code(visitor, second_factor())
    with app.app_context(), transaction():
        member = queries.find_staff("rana")
        assert member is not None
        member.disabled_at = clock.now()
    assert "sign-in" in visitor.client.get("/en/desk/account").location
    give_password(visitor)
    assert WRONG_PASSWORD in visitor.page.errors[0]


def test_disabling_ends_sessions_for_good(app: Flask, visitor: Visitor, officer: str) -> None:
    give_password(visitor)
    give_code(visitor, second_factor())
    with app.app_context(), transaction():
        member = queries.find_staff("rana")
        assert member is not None
        services.disable_staff(member, actor=SYSTEM)
    assert not is_in(visitor)


@pytest.mark.proves("S09")
def test_a_session_of_staff_is_over_after_a_quarter_of_an_hour_without_use(
    visitor: Visitor, officer: str
) -> None:
    give_password(visitor)
    give_code(visitor, second_factor())
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert "sign-in" in visitor.client.get("/en/desk/account").location


@pytest.mark.parametrize("target", ["/\\evil.example", "//evil.example", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(visitor: Visitor, officer: str, target: str) -> None:
    visitor.open("/en/desk/account/sign-in", query_string={"next": target})
    visitor.submit({"login": "rana", "password": PASSWORD})
    form = values_of(next(visitor.page.root.iter("form")))
    answer = visitor.client.post(visitor.page.url, data=form | {"code": second_factor()})
    assert answer.location == "/en/desk"


@pytest.mark.parametrize("language", ["ar", "ru"])
def test_the_authenticator_app_is_set_up_at_the_first_sign_in(
    app: Flask, visitor: Visitor, post_id: int, say: Say, language: str
) -> None:
    with app.app_context(), transaction():
        services.create_staff(
            "salma",
            name=NAMES,
            language="ar",
            password=PASSWORD,
            roles=[(post_id, Role.RECEPTIONIST)],
        )
    give_password(visitor, "salma", language=language)
    assert visitor.page.url == f"/{language}/desk/account/sign-in/set-up"
    assert visitor.page.heading == say(language, "Set up the second step")

    picture = visitor.client.get(f"/{language}/desk/account/sign-in/set-up.svg")
    assert picture.mimetype == "image/svg+xml" and "style=" not in picture.text
    assert picture.headers["Cache-Control"] == "no-store"

    shown = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", visitor.page.text)
    assert shown is not None
    assert give_code(visitor, "000000") == 422
    assert give_code(visitor, pyotp.TOTP(shown[0].replace(" ", "")).now()) == 302
    assert is_in(visitor)
    assert visitor.client.get(f"/{language}/desk/account/sign-in/set-up").status_code == 302


def test_a_key_that_was_not_confirmed_is_replaced(
    app: Flask, visitor: Visitor, post_id: int
) -> None:
    with app.app_context(), transaction():
        services.create_staff("salma", name=NAMES, language="ar", password=PASSWORD)
    secrets = []
    for _time in range(2):
        give_password(visitor, "salma")
        secrets.append(shown_secret(visitor))
        assert "Another browser" not in text_of(visitor.page.root)
    assert secrets[0] != secrets[1]
    with app.app_context():
        assert db.session.scalars(select(StaffMember)).one().sealed_totp is None


def shown_secret(visitor: Visitor) -> str:
    """Return the key that the page shows."""
    shown = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", visitor.page.text)
    assert shown is not None
    return shown[0].replace(" ", "")


def test_the_work_for_an_unknown_name_is_that_for_a_known_one(
    app: Flask, officer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    real = passwords._verify

    def verify(password: str, stored: str) -> bool:
        checked.append(stored)
        return real(password, stored)

    monkeypatch.setattr(passwords, "_verify", verify)
    with app.app_context():
        for login in ("rana", "nobody"):
            with pytest.raises(factors.WrongPassword):
                factors.get_by_password(login, "wrong")
    parameters = [stored.rsplit("$", 2)[0] for stored in checked]
    assert len(checked) == 2 and parameters[0] == parameters[1]


@pytest.mark.parametrize("password", ["", "x" * 11, "x" * 257])
def test_a_password_out_of_bounds_is_refused(app: Flask, password: str) -> None:
    with app.app_context(), pytest.raises(Invalid), transaction():
        services.create_staff("salma", name=NAMES, language="ar", password=password)


@pytest.mark.parametrize(
    "password",
    [" " * 6 + "كلمة مرور" + " " * 6, "e\u0301te\u0301 a\u0300 Alep, 1998", "🔑🐪🌲 три ключа"],
)
def test_any_password_counts_as_typed(app: Flask, password: str) -> None:
    with app.app_context():
        with transaction():
            services.create_staff("salma", name=NAMES, language="ar", password=password)
        assert factors.get_by_password("salma", password).login == "salma"
        with pytest.raises(factors.WrongPassword):
            factors.get_by_password("salma", password + "x")


def test_a_login_is_given_once(app: Flask, officer: str) -> None:
    with app.app_context(), pytest.raises(Conflict), transaction():
        services.create_staff("RANA", name=NAMES, language="ar", password=PASSWORD)


def test_a_role_is_given_once(app: Flask, officer: str, post_id: int) -> None:
    with app.app_context():
        for _time in range(2):
            with transaction():
                member = queries.find_staff("rana")
                assert member is not None
                services.grant(member, post_id, Role.HEAD)
        member = queries.find_staff("rana")
        assert member is not None
        assert sorted(role.role for role in member.roles) == [Role.HEAD, Role.OFFICER]


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("ru", "ltr")])
def test_an_officer_sees_rights_and_devices(
    visitor: Visitor, officer: str, say: Say, language: str, direction: str
) -> None:
    give_password(visitor, language=language)
    give_code(visitor, second_factor())
    page = visitor.open(f"/{language}/desk/account")
    assert (page.status, page.language, page.root.get("dir")) == (200, language, direction)
    assert page.heading.startswith(say(language, "My account"))
    assert "rana" in page.text
    assert say(language, "this device") in visitor.follow(say(language, "Show and change")).text
    visitor.open(f"/{language}/desk/account")
    visitor.submit(button=say(language, "Sign out"))
    assert visitor.page.url == f"/{language}/desk/account/sign-in"
    assert not is_in(visitor)


def test_an_officer_sees_no_page_of_citizens(visitor: Visitor, officer: str) -> None:
    give_password(visitor)
    give_code(visitor, second_factor())
    assert visitor.client.get("/en/account/people").status_code == 404


def test_a_session_of_before_does_not_see_the_secret_that_counts_now(
    app: Flask, visitor: Visitor, post_id: int
) -> None:
    with app.app_context(), transaction():
        services.create_staff(
            "salma",
            name=NAMES,
            language="ar",
            password=PASSWORD,
            roles=[(post_id, Role.RECEPTIONIST)],
        )
    stranger = Visitor(app.test_client())
    give_password(stranger, "salma")
    give_password(visitor, "salma")
    shown = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", visitor.page.text)
    assert shown is not None
    assert give_code(visitor, pyotp.TOTP(shown[0].replace(" ", "")).now()) == 302

    for path in ("set-up", "set-up.svg"):
        assert stranger.client.get(f"/en/desk/account/sign-in/{path}").status_code in (302, 404)
    assert is_in(visitor)


SET_UP = "/en/desk/account/sign-in/set-up"


def employ_salma(app: Flask, post_id: int, login: str = "salma@mission.example") -> None:
    with app.app_context(), transaction():
        services.create_staff(
            login,
            name=NAMES,
            language="ar",
            password=PASSWORD,
            roles=[(post_id, Role.RECEPTIONIST)],
        )


@pytest.mark.proves("S01")
def test_whoever_knows_the_password_is_never_shown_the_key_of_another_browser(
    app: Flask, visitor: Visitor, post_id: int
) -> None:
    employ_salma(app, post_id)
    thief = Visitor(app.test_client())
    give_password(thief, "salma@mission.example")
    seen = {shown_secret(thief)}
    give_password(visitor, "salma@mission.example")
    key = shown_secret(visitor)

    thief.open(SET_UP)
    assert thief.page.url.partition("?")[0] == "/en/desk/account/sign-in"
    assert key not in seen and visitor.client.get(SET_UP).status_code == 200
    assert give_code(visitor, pyotp.TOTP(key).now()) == 302 and is_in(visitor)


def test_the_owner_is_told_that_two_browsers_set_up_an_app(
    app: Flask, visitor: Visitor, post_id: int
) -> None:
    employ_salma(app, post_id)
    thief = Visitor(app.test_client())
    give_password(thief, "salma@mission.example")
    give_password(visitor, "salma@mission.example")
    assert "somebody knows your password" in text_of(visitor.page.root)
    with app.app_context():
        told = db.session.scalars(select(Message).where(Message.event == "security_changed")).one()
        assert (told.payload or {})["change"] == "app_begun_twice"
