"""Signing in with a one-time code, and everything that must not work."""

import re
from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.accounts import codes, one_time, sessions
from app.accounts.models import Account, SignIn
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import TooMany
from tests.integration.accounts.conftest import Postman, Say
from tests.integration.accounts.conftest import SignIn as Enter
from tests.visitor import Visitor

EXPIRED = "This code is no longer valid. Ask for a new one."
WRONG = "This is not the code of the newest message. Check it and try again."


def ask(visitor: Visitor, address: str = "layan@example.org", language: str = "en") -> None:
    visitor.open(f"/{language}/account/sign-in")
    visitor.submit({"address": address})


def enter(visitor: Visitor, code: str) -> None:
    visitor.submit({"code": code}, button="Sign in")


def is_in(visitor: Visitor) -> bool:
    return visitor.client.get("/en/account").status_code == 200


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("ru", "ltr")])
def test_a_citizen_signs_in_with_a_code(
    visitor: Visitor, postman: Postman, sign_in: Enter, say: Say, language: str, direction: str
) -> None:
    sign_in(visitor, language=language)
    assert visitor.page.url == f"/{language}/account"
    assert (visitor.page.language, visitor.page.root.get("dir")) == (language, direction)
    assert visitor.page.heading == say(language, "My account")
    assert "layan@example.org" in visitor.page.text
    assert postman.codes[0]["language"] == language


def test_the_account_comes_into_being_with_the_first_code_redeemed(
    app: Flask, visitor: Visitor, postman: Postman
) -> None:
    ask(visitor)
    assert count(app, Account) == 0
    enter(visitor, postman.code)
    assert count(app, Account) == 1


def test_an_address_in_other_letters_is_the_same_account(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    sign_in(visitor, "layan@example.org")
    sign_in(Visitor(app.test_client()), " Layan@EXAMPLE.org")
    assert count(app, Account) == 1


@pytest.mark.parametrize("spelling", ["{}", " {} ", "\u200f{}"])
def test_arabic_digits_in_a_code_are_read(
    visitor: Visitor, postman: Postman, spelling: str
) -> None:
    ask(visitor)
    arabic = postman.code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    enter(visitor, spelling.format(arabic))
    assert is_in(visitor)


def test_an_expired_code_is_refused(visitor: Visitor, postman: Postman) -> None:
    ask(visitor)
    with time_machine.travel(clock.now() + timedelta(minutes=10, seconds=1)):
        enter(visitor, postman.code)
        assert EXPIRED in visitor.page.errors[0]
        assert visitor.page.status == 422
        assert not is_in(visitor)


def test_a_code_counts_until_its_tenth_minute(visitor: Visitor, postman: Postman) -> None:
    ask(visitor)
    with time_machine.travel(clock.now() + timedelta(minutes=9, seconds=50)):
        enter(visitor, postman.code)
        assert is_in(visitor)


def test_after_six_wrong_codes_the_right_one_is_refused(visitor: Visitor, postman: Postman) -> None:
    ask(visitor)
    said = []
    for _try in range(6):
        enter(visitor, postman.wrong_code)
        said.append(visitor.page.errors[0])
    enter(visitor, postman.code)
    assert [WRONG in line for line in said] == [True] * 4 + [False] * 2
    assert EXPIRED in visitor.page.errors[0]
    assert not is_in(visitor)


def test_the_right_code_counts_at_the_fifth_try(visitor: Visitor, postman: Postman) -> None:
    ask(visitor)
    for _try in range(4):
        enter(visitor, postman.wrong_code)
    enter(visitor, postman.code)
    assert is_in(visitor)


def test_a_code_lets_in_one_of_two_browsers(app: Flask, visitor: Visitor, postman: Postman) -> None:
    ask(visitor)
    other = Visitor(app.test_client())
    cookie = visitor.client.get_cookie("jaliya")
    assert cookie is not None
    other.client.set_cookie("jaliya", cookie.value)
    other.open("/en/account/sign-in/code")

    enter(visitor, postman.code)
    enter(other, postman.code)

    assert is_in(visitor)
    assert not is_in(other)
    assert other.page.url == "/en/account/sign-in"


def test_two_who_come_with_the_same_code_at_once_are_told_apart(
    app: Flask, postman: Postman
) -> None:
    with app.app_context():
        with transaction():
            uid = codes.ask_code("layan@example.org", "ar").uid
        with transaction():
            first = codes.spend_try(uid)
        with transaction():
            second = codes.spend_try(uid)
        with transaction():
            codes.redeem_code(first, postman.code, language="ar")
        with pytest.raises(one_time.CodeSpent), transaction():
            codes.redeem_code(second, postman.code, language="ar")


def test_a_code_is_of_no_use_in_a_browser_that_did_not_ask(
    app: Flask, visitor: Visitor, postman: Postman
) -> None:
    ask(visitor)
    other = Visitor(app.test_client())
    ask(other, "samer@example.org")
    enter(other, postman.codes[0]["code"])
    assert WRONG in other.page.errors[0] and not is_in(other)


def test_known_and_unknown_addresses_get_the_same_bytes(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    sign_in(visitor, "layan@example.org")
    bodies = []
    for address in ("layan@example.org", "nobody@example.org"):
        client = app.test_client()
        ask(Visitor(client), address)
        answer = client.get("/en/account/sign-in/code")
        without_token = re.sub('value="[^"]{60,}"', "", answer.get_data(as_text=True))
        bodies.append(
            (answer.status, set(answer.headers.keys()), without_token.replace(address, ""))
        )
    assert bodies[0] == bodies[1]


CUT_SHORT = "The address is not complete. It looks like this: name@example.org."
NOT_LATIN = "Enter an e-mail address in Latin letters, such as name@example.org."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", CUT_SHORT),
        ("layan", CUT_SHORT),
        ("layan@example", CUT_SHORT),
        ("lаyan@example.org", NOT_LATIN),
        ("x" * 10_000 + "@example.org", NOT_LATIN),
    ],
)
@pytest.mark.parametrize("language", ["ar", "ru"])
def test_what_is_no_address_is_refused_in_the_readers_language(
    visitor: Visitor, postman: Postman, say: Say, typed: str, sentence: str, language: str
) -> None:
    ask(visitor, typed, language)
    line = say(language, sentence)
    assert visitor.page.status == 422
    assert line in visitor.page.errors[0]
    assert postman.codes == []


