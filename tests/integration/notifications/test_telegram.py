"""The bot of Telegram: a chat is linked by a code that is good once, and told like a phone."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import queries as accounts
from app.accounts import sessions
from app.accounts.models import Account, ContactKind
from app.core import clock
from app.core.db import db, transaction
from app.demo.gateway import Gateway, Mode
from app.notifications import services, tasks
from app.notifications.channels import telegram as channel
from app.notifications.channels.sms import Short
from app.notifications.models import Channel, Message, MessageState
from app.notifications.rules import LADDER, Result
from app.notifications.telegram import rules
from app.notifications.telegram import services as telegram
from app.notifications.templates.rules import Kind
from tests.factories import messages, people
from tests.integration.notifications import answers
from tests.integration.notifications.conftest import TOKEN, named
from tests.servers import MailServer, free_port
from tests.visitor import Visitor

CHAT = 7712345


def somebody(app: Flask, address: str = "layan@example.org") -> int:
    with app.app_context(), transaction():
        people.post()
        return messages.reachable("ar", address).id


def asked(app: Flask, account_id: int) -> str:
    """Return a code for an account."""
    with app.app_context(), transaction():
        return telegram.ask(db.session.get_one(Account, account_id))


def update(app: Flask, text: str, *, chat: int = CHAT) -> Any:
    """Return what is answered to a message in a chat (Any: JSON, None for nothing)."""
    header = {"X-Telegram-Bot-Api-Secret-Token": rules.hook_secret(TOKEN)}
    said = {"message": {"chat": {"id": chat, "type": "private"}, "text": text}}
    answer = app.test_client().post("/telegram/hook", json=said, headers=header)
    assert answer.status_code in (200, 204)
    return answer.get_json() if answer.status_code == 200 else None


def linked(app: Flask) -> int:
    """Return the id of an account whose chat was linked some time ago."""
    account_id = somebody(app)
    code = asked(app, account_id)
    with app.app_context(), transaction():
        telegram.link(code, str(CHAT))
    return account_id


def chat_of(app: Flask, account_id: int) -> str | None:
    with app.app_context():
        return accounts.chat_of(account_id)


def told(app: Flask, account_id: int, event: str = "case_submitted") -> None:
    with app.app_context(), transaction():
        payload = messages.payload(event)
        services.tell(event, account_id=account_id, dedupe="t1", payload=payload)


def drained(app: Flask, after: timedelta = timedelta(0)) -> int:
    # At one moment: a wait may be as short as chance will have it.
    with time_machine.travel(clock.now() + after, tick=False), app.app_context():
        return tasks.drain()


def rows(app: Flask) -> list[tuple[Channel, MessageState]]:
    with app.app_context():
        left = select(Message).where(Message.channel.in_(LADDER)).order_by(Message.id)
        return [(one.channel, one.state) for one in db.session.scalars(left)]


def test_a_chat_is_linked_by_the_link_of_the_page(app: Flask, bot: Gateway) -> None:
    account_id = somebody(app)
    with app.test_request_context(), transaction():
        token = sessions.begin(account=db.session.get_one(Account, account_id))
    visitor = Visitor(app.test_client())
    visitor.client.set_cookie("jaliya-id", token)
    visitor.open("/en/account/messages")
    page = visitor.submit(button="Link with Telegram")
    found = re.fullmatch(r"https://t\.me/post_bot\?start=([\w-]{1,64})", page.link("Open Telegram"))
    assert found is not None

    answer = update(app, f"/start {found[1]}")

    assert (answer["method"], answer["chat_id"]) == ("sendMessage", CHAT)
    assert re.search(r"[\u0600-\u06ff]{3}", answer["text"]), "in the language of the account"
    assert chat_of(app, account_id) == str(CHAT)
    assert "A chat is linked." in visitor.open("/en/account/messages").text
    visitor.submit(button="End the link")
    assert chat_of(app, account_id) is None


def test_who_has_a_chat_is_told_there_first(app: Flask, bot: Gateway, mail: MailServer) -> None:
    told(app, linked(app))

    assert drained(app) == 1
    (text,) = bot.texts_to(str(CHAT))
    assert f"\u2066{messages.REFERENCE}\u2069" in text
    assert text.endswith(f"\nhttp://localhost/ar/requests/{messages.REFERENCE}")
    assert rows(app) == [(Channel.TELEGRAM, MessageState.ACCEPTED)]
    assert mail.received == []


def test_a_chat_is_told_in_the_words_of_the_post_for_short_messages(
    app: Flask, bot: Gateway
) -> None:
    account_id = linked(app)
    with app.app_context(), transaction():
        messages.in_own_words(Kind.SHORT, "((reference)): نص البعثة", account_id=account_id)

    drained(app)

    (text,) = bot.texts_to(str(CHAT))
    link = f"http://localhost/ar/requests/{messages.REFERENCE}"
    assert text == f"\u2066{messages.REFERENCE}\u2069: نص البعثة {link}"


def test_whoever_links_a_chat_the_owner_is_warned_by_mail(
    app: Flask, bot: Gateway, mail: MailServer
) -> None:
    account_id = somebody(app)
    code = asked(app, account_id)
    for _time in range(2):
        update(app, f"/start {code}")
    told(app, account_id, "sign_in_new_device")

    assert drained(app) == 2
    assert bot.texts_to(str(CHAT)) == []
    assert len(mail.received) == 2


@pytest.mark.proves("contact-005")
def test_a_code_is_good_once_for_one_chat_and_for_ten_minutes(app: Flask, bot: Gateway) -> None:
    account_id = somebody(app)
    late, code = asked(app, account_id), asked(app, account_id)
    update(app, f"/start {code}")

    again = update(app, f"/start {code}")
    stolen = update(app, f"/start {code}", chat=999)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        expired = update(app, f"/start {late}", chat=999)

    assert chat_of(app, account_id) == str(CHAT)
    assert stolen["text"] == expired["text"] != again["text"]


@pytest.mark.parametrize("code", ["a", "a" * 64, "0" * 32 + "x" * 24])
@pytest.mark.proves("contact-005")
def test_a_code_that_is_none_links_nothing(app: Flask, bot: Gateway, code: str) -> None:
    account_id = somebody(app)

    assert "sendMessage" in str(update(app, f"/start {code}"))
    assert chat_of(app, account_id) is None


def test_a_chat_belongs_to_the_account_that_was_linked_last(app: Flask, bot: Gateway) -> None:
    first_id, second_id = linked(app), somebody(app, "samer@example.org")

    update(app, f"/start {asked(app, second_id)}")

    assert (chat_of(app, first_id), chat_of(app, second_id)) == (None, str(CHAT))


def test_who_says_stop_is_told_by_mail(app: Flask, bot: Gateway, mail: MailServer) -> None:
    account_id = linked(app)

    assert update(app, "/stop") is None
    told(app, account_id)
    drained(app)

    assert (len(bot.ledger), len(mail.received)) == (0, 1)


@pytest.mark.parametrize("secret", ["", "wrong", "ключ".encode().decode("latin-1")])
def test_who_does_not_know_the_secret_finds_nothing(app: Flask, bot: Gateway, secret: str) -> None:
    header = {"X-Telegram-Bot-Api-Secret-Token": secret}

    answer = app.test_client().post("/telegram/hook", json={}, headers=header)

    assert answer.status_code == 404


def test_without_a_bot_there_is_nothing(app: Flask) -> None:
    header = {"X-Telegram-Bot-Api-Secret-Token": rules.hook_secret("")}

    assert app.test_client().post("/telegram/hook", json={}, headers=header).status_code == 404


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[]", b"x" * 70_000])
def test_what_cannot_be_read_is_answered_once(app: Flask, bot: Gateway, body: bytes) -> None:
    header = {"X-Telegram-Bot-Api-Secret-Token": rules.hook_secret(TOKEN)}

    answer = app.test_client().post("/telegram/hook", data=body, headers=header)

    assert answer.status_code == 204


OUTCOMES = [
    *answers.OUTCOMES,
    (Mode.NAMELESS, Result.AMBIGUOUS, 1),
    (Mode.GONE, Result.REFUSED, 0),
    (Mode.SHUT, Result.SHUT_OUT, 0),
]


@pytest.mark.parametrize(("mode", "result", "taken"), OUTCOMES)
def test_each_answer_is_told_apart(
    app: Flask,
    bot: Gateway,
    mode: Mode,
    result: Result,
    taken: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channel, "PATIENCE_S", 0.5)
    bot.mode, bot.retry_after = mode, 35
    line = channel.Line(app.config["SETTINGS"])
    line.ready()

    reply = line.send(Short(to=str(CHAT), text="مرحبا"))
    line.close()

    assert (reply.result, len(bot.ledger)) == (result, taken)
    assert reply.wait == timedelta(seconds=35 if mode is Mode.PATIENCE else 0)


def test_who_blocked_the_bot_is_told_by_mail(app: Flask, bot: Gateway, mail: MailServer) -> None:
    account_id, bot.mode = linked(app), Mode.GONE
    told(app, account_id)

    drained(app)
    drained(app)

    assert rows(app) == [
        (Channel.TELEGRAM, MessageState.DEAD),
        (Channel.EMAIL, MessageState.ACCEPTED),
    ]
    with app.app_context():
        assert accounts.has_bounced(account_id, ContactKind.TELEGRAM)


def test_what_may_have_arrived_waits_for_staff(app: Flask, bot: Gateway, mail: MailServer) -> None:
    account_id, bot.mode = linked(app), Mode.RESET
    told(app, account_id)

    drained(app)
    drained(app, timedelta(hours=2))

    assert rows(app) == [(Channel.TELEGRAM, MessageState.UNKNOWN)]
    assert (len(bot.ledger), len(mail.received)) == (1, 0)


def test_a_bot_that_is_blocked_in_the_country_keeps_nobody_waiting_for_a_day(
    app: Flask, bot: Gateway, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = linked(app)
    named(app, monkeypatch, free_port())
    told(app, account_id)

    drained(app)
    assert rows(app) == [(Channel.TELEGRAM, MessageState.RETRY_WAIT)]
    drained(app, timedelta(minutes=61))
    drained(app, timedelta(minutes=61))

    assert rows(app)[-1] == (Channel.EMAIL, MessageState.ACCEPTED)


def test_the_token_stands_in_no_log(
    app: Flask, bot: Gateway, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = linked(app)
    named(app, monkeypatch, free_port())
    told(app, account_id)

    drained(app)

    said = json.dumps([str(record.__dict__) for record in caplog.records])
    assert "provider not reached" in said
    assert "t" * 30 not in said and str(CHAT) not in said


def test_telegram_is_told_where_the_hook_is(app: Flask, bot: Gateway) -> None:
    result = app.test_cli_runner().invoke(args=["set-telegram-hook"])

    assert "Telegram knows the hook." in result.output
    bot.mode = Mode.SHUT
    assert app.test_cli_runner().invoke(args=["set-telegram-hook"]).exit_code == 1


def test_without_a_bot_no_hook_is_set(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["set-telegram-hook"])

    assert (result.exit_code, "TELEGRAM_TOKEN" in result.output) == (1, True)
