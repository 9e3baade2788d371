"""The editor of the texts of messages: what admins read, write, see in advance and try."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import throttle
from app.audit.models import AuditEntry
from app.core.actor import Role
from app.core.db import db, transaction
from app.notifications import tasks
from app.notifications.templates import examples, services
from app.notifications.templates.models import MessageTemplate
from tests.direction import unisolated
from tests.factories import people
from tests.servers import MailServer
from tests.visitor import Visitor, text_of

MAIL = "/en/admin/texts/case_accepted/mail"
SHORT = "/en/admin/texts/case_accepted/short"
ARABIC = {"subject-ar": "قُبل الطلب", "body-ar": "قُبل طلبكم: ((status))"}


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """Be an admin of the post."""
    with app.app_context(), transaction():
        people.post()
    return people.staff_visitor(app, Role.ADMIN)


def versions(app: Flask) -> list[tuple[int | None, list[str]]]:
    with app.app_context():
        rows = db.session.scalars(select(MessageTemplate).order_by(MessageTemplate.id))
        return [(row.number, sorted(row.texts)) for row in rows]


def test_the_list_leads_to_a_text_that_begins_as_shipped(admin: Visitor) -> None:
    page = admin.open("/en/admin/texts")
    assert "As shipped" in page.text and "Code to sign in" not in page.text
    page = admin.open(MAIL)
    assert page.heading == "Request accepted"
    assert "((reference))" in page.text and "JM-7K4P-92QX-H" in page.text


def test_what_is_saved_is_a_version_and_on_record(app: Flask, admin: Visitor) -> None:
    admin.open(MAIL)
    page = admin.submit(ARABIC, button="Save")
    assert "It holds for what is written from now on" in page.text
    assert versions(app) == [(1, ["ar"])]
    with app.app_context():
        assert list(db.session.scalars(select(AuditEntry.action))) == ["message_template.saved"]
    assert "Own text" in admin.open("/en/admin/texts").text


def test_what_is_seen_in_advance_changes_nothing(app: Flask, admin: Visitor) -> None:
    admin.open(MAIL)
    page = admin.submit(ARABIC, button="Preview")
    assert page.status == 200
    assert any(
        "قُبل طلبكم:" in text_of(one)
        for one in page.root.iter("p")
        if one.get("data-said") is not None
    )
    assert versions(app) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("((passport_number))", "is never sent"),
        ("((shoe_size))", "These can be put in"),
        ("((status)", "stand alone"),
        ("https://evil.example", "looks like an address"),
        ("no number", "is of no use"),
        ("ب" * 280 + "((reference))", "short messages. Please shorten it"),
    ],
)
@pytest.mark.proves("S24", "templates_admin-004", "templates_admin-006")
def test_what_may_not_be_sent_is_refused_and_nothing_is_lost(
    app: Flask, admin: Visitor, text: str, said: str
) -> None:
    admin.open(SHORT)
    page = admin.submit({"body-ar": text}, button="Save")
    assert page.status == 422
    assert any(said in line for line in page.errors)
    assert text in page.body.decode()
    assert versions(app) == []


def test_short_messages_are_counted_in_every_language(admin: Visitor) -> None:
    page = admin.open(SHORT)
    assert page.text.count("short messages, each paid for:") == 3
    page = admin.submit({"body-ru": "((reference)) " + "ж" * 80}, button="Preview")
    assert "of 134 signs" in page.text or "of 201 signs" in page.text


@pytest.mark.parametrize("address", [MAIL, SHORT])
def test_the_number_of_a_request_is_broken_at_no_hyphen(admin: Visitor, address: str) -> None:
    html = admin.open(address).body.decode()
    shown = html[html.index('id="previews"') :]

    assert shown.count(examples.REFERENCE) >= 3
    assert shown.count(examples.REFERENCE) == shown.count(f'j-nowrap">{examples.REFERENCE}')


def test_a_stale_translation_is_marked_until_it_is_found_right(app: Flask, admin: Visitor) -> None:
    admin.open(MAIL)
    admin.submit({**ARABIC, "subject-ru": "Принято", "body-ru": "Принято."}, button="Save")
    page = admin.submit({"body-ar": "نص آخر"}, button="Save")
    assert "Out of date" in page.text
    assert "A translation is out of date" in admin.open("/en/admin/texts").text
    admin.open(MAIL)
    page = admin.submit({"body-ru-right": "y"}, button="Save")
    assert "Out of date" not in page.text
    assert [number for number, _ in versions(app)] == [1, 2, 3]


def test_back_to_the_shipped_text_is_a_version_too(app: Flask, admin: Visitor) -> None:
    admin.open(MAIL)
    admin.submit(ARABIC, button="Save")
    page = admin.submit(button="Back to the shipped text")
    assert "The shipped text is sent again." in page.text
    assert versions(app) == [(1, ["ar"]), (2, [])]
    page = admin.open(f"{MAIL}?from=1")
    assert "قُبل طلبكم" in page.text
    admin.submit(button="Save")
    assert versions(app)[-1] == (3, ["ar"])


def test_who_comes_second_is_told_and_keeps_what_was_typed(app: Flask, admin: Visitor) -> None:
    other = people.staff_visitor(app, Role.ADMIN)
    other.open(MAIL)
    admin.open(MAIL)
    admin.submit(ARABIC, button="Save")
    page = other.submit({**ARABIC, "body-ar": "نص ثانٍ"}, button="Save")
    assert page.status == 422
    assert "changed meanwhile" in page.errors[0]
    assert "نص ثانٍ" in page.text and ARABIC["body-ar"].split("((")[0] in page.text
    other.submit(button="Save")
    assert [number for number, _languages in versions(app)] == [1, 2]


def test_a_test_goes_to_the_admin_and_is_counted(
    app: Flask, admin: Visitor, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        services,
        "TRIED",
        throttle.Limit(name="template_trial", most=1, window=services.TRIED.window),
    )
    admin.open(MAIL)
    page = admin.submit(ARABIC, button="Send a test to me")
    assert "test mails are on their way" in page.text
    with app.app_context():
        assert tasks.drain() == 3
    assert len(mail.received) == 3
    page = admin.submit({**ARABIC, "body-ar": "ثانٍ"}, button="Send a test to me")
    assert page.status == 422 and "too many attempts" in page.errors[0]
    assert [number for number, _ in versions(app)] == [None]


@pytest.mark.parametrize("role", [Role.HEAD, Role.OFFICER, Role.RECEPTIONIST, Role.AUDITOR])
def test_texts_are_for_admins(app: Flask, role: Role) -> None:
    visitor = people.staff_visitor(app, role)
    assert visitor.open("/en/admin/texts").status == 404
    assert visitor.open(MAIL).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "sign_in_code/mail",
        "nothing/mail",
        "case_accepted/pigeon",
        "case_accepted/mail?service=NONE",
        "case_accepted/mail?from=7",
    ],
)
def test_what_does_not_exist_is_not_found(admin: Visitor, path: str) -> None:
    assert admin.open(f"/en/admin/texts/{path}").status == 404


@pytest.mark.parametrize(
    "path", ["", "/case_accepted/mail", "/booking_reminder/short", "/booking_moved/line"]
)
@pytest.mark.parametrize("language", ["ar", "ru"])
def test_the_pages_keep_their_directions_apart(admin: Visitor, language: str, path: str) -> None:
    page = admin.open(f"/{language}/admin/texts{path}")
    assert page.status == 200
    assert unisolated(page.root) == []