@pytest.mark.parametrize("typed", ["", " ", "abc", "1" * 10_000])
def test_what_is_no_code_is_refused(visitor: Visitor, typed: str) -> None:
    ask(visitor)
    enter(visitor, typed)
    assert visitor.page.status == 422
    assert len(visitor.page.errors) == 1


def test_the_page_for_the_code_leads_back_to_the_address(visitor: Visitor, say: Say) -> None:
    visitor.open("/ru/account/sign-in/code")
    assert visitor.page.url == "/ru/account/sign-in"
    assert say("ru", "Enter your address first: a code is good for 10 minutes.") in (
        visitor.page.text
    )


def test_a_new_code_is_sent_after_a_minute_only(visitor: Visitor, postman: Postman) -> None:
    ask(visitor)
    visitor.submit(button="Send a new code")
    assert len(postman.codes) == 1
    assert "A code was sent less than a minute ago." in visitor.page.text
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        visitor.submit(button="Send a new code")
        assert len(postman.codes) == 2
        enter(visitor, postman.code)
        assert is_in(visitor)


@pytest.mark.parametrize("known", [True, False])
def test_asking_again_from_the_first_page_sends_no_second_code(
    visitor: Visitor, postman: Postman, sign_in: Enter, *, known: bool
) -> None:
    if known:
        sign_in(visitor)
        visitor.submit(button="Sign out")
    before = len(postman.codes)

    ask(visitor)
    ask(visitor)

    assert len(postman.codes) == before + 1
    assert visitor.page.heading == "Enter the code"
    enter(visitor, postman.code)
    assert is_in(visitor)


def test_one_code_is_good_on_either_of_two_devices_that_asked(
    app: Flask, visitor: Visitor, postman: Postman
) -> None:
    phone, computer = visitor, Visitor(app.test_client())
    ask(phone)
    ask(computer)

    enter(computer, postman.code)

    assert len(postman.codes) == 1
    assert is_in(computer) and not is_in(phone)


def test_a_stranger_cannot_use_up_the_tries_of_the_owner(
    app: Flask, visitor: Visitor, postman: Postman
) -> None:
    stranger = Visitor(app.test_client())
    ask(visitor)
    ask(stranger)
    for _try in range(6):
        enter(stranger, postman.wrong_code)

    assert EXPIRED in stranger.page.errors[0]
    enter(visitor, postman.code)
    assert len(postman.codes) == 1
    assert is_in(visitor)


def test_who_has_used_up_the_tries_asks_again_without_a_second_message(
    visitor: Visitor, postman: Postman
) -> None:
    ask(visitor)
    for _try in range(6):
        enter(visitor, postman.wrong_code)

    ask(visitor)
    enter(visitor, postman.wrong_code)
    assert WRONG in visitor.page.errors[0]
    enter(visitor, postman.code)

    assert len(postman.codes) == 1
    assert is_in(visitor)


def guess(times: int) -> int:
    """Try codes of one address, asking anew when they are used up; return how many were tried."""
    tried = 0
    while tried < times:
        with transaction():
            uid = codes.ask_code("layan@example.org", "en").uid
        for _try in range(one_time.TRIES):
            with suppress(TooMany), transaction():
                codes.spend_try(uid)
                tried += 1
    return tried


