"""Short messages through a gateway on a real socket, whatever it does."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts.models import ContactKind
from app.core import clock, i18n
from app.core.actor import Actor, ActorKind
from app.core.db import db, transaction
from app.demo.gateway import Gateway, Mode
from app.notifications import events, gateways, letters, rules, services, tasks
from app.notifications.channels import sms
from app.notifications.channels.protocol import Unreached
from app.notifications.models import Channel, Message, MessageAttempt, MessageState
from app.notifications.rules import Result
from tests import servers
from tests.factories import announcements, messages, people
from tests.integration.notifications import answers
from tests.servers import MailServer, free_port

PHONE = "+79161234567"
MOST_PARTS = 4


@pytest.fixture
def gateway(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """Be the one provider that the settings name."""
    with servers.gateway() as server:
        server.slow_s, server.silent_s = 0.05, 5
        named(app, server, monkeypatch)
        yield server


def named(app: Flask, server: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the settings name a provider."""
    settings = replace(app.config["SETTINGS"], sms_gateways=servers.gateways_of(server))
    monkeypatch.setitem(app.config, "SETTINGS", settings)


def outcome(server: Gateway, key: str = "k1") -> rules.Reply:
    (described,) = gateways.read(servers.gateways_of(server))
    line = sms.Line(described)
    line.ready()
    try:
        return line.send(sms.Short(to=PHONE, text="مرحبا"), key)
    finally:
        line.close()


@pytest.mark.parametrize(
    ("mode", "result", "taken"),
    [
        *answers.OUTCOMES,
        (Mode.NAMELESS, Result.AMBIGUOUS, 1),
        (Mode.SHUT, Result.SHUT_OUT, 0),
    ],
)
@pytest.mark.proves("queue-007")
def test_each_answer_is_told_apart(
    gateway: Gateway, mode: Mode, result: Result, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sms, "PATIENCE_S", 0.5)
    gateway.mode = mode

    assert outcome(gateway).result is result
    assert len(gateway.ledger) == taken


def test_a_gateway_that_is_not_there_is_not_reached() -> None:
    with servers.gateway() as server:
        described = servers.gateways_of(server).replace(str(server.server_port), str(free_port()))
    (gateway,) = gateways.read(described)

    with pytest.raises(Unreached):
        sms.Line(gateway).ready()


def test_one_connection_carries_several_messages_only_under_keys(gateway: Gateway) -> None:
    (described,) = gateways.read(servers.gateways_of(gateway))
    line = sms.Line(described)
    line.ready()

    line.send(sms.Short(to=PHONE, text="a"), "k1")
    is_kept = line.is_open
    line.send(sms.Short(to=PHONE, text="a"), "")

    assert is_kept
    assert not line.is_open


def told(app: Flask, event: str = "case_submitted", language: str = "ar") -> None:
    with app.app_context(), transaction():
        people.post()
        account = messages.on_the_phone(language, PHONE)
        payload = messages.payload(event)
        services.tell(event, account_id=account.id, dedupe="s1", payload=payload)


def drained(app: Flask, after: timedelta = timedelta(0)) -> int:
    # At one moment: a wait may be as short as chance will have it.
    with time_machine.travel(clock.now() + after, tick=False), app.app_context():
        return tasks.drain()


def state_of(app: Flask) -> tuple[MessageState, str | None]:
    with app.app_context():
        message = messages.text_of("s1")
        return message.state, message.last_error


def test_who_has_a_phone_and_no_address_is_told_by_short_message(
    app: Flask, gateway: Gateway
) -> None:
    told(app)

    assert drained(app) == 1
    (text,) = gateway.texts_to(PHONE)
    assert messages.REFERENCE in text
    assert text.endswith(f"http://localhost/ar/requests/{messages.REFERENCE}")
    assert state_of(app) == (MessageState.ACCEPTED, None)
    with app.app_context():
        (attempt,) = db.session.scalars(select(MessageAttempt))
        message = messages.text_of("s1")
        assert (attempt.provider, attempt.key, attempt.code) == ("demo", message.uid, 201)
        assert message.provider_ref == gateway.ledger[0].id


