"""Notifications in browsers: a real call of a push service, which the browser alone can read."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import sessions
from app.accounts.models import Account
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from app.demo.gateway import Gateway, Mode
from app.notifications import messengers, services, tasks
from app.notifications.channels import push as channel
from app.notifications.channels.calling import Connection
from app.notifications.models import Channel, Message, MessageState
from app.notifications.push import rules
from app.notifications.push import services as devices
from app.notifications.push.models import PushDevice
from app.notifications.rules import LADDER, Result
from app.notifications.templates.rules import Kind
from tests import servers
from tests.factories import messages, people
from tests.factories.browsers import Browser
from tests.integration.notifications import answers
from tests.servers import MailServer, free_port
from tests.visitor import Page, Visitor

KEY = base64.b64encode(b"v" * 32).decode()


@pytest.fixture
def service(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """Be the one push service that may be called."""
    with servers.gateway() as server:
        server.slow_s, server.silent_s = 0.05, 5
        named(app, monkeypatch, base_of(server))
        yield server


def named(app: Flask, monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    settings = replace(app.config["SETTINGS"], vapid_key=KEY, push_hosts=hosts)
    monkeypatch.setitem(app.config, "SETTINGS", settings)


def base_of(server: Gateway) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def subscribed(app: Flask, *browsers: Browser, language: str = "ar") -> int:
    """Return the id of an account that has an address and is told in these browsers."""
    with app.app_context(), transaction():
        people.post()
        account = messages.reachable(language)
        for browser in browsers:
            devices.add(account, browser.subscription, device="Android", actor=SYSTEM)
        return account.id


def told(app: Flask, account_id: int, event: str = "case_submitted") -> None:
    with app.app_context(), transaction():
        payload = messages.payload(event)
        services.tell(event, account_id=account_id, dedupe="p1", payload=payload)


def drained(app: Flask, after: timedelta = timedelta(0)) -> int:
    # At one moment: a wait may be as short as chance will have it.
    with time_machine.travel(clock.now() + after, tick=False), app.app_context():
        return tasks.drain()


def rows(app: Flask) -> list[tuple[Channel, MessageState]]:
    with app.app_context():
        left = select(Message).where(Message.channel.in_(LADDER)).order_by(Message.id)
        return [(one.channel, one.state) for one in db.session.scalars(left)]


def shown(service: Gateway, browser: Browser) -> list[dict[str, str]]:
    """Return what a browser shows, oldest first."""
    return [browser.read(base64.b64decode(text)) for text in service.texts_to(browser.name)]


def test_the_browser_alone_can_read_what_it_is_told(app: Flask, service: Gateway) -> None:
    browser = Browser(base_of(service))
    told(app, subscribed(app, browser))

    assert drained(app) == 1
    (said,) = shown(service, browser)
    assert messages.REFERENCE in said["body"]
    assert said["url"] == f"/ar/requests/{messages.REFERENCE}"
    assert (said["lang"], said["dir"]) == ("ar", "rtl")
    assert messages.REFERENCE.encode() not in base64.b64decode(service.ledger[0].text)
    assert rows(app) == [(Channel.PUSH, MessageState.ACCEPTED)]


@pytest.mark.parametrize(("length", "is_own"), [(0, True), (250, False)])
def test_a_browser_shows_the_words_of_the_post_for_the_inbox_while_they_fit(
    app: Flask, service: Gateway, length: int, is_own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messengers, "LONGEST_NOTICE", 250)
    browser = Browser(base_of(service))
    account_id = subscribed(app, browser)
    with app.app_context(), transaction():
        text = "((reference)): نص البعثة" + "ي" * length
        messages.in_own_words(Kind.LINE, text, account_id=account_id)

    drained(app)

    (said,) = shown(service, browser)
    own = f"\u2066{messages.REFERENCE}\u2069: نص البعثة"
    assert (said["body"] == own) is is_own
    assert messages.REFERENCE in said["body"] and "http" not in said["body"]


def test_all_browsers_of_an_account_are_told(app: Flask, service: Gateway) -> None:
    pair = [Browser(base_of(service), name) for name in ("one", "two")]
    told(app, subscribed(app, *pair))

    drained(app)

    assert [len(shown(service, browser)) for browser in pair] == [1, 1]


OUTCOMES = [
    *answers.OUTCOMES,
    (Mode.GONE, Result.REFUSED, 0),
    # It was made for another key than ours.
    (Mode.SHUT, Result.REFUSED, 0),
]


@pytest.mark.parametrize(("mode", "result", "taken"), OUTCOMES)
def test_each_answer_is_told_apart(
    app: Flask,
    service: Gateway,
    mode: Mode,
    result: Result,
    taken: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channel, "PATIENCE_S", 0.5)
    service.mode = mode
    call = channel.Call(device_uid="d", endpoint=f"{base_of(service)}/push/d", body=b"x")
    letter = channel.Letter(calls=[call], life_s=60, is_urgent=False)
    line = channel.Line(app.config["SETTINGS"])

    reply = line.send(letter, "k1")
    line.close()

    assert reply.result is result
    assert reply.gone == (("d",) if mode in (Mode.GONE, Mode.SHUT) else ())
    assert len(service.ledger) == taken


@pytest.mark.parametrize("mode", [Mode.RESET, Mode.BROKEN_LATE, Mode.GARBAGE], ids=str)
def test_what_may_have_arrived_is_sent_again_under_its_topic(
    app: Flask, service: Gateway, mode: Mode
) -> None:
    service.behave = lambda call: mode if call == 1 else Mode.OK
    told(app, subscribed(app, Browser(base_of(service))))

    drained(app)
    drained(app, timedelta(minutes=1))

    assert rows(app) == [(Channel.PUSH, MessageState.ACCEPTED)]
    assert (service.calls, len(service.ledger)) == (2, 1)


def test_a_browser_that_is_gone_is_forgotten_and_the_mail_goes(
    app: Flask, service: Gateway, mail: MailServer
) -> None:
    service.mode = Mode.GONE
    told(app, subscribed(app, Browser(base_of(service))))

    drained(app)
    drained(app)

    assert rows(app) == [
        (Channel.PUSH, MessageState.DEAD),
        (Channel.EMAIL, MessageState.ACCEPTED),
    ]
    with app.app_context():
        (device,) = db.session.scalars(select(PushDevice))
        assert device.gone_at is not None
    assert len(mail.received) == 1


def test_all_that_waits_for_a_browser_that_is_gone_goes_by_mail(
    app: Flask, service: Gateway, mail: MailServer
) -> None:
    service.mode = Mode.GONE
    account_id = subscribed(app, Browser(base_of(service)))
    for event in ("case_submitted", "case_accepted", "case_ready"):
        with app.app_context(), transaction():
            payload = messages.payload(event, reference=f"JM-{len(event):04}-92QX-H")
            services.tell(event, account_id=account_id, dedupe=event, payload=payload)

    drained(app)
    drained(app)

    assert service.calls == 1
    assert len(mail.received) == 3


def test_what_waits_for_a_way_that_is_given_up_goes_by_mail(
    app: Flask, service: Gateway, monkeypatch: pytest.MonkeyPatch, mail: MailServer
) -> None:
    told(app, subscribed(app, Browser(base_of(service))))
    settings = replace(app.config["SETTINGS"], vapid_key="")
    monkeypatch.setitem(app.config, "SETTINGS", settings)

    drained(app)
    drained(app)

    assert (service.calls, len(mail.received)) == (0, 1)


def test_a_name_that_is_none_stops_no_drain(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "https://a..notify.windows.com"
    monkeypatch.setattr(rules, "is_allowed", lambda *_given: True)
    call = channel.Call(device_uid="d", endpoint=f"{address}/x", body=b"x")
    named(app, monkeypatch, address)
    line = channel.Line(app.config["SETTINGS"])

    reply = line.send(channel.Letter(calls=[call], life_s=60, is_urgent=False), "k1")

    assert reply.result is Result.UNREACHED


def test_a_service_that_is_away_is_waited_for_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    named(app, monkeypatch, nowhere)
    asked: list[Connection] = []
    ready = Connection.ready

    def noted(connection: Connection) -> None:
        asked.append(connection)
        ready(connection)

    monkeypatch.setattr(Connection, "ready", noted)
    call = channel.Call(device_uid="d", endpoint=f"{nowhere}/x", body=b"x")
    line = channel.Line(app.config["SETTINGS"])

    line.send(channel.Letter(calls=[call] * 5, life_s=60, is_urgent=False), "k1")

    assert len(asked) == 1


def test_one_of_two_browsers_that_is_gone_is_forgotten_alone(app: Flask, service: Gateway) -> None:
    service.behave = lambda call: Mode.GONE if call == 1 else Mode.OK
    pair = [Browser(base_of(service), name) for name in ("one", "two")]
    told(app, subscribed(app, *pair))

    drained(app)

    assert rows(app) == [(Channel.PUSH, MessageState.ACCEPTED)]
    with app.app_context():
        alive = select(PushDevice.gone_at.is_(None)).order_by(PushDevice.id)
        assert list(db.session.scalars(alive)) == [False, True]


def test_a_service_that_is_not_there_is_waited_for_an_hour_and_then_the_mail_goes(
    app: Flask, service: Gateway, monkeypatch: pytest.MonkeyPatch, mail: MailServer
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    named(app, monkeypatch, nowhere)
    told(app, subscribed(app, Browser(nowhere)))

    drained(app)
    assert rows(app) == [(Channel.PUSH, MessageState.RETRY_WAIT)]
    drained(app, timedelta(minutes=61))
    drained(app, timedelta(minutes=61))

    assert rows(app)[0] == (Channel.PUSH, MessageState.DEAD)
    assert len(mail.received) == 1


def test_the_hour_begins_with_the_first_try(
    app: Flask, service: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What quiet hours held back was not tried yet."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    named(app, monkeypatch, nowhere)
    told(app, subscribed(app, Browser(nowhere)))

    drained(app, timedelta(hours=10))
    assert rows(app) == [(Channel.PUSH, MessageState.RETRY_WAIT)]


def test_what_the_settings_name_no_more_is_not_called(
    app: Flask, service: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = subscribed(app, Browser(base_of(service)))
    named(app, monkeypatch, "fcm.googleapis.com")
    told(app, account_id)

    drained(app)

    assert service.calls == 0


def visitor_of(app: Flask, account_id: int) -> Visitor:
    with app.test_request_context(), transaction():
        token = sessions.begin(account=db.session.get_one(Account, account_id))
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return Visitor(client)


def added(visitor: Visitor, browser: Browser, **changed: str) -> Page:
    """Do what the script does: fill in what the browser says, and send the form."""
    visitor.open("/en/account/messages")
    to = browser.subscription
    fields: dict[str, Any] = {"endpoint": to.endpoint, "p256dh": to.p256dh, "auth": to.auth}
    return visitor.submit({**fields, **changed}, button="Show messages in this browser")


def test_whoever_adds_a_browser_the_owner_is_warned_by_mail(
    app: Flask, service: Gateway, mail: MailServer
) -> None:
    browser = Browser(base_of(service))
    added(visitor_of(app, subscribed(app)), browser)

    assert drained(app) == 1
    assert len(mail.received) == 1
    assert shown(service, browser) == []


def test_a_browser_is_added_on_the_page_and_removed_there(app: Flask, service: Gateway) -> None:
    browser = Browser(base_of(service))
    visitor = visitor_of(app, subscribed(app))

    page = added(visitor, browser)
    assert "Messages are shown in this browser first." in page.body.decode()
    told(app, people_account(app))
    drained(app)
    visitor.submit(button="Remove this browser")

    assert len(shown(service, browser)) == 1
    with app.app_context():
        assert db.session.scalars(select(PushDevice)).all() == []


def people_account(app: Flask) -> int:
    with app.app_context():
        return people.only_account().id


@pytest.mark.parametrize(
    "changed",
    [
        {"endpoint": "http://169.254.169.254/latest"},
        {"endpoint": "https://evil.example/push"},
        {"endpoint": ""},
        {"p256dh": "AAAA"},
        {"auth": "AAAA"},
        {"auth": "!" * 22},
    ],
)
def test_what_is_no_subscription_is_refused(
    app: Flask, service: Gateway, changed: dict[str, str]
) -> None:
    visitor = visitor_of(app, subscribed(app))

    page = added(visitor, Browser(base_of(service)), **changed)

    assert page.status == 200
    assert "This browser" in page.body.decode()
    with app.app_context():
        assert db.session.scalars(select(PushDevice)).all() == []


def test_a_browser_belongs_to_whoever_used_it_last(app: Flask, service: Gateway) -> None:
    browser = Browser(base_of(service))
    first_id = subscribed(app, browser)
    with app.app_context(), transaction():
        other = messages.reachable("ru", "samer@example.org")
        devices.add(other, browser.subscription, device="", actor=SYSTEM)
    told(app, first_id)

    drained(app)

    assert service.ledger == []


def test_nobody_removes_the_browser_of_another(app: Flask, service: Gateway) -> None:
    subscribed(app, Browser(base_of(service)))
    with app.app_context(), transaction():
        other_id = messages.reachable("ru", "samer@example.org").id
        uid = db.session.scalars(select(PushDevice.uid)).one()
    visitor = visitor_of(app, other_id)
    page = visitor.open("/en/account/messages")
    token = page.form("Save")[0].get("value")

    answer = visitor.client.post(f"/en/account/browsers/{uid}/remove", data={"csrf_token": token})

    assert answer.status_code == 404


def test_without_a_key_nothing_is_offered(app: Flask) -> None:
    visitor = visitor_of(app, subscribed(app))

    page = visitor.open("/en/account/messages")

    assert "Browsers" not in page.text
    assert b"push.js" not in page.body


def test_every_event_says_little_enough_for_one_record(app: Flask, service: Gateway) -> None:
    """A push service takes 4096 bytes (RFC 8030, 7.2)."""
    account_id = subscribed(app, Browser(base_of(service)))
    told(app, account_id, "booking_moved_by_post")

    drained(app)

    assert len(base64.b64decode(service.ledger[0].text)) < 4096
