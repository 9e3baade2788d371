"""What a provider says later: early, late, again and again, and by somebody else."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import codes, queries, sessions
from app.accounts.models import Contact, ContactKind
from app.core import callbacks, clock
from app.core.actor import Role
from app.core.db import db, transaction
from app.demo import gateway as demo
from app.demo.gateway import Gateway, Mode
from app.jobs import ticks
from app.notifications import delivery, receipts, rules, services, tasks
from app.notifications.models import Channel, MessageAttempt, MessageReceipt, MessageState
from app.notifications.rules import Reply, Result
from tests import servers
from tests.factories import messages, people
from tests.integration.notifications.rude_server import rude
from tests.servers import MailServer
from tests.visitor import Visitor

PHONE = "+79161234567"


def told(app: Flask, dedupe: str = "s1", phone: str = PHONE) -> None:
    with app.app_context(), transaction():
        people.post()
        account = messages.on_the_phone("ar", phone)
        payload = messages.payload("case_submitted")
        services.tell("case_submitted", account_id=account.id, dedupe=dedupe, payload=payload)


def sent(app: Flask, gateway: Gateway) -> str:
    """Have one text accepted; return what its provider calls it."""
    told(app)
    drained(app)
    return gateway.ledger[0].id


def drained(app: Flask) -> None:
    with app.app_context():
        tasks.drain()


def post(app: Flask, name: str = "demo", *, forged: bool = False, **said: str) -> int:
    """Post a receipt; return the status of the answer."""
    callback = demo.receipt(**{"event": "e1", **said}, at=clock.now())
    headers = {**callback.headers, **({"X-Signature": "0" * 64} if forged else {})}
    path = f"/messages/receipts/{name}"
    return app.test_client().post(path, data=callback.body, headers=headers).status_code


def state_of(app: Flask) -> tuple[MessageState, str | None]:
    with app.app_context():
        message = messages.text_of("s1")
        return message.state, message.last_error


@pytest.mark.parametrize("name", ["\ud800", "n\0ul", "m" * 200])
def test_a_signed_receipt_that_names_nothing_is_answered_as_bad(
    app: Flask, gateway: Gateway, name: str
) -> None:
    told(app)

    assert post(app, message=name) == 400


@pytest.mark.parametrize("name", ["\ud800", "n\0ul"])
def test_an_event_that_cannot_be_kept_is_known_by_its_body(
    app: Flask, gateway: Gateway, name: str
) -> None:
    message = sent(app, gateway)

    assert [post(app, message=message, event=name) for _time in range(2)] == [204, 204]
    assert state_of(app)[0] is MessageState.DELIVERED


def test_a_receipt_says_that_a_message_arrived(app: Flask, gateway: Gateway) -> None:
    name = sent(app, gateway)
    assert state_of(app) == (MessageState.ACCEPTED, None)

    assert post(app, message=name) == 204

    assert state_of(app) == (MessageState.DELIVERED, None)


MOMENTS = [
    *("2026-12-31T23:59:60Z", "2026-11-23T10:00:00+14:00", "2026-11-23T10:00:00-12:00"),
    *("2026-11-23T10:00:00", "yesterday", "0000-00-00", "9" * 400),
]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.proves("dates_time-009")
def test_the_time_of_a_receipt_is_that_of_its_coming_whatever_it_says(
    app: Flask, gateway: Gateway, moment: str
) -> None:
    name = sent(app, gateway)
    body = json.dumps({"event": "e1", "status": "delivered", "message": name, "at": moment})
    at = int(clock.now().timestamp())
    signature = callbacks.sign(demo.SECRET, at, body.encode())
    headers = {"X-Time": str(at), "X-Signature": signature, "Content-Type": "application/json"}

    answer = app.test_client().post("/messages/receipts/demo", data=body, headers=headers)

    assert answer.status_code == 204
    with app.app_context():
        received = db.session.scalars(select(MessageReceipt.received_at)).one()
        assert received.tzinfo is not None and abs(received - clock.now()).total_seconds() < 60


@pytest.mark.parametrize("status", ["undelivered", "no_such_number"])
@pytest.mark.proves("receipts-001")
def test_what_arrived_never_goes_back(app: Flask, gateway: Gateway, status: str) -> None:
    name = sent(app, gateway)
    post(app, message=name)

    assert post(app, message=name, event="e2", status=status) == 204

    assert state_of(app) == (MessageState.DELIVERED, None)
    with app.app_context():
        applied = select(MessageReceipt.is_applied).order_by(MessageReceipt.id)
        assert list(db.session.scalars(applied)) == [True, False]


@pytest.mark.proves("S32", "receipts-001")
def test_the_same_receipt_a_hundred_times_is_one(app: Flask, gateway: Gateway) -> None:
    name = sent(app, gateway)

    answers = {post(app, message=name) for _ in range(20)}

    assert answers == {204}
    with app.app_context():
        assert len(db.session.scalars(select(MessageReceipt)).all()) == 1


@pytest.mark.parametrize("name", ["demo", "another"])
@pytest.mark.proves("S32", "receipts-001")
def test_a_forged_receipt_finds_nothing(
    app: Flask, gateway: Gateway, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    message = sent(app, gateway)

    assert post(app, name, forged=name == "demo", message=message) == 404

    assert state_of(app) == (MessageState.ACCEPTED, None)
    assert ("forged receipt" in caplog.messages) is (name == "demo")
    with app.app_context():
        assert db.session.scalars(select(MessageReceipt)).all() == []


@pytest.mark.proves("receipts-001", "receipts-003")
def test_a_receipt_that_is_quicker_than_the_answer_is_kept_for_it(
    app: Flask, gateway: Gateway
) -> None:
    """The provider calls back before the worker knows what it calls the message."""
    told(app)
    with app.app_context(), transaction():
        claim = delivery.claim(Channel.SMS, clock.now())
        assert claim is not None
        marked = delivery.mark(claim.id, claim.fence, rules.Provider(name="demo"))
    assert post(app, message="demo-7") == 204

    with app.app_context(), transaction():
        reply = Reply(result=Result.ACCEPTED, reference="demo-7")
        delivery.record(claim.id, claim.fence, marked.number if marked else 0, reply)

    assert state_of(app) == (MessageState.DELIVERED, None)


def test_a_receipt_by_our_key_settles_what_was_unknown(
    app: Flask, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.knows_keys = False
    settings = replace(app.config["SETTINGS"], sms_gateways=servers.gateways_of(gateway))
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    gateway.mode = Mode.RESET
    told(app)
    drained(app)
    assert state_of(app) == (MessageState.UNKNOWN, "ambiguous")

    with app.app_context():
        uid = messages.text_of("s1").uid
    post(app, key=f"{uid}-3", event="of another sending")
    assert state_of(app)[0] is MessageState.UNKNOWN
    post(app, key=uid)

    assert state_of(app) == (MessageState.DELIVERED, None)


def test_a_receipt_that_came_in_the_moment_of_the_name_is_found_by_the_sweep(
    app: Flask, gateway: Gateway
) -> None:
    """Neither transaction saw the other."""
    name = sent(app, gateway)
    with app.app_context(), transaction():
        early = MessageReceipt(provider="demo", event_id="e1", reference=name, key="")
        early.said, early.is_applied, early.received_at = rules.Said.DELIVERED, False, clock.now()
        db.session.add(early)

    swept(app)

    assert state_of(app) == (MessageState.DELIVERED, None)


def swept(app: Flask, after: timedelta = timedelta(0)) -> None:
    with app.app_context(), transaction():
        receipts.sweep(clock.now() + after)


def test_receipts_of_nobody_are_forgotten_after_a_day(app: Flask, gateway: Gateway) -> None:
    assert post(app, message="never heard of") == 204

    swept(app, timedelta(hours=23))
    with app.app_context():
        assert len(db.session.scalars(select(MessageReceipt)).all()) == 1
    swept(app, timedelta(hours=25))
    with app.app_context():
        assert db.session.scalars(select(MessageReceipt)).all() == []


def test_a_receipt_that_is_missing_after_three_days_is_noted_and_may_still_come(
    app: Flask, gateway: Gateway
) -> None:
    name = sent(app, gateway)

    swept(app, timedelta(hours=71))
    assert state_of(app) == (MessageState.ACCEPTED, None)
    swept(app, timedelta(hours=73))
    assert state_of(app) == (MessageState.ACCEPTED, "no_receipt")
    page = people.staff_visitor(app, Role.HEAD).open("/en/desk/messages")
    assert "No receipt after three days1" in page.text
    post(app, message=name)

    assert state_of(app) == (MessageState.DELIVERED, None)
    assert len(gateway.ledger) == 1


@pytest.mark.usefixtures("app")
def test_the_sweep_is_periodic_work() -> None:
    assert "notifications.receipts" in {work.name for work in ticks.list_periodic()}


def with_both(app: Flask) -> int:
    """Tell an account that has an address and a phone; return its id."""
    with app.app_context(), transaction():
        people.post()
        account = messages.reachable()
        messages.give(account, ContactKind.PHONE, PHONE)
        messages.told(account=account)
        return account.id


def bounced(app: Flask, account_id: int) -> list[ContactKind]:
    with app.app_context():
        rows = select(Contact.kind).where(Contact.bounced_at.is_not(None))
        return list(db.session.scalars(rows.where(Contact.account_id == account_id)))


def mail_to(app: Flask, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(app.config["SETTINGS"], smtp_url=url)
    monkeypatch.setitem(app.config, "SETTINGS", settings)


@pytest.mark.parametrize(
    ("answers", "marks"),
    [({"RCPT": "550 no such address"}, True), ({"DOT": "554 looks like spam"}, False)],
)
def test_what_mail_did_not_bring_goes_to_the_phone(
    app: Flask,
    gateway: Gateway,
    answers: dict[str, str | None],
    marks: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account_id = with_both(app)
    with rude(**answers) as server:
        mail_to(app, server.url, monkeypatch)
        drained(app)
        drained(app)

    # The news, and where the address is none a warning that it is so.
    assert len(gateway.texts_to(PHONE)) == 1 + marks
    assert bounced(app, account_id) == ([ContactKind.EMAIL] if marks else [])
    with app.app_context():
        assert messages.mail_of("m1").state is MessageState.DEAD
        assert messages.text_of("m1").state is MessageState.ACCEPTED
    listed = people.staff_visitor(app, Role.HEAD).open("/en/desk/messages")
    assert "Nothing to decide" in listed.text


def test_an_address_that_bounced_is_written_to_again_once_a_code_came_through(
    app: Flask, gateway: Gateway, mail: MailServer
) -> None:
    account_id = with_both(app)
    with app.app_context(), transaction():
        contact = db.session.scalars(select(Contact).where(Contact.kind == ContactKind.EMAIL)).one()
        contact.bounced_at = clock.now()
    drained(app)
    told_again(app, account_id, "m2")
    assert len(gateway.texts_to(PHONE)) == 1

    with app.app_context(), transaction():
        entered = codes.open_account("layan@example.org", "ar")
        codes._let_in("layan@example.org", "ar")
        assert entered.id == account_id
    told_again(app, account_id, "m3")

    assert bounced(app, account_id) == []
    assert len(gateway.texts_to(PHONE)) == 1
    assert len(mail.sent_to("layan@example.org")) == 2


def told_again(app: Flask, account_id: int, dedupe: str) -> None:
    with app.app_context(), transaction():
        payload = messages.payload("case_accepted")
        services.tell("case_accepted", account_id=account_id, dedupe=dedupe, payload=payload)
    drained(app)


def test_a_phone_that_is_gone_is_marked_and_staff_see_it(app: Flask, gateway: Gateway) -> None:
    name = sent(app, gateway)

    post(app, message=name, status="no_such_number")

    assert state_of(app) == (MessageState.DEAD, "undelivered")
    with app.app_context():
        account_id = messages.text_of("s1").account_id or 0
        assert queries.has_bounced(account_id, ContactKind.PHONE)
    page = people.staff_visitor(app, Role.HEAD).open("/en/desk/messages")
    assert "said later that it did not arrive" in page.text


def test_what_is_worth_nothing_any_more_goes_no_other_way(app: Flask, gateway: Gateway) -> None:
    """The mail server refuses a mail so late that its time has passed."""
    with_both(app)
    with app.app_context(), transaction():
        messages.mail_of("m1").not_after = clock.now() + timedelta(seconds=30)
        claim = delivery.claim(Channel.EMAIL, clock.now())
        assert claim is not None
        delivery.mark(claim.id, claim.fence, rules.Provider(name="smtp"))
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        with app.app_context(), transaction():
            delivery.record(claim.id, claim.fence, 1, Reply(result=Result.REFUSED))
        drained(app)

    with app.app_context():
        assert messages.mail_of("m1").state is MessageState.DEAD
    assert gateway.ledger == []


def test_a_citizen_reads_that_messages_came_back(app: Flask) -> None:
    with app.test_request_context(), transaction():
        people.post()
        account = messages.reachable()
        contact = db.session.scalars(select(Contact)).one()
        contact.bounced_at = clock.now()
        client = app.test_client()
        client.set_cookie("jaliya-id", sessions.begin(account=account))

    assert "Messages to this address came back" in Visitor(client).open("/en/account").text


@pytest.mark.parametrize(
    ("status", "state"),
    [("delivered", MessageState.DELIVERED), ("undelivered", MessageState.DEAD)],
)
@pytest.mark.proves("receipts-003")
def test_a_receipt_in_the_middle_of_the_call_stands_and_the_call_has_its_end(
    app: Flask, gateway: Gateway, status: str, state: MessageState
) -> None:
    told(app)
    with app.app_context():
        uid = messages.text_of("s1").uid
    answers: list[int] = []
    gateway.on_taken = lambda _taken: answers.append(post(app, key=uid, status=status))

    drained(app)

    assert answers == [204]
    assert state_of(app)[0] is state
    with app.app_context():
        outcomes = list(db.session.scalars(select(MessageAttempt.outcome)))
    assert outcomes == ["accepted"]
