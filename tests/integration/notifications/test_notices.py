"""What a service says at an event: in the mail, in the inbox and beside the request."""

from collections.abc import Callable
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import sessions
from app.cases import queries
from app.cases import services as cases
from app.core.db import db, new_uid, transaction
from app.notifications import letters
from app.notifications.models import Channel, Message
from tests.factories import cases as factory
from tests.factories import messages, versions
from tests.visitor import Visitor

TEXT = {
    "ar": "رقم الطلب {reference}، والمدة {days} يوماً & …",
    "ru": "Номер {reference}, срок {days} дней & …",
}
NOTICE = {"event": "accepted", "text": TEXT}


@pytest.fixture
def accepted(app: Flask) -> Callable[[str], tuple[str, Visitor]]:
    """Make the reference of an accepted case, and its citizen of a language."""

    def make(language: str) -> tuple[str, Visitor]:
        with app.test_request_context(), transaction():
            versions.publish(lambda one: one.update(notices=[NOTICE]))
            account = messages.reachable(language)
            reference = factory.accepted(account, factory.officer()).reference
            token = sessions.begin(account=account)
        client = app.test_client()
        client.set_cookie("jaliya-id", token)
        return reference, Visitor(client)

    return make


def mail(app: Flask, event: str) -> tuple[str, str]:
    """Return the plain and the rich part of the mail that told an event."""
    with app.app_context():
        query = select(Message).filter_by(event=event, channel=Channel.EMAIL)
        letter: EmailMessage = letters.compose(db.session.scalars(query).one())
    plain, rich = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None and rich is not None
    return plain.get_content(), rich.get_content()


@pytest.mark.parametrize(
    ("language", "plain", "rich"),
    [
        (
            "ar",
            "رقم الطلب \u2066{}\u2069، والمدة 14 يوماً & …",
            'رقم الطلب <bdi dir="ltr">{}</bdi>، والمدة 14 يوماً &amp; …',
        ),
        (
            "ru",
            "Номер {}, срок 14 дней & …",
            'Номер <bdi dir="ltr">{}</bdi>, срок 14 дней &amp; …',
        ),
        (
            "en",
            "Номер {}, срок 14 дней & …",
            '<span lang="ru" dir="ltr">Номер <bdi dir="ltr">{}</bdi>, срок 14 дней &amp; …',
        ),
    ],
)
def test_the_mail_brings_the_notice_in_the_language_of_its_reader(
    app: Flask, accepted: Callable[[str], tuple[str, Visitor]], language: str, plain: str, rich: str
) -> None:
    reference, _citizen = accepted(language)

    told_plain, told_rich = mail(app, "case_accepted")

    assert plain.format(reference) in told_plain
    assert rich.format(reference) in told_rich


def test_other_messages_of_the_case_bring_none(
    app: Flask, accepted: Callable[[str], tuple[str, Visitor]]
) -> None:
    accepted("ru")

    assert "срок 14 дней" not in mail(app, "case_submitted")[0]


def test_the_message_keeps_numbers_and_no_words_of_anybody(
    app: Flask, accepted: Callable[[str], tuple[str, Visitor]]
) -> None:
    reference, _citizen = accepted("ru")

    with app.app_context():
        told = db.session.scalars(select(Message).filter_by(event="case_accepted")).all()
        assert told
        for message in told:
            payload = dict(message.payload or {})
            assert payload.pop("version").isdigit()
            assert payload == {"reference": reference, "days": "14"}


def test_inbox_and_request_show_the_notice(
    app: Flask, accepted: Callable[[str], tuple[str, Visitor]]
) -> None:
    reference, citizen = accepted("ru")
    expected = f"Номер {reference}, срок 14 дней & …"

    assert expected in citizen.open("/ru/inbox").text
    assert expected in citizen.open(f"/ru/requests/{reference}").text


def test_a_later_version_changes_no_notice_that_was_told(
    app: Flask, accepted: Callable[[str], tuple[str, Visitor]]
) -> None:
    reference, citizen = accepted("ru")
    with app.app_context(), transaction():
        versions.publish(lambda one: one.update(notices=[]))

    assert f"Номер {reference}" in citizen.open("/ru/inbox").text
    assert f"Номер {reference}" in mail(app, "case_accepted")[0]


def test_a_notice_that_is_over_leaves_the_page(
    app: Flask, accepted: Callable[[str], tuple[str, Visitor]]
) -> None:
    reference, citizen = accepted("ru")
    with app.app_context(), transaction():
        by = factory.officer()
        seen = queries.get_case(reference, by).version
        cases.refuse(
            reference, reason_code="not_entitled", note="", actor=by, seen=seen, key=new_uid()
        )

    assert "срок 14 дней" not in citizen.open(f"/ru/requests/{reference}").text