def test_who_has_an_address_pays_no_short_message(
    app: Flask, gateway: Gateway, mail: MailServer
) -> None:
    with app.app_context(), transaction():
        people.post()
        account = messages.reachable()
        messages.give(account, ContactKind.PHONE, PHONE)
        messages.told(account=account)

    assert drained(app) == 1
    assert gateway.ledger == []
    assert len(mail.received) == 1


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_only_confirmed_phones_are_written_to_and_only_where_somebody_carries_it(
    app: Flask, gateway: Gateway, is_confirmed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_confirmed:
        settings = replace(app.config["SETTINGS"], sms_gateways="")
        monkeypatch.setitem(app.config, "SETTINGS", settings)
    with app.app_context(), transaction():
        people.post()
        account = people.account()
        messages.give(account, ContactKind.PHONE, PHONE, verified=is_confirmed)
        payload = messages.payload("case_submitted")
        services.tell("case_submitted", account_id=account.id, dedupe="s1", payload=payload)

    assert drained(app) == 0
    with app.app_context():
        assert list(db.session.scalars(select(Message.channel))) == [Channel.PORTAL]


@pytest.mark.parametrize(
    "mode", [Mode.RESET, Mode.BROKEN_LATE, Mode.GARBAGE, Mode.NAMELESS], ids=str
)
def test_what_may_have_arrived_is_sent_again_by_its_key_and_taken_once(
    app: Flask, gateway: Gateway, mode: Mode
) -> None:
    gateway.behave = lambda call: mode if call == 1 else Mode.OK
    told(app)

    drained(app)
    assert state_of(app)[0] is MessageState.RETRY_WAIT
    drained(app, timedelta(minutes=1))

    assert state_of(app) == (MessageState.ACCEPTED, None)
    assert gateway.calls == 2
    assert len(gateway.ledger) == 1


def test_what_may_have_arrived_waits_for_staff_where_no_keys_are_known(
    app: Flask, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.knows_keys = False
    named(app, gateway, monkeypatch)
    gateway.mode = Mode.RESET
    told(app)

    drained(app)
    drained(app, timedelta(hours=1))

    assert state_of(app) == (MessageState.UNKNOWN, "ambiguous")
    assert (gateway.calls, len(gateway.ledger)) == (1, 1)


def test_what_staff_send_again_has_a_key_of_its_own(
    app: Flask, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider would answer the old key without sending anything."""
    told(app)
    drained(app)
    with app.app_context(), transaction():
        message = messages.text_of("s1")
        message.state = MessageState.DEAD
        services.decide(message.uid, rules.Wish.SEND_AGAIN, actor=Actor(kind=ActorKind.STAFF, id=1))
        uid = message.uid

    drained(app)

    assert [taken.key for taken in gateway.ledger] == [uid, f"{uid}-1"]
    assert state_of(app) == (MessageState.ACCEPTED, None)


@pytest.mark.proves("queue-007")
def test_a_key_that_its_provider_forgot_is_not_used_again(app: Flask, gateway: Gateway) -> None:
    gateway.behave = lambda call: Mode.RESET if call == 1 else Mode.OK
    told(app, "case_submitted")
    drained(app)
    with app.app_context(), transaction():
        messages.text_of("s1").not_after = clock.now() + timedelta(days=9)

    drained(app, timedelta(hours=26))

    assert state_of(app) == (MessageState.UNKNOWN, "key_forgotten")
    assert gateway.calls == 1


def test_a_gateway_is_left_in_peace_for_as_long_as_it_asks(app: Flask, gateway: Gateway) -> None:
    gateway.behave = lambda call: Mode.PATIENCE if call == 1 else Mode.OK
    gateway.retry_after = 3600
    told(app)
    drained(app)

    assert drained(app, timedelta(minutes=59)) == 0
    assert drained(app, timedelta(minutes=61)) == 1
    assert gateway.calls == 2


BY_MAIL_ALONE = {
    "password_link",
    "password_none",
    "late_digest",
    "clocks_changed",
    "rights_asked",
    "rights_changed",
    "sending_trouble",
    "note_mention",
    "record_head",
}
WITHOUT_LINK = ["sign_in_code", "contact_code", "account_erased"]
SHORT = [name for name in events.EVENTS if name not in BY_MAIL_ALONE]


@pytest.mark.parametrize("language", list(i18n.LANGUAGES))
def test_every_event_fits_into_few_short_messages_in_every_language(
    app: Flask, language: str
) -> None:
    """A long address of a draw or of a consent is a part by itself."""
    with app.app_context(), transaction():
        announcements.known()
    with app.test_request_context(), i18n.speaking(language):
        texts = {one: letters.write_short(one, _long(one)) for one in SHORT}

    parts = {event: rules.count_parts(text) for event, text in texts.items()}
    assert {event: count for event, count in parts.items() if count > MOST_PARTS} == {}
    assert [text for text in texts.values() if "<" in text or "&" in text or "\n" in text] == []
    assert [event for event in SHORT if "http" not in texts[event]] == WITHOUT_LINK


def _long(event: str) -> dict[str, str]:
    payload = messages.payload(event)
    uids = {name: "d" * 32 for name in ("draw",) if name in payload}
    return payload | uids


def test_the_settings_of_the_gateway_hold_no_words_of_a_message(gateway: Gateway) -> None:
    assert PHONE not in json.dumps(servers.gateways_of(gateway))
