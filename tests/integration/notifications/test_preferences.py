"""What recipients choose, and what becomes of messages by it; links that unsubscribe."""

from datetime import UTC, datetime, time
from email.message import EmailMessage

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import contacts, sessions
from app.accounts.models import Account, ContactKind
from app.core import clock
from app.core.db import db, transaction
from app.demo.gateway import Gateway, Mode
from app.notifications import services, tasks, writing
from app.notifications.channels.email import WIRE
from app.notifications.models import Channel, Message, MessageState
from app.notifications.preferences import links, queries
from app.notifications.preferences import services as preferences
from app.notifications.preferences.rules import Quiet, Wishes
from app.notifications.rules import LADDER, Topic
from tests.databases import counted_queries
from tests.factories import messages, people
from tests.servers import MailServer
from tests.visitor import Visitor

PHONE = "+79161234567"
MIDNIGHT = datetime(2026, 12, 3, 21, 0, tzinfo=UTC)
MORNING = datetime(2026, 12, 4, 5, 0, tzinfo=UTC)
"""Midnight and eight o'clock in Moscow."""
NIGHT = Quiet(begins=time(22), ends=time(8), zone="Europe/Moscow")
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def somebody(app: Flask, wishes: Wishes | None = None) -> int:
    """Return the id of an account with an address and a phone."""
    with app.app_context(), transaction():
        people.post()
        account = messages.reachable("ru")
        messages.give(account, ContactKind.PHONE, PHONE)
        if wishes:
            preferences.save(account, wishes)
        return account.id


def told(app: Flask, account_id: int, event: str = "case_submitted") -> None:
    with app.app_context(), transaction():
        payload = messages.payload(event)
        services.tell(event, account_id=account_id, dedupe=event, payload=payload)


def rows(app: Flask, *events: str) -> list[tuple[Channel, MessageState, datetime]]:
    """Return what leaves the house: by what way, how it stands, when it goes."""
    leaving = select(Message).where(Message.channel.in_(LADDER)).order_by(Message.id)
    with app.app_context():
        found = db.session.scalars(leaving.where(Message.event.in_(events)) if events else leaving)
        return [(one.channel, one.state, one.due_at) for one in found]


def visitor_of(app: Flask, account_id: int) -> Visitor:
    with app.test_request_context(), transaction():
        token = sessions.begin(account=db.session.get_one(Account, account_id))
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return Visitor(client)


def wishes_of(app: Flask, account_id: int) -> Wishes:
    with app.app_context():
        return queries.get_wishes(account_id)


def the_wishes(app: Flask) -> Wishes:
    """Return the wishes of the one account there is."""
    with app.app_context():
        return queries.get_wishes(people.only_account().id)


def test_the_way_that_was_put_first_is_taken_and_then_the_next(
    app: Flask, gateway: Gateway, mail: MailServer
) -> None:
    gateway.mode = Mode.GONE
    told(app, somebody(app, Wishes(order=(Channel.SMS, Channel.EMAIL))))

    with app.app_context():
        tasks.drain()
        tasks.drain()

    assert [(way, state) for way, state, _due in rows(app)] == [
        (Channel.SMS, MessageState.DEAD),
        (Channel.EMAIL, MessageState.ACCEPTED),
    ]
    assert len(mail.received) == 1


def test_an_address_that_had_bounced_is_written_to_when_the_phone_failed(
    app: Flask, gateway: Gateway, mail: MailServer
) -> None:
    gateway.mode = Mode.GONE
    account_id = somebody(app, Wishes())
    with app.app_context(), transaction():
        contacts.mark_bounced(account_id, ContactKind.EMAIL, told_at=clock.now())
    told(app, account_id)

    with app.app_context():
        tasks.drain()
        tasks.drain()

    told_by = [(way, state) for way, state, _due in rows(app, "case_submitted")]
    assert told_by == [
        (Channel.SMS, MessageState.DEAD),
        (Channel.EMAIL, MessageState.ACCEPTED),
    ]
    assert mail.received


