"""Recovery codes, the second factor's own throttle, and what happens when it is lost."""

import re
from contextlib import nullcontext, suppress
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts import colleagues, factors, queries, recovery, services
from app.accounts.models import FactorReset, RecoveryCode, SignIn, StaffMember
from app.core import clock
from app.core.actor import Actor, ActorKind, Role
from app.core.db import db, transaction
from app.core.errors import Conflict, NotFound, TooMany
from app.notifications.models import Message
from tests.integration.accounts.conftest import PASSWORD, SECRET, second_factor
from tests.integration.accounts.test_staff import NAMES, give_code, give_password, is_in
from tests.visitor import Visitor, text_of, values_of

VOUCHED = FactorReset.WAITS
NEW = "camel lantern orbit 47"
SOON = timedelta(minutes=1)
CODE = re.compile(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}")


def sign_in(visitor: Visitor, login: str = "rana", shift: int = 0) -> None:
    give_password(visitor, login)
    assert give_code(visitor, second_factor(shift)) == 302


def codes_of(app: Flask, login: str = "rana") -> list[str]:
    with app.app_context(), transaction():
        staff = queries.find_staff(login)
        assert staff is not None
        return recovery.make(staff)


def employ(app: Flask, post_id: int, *logins: str, role: Role = Role.HEAD) -> None:
    with app.app_context(), transaction():
        for login in logins:
            services.create_staff(
                login,
                name=NAMES,
                language="ar",
                password=PASSWORD,
                roles=[(post_id, role)],
                totp=SECRET,
            )


@pytest.mark.proves("S06")
def test_ten_recovery_codes_of_eighty_bits_are_stored_as_hashes(app: Flask, officer: str) -> None:
    codes = codes_of(app)
    with app.app_context():
        stored = db.session.scalars(select(RecoveryCode.code_hash)).all()
    assert len(set(codes)) == len(stored) == 10
    assert all(CODE.fullmatch(code) for code in codes)
    assert not set(stored) & {code.replace("-", "") for code in codes}


@pytest.mark.proves("S06")
@pytest.mark.parametrize("spelling", ["{}", " {} ", "lower", "without"])
def test_a_recovery_code_lets_in_once_however_it_is_typed(
    app: Flask, visitor: Visitor, officer: str, spelling: str
) -> None:
    code = codes_of(app)[3]
    typed = {"lower": code.lower(), "without": code.replace("-", "")}.get(
        spelling, spelling.format(code)
    )
    give_password(visitor)
    assert give_code(visitor, typed) == 302 and is_in(visitor)
    other = Visitor(app.test_client())
    give_password(other)
    assert give_code(other, code) == 422
    with app.app_context():
        assert len(db.session.scalars(select(RecoveryCode)).all()) == 9


def test_a_recovery_code_of_a_colleague_lets_nobody_in(
    app: Flask, visitor: Visitor, officer: str, post_id: int
) -> None:
    employ(app, post_id, "salma")
    code = codes_of(app, "salma")[0]
    give_password(visitor)
    assert give_code(visitor, code) == 422


@pytest.mark.proves("S06")
def test_new_codes_are_shown_once_and_end_the_former_ones(
    app: Flask, visitor: Visitor, officer: str
) -> None:
    old = codes_of(app)[0]
    sign_in(visitor)
    visitor.open("/en/desk/account/security")
    visitor.submit(button="Make new recovery codes")
    shown = CODE.findall(visitor.page.text)
    assert len(shown) == 10 and old not in shown
    visitor.submit(button="I have kept the codes")
    assert CODE.findall(visitor.open("/en/desk/account/security/codes").text) == []
    other = Visitor(app.test_client())
    give_password(other)
    assert give_code(other, old) == 422
    assert give_code(other, shown[0]) == 302


