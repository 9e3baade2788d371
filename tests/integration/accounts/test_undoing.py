"""A change of address or phone is stopped from where the account was reached before."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from app.accounts import codes, queries, undoing
from app.accounts.models import Account, Contact, ContactKind, Passkey
from app.accounts.rules import SecurityChange
from app.core import clock
from app.core.db import db, transaction
from app.demo.gateway import Gateway
from app.notifications.models import Message
from tests.factories import messages
from tests.integration.accounts.test_own_address import (
    ADDRESS,
    OTHER,
    PHONE,
    confirmed,
    reached,
    somebody,
)
from tests.servers import MailServer
from tests.visitor import Visitor

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
THIEF = "thief@example.net"


def settle(app: Flask, account_id: int, at: datetime | None = None) -> None:
    """Have the contacts of an account be as old as they have to be."""
    since = at or clock.now() - 30 * DAY
    with app.app_context(), transaction() as session:
        session.execute(
            update(Contact).where(Contact.account_id == account_id).values(verified_at=since)
        )
        session.execute(
            update(Account).where(Account.id == account_id).values(created_at=since - 30 * DAY)
        )


def links(app: Flask) -> list[tuple[str, str]]:
    """Return to whom, and which page, each link leads, the oldest first."""
    with app.app_context():
        query = select(Message).where(Message.event == "contact_left").order_by(Message.id)
        told = [one.payload or {} for one in db.session.scalars(query)]
        return [(one["to"], one["path"]) for one in told]


def press(app: Flask, path: str) -> Visitor:
    """Open a link in a browser that nobody is signed in to, and press its button."""
    visitor = Visitor(app.test_client())
    visitor.open(f"/en{path}")
    visitor.submit(button="Stop the change")
    return visitor


@pytest.fixture
def robbed(app: Flask, mail: MailServer) -> tuple[Visitor, int]:
    """Have a thief in an open session change where the codes of somebody go."""
    thief, account_id = somebody(app, address=ADDRESS)
    settle(app, account_id)
    confirmed(app, thief, mail, THIEF)
    return thief, account_id


@pytest.mark.proves("S07")
def test_one_press_at_the_former_address_puts_it_back_and_signs_everybody_out(
    app: Flask, robbed: tuple[Visitor, int]
) -> None:
    thief, account_id = robbed
    [(to, path)] = links(app)
    assert to == ADDRESS and reached(app, account_id)[0] == THIEF

    page = press(app, path).page

    assert page.heading == "The change is stopped" and reached(app, account_id)[0] == ADDRESS
    assert thief.open("/en/account").url.startswith("/en/account/sign-in")
    assert page.status == 200 and THIEF not in page.text


def test_looking_at_the_page_changes_nothing(app: Flask, robbed: tuple[Visitor, int]) -> None:
    [(_to, path)] = links(app)
    for _time in range(2):
        page = Visitor(app.test_client()).open(f"/en{path}")
        assert page.heading == "Stop the change of your account?" and ADDRESS not in page.text
    assert reached(app, robbed[1])[0] == THIEF


@pytest.mark.proves("S03")
def test_a_link_that_is_old_or_never_was_looks_alike_and_one_that_was_used_says_when(
    app: Flask, robbed: tuple[Visitor, int]
) -> None:
    [(_to, path)] = links(app)
    with time_machine.travel(clock.now() + WEEK + DAY):
        old = app.test_client().get(f"/en{path}")
        assert app.test_client().post(f"/en{path}").status_code in {400, 410}
    press(app, path)
    used, none = (app.test_client().get(f"/en{one}") for one in (path, "/account/stop/none"))

    assert {one.status_code for one in (old, used, none)} == {410}
    assert mute(old.text) == mute(none.text)
    assert "The change was stopped on" in used.text and "Nothing was changed" not in used.text
    assert reached(app, robbed[1])[0] == ADDRESS


def mute(page: str) -> str:
    """Return a page without what differs at every request, and its own address."""
    return re.sub(r'(account/stop/[\w-]+|nonce-[\w-]+|value="[^"]*")', "", page)


def test_the_thief_cannot_use_the_link_of_an_address_that_was_brought_in(
    app: Flask, robbed: tuple[Visitor, int], mail: MailServer
) -> None:
    thief, account_id = robbed
    confirmed(app, thief, mail, OTHER)

    assert [to for to, _path in links(app)] == [ADDRESS]
    press(app, links(app)[0][1])
    assert reached(app, account_id)[0] == ADDRESS


def test_between_two_links_the_elder_one_counts_and_ends_the_other(
    app: Flask, mail: MailServer, gateway: Gateway
) -> None:
    visitor, account_id = somebody(app, address=ADDRESS, phone=PHONE)
    settle(app, account_id)
    confirmed(app, visitor, mail, THIEF)
    visitor.open("/en/account/phone")
    visitor.submit(button="Remove the phone")
    (_to, first), (_phone, second) = links(app)

    press(app, second)

    assert reached(app, account_id) == (ADDRESS, PHONE)
    assert Visitor(app.test_client()).open(f"/en{first}").status == 410


def test_what_came_since_goes_and_a_second_factor_of_before_stays(
    app: Flask, robbed: tuple[Visitor, int]
) -> None:
    _thief, account_id = robbed
    with app.app_context(), transaction():
        account = db.session.get_one(Account, account_id)
        for name, days in (("old", 40), ("new", 0)):
            made_at = clock.now() - days * DAY
            key = Passkey(account=account, credential=name, public_key=b"k", created_at=made_at)
            key.name = name
            db.session.add(key)
        account.totp, account.totp_counter, account.password_hash = "JBSWY3DP", 1, "x"
        account.recovery_asked_at = clock.now()
        messages.give(account, ContactKind.PHONE, "+79167654321")

    press(app, links(app)[0][1])

    with app.app_context():
        account = db.session.get_one(Account, account_id)
        assert [key.name for key in db.session.scalars(select(Passkey))] == ["old"]
        assert not account.has_second_factor and account.password_hash is None
        assert account.recovery_asked_at is None
    assert reached(app, account_id) == (ADDRESS, None)


@pytest.mark.proves("S06")
def test_the_link_goes_round_no_app_that_was_there_before(app: Flask, mail: MailServer) -> None:
    visitor, account_id = somebody(app, address=ADDRESS)
    settle(app, account_id)
    with app.app_context(), transaction():
        account = db.session.get_one(Account, account_id)
        account.totp, account.totp_counter = "JBSWY3DPEHPK3PXP", 1
    confirmed(app, visitor, mail, THIEF)

    press(app, links(app)[0][1])

    with app.app_context():
        assert db.session.get_one(Account, account_id).has_second_factor


def test_address_and_phone_stay_for_a_week_after_a_stop(
    app: Flask, robbed: tuple[Visitor, int], mail: MailServer
) -> None:
    _thief, account_id = robbed
    press(app, links(app)[0][1])
    with app.app_context():
        account = queries.get_account(account_id)
        with pytest.raises(undoing.Frozen), transaction():
            undoing.check_may_change(account)
        with time_machine.travel(clock.now() + WEEK + DAY), transaction():
            undoing.check_may_change(account)


def test_after_one_stop_no_link_is_made_for_a_month(
    app: Flask, robbed: tuple[Visitor, int]
) -> None:
    _thief, account_id = robbed
    press(app, links(app)[0][1])
    with app.app_context(), time_machine.travel(clock.now() + 8 * DAY), transaction():
        account = queries.get_account(account_id)
        former = db.session.scalars(select(Contact)).one()
        assert not undoing.offer(account, former, SecurityChange.ADDRESS_CONFIRMED)
        codes.forget_expired(clock.now())
    assert len(links(app)) == 1


def test_a_phone_that_goes_is_told_and_the_link_goes_to_the_mailbox_of_long_standing(
    app: Flask, gateway: Gateway, mail: MailServer
) -> None:
    visitor, account_id = somebody(app, address=ADDRESS, phone=PHONE)
    settle(app, account_id)
    visitor.open("/en/account/phone")
    visitor.submit(button="Remove the phone")

    [(to, path)] = links(app)
    assert to == ADDRESS
    with app.app_context():
        query = select(Message).where(Message.event == "security_changed")
        assert PHONE in {(one.payload or {}).get("to") for one in db.session.scalars(query)}
    press(app, path)
    assert reached(app, account_id) == (ADDRESS, PHONE)


def test_an_account_of_a_phone_alone_has_the_link_by_text(
    app: Flask, gateway: Gateway, mail: MailServer
) -> None:
    visitor, account_id = somebody(app, phone=PHONE)
    settle(app, account_id)
    confirmed(app, visitor, mail, THIEF)
    visitor.open("/en/account/phone")
    visitor.submit(button="Remove the phone")

    [(to, path)] = links(app)
    press(app, path)

    assert to == PHONE and reached(app, account_id) == (None, PHONE)


@pytest.mark.proves("S07")
def test_the_owner_hears_of_a_stop_everywhere_and_so_does_whoever_was_thrown_out(
    app: Flask, gateway: Gateway, mail: MailServer
) -> None:
    thief, account_id = somebody(app, address=ADDRESS, phone=PHONE)
    settle(app, account_id)
    confirmed(app, thief, mail, THIEF)

    press(app, links(app)[0][1])

    with app.app_context():
        rows = db.session.scalars(select(Message).where(Message.event == "security_changed")).all()
        told = [one for one in rows if (one.payload or {})["change"] == "change_stopped"]
        ways = {(one.channel.value, (one.payload or {}).get("to")) for one in told}
    assert ways == {("portal", None), ("email", None), ("sms", None), ("email", THIEF)}


def test_an_empty_account_that_signing_in_opened_meanwhile_gives_the_address_back(
    app: Flask, robbed: tuple[Visitor, int]
) -> None:
    with app.app_context(), transaction():
        codes.open_account(ADDRESS, "en")

    press(app, links(app)[0][1])

    assert reached(app, robbed[1])[0] == ADDRESS
