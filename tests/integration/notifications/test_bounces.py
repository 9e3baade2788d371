"""A mail that comes back after its server took it: marked once, told another way, never believed
of a stranger."""

import re
from dataclasses import replace
from email.message import EmailMessage, MIMEPart

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import queries as accounts
from app.accounts.models import ContactKind
from app.core.db import db, transaction
from app.demo.gateway import Gateway
from app.notifications import bounces, services, tasks
from app.notifications.models import Channel, Message, MessageState
from tests import servers
from tests.factories import messages, people
from tests.servers import MailServer

BOX = "bounces@post.example"
GONE, FULL = "5.1.1", "5.2.2"


@pytest.fixture
def told(app: Flask, mail: MailServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """Be the return address with which a mail about a case went out over SMTP."""
    url = f"{app.config['SETTINGS'].smtp_url}?bounces={BOX}"
    settings = replace(app.config["SETTINGS"], smtp_url=url)
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    senders: list[str] = []

    async def handle_mail(_self, _server, _session, envelope, address, _options):  # type: ignore[no-untyped-def]
        senders.append(address)
        envelope.mail_from = address
        return "250 OK"

    monkeypatch.setattr(MailServer, "handle_MAIL", handle_mail, raising=False)
    with app.app_context():
        with transaction():
            people.post()
            account = messages.reachable("en", "layan@example.org")
            services.tell("sign_in_new_device", account_id=account.id, dedupe="one", payload={})
        tasks.drain()
    (sender,) = senders
    assert mail.received[-1][1]["Return-Path"] is None
    return sender


def report(to: str, status: str = GONE, action: str = "failed") -> bytes:
    """Return what a mail server sends of a mail (RFC 3464)."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "MAILER-DAEMON@mx.example", to
    mail["Subject"] = "Undelivered Mail Returned to Sender"
    mail.set_content("It could not be delivered.")
    mail.make_mixed()
    said = f"Final-Recipient: rfc822; layan@example.org\nAction: {action}\nStatus: {status}\n"
    part = MIMEPart()
    part["Content-Type"] = "message/delivery-status"
    text = mail.as_bytes().replace(b"multipart/mixed", b"multipart/report", 1)
    end = re.search(rb"\n--([^\n]+)--\n?$", text)
    assert end is not None
    boundary = end[1]
    status_part = (
        b"\n--" + boundary + b"\nContent-Type: message/delivery-status\n\n"
        b"Reporting-MTA: dns; mx.example\n\n" + said.encode()
    )
    return text[: end.start()] + status_part + b"\n--" + boundary + b"--\n"


def take(app: Flask, raw: bytes, address: str = "") -> str:
    """Hand a mail to the command as a mail server does; return what it says."""
    result = app.test_cli_runner().invoke(args=["take-bounce", address], input=raw)
    assert result.exit_code == 0
    return result.output


def standing(app: Flask) -> tuple[MessageState, bool]:
    """Return the state of the mail, and whether its address is marked."""
    with app.app_context():
        row = db.session.scalars(
            select(Message).where(Message.channel == Channel.EMAIL).order_by(Message.id)
        ).first()
        assert row is not None and row.account_id is not None
        return row.state, accounts.has_bounced(row.account_id, ContactKind.EMAIL)


def warnings_in_inbox(app: Flask) -> int:
    with app.app_context():
        rows = select(Message).where(
            Message.event == "security_changed", Message.channel == Channel.PORTAL
        )
        return len(db.session.scalars(rows).all())


def test_what_comes_back_marks_the_address_and_its_owner_is_told_once(
    app: Flask, told: str
) -> None:
    assert standing(app) == (MessageState.ACCEPTED, False)

    for _time in range(3):
        take(app, report(told))

    assert standing(app) == (MessageState.DEAD, True)
    assert warnings_in_inbox(app) == 1


@pytest.mark.parametrize(
    ("status", "action", "state", "is_marked"),
    [
        (FULL, "failed", MessageState.DEAD, False),
        ("5.7.1", "failed", MessageState.DEAD, False),
        ("4.4.1", "delayed", MessageState.ACCEPTED, False),
        ("2.0.0", "delivered", MessageState.DELIVERED, False),
        ("5.1.10", "failed", MessageState.DEAD, True),
    ],
)
def test_each_word_is_told_apart(
    app: Flask, told: str, status: str, action: str, state: MessageState, is_marked: bool
) -> None:
    take(app, report(told, status, action))
    assert standing(app) == (state, is_marked)


def test_a_forged_return_address_changes_nothing(app: Flask, told: str) -> None:
    forged = told[:-20] + ("0" if told[-20] != "0" else "1") + told[-19:]
    other = re.sub(r"\+[0-9a-f]{32}", "+" + "a" * 32, told)
    for address in (forged, other, "layan@example.org", ""):
        assert "no word of a mail" in take(app, report(address or BOX))
    assert standing(app) == (MessageState.ACCEPTED, False)


def test_what_is_no_report_is_passed_over(app: Flask, told: str) -> None:
    letter = EmailMessage()
    letter["To"] = told
    letter.set_content("I am on holiday.")
    for raw in (letter.as_bytes(), report(told).replace(b"Action: failed\n", b"")):
        take(app, raw)
    take(app, b"\xff\x00" * 100, told)
    assert standing(app) == (MessageState.ACCEPTED, False)


def test_the_address_may_come_from_the_mail_server_and_in_capitals(app: Flask, told: str) -> None:
    take(app, report("postmaster@post.example"), told.upper())
    assert standing(app) == (MessageState.DEAD, True)


def test_it_is_told_by_text_where_the_account_has_a_phone(
    app: Flask, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.gateway() as server:
        settings = replace(app.config["SETTINGS"], sms_gateways=servers.gateways_of(server))
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        with app.app_context(), transaction():
            row = db.session.scalars(select(Message).where(Message.account_id.is_not(None))).first()
            assert row is not None and row.account_id is not None
            account = accounts.get_account(row.account_id)
            messages.give(account, ContactKind.PHONE, "+79161234567")
        take(app, report(told))
        with app.app_context():
            tasks.drain()
        assert len(_texts(server)) == 2


def _texts(server: Gateway) -> list[str]:
    return server.texts_to("+79161234567")


def test_the_return_address_fits_and_is_our_own(app: Flask) -> None:
    with app.app_context():
        address = bounces.return_address(BOX, "0123456789abcdef" * 2, 12)
    assert len(address.partition("@")[0]) <= 64
    assert address.endswith("@post.example")