def test_what_is_not_urgent_waits_until_the_quiet_hours_end(app: Flask, mail: MailServer) -> None:
    account_id = somebody(app, Wishes(quiet=NIGHT))
    with time_machine.travel(MIDNIGHT, tick=False):
        told(app, account_id, "case_accepted")
        told(app, account_id, "sign_in_new_device")

    assert [due for _way, _state, due in rows(app)] == [MORNING, MIDNIGHT]
    for moment, count in ((MIDNIGHT, 1), (MORNING, 2)):
        with time_machine.travel(moment, tick=False), app.app_context():
            tasks.drain()
        assert len(mail.received) == count


def test_what_failed_at_night_rings_no_phone_before_the_morning(
    app: Flask, gateway: Gateway
) -> None:
    account_id = somebody(app, Wishes(quiet=NIGHT))
    with time_machine.travel(MIDNIGHT, tick=False), app.app_context(), transaction():
        message = messages.told(account=db.session.get_one(Account, account_id))
        message.due_at = clock.now()
        db.session.flush()
        message.state = MessageState.DEAD
        writing.pass_on(message, clock.now())

    assert rows(app)[-1] == (Channel.SMS, MessageState.PENDING, MORNING)


def test_who_unsubscribed_finds_reminders_in_the_inbox_alone(app: Flask, mail: MailServer) -> None:
    account_id = somebody(app, Wishes(unwanted=frozenset({Topic.REMINDERS})))
    told(app, account_id, "booking_reminder")
    told(app, account_id, "booking_confirmed")

    with app.app_context():
        tasks.drain()
        inbox = select(Message.event).where(Message.channel == Channel.PORTAL)
        assert set(db.session.scalars(inbox)) == {"booking_reminder", "booking_confirmed"}
    assert len(mail.received) == 1


def test_the_wishes_of_many_are_read_at_once(app: Flask) -> None:
    counts = []
    for many in (1, 12):
        with app.app_context(), transaction():
            people.post()
            accounts = [
                messages.reachable("ar", f"n{number}@{many}.example.org") for number in range(many)
            ]
            payload = messages.payload("case_submitted")
            news = [
                services.News(account_id=one.id, dedupe=f"{many}/{one.id}", payload=payload)
                for one in accounts
            ]
            with counted_queries(app) as statements:
                services.tell_all("case_submitted", news)
            counts.append(sum(one.startswith("SELECT") for one in statements))

    assert counts[0] == counts[1]