@pytest.mark.proves("login-015")
def test_while_the_second_factor_is_throttled_no_password_is_judged_in_another_browser(
    app: Flask, visitor: Visitor, officer: str
) -> None:
    give_password(visitor)
    form = visitor.page
    statuses = []
    for _try in range(6):
        visitor.page = form
        statuses.append(visitor.submit({"code": "000000"}, button="Sign in").status)
    assert statuses == [422] * 5 + [429]

    said = []
    for password in (PASSWORD, "wrong password"):
        other = Visitor(app.test_client())
        give_password(other, password=password)
        said.append((other.page.status, other.page.text))
    assert said[0] == said[1] and said[0][0] == 429


def test_who_has_a_second_factor_hears_of_tries_once_a_day_and_few_are_judged(
    app: Flask, officer: str
) -> None:
    """Whoever guesses has the password; at three good codes each, no guess comes right in years."""
    start = datetime.fromisoformat("2026-11-23T00:00:00+00:00")
    judged = 0
    with app.app_context():
        for quarter in range(24):
            with time_machine.travel(start + timedelta(minutes=15 * quarter), tick=False):
                for _try in range(6):
                    with suppress(TooMany), transaction():
                        staff = queries.get_staff_by_login("rana")
                        staff.mail_address = "rana@example.org"
                        factors.count_second_factor_try(staff, network=None)
                        judged += 1
        told = db.session.scalars(select(Message).where(Message.event == "security_changed")).all()
        assert [(one.payload or {})["change"] for one in told] == ["second_tried"]
    assert judged == factors.SECOND_IN_A_DAY.most == 50


