"""Messages are rows of the transaction that causes them, and arrive once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
import time_machine
from celery.exceptions import SoftTimeLimitExceeded
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.accounts import signals
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.crypto import DataKey
from app.core.db import db, transaction
from app.jobs import ticks
from app.notifications import delivery, events, letters, queries, rules, services, tasks
from app.notifications.channels import registry
from app.notifications.channels.protocol import Unreached
from app.notifications.models import Channel, Message, MessageAttempt, MessageState
from tests.factories import messages, people
from tests.integration.notifications.rude_server import rude
from tests.servers import MailServer, free_port


def drained(app: Flask) -> int:
    with app.app_context():
        return tasks.drain()


def state_of(app: Flask, dedupe: str = "m1") -> tuple[MessageState, str | None]:
    with app.app_context():
        message = messages.mail_of(dedupe)
        return message.state, message.last_error


@contextmanager
def mail_server_at(app: Flask, url: str) -> Iterator[None]:
    kept = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(kept, smtp_url=url)
    try:
        yield
    finally:
        app.config["SETTINGS"] = kept


def tell_one(app: Flask, event: str = "case_submitted", dedupe: str = "m1") -> None:
    with app.app_context(), transaction():
        messages.told(event, account=messages.reachable(), dedupe=dedupe)


def test_telling_writes_a_line_of_the_inbox_and_a_mail_that_is_sent(
    app: Flask, mail: MailServer
) -> None:
    tell_one(app)
    assert drained(app) == 1
    assert state_of(app) == (MessageState.ACCEPTED, None)
    assert len(mail.sent_to("layan@example.org")) == 1
    with app.app_context():
        rows = db.session.execute(select(Message.channel, Message.state))
        states = {channel: state for channel, state in rows}
        assert states[Channel.PORTAL] is MessageState.DELIVERED
        (attempt,) = db.session.scalars(select(MessageAttempt))
        assert attempt.outcome == "accepted"


SERVER = rules.Provider(name="smtp")


class Pigeon:
    """Another way: it keeps what it is given, and is away when it is told so."""

    def __init__(self, *, is_away: bool = False) -> None:
        """Take whether anybody can be reached."""
        self.is_away = is_away
        self.provider = SERVER
        self.carried: list[str] = []

    def compose(self, message: Message) -> str:
        """Return what goes on the slip."""
        return f"{message.event} {message.language}"

    def ready(self) -> None:
        """Look whether it is there."""
        if self.is_away:
            raise Unreached

    def send(self, letter: str, key: str) -> rules.Reply:
        """Fly."""
        self.carried.append(letter)
        return rules.Reply(result=rules.Result.ACCEPTED)

    def close(self) -> None:
        """Rest."""


def test_what_waits_for_another_channel_does_not_go_by_mail(app: Flask, mail: MailServer) -> None:
    with app.app_context(), transaction():
        messages.told(account=messages.reachable()).channel = Channel.PORTAL

    assert drained(app) == 0
    assert mail.received == []
    assert state_of(app) == (MessageState.PENDING, None)


def test_each_message_goes_by_the_way_of_its_channel(
    app: Flask, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pigeon = Pigeon()
    monkeypatch.setitem(registry.WAYS, Channel.PORTAL, lambda settings: [pigeon])
    with app.app_context(), transaction():
        account = messages.reachable()
        messages.told(account=account, dedupe="mail")
        messages.told(account=account, dedupe="air").channel = Channel.PORTAL

    assert drained(app) == 2
    assert pigeon.carried == ["case_submitted ar"]
    assert len(mail.received) == 1


def test_a_provider_that_is_away_keeps_no_other_channel_waiting(
    app: Flask, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = {Channel.PORTAL: lambda settings: [Pigeon(is_away=True)], **registry.WAYS}
    monkeypatch.setattr(registry, "WAYS", ways)
    with app.app_context(), transaction():
        account = messages.reachable()
        messages.told(account=account, dedupe="mail")
        messages.told(account=account, dedupe="air").channel = Channel.PORTAL

    assert drained(app) == 1
    assert state_of(app, "air") == (MessageState.RETRY_WAIT, "unreached")
    assert state_of(app, "mail") == (MessageState.ACCEPTED, None)


def test_the_same_event_told_twice_arrives_once(app: Flask, mail: MailServer) -> None:
    with app.app_context(), transaction():
        account = messages.reachable()
        messages.told(account=account)
        messages.told(account=account)
    drained(app)
    assert len(mail.received) == 1
    assert drained(app) == 0


def test_a_transaction_that_is_rolled_back_tells_nothing(app: Flask, mail: MailServer) -> None:
    with pytest.raises(RuntimeError), app.app_context(), transaction():
        messages.told(account=messages.reachable())
        raise RuntimeError
    assert drained(app) == 0
    assert mail.received == []


def test_an_account_without_a_verified_address_has_its_inbox_only(app: Flask) -> None:
    with app.app_context(), transaction():
        services.tell(
            "case_submitted",
            account_id=people.account().id,
            dedupe="x",
            payload=messages.payload("case_submitted"),
        )
    with app.app_context():
        assert db.session.scalar(select(func.count(Message.id))) == 1


def test_what_the_texts_would_lack_is_refused_at_once(app: Flask) -> None:
    with app.app_context(), transaction():
        account = messages.reachable()
        with pytest.raises(ValueError, match="until_on"):
            services.tell(
                "correction_asked", account_id=account.id, dedupe="x", payload={"reference": "R"}
            )
        with pytest.raises(ValueError, match="no such event"):
            services.tell("nothing", account_id=account.id, dedupe="x", payload={})


def test_the_payload_is_not_readable_in_the_database(app: Flask) -> None:
    tell_one(app)
    with app.app_context():
        told = db.session.scalars(select(Message)).all()

        assert {(one.payload or {})["reference"] for one in told} == {messages.REFERENCE}
        assert all(messages.REFERENCE.encode() not in (one.sealed_payload or b"") for one in told)


def test_a_code_goes_to_an_address_without_an_account(app: Flask, mail: MailServer) -> None:
    with app.app_context(), transaction():
        people.post()
        signals.code_issued.send(
            None, code="482913", address="new@example.org", language="ru", uid="c1"
        )
    assert drained(app) == 1
    (letter,) = mail.sent_to("new@example.org")
    body = letter.get_body(("plain",))
    assert body is not None
    assert "482913" in body.get_content()


def test_a_code_goes_before_news(app: Flask, mail: MailServer) -> None:
    tell_one(app)
    with app.app_context(), transaction():
        services.tell_address(
            "sign_in_code",
            address="new@example.org",
            language="ar",
            dedupe="c",
            payload={"code": "123456"},
        )
    drained(app)
    assert [recipients for recipients, _ in mail.received] == [
        ["new@example.org"],
        ["layan@example.org"],
    ]


def test_a_code_that_is_too_old_is_not_sent(app: Flask, mail: MailServer) -> None:
    tell_one(app, "sign_in_code")
    life = events.EVENTS["sign_in_code"].life
    assert life is not None
    with time_machine.travel(clock.now() + life + timedelta(seconds=1)):
        assert drained(app) == 0
    assert mail.received == []
    assert state_of(app) == (MessageState.DEAD, "too_late")


def test_a_mail_for_later_waits(app: Flask, mail: MailServer) -> None:
    later = clock.now() + timedelta(days=2)
    with app.app_context(), transaction():
        account = messages.reachable()
        services.tell(
            "booking_reminder",
            account_id=account.id,
            dedupe="later",
            payload=messages.payload("booking_reminder"),
            due_at=later,
            not_after=later + timedelta(hours=6),
        )
    assert drained(app) == 0
    with time_machine.travel(later):
        assert drained(app) == 1
    assert len(mail.received) == 1


def test_an_erased_person_is_not_written_to(app: Flask, mail: MailServer) -> None:
    tell_one(app)
    with app.app_context(), transaction():
        messages.mail_of("m1").data_key.wrapped = None
    assert drained(app) == 0
    assert state_of(app) == (MessageState.CANCELLED, "erased")


def test_one_message_that_cannot_be_written_does_not_keep_the_others(
    app: Flask, mail: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context(), transaction():
        account = messages.reachable()
        broken = messages.told(account=account, dedupe="broken")
        broken.event = "no_such_template"
        messages.told(account=account, dedupe="whole")
    assert drained(app) == 1
    assert state_of(app, "broken")[0] is MessageState.DEAD
    assert state_of(app, "whole") == (MessageState.ACCEPTED, None)
    assert "message not written" in caplog.messages


def fails_once(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Have the first letter fail to be written, and all others succeed."""
    real, errors = letters.compose, [error]

    def compose(message: Message) -> EmailMessage:
        if errors:
            raise errors.pop()
        return real(message)

    monkeypatch.setattr(letters, "compose", compose)