def test_the_page_keeps_what_is_chosen(app: Flask, gateway: Gateway) -> None:
    account_id = somebody(app)
    visitor = visitor_of(app, account_id)
    visitor.open("/en/account")

    visitor.follow("Order of the ways")
    page = visitor.submit(
        {
            "way_0": "sms",
            "way_1": "email",
            "is_quiet": "y",
            "begins": "23:00",
            "ends": "07:00",
            "zone": "Asia/Vladivostok",
            "wanted": [],
        },
        button="Save",
    )

    assert "Saved." in page.text
    assert wishes_of(app, account_id) == Wishes(
        order=(Channel.SMS, Channel.EMAIL),
        quiet=Quiet(begins=time(23), ends=time(7), zone="Asia/Vladivostok"),
        unwanted=frozenset(Topic),
    )


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"way_0": "sms", "way_1": "sms"}, "Choose each way once."),
        ({"way_0": "pigeon"}, "Choose one of these."),
        ({"is_quiet": "y", "begins": "07:00", "ends": "07:00"}, "end at another time"),
        ({"is_quiet": "y", "begins": "07:00", "ends": "23:00"}, "14 hours at most"),
        ({"is_quiet": "y", "begins": "25:00"}, "Choose one of these."),
        ({"is_quiet": "y", "zone": "Moon/Sea"}, "Choose one of these."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_lost(
    app: Flask, gateway: Gateway, typed: dict[str, str], sentence: str
) -> None:
    account_id = somebody(app)
    visitor = visitor_of(app, account_id)
    visitor.open("/en/account/messages")

    page = visitor.submit({**typed, "wanted": []}, button="Save")

    assert page.status == 422
    assert any(sentence in line for line in page.errors)
    assert wishes_of(app, account_id) == Wishes()


def test_one_way_alone_needs_no_order(app: Flask) -> None:
    account_id = somebody(app)
    visitor = visitor_of(app, account_id)

    page = visitor.open("/en/account/messages")

    assert "Messages come to you by: E-mail." in page.text
    assert "Saved." in visitor.submit(button="Save").text


def reminder(app: Flask, mail: MailServer, event: str = "booking_reminder") -> str:
    """Return the address by which the mail of a reminder unsubscribes."""
    told(app, somebody(app), event)
    with app.app_context():
        tasks.drain()
    (letter,) = mail.received
    return str(letter[1]["List-Unsubscribe"] or "").strip("<>").removeprefix("http://localhost")


def test_the_address_that_unsubscribes_goes_out_as_an_address(app: Flask) -> None:
    letter = EmailMessage(policy=WIRE)
    letter["List-Unsubscribe"] = f"<https://jaliya.example.org/unsubscribe/{'x' * 120}>"

    assert f"List-Unsubscribe: <https://jaliya.example.org/unsubscribe/{'x' * 120}>".encode() in (
        letter.as_bytes(policy=WIRE)
    )


def test_one_click_of_a_mail_program_unsubscribes(app: Flask, mail: MailServer) -> None:
    path = reminder(app, mail)
    (letter,) = mail.received
    assert letter[1]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain = letter[1].get_body(("plain",))
    assert plain is not None and path in plain.get_content()

    answer = app.test_client().post(path, data=ONE_CLICK)

    assert (answer.status_code, answer.get_data()) == (204, b"")
    assert the_wishes(app).unwanted == {Topic.REMINDERS}


def test_what_is_essential_cannot_be_unsubscribed(app: Flask, mail: MailServer) -> None:
    assert reminder(app, mail, "case_submitted") == ""


def test_what_waits_is_called_off_by_unsubscribing(app: Flask) -> None:
    account_id = somebody(app, Wishes(quiet=NIGHT))
    with time_machine.travel(MIDNIGHT, tick=False):
        told(app, account_id, "booking_reminder")
        told(app, account_id, "case_accepted")
    with app.app_context():
        token = links.token_for(account_id, Topic.REMINDERS)

    app.test_client().post(f"/unsubscribe/{token}", data=ONE_CLICK)

    assert [state for _way, state, _due in rows(app)] == [
        MessageState.CANCELLED,
        MessageState.PENDING,
    ]


def test_a_link_asks_before_it_does_anything(app: Flask, mail: MailServer) -> None:
    path = reminder(app, mail)
    visitor = Visitor(app.test_client())

    visitor.open(f"/en{path}")
    assert the_wishes(app).unwanted == frozenset()
    page = visitor.submit(button="Send me no more of them")

    assert "You are sent no more of these" in page.heading
    assert the_wishes(app).unwanted == {Topic.REMINDERS}


def test_a_link_that_is_none_says_so_and_does_nothing(app: Flask, mail: MailServer) -> None:
    right, visitor = reminder(app, mail), Visitor(app.test_client())
    forged = f"{right[:-4]}AAAA"

    page = visitor.open(f"/en{forged}")
    answers = [app.test_client().post(path, data=ONE_CLICK) for path in (forged, f"/ru{forged}")]

    assert (page.status, page.heading) == (404, "This link is not good")
    assert [answer.status_code for answer in answers] == [404, 400]
    assert the_wishes(app).unwanted == frozenset()


def test_a_link_to_an_account_that_is_no_more_looks_like_any_other(app: Flask) -> None:
    account_id, pages = somebody(app), []
    for uid in (None, "0" * 22):
        with app.app_context():
            owner = db.session.get_one(Account, account_id)
            token = links.signed(uid or owner.uid, Topic.REMINDERS)
        pages.append(Visitor(app.test_client()).open(f"/en/unsubscribe/{token}").text)

    assert pages[0] == pages[1]


def test_a_link_is_good_after_every_change_of_the_secret_key(
    app: Flask, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = reminder(app, mail)
    monkeypatch.setitem(app.config, "SECRET_KEY", "another one, and nothing of the former kept")
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [])

    assert app.test_client().post(path, data=ONE_CLICK).status_code == 204
    assert the_wishes(app).unwanted == {Topic.REMINDERS}


def test_the_order_is_kept_while_one_way_alone_is_left(app: Flask) -> None:
    account_id = somebody(app, Wishes(order=(Channel.SMS, Channel.EMAIL)))
    visitor = visitor_of(app, account_id)
    visitor.open("/en/account/messages")

    visitor.submit({"is_quiet": "y"}, button="Save")

    assert wishes_of(app, account_id).order == (Channel.SMS, Channel.EMAIL)
