"""Readers whose phone others look into: a message names neither the service nor the matter."""

from dataclasses import replace
from email.message import EmailMessage

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import step_up
from app.accounts.models import Account
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from app.demo.gateway import Gateway
from app.notifications import receipts, services, tasks
from app.notifications.channels.push import _content
from app.notifications.models import Channel, Message, MessageState
from app.notifications.preferences import services as preferences
from app.notifications.preferences.rules import Wishes
from app.notifications.rules import Topic, Wish
from tests.factories import messages
from tests.integration.notifications.test_preferences import (
    MIDNIGHT,
    MORNING,
    NIGHT,
    somebody,
    the_wishes,
    told,
    visitor_of,
)
from tests.integration.notifications.test_telegram import CHAT, linked
from tests.servers import MailServer

BOOKED = "booking_confirmed"
TELLING = ("Jaliya", "Джалия", messages.REFERENCE, "example.org/", "http", "BEGIN:VCALENDAR")
LINE = "Для Вас есть новое сообщение. Прочитать его можно после входа."


def send(app: Flask) -> None:
    with app.app_context():
        tasks.drain()


@pytest.mark.proves("S56")
@pytest.mark.parametrize("event", ["case_submitted", BOOKED, "thread_message"])
def test_a_discreet_mail_says_that_there_is_something(
    app: Flask, mail: MailServer, event: str
) -> None:
    told(app, somebody(app, Wishes(is_discreet=True)), event)
    send(app)

    ((_to, letter),) = mail.received
    sender, subject = str(letter["From"]), str(letter["Subject"])
    assert (sender.split(" <")[0], subject) == ("Сообщения", "Новое сообщение")
    assert letter.get_content().strip() == LINE
    assert [word for word in TELLING if word in letter.get_content() + sender + subject] == []


@pytest.mark.proves("S56")
@pytest.mark.parametrize("event", ["sign_in_new_device", "way_added", "security_changed"])
def test_a_discreet_warning_says_that_it_is_one_and_no_more(
    app: Flask, mail: MailServer, event: str
) -> None:
    told(app, somebody(app, Wishes(is_discreet=True)), event)
    send(app)

    ((_to, letter),) = mail.received
    subject, content = str(letter["Subject"]), decoded(letter)
    assert subject == "О безопасности Вашей учётной записи"
    assert "защите Вашей учётной записи" in content
    assert [word for word in TELLING if word in subject + content] == []


@pytest.mark.proves("S56")
def test_a_discreet_text_says_no_more(app: Flask, gateway: Gateway) -> None:
    wishes = Wishes(order=(Channel.SMS,), is_discreet=True)
    told(app, somebody(app, wishes), BOOKED)
    send(app)

    assert [taken.text for taken in gateway.ledger] == [LINE]


@pytest.mark.proves("S56")
def test_a_discreet_message_in_a_chat_says_no_more(app: Flask, bot: Gateway) -> None:
    account_id = linked(app)
    with app.app_context(), transaction():
        owner = db.session.get_one(Account, account_id)
        preferences.save(owner, Wishes(order=(Channel.TELEGRAM,), is_discreet=True))
    told(app, account_id, BOOKED)
    send(app)

    (text,) = bot.texts_to(str(CHAT))
    assert text == "لديكم رسالة جديدة. يمكنكم قراءتها بعد تسجيل الدخول."


@pytest.mark.proves("S56")
def test_a_notification_of_a_browser_says_no_more_and_the_inbox_says_all(app: Flask) -> None:
    told(app, somebody(app, Wishes(is_discreet=True)))

    with app.test_request_context():
        mail, inbox = (
            db.session.scalars(select(Message).where(Message.channel == one)).one()
            for one in (Channel.EMAIL, Channel.PORTAL)
        )
        shown = _content(mail).decode()
        assert LINE in shown and not [word for word in TELLING[:3] if f'"{word}' in shown]
        assert "discreet" not in (inbox.payload or {})


@pytest.mark.proves("S56")
def test_no_header_of_a_discreet_mail_holds_the_address_of_the_site(
    app: Flask, mail: MailServer
) -> None:
    told(app, somebody(app, Wishes(is_discreet=True)), "booking_reminder")
    send(app)

    ((_to, letter),) = mail.received
    assert "List-Unsubscribe" not in letter and "/unsubscribe/" not in letter.as_string()