@pytest.mark.proves("login-015")
def test_the_second_factor_is_counted_by_network_as_well(app: Flask, post_id: int) -> None:
    logins = [f"colleague{number}" for number in range(5)]
    employ(app, post_id, *logins)
    with app.app_context(), time_machine.travel("2026-11-23T10:00:00Z", tick=False):
        staff = [queries.get_staff_by_login(login) for login in logins]
        for number in range(20):
            with transaction():
                factors.count_second_factor_try(staff[number // 5], network="203.0.113.7")
        with pytest.raises(TooMany), transaction():
            factors.count_second_factor_try(staff[4], network="203.0.113.7")


@pytest.mark.proves("S09")
def test_a_confirmed_session_has_a_new_token_and_its_old_end(
    app: Flask, visitor: Visitor, officer: str
) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False):
        sign_in(visitor)
    old = visitor.client.get_cookie("jaliya-id")
    with app.app_context():
        ends_at = db.session.scalars(select(SignIn)).one().expires_at
    with time_machine.travel(start + timedelta(minutes=10), tick=False):
        visitor.open("/en/desk/account/confirm?next=/en/desk/account/security")
        visitor.submit({"code": second_factor()}, button="Confirm")
        assert visitor.page.heading.startswith("Security of my account")
        with app.app_context():
            assert db.session.scalars(select(SignIn)).one().expires_at == ends_at
        assert old is not None
        visitor.client.set_cookie("jaliya-id", old.value)
        assert visitor.client.get("/en/desk/account").status_code == 302


@pytest.mark.proves("S09", "login-021", "S60")
def test_an_officer_changes_the_password_and_other_sessions_end(
    app: Flask, visitor: Visitor, officer: str
) -> None:
    other = Visitor(app.test_client())
    with time_machine.travel(clock.now() - timedelta(seconds=60)):
        sign_in(other)
    sign_in(visitor)
    visitor.open("/en/desk/account/security/password")
    visitor.submit({"present": "another one", "password": NEW, "again": NEW})
    assert "This is not your present password." in visitor.page.errors[0]
    visitor.submit({"present": PASSWORD, "password": NEW, "again": NEW + "x"})
    assert "The two passwords differ." in visitor.page.errors[0]
    visitor.submit({"present": PASSWORD, "password": NEW, "again": NEW})
    assert "The password was saved." in visitor.page.text
    assert other.client.get("/en/desk/account").status_code == 302
    with app.app_context():
        assert factors.get_by_password("rana", NEW).login == "rana"
        with pytest.raises(factors.WrongPassword):
            factors.get_by_password("rana", PASSWORD)


def colleague(app: Flask, login: str, post_id: int) -> Actor:
    staff = queries.get_staff_by_login(login)
    return Actor(kind=ActorKind.STAFF, id=staff.id, post_id=post_id, roles=frozenset({Role.HEAD}))


@pytest.mark.proves("S08")
def test_two_of_the_post_let_a_colleague_set_up_another_second_factor(
    app: Flask, visitor: Visitor, officer: str, post_id: int
) -> None:
    employ(app, post_id, "head", "admin")
    first, second = Visitor(app.test_client()), Visitor(app.test_client())
    sign_in(first, "head")
    sign_in(second, "admin")
    sign_in(visitor)
    first.open("/en/desk/colleagues")
    report_lost(first, app)
    assert "Somebody else of the post has to agree" in first.page.text
    assert is_in(visitor)
    second.open("/en/desk/colleagues")
    second.submit(button="Agree: another second factor")
    assert "sets up another app" in second.page.text
    give_password(visitor)
    assert visitor.page.url.endswith("/sign-in/set-up")


def report_lost(visitor: Visitor, app: Flask) -> None:
    """Press the button that stands at the officer's line."""
    with app.app_context():
        uid = queries.get_staff_by_login("rana").uid
    form = next(
        form
        for form in visitor.page.root.iter("form")
        if form.get("action", "").endswith(f"{uid}/reset")
    )
    answer = visitor.client.post(
        form.get("action", ""), data=values_of(form), follow_redirects=True
    )
    visitor._show(answer)


@pytest.mark.proves("S08", "S15")
def test_nobody_resets_a_second_factor_alone_or_their_own(
    app: Flask, officer: str, post_id: int
) -> None:
    employ(app, post_id, "head", "admin")
    with app.app_context():
        head, uid = colleague(app, "head", post_id), queries.get_staff_by_login("rana").uid
        own = queries.get_staff_by_login("head").uid
        with transaction():
            colleagues.ask_reset(uid, actor=head)
        with pytest.raises(Conflict), transaction():
            colleagues.agree(uid, actor=head)
        with pytest.raises(Conflict), transaction():
            colleagues.ask_reset(uid, actor=head)
        with pytest.raises(NotFound), transaction():
            colleagues.ask_reset(own, actor=head)
        assert queries.get_staff_by_login("rana").has_second_factor


@pytest.mark.proves("S08")
@pytest.mark.parametrize(("waits", "counts"), [(VOUCHED - SOON, True), (VOUCHED + SOON, False)])
def test_a_word_for_a_colleague_lapses_after_a_day(
    app: Flask, officer: str, post_id: int, waits: timedelta, *, counts: bool
) -> None:
    employ(app, post_id, "head", "admin")
    with app.app_context():
        uid = queries.get_staff_by_login("rana").uid
        with transaction():
            colleagues.ask_reset(uid, actor=colleague(app, "head", post_id))

    with time_machine.travel(clock.now() + waits), app.app_context():
        admin = colleague(app, "admin", post_id)
        with nullcontext() if counts else pytest.raises(Conflict), transaction():
            colleagues.agree(uid, actor=admin)
        assert queries.get_staff_by_login("rana").has_second_factor is not counts


@pytest.mark.proves("S08")
def test_after_a_word_that_lapsed_somebody_can_vouch_again(
    app: Flask, officer: str, post_id: int
) -> None:
    employ(app, post_id, "head", "admin")
    with app.app_context():
        uid = queries.get_staff_by_login("rana").uid
        with transaction():
            colleagues.ask_reset(uid, actor=colleague(app, "head", post_id))

    with time_machine.travel(clock.now() + VOUCHED + SOON), app.app_context():
        for act, login in ((colleagues.ask_reset, "admin"), (colleagues.agree, "head")):
            with transaction():
                act(uid, actor=colleague(app, login, post_id))
        assert not queries.get_staff_by_login("rana").has_second_factor


@pytest.mark.proves("S08")
def test_what_the_operator_resets_leaves_no_word_open(
    app: Flask, officer: str, post_id: int
) -> None:
    employ(app, post_id, "head")
    with app.app_context():
        head, uid = colleague(app, "head", post_id), queries.get_staff_by_login("rana").uid
        with transaction():
            colleagues.ask_reset(uid, actor=head)

    done = app.test_cli_runner().invoke(args=["reset-second-factor", "rana"])

    with app.app_context(), transaction():
        assert done.exit_code == 0
        colleagues.ask_reset(uid, actor=head)


@pytest.mark.proves("S08")
@pytest.mark.parametrize("column", ["asked_by", "agreed_by"])
def test_the_database_itself_wants_three_people(
    app: Flask, officer: str, post_id: int, column: str
) -> None:
    employ(app, post_id, "head")
    with app.app_context():
        staff = queries.get_staff_by_login("rana")
        with transaction():
            colleagues.ask_reset(staff.uid, actor=colleague(app, "head", post_id))
        with pytest.raises(IntegrityError), transaction():
            db.session.execute(update(FactorReset).values({column: staff.id}))


@pytest.mark.proves("S08")
def test_a_link_for_a_colleague_goes_to_the_colleague_alone(
    app: Flask, visitor: Visitor, post_id: int
) -> None:
    employ(app, post_id, "salma@mission.example", role=Role.OFFICER)
    employ(app, post_id, "head")
    sign_in(visitor, "head")
    visitor.open("/en/desk/colleagues")
    visitor.submit(button="Mail a link for a new password")
    assert "A link was mailed to your colleague." in visitor.page.text
    with app.app_context():
        message = db.session.scalars(select(Message).where(Message.event == "password_link")).one()
        payload = message.payload or {}
    assert payload["to"] == "salma@mission.example"
    assert payload["path"] not in visitor.page.body.decode()


def test_a_post_of_others_is_not_there(app: Flask, officer: str, post_id: int) -> None:
    with app.app_context():
        uid = db.session.scalars(select(StaffMember)).one().uid
        stranger = Actor(kind=ActorKind.STAFF, id=999, post_id=post_id + 1)
        with pytest.raises(NotFound), transaction():
            colleagues.ask_reset(uid, actor=stranger)


@pytest.mark.proves("S02")
@pytest.mark.parametrize(
    "password",
    [
        *("passwordpassword", "qwertyuiopasdfgh", "111111111111111", "jaliyajaliyajaliya"),
        *("dragondragondragon", "пароль пароль пароль", "السفارة السورية", "rana rana rana rana"),
    ],
)
def test_a_password_that_anybody_guesses_is_refused(
    app: Flask, visitor: Visitor, officer: str, password: str
) -> None:
    sign_in(visitor)
    visitor.open("/en/desk/account/security/password")
    visitor.submit({"present": PASSWORD, "password": password, "again": password})
    assert "This password is easily guessed" in visitor.page.errors[0]


@pytest.mark.proves("S10")
def test_what_was_pressed_long_after_signing_in_leads_back_to_its_button(
    app: Flask, visitor: Visitor, officer: str, post_id: int
) -> None:
    employ(app, post_id, "head")
    start = clock.now().replace(second=10)
    with time_machine.travel(start, tick=False):
        sign_in(visitor, "head")
    with time_machine.travel(start + timedelta(minutes=10), tick=False):
        visitor.open("/en/desk/colleagues")
        report_lost(visitor, app)
        assert "/confirm" in visitor.page.url
        visitor.submit({"code": second_factor()}, button="Confirm")
        assert visitor.page.url == "/en/desk/colleagues"
        assert "has not been done yet" in text_of(visitor.page.root)
        report_lost(visitor, app)
    assert "Somebody else of the post has to agree" in text_of(visitor.page.root)