def test_how_often_an_address_is_guessed_is_bound_by_the_tries_that_were_spent(
    app: Flask, postman: Postman
) -> None:
    """The message is one, so all these guesses are at one code, of a million."""
    with app.app_context(), time_machine.travel("2026-11-23T00:00:00Z", tick=False) as traveller:
        for _quarter in range(6):
            guess(50)
            with transaction():
                uid = codes.ask_code("layan@example.org", "en").uid
            with pytest.raises(TooMany), transaction():
                codes.spend_try(uid)
            traveller.shift(timedelta(minutes=15))
        with transaction():
            uid = codes.ask_code("layan@example.org", "en").uid
        with pytest.raises(TooMany), transaction():
            codes.spend_try(uid)
        traveller.shift(timedelta(days=1))
        assert guess(5) == 5


def test_the_right_code_takes_no_try_from_the_address(app: Flask, postman: Postman) -> None:
    with app.app_context():
        for _time in range(codes.TRIED_BY_ADDRESS.most + 1):
            with transaction():
                uid = codes.ask_code("layan@example.org", "en").uid
            with transaction():
                tried = codes.spend_try(uid)
            with transaction():
                codes.redeem_code(tried, postman.code, language="en")
    assert len(postman.codes) == codes.TRIED_BY_ADDRESS.most + 1


def test_two_who_asked_one_after_the_other_are_told_apart_at_once(
    app: Flask, postman: Postman
) -> None:
    tried = []
    with app.app_context():
        for _browser in range(3):
            with transaction():
                uid = codes.ask_code("layan@example.org", "ar").uid
            with transaction():
                tried.append(codes.spend_try(uid))
        with transaction():
            codes.redeem_code(tried[1], postman.code, language="ar")
        for late in (tried[0], tried[2]):
            with pytest.raises(one_time.CodeSpent), transaction():
                codes.redeem_code(late, postman.code, language="ar")


def test_who_signed_in_and_out_gets_another_code_at_once(
    visitor: Visitor, postman: Postman, sign_in: Enter
) -> None:
    sign_in(visitor)
    visitor.submit(button="Sign out")

    ask(visitor)

    assert len(postman.codes) == 2
    enter(visitor, postman.code)
    assert is_in(visitor)


def test_a_minute_later_the_first_page_sends_another_code(
    visitor: Visitor, postman: Postman
) -> None:
    ask(visitor)
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        ask(visitor)

    assert len(postman.codes) == 2


def test_asking_again_when_another_device_just_did_leads_to_its_code(
    app: Flask, visitor: Visitor, postman: Postman
) -> None:
    ask(visitor)
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        ask(Visitor(app.test_client()))
        visitor.submit(button="Send a new code")
        assert len(postman.codes) == 2
        enter(visitor, postman.code)
        assert is_in(visitor)