def test_a_database_that_is_busy_for_a_moment_kills_no_message(
    app: Flask, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        tell_one_of_many(app, number)
    fails_once(monkeypatch, OperationalError("SELECT 1", {}, Exception("lock timeout")))

    with time_machine.travel(clock.now(), tick=False):
        assert drained(app) == 1
    assert state_of(app, "n0") == (MessageState.RETRY_WAIT, "OperationalError")
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        assert drained(app) == 1
    assert state_of(app, "n0") == (MessageState.ACCEPTED, None)


def test_a_worker_that_ran_out_of_time_puts_its_message_back(
    app: Flask, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        tell_one_of_many(app, number)
    fails_once(monkeypatch, SoftTimeLimitExceeded())

    with pytest.raises(SoftTimeLimitExceeded):
        drained(app)

    assert state_of(app, "n0") == (MessageState.RETRY_WAIT, "SoftTimeLimitExceeded")
    assert state_of(app, "n1") == (MessageState.PENDING, None)


@pytest.mark.parametrize(
    ("answers", "state", "error"),
    [
        ({"RCPT": "550 no"}, MessageState.DEAD, "refused"),
        ({"RCPT": "450 later"}, MessageState.RETRY_WAIT, "deferred"),
        ({"MAIL": "421 busy"}, MessageState.RETRY_WAIT, "busy"),
        ({"DOT": None}, MessageState.UNKNOWN, "ambiguous"),
        ({"HELLO": "554 no"}, MessageState.RETRY_WAIT, "unreached"),
    ],
)
def test_each_outcome_of_the_mail_server_is_a_state(
    app: Flask, answers: dict[str, str | None], state: MessageState, error: str
) -> None:
    tell_one(app)
    with rude(**answers) as server, mail_server_at(app, server.url):
        assert drained(app) == 0
    assert state_of(app) == (state, error)


def test_what_may_have_arrived_is_never_sent_again_by_itself(app: Flask, mail: MailServer) -> None:
    tell_one(app)
    with rude(DOT=None) as server, mail_server_at(app, server.url):
        drained(app)
    with time_machine.travel(clock.now() + timedelta(days=1)):
        assert drained(app) == 0
    assert mail.received == []


def test_a_mail_server_that_is_away_costs_no_message(app: Flask, mail: MailServer) -> None:
    for number in range(25):
        tell_one_of_many(app, number)
    with mail_server_at(app, f"smtp://127.0.0.1:{free_port()}"):
        assert drained(app) == 0
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        assert drained(app) == 25
    assert len(mail.received) == 25


def tell_one_of_many(app: Flask, number: int) -> None:
    with app.app_context(), transaction():
        address = f"n{number}@example.org"
        messages.told(account=messages.reachable(address=address), dedupe=f"n{number}")


def test_a_message_whose_worker_died_while_sending_becomes_unknown(
    app: Flask, mail: MailServer
) -> None:
    tell_one(app)
    claim = claimed(app)
    with app.app_context(), transaction():
        marked = delivery.mark(claim.id, claim.fence, SERVER)
        assert marked is not None and marked.number == 1
    assert drained(app) == 0
    with time_machine.travel(clock.now() + rules.LEASE + timedelta(seconds=1)):
        assert drained(app) == 0
    assert state_of(app) == (MessageState.UNKNOWN, "ambiguous")


def test_a_late_word_settles_what_had_become_unknown(app: Flask) -> None:
    tell_one(app)
    claim = claimed(app)
    with app.app_context(), transaction():
        assert delivery.mark(claim.id, claim.fence, SERVER) is not None
    with time_machine.travel(clock.now() + rules.LEASE + timedelta(seconds=1)):
        drained(app)
    with app.app_context(), transaction():
        delivery.record(claim.id, claim.fence, 1, rules.Reply(result=rules.Result.ACCEPTED))
    assert state_of(app) == (MessageState.ACCEPTED, None)


def test_a_worker_that_lost_its_lease_may_not_send(app: Flask, mail: MailServer) -> None:
    tell_one(app)
    old = claimed(app)
    with time_machine.travel(clock.now() + rules.LEASE + timedelta(seconds=1)):
        assert drained(app) == 1
    with app.app_context(), transaction():
        assert delivery.mark(old.id, old.fence, SERVER) is None
    assert len(mail.received) == 1


def test_a_message_that_kills_three_workers_is_left_alone(app: Flask, mail: MailServer) -> None:
    tell_one(app)
    moment = clock.now()
    for _ in range(rules.MOST_DEATHS):
        with time_machine.travel(moment):
            claimed(app)
        moment += rules.LEASE + timedelta(seconds=1)
    with time_machine.travel(moment):
        assert drained(app) == 0
    assert state_of(app) == (MessageState.DEAD, "died")
    assert mail.received == []


def claimed(app: Flask) -> delivery.Claim:
    """Be a worker that dies after it has claimed."""
    with app.app_context(), transaction():
        claim = delivery.claim(Channel.EMAIL, clock.now())
    assert claim is not None
    return claim


def test_a_worker_that_is_slow_with_one_message_is_not_dead_to_the_others(
    app: Flask, mail: MailServer
) -> None:
    """Each message has a lease of its own, which begins when the message is begun."""
    for number in range(3):
        tell_one_of_many(app, number)
    claimed(app)

    with time_machine.travel(clock.now() + rules.LEASE + timedelta(seconds=1)):
        assert drained(app) == 3

    assert outcomes_of(app, "n0") == ["died", "accepted"]
    assert outcomes_of(app, "n1") == outcomes_of(app, "n2") == ["accepted"]


def outcomes_of(app: Flask, dedupe: str) -> list[str | None]:
    """Return how each attempt of a message ended."""
    with app.app_context():
        message = messages.mail_of(dedupe)
        rows = select(MessageAttempt.outcome).where(MessageAttempt.message_id == message.id)
        return list(db.session.scalars(rows.order_by(MessageAttempt.number)))


def test_others_that_wait_when_the_mail_server_is_away_have_lost_no_try(app: Flask) -> None:
    for number in range(3):
        tell_one_of_many(app, number)
    with mail_server_at(app, f"smtp://127.0.0.1:{free_port()}"):
        drained(app)

    assert state_of(app, "n0") == (MessageState.RETRY_WAIT, "unreached")
    assert state_of(app, "n1") == state_of(app, "n2") == (MessageState.PENDING, None)


def test_an_idle_sweep_writes_nothing(app: Flask) -> None:
    with app.app_context():
        assert not queries.has_work(Channel.EMAIL, clock.now())
        assert tasks.drain() == 0


def asked_by_mail(app: Flask, uid: str) -> int:
    """Have a code sent to a bare address; return the id of the key that seals the message."""
    with app.app_context(), transaction():
        signals.code_issued.send(
            None, code="482913", address="layan@example.org", language="ar", uid=uid
        )
        return messages.mail_of(f"sign_in_code/{uid}").data_key_id


def forgotten(app: Flask, after: timedelta) -> tuple[int, int]:
    """Return how many messages and keys are left when the periodic work is done later."""
    with app.app_context(), transaction():
        services.forget_addressed(clock.now() + after)
    with app.app_context():
        count = select(func.count())
        return (
            db.session.scalar(count.select_from(Message)) or 0,
            db.session.scalar(count.select_from(DataKey)) or 0,
        )


def test_a_mail_with_a_code_is_forgotten_a_day_after_it_went(app: Flask, mail: MailServer) -> None:
    asked_by_mail(app, "one")
    drained(app)

    assert forgotten(app, timedelta(hours=23)) == (1, 1)
    assert forgotten(app, timedelta(hours=25)) == (0, 0)


def test_a_mail_that_is_still_to_go_is_not_forgotten(app: Flask) -> None:
    asked_by_mail(app, "one")

    assert forgotten(app, timedelta(days=2)) == (1, 1)


def test_what_is_left_of_many_is_forgotten_the_next_time(
    app: Flask, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "FORGOTTEN_AT_ONCE", 1)
    for uid in ("one", "two"):
        asked_by_mail(app, uid)
    drained(app)

    assert forgotten(app, timedelta(hours=25)) == (1, 1)
    assert forgotten(app, timedelta(hours=25)) == (0, 0)


def test_messages_to_an_account_are_kept(app: Flask, mail: MailServer) -> None:
    tell_one(app)
    drained(app)

    assert forgotten(app, timedelta(days=2))[0] == 2


@pytest.mark.usefixtures("app")
def test_forgetting_is_periodic_work() -> None:
    names = {work.name for work in ticks.list_periodic()}

    assert {"notifications.forget_addressed", "web.forget_old_keys"} <= names


def given_up(app: Flask, server_url: str) -> None:
    """Have a message put off until it is dead."""
    moment = clock.now()
    with mail_server_at(app, server_url):
        for _ in range(rules.MOST_DEFERRED):
            moment += rules.BACKOFF_CAP + timedelta(seconds=1)
            with time_machine.travel(moment):
                drained(app)


def test_a_message_that_staff_send_again_has_all_its_tries_anew(app: Flask) -> None:
    tell_one(app)
    with rude(RCPT="450 greylisted") as server:
        given_up(app, server.url)
        assert state_of(app) == (MessageState.DEAD, "deferred")
        with app.app_context(), transaction():
            uid = messages.mail_of("m1").uid
            services.decide(uid, rules.Wish.SEND_AGAIN, actor=Actor(kind=ActorKind.STAFF, id=1))
        with mail_server_at(app, server.url):
            drained(app)

    assert state_of(app) == (MessageState.RETRY_WAIT, "deferred")