@pytest.mark.proves("S56")
@pytest.mark.parametrize("own", ["note@quiet.test", "Записка <note@quiet.test>"])
def test_a_discreet_mail_comes_from_who_names_no_embassy(
    app: Flask, mail: MailServer, monkeypatch: pytest.MonkeyPatch, own: str
) -> None:
    settings = replace(app.config["SETTINGS"], discreet_from=own)
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    account_id = somebody(app, Wishes(is_discreet=True))
    for event in ("case_submitted", "password_link"):
        told(app, account_id, event)
        send(app)

    discreet, open_one = (letter for _to, letter in mail.received)
    sender = "Записка" if " " in own else "Сообщения"
    assert str(discreet["From"]) == f"{sender} <note@quiet.test>"
    assert str(discreet["Message-ID"]).endswith("@quiet.test>")
    assert "jaliya" not in discreet.as_string().lower()
    assert "jaliya.example" in str(open_one["From"])


def decoded(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.mark.proves("S56")
def test_what_holds_a_link_that_is_needed_goes_as_ever(app: Flask, mail: MailServer) -> None:
    told(app, somebody(app, Wishes(is_discreet=True)), "password_link")
    send(app)

    ((_to, letter),) = mail.received
    assert "/account/password/new/t1" in decoded(letter)


@pytest.mark.parametrize("chosen", [True, False])
def test_a_reader_chooses_it(app: Flask, chosen: bool) -> None:
    visitor = visitor_of(app, somebody(app, Wishes(is_discreet=not chosen)))
    visitor.open("/ru/account/messages")

    visitor.submit({"is_discreet": ["y"] if chosen else []}, button="Сохранить")

    assert the_wishes(app).is_discreet is chosen


@pytest.mark.proves("S56")
@pytest.mark.parametrize("chosen", [True, False])
def test_an_open_session_cannot_choose_it_before_it_shows_who_it_is(
    app: Flask, chosen: bool
) -> None:
    visitor = visitor_of(app, somebody(app, Wishes(is_discreet=not chosen)))
    with time_machine.travel(clock.now() + step_up.FRESH, tick=False):
        visitor.open("/en/account/messages")
        typed: dict[str, list[str] | str] = {"is_discreet": ["y"] if chosen else [], "wanted": []}
        page = visitor.submit(typed, button="Save")

    assert "The rest is saved." in page.text
    assert the_wishes(app) == Wishes(is_discreet=not chosen, unwanted=frozenset(Topic))


def wish(app: Flask, account_id: int, wishes: Wishes) -> None:
    with app.app_context(), transaction():
        preferences.save(db.session.get_one(Account, account_id), wishes)


@pytest.mark.proves("S56")
@pytest.mark.parametrize(("before", "after"), [(False, True), (True, False)])
def test_what_waits_for_the_morning_goes_as_it_is_wished_by_then(
    app: Flask, mail: MailServer, before: bool, after: bool
) -> None:
    account_id = somebody(app, Wishes(quiet=NIGHT, is_discreet=before))
    with time_machine.travel(MIDNIGHT, tick=False):
        told(app, account_id, "case_accepted")
        wish(app, account_id, Wishes(quiet=NIGHT, is_discreet=after))
    with time_machine.travel(MORNING, tick=False):
        send(app)

    ((_to, letter),) = mail.received
    is_open = messages.REFERENCE in decoded(letter)
    assert is_open is not after


@pytest.mark.proves("S56")
def test_what_is_told_by_the_next_way_goes_as_it_is_wished_by_then(
    app: Flask,
    gateway: Gateway,
    mail: MailServer,
) -> None:
    order = (Channel.SMS, Channel.EMAIL)
    account_id = somebody(app, Wishes(order=order))
    told(app, account_id)
    with app.app_context(), transaction():
        row = db.session.scalars(select(Message).where(Message.channel == Channel.SMS)).one()
        row.state = MessageState.ACCEPTED
    wish(app, account_id, Wishes(order=order, is_discreet=True))
    with app.app_context(), transaction():
        row = db.session.scalars(select(Message).where(Message.channel == Channel.SMS)).one()
        receipts.end_badly(row, clock.now(), error="undelivered", is_gone=True)
    send(app)

    assert [decoded(letter).strip() for _to, letter in mail.received] == [LINE]


@pytest.mark.proves("S56")
def test_what_staff_send_again_goes_as_it_is_wished_by_then(app: Flask, mail: MailServer) -> None:
    account_id = somebody(app)
    with app.app_context(), transaction():
        row = messages.troubled(MessageState.DEAD, account=db.session.get_one(Account, account_id))
        uid = row.uid
    wish(app, account_id, Wishes(is_discreet=True))
    with app.app_context(), transaction():
        services.decide(uid, Wish.SEND_AGAIN, actor=SYSTEM)
    send(app)

    assert [decoded(letter).strip() for _to, letter in mail.received] == [LINE]