def test_a_token_that_was_planted_does_not_become_a_session(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    planted = "a" * 43
    visitor.client.set_cookie("jaliya-id", planted)
    sign_in(visitor)
    ours = visitor.client.get_cookie("jaliya-id")
    assert ours is not None and ours.value != planted
    thief = app.test_client()
    thief.set_cookie("jaliya-id", planted)
    assert thief.get("/en/account").status_code == 302


def test_signing_in_ends_the_session_that_the_browser_had(
    app: Flask, visitor: Visitor, postman: Postman, sign_in: Enter
) -> None:
    ask(visitor)
    other = sign_in(Visitor(app.test_client()), "samer@example.org")
    before = other.client.get_cookie("jaliya-id")
    assert before is not None
    visitor.client.set_cookie("jaliya-id", before.value)
    enter(visitor, postman.codes[0]["code"])
    assert is_in(visitor) and not is_in(other)


def test_the_cookie_of_the_code_is_emptied_by_signing_in(visitor: Visitor, sign_in: Enter) -> None:
    sign_in(visitor)
    with visitor.client.session_transaction() as session:
        assert "sign_in" not in session


def test_a_cookie_copied_before_signing_out_is_worth_nothing(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    sign_in(visitor)
    copied = visitor.client.get_cookie("jaliya-id")
    assert copied is not None
    visitor.submit(button="Sign out")
    thief = app.test_client()
    thief.set_cookie("jaliya-id", copied.value)
    assert thief.get("/en/account").status_code == 302
    assert count(app, SignIn) == 0


@pytest.mark.parametrize("value", ["a" * 43, "", "ä" * 20, "x" * 8192, '"', "%00"])
def test_a_cookie_that_we_never_gave_counts_as_none(
    app: Flask, visitor: Visitor, value: str
) -> None:
    answer = visitor.client.get("/ar/account", headers={"Cookie": f"jaliya-id={value}"})
    assert answer.status_code == 302
    assert answer.location.startswith("/ar/account/sign-in")


def test_a_cookie_signed_by_another_secret_counts_as_none(app: Flask, visitor: Visitor) -> None:
    forged = Flask("other")
    forged.secret_key = "another secret"
    serializer = forged.session_interface.get_signing_serializer(forged)  # type: ignore[attr-defined]
    value = serializer.dumps({"sign_in": {"code": "0" * 32, "next": "/"}})
    visitor.client.set_cookie("jaliya", value)
    page = visitor.open("/ru/account/sign-in/code")
    assert (page.status, page.url) == (200, "/ru/account/sign-in")


@pytest.mark.parametrize(
    "target",
    [
        "/\\evil.example",
        "//evil.example",
        "https:evil.example",
        "http://good.example@evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "\x01//evil.example",
        "evil.example",
        "/" + "a" * 3000,
    ],
)
def test_signing_in_leads_nowhere_else(visitor: Visitor, postman: Postman, target: str) -> None:
    visitor.open("/en/account/sign-in", query_string={"next": target})
    visitor.submit({"address": "layan@example.org"})
    form = {"code": postman.code, "csrf_token": visitor.page.form("Sign in")[0].get("value")}
    answer = visitor.client.post("/en/account/sign-in/code", data=form)
    assert answer.status_code == 302
    assert answer.location == "/en/requests" or answer.location == target[:500]
    assert answer.location.startswith("/") and answer.location[1:2] not in ("/", "\\")


def test_a_known_account_on_another_device_is_warned(
    app: Flask, visitor: Visitor, postman: Postman, sign_in: Enter
) -> None:
    sign_in(visitor)
    assert postman.warnings == []
    visitor.submit(button="Sign out")
    sign_in(visitor)
    assert postman.warnings == []
    sign_in(Visitor(app.test_client()))
    assert len(postman.warnings) == 1


@pytest.mark.proves("S09")
@pytest.mark.parametrize(("minutes", "lasts"), [(29, True), (31, False)])
def test_a_session_is_over_after_half_an_hour_without_use(
    visitor: Visitor, sign_in: Enter, minutes: int, *, lasts: bool
) -> None:
    sign_in(visitor)
    with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
        assert is_in(visitor) is lasts


def test_a_session_is_over_after_twelve_hours_of_use(visitor: Visitor, sign_in: Enter) -> None:
    sign_in(visitor)
    start = clock.now()
    for part in range(1, 36):
        with time_machine.travel(start + timedelta(minutes=20 * part)):
            assert is_in(visitor)
    with time_machine.travel(start + timedelta(hours=12, seconds=1)):
        assert not is_in(visitor)


def test_use_does_not_bring_an_ended_session_back(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    sign_in(visitor)
    with app.app_context():
        row = db.session.scalars(select(SignIn)).one()
        with transaction():
            sessions.end(row.id)
        sessions.touch(row.id, clock.now())
    assert count(app, SignIn) == 0


def test_a_session_elsewhere_is_ended(app: Flask, visitor: Visitor, sign_in: Enter) -> None:
    other = sign_in(Visitor(app.test_client()))
    sign_in(visitor)
    visitor.open("/en/account/security")
    visitor.submit(button="End this session")
    assert "The session was ended." in visitor.page.text
    assert is_in(visitor) and not is_in(other)


def test_a_session_of_somebody_else_is_not_ended(
    app: Flask, visitor: Visitor, sign_in: Enter
) -> None:
    other = sign_in(Visitor(app.test_client()), "samer@example.org")
    with app.app_context():
        mark = db.session.scalars(select(SignIn)).one().mark
    sign_in(Visitor(app.test_client()))
    sign_in(visitor)
    visitor.open("/en/account/security")
    url = next(
        form.get("action", "")
        for form in visitor.page.root.iter("form")
        if "/sessions/" in form.get("action", "")
    )
    token = visitor.page.form("End this session")[0].get("value")
    mine = url.split("/")[-2]
    answer = visitor.client.post(url.replace(mine, mark), data={"csrf_token": token})
    assert answer.status_code == 404
    assert is_in(other)


def test_the_language_of_messages_is_chosen(app: Flask, visitor: Visitor, sign_in: Enter) -> None:
    sign_in(visitor)
    visitor.submit({"language": "ru"}, button="Save the language")
    with app.app_context():
        assert db.session.scalars(select(Account)).one().language == "ru"
    visitor.submit({"language": "xx"}, button="Save the language")
    assert "Choose one of the languages." in visitor.page.text


def test_signing_out_needs_a_token_of_ours(visitor: Visitor, sign_in: Enter) -> None:
    sign_in(visitor)
    assert visitor.client.post("/en/account/sign-out").status_code == 400
    assert is_in(visitor)
