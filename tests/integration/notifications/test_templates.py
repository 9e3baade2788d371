"""Texts of a post: versions that never change, kept by the messages that were written with them."""

from collections.abc import Mapping

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Account, ContactKind, StaffMember
from app.audit.models import AuditEntry
from app.catalogue.models import Service
from app.core import clock, i18n
from app.core.actor import Actor, ActorKind, Role
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid, NotFound, TooMany
from app.demo.gateway import Gateway
from app.notifications import discreet, events, letters, queries, tasks, writing
from app.notifications import services as notifications
from app.notifications.models import Message, MessageState
from app.notifications.templates import neighbours, offered, rules, services, shipped
from app.notifications.templates.models import MessageTemplate
from app.notifications.templates.queries import Place
from app.notifications.templates.rules import Kind, Words
from tests import markup
from tests.factories import messages, people
from tests.factories.seats import count_queries
from tests.servers import MailServer
from tests.visitor import text_of

AR = Words(subject="قُبل الطلب ((reference))", body="قُبل طلبكم.\n\nالحالة: ((status))")
RU = Words(subject="Заявление ((reference))", body="Оно принято.")
SHORT = Words(body="((link)) ((reference)): ((status))")


def place(
    kind: Kind = Kind.MAIL, event: str = "case_accepted", service: int | None = None
) -> Place:
    return Place(post_id=people.post().id, service_id=service, event=event, kind=kind)


def admin() -> Actor:
    row = people.staff([Role.ADMIN])
    return Actor(kind=ActorKind.STAFF, id=row.id, post_id=people.post().id)


def save(
    where: Place, texts: Mapping[str, Words], *, seen: int = 0, confirmed: tuple[str, ...] = ()
) -> MessageTemplate:
    return services.save(where, texts, seen=seen, confirmed=confirmed, actor=admin())


def told(language: str = "ar", dedupe: str = "m1", case_id: int | None = None) -> Message:
    account = messages.reachable(language, f"{dedupe}@example.org")
    notifications.tell(
        "case_accepted",
        account_id=account.id,
        dedupe=dedupe,
        payload=messages.payload("case_accepted"),
        post_id=people.post().id,
        case_id=case_id,
    )
    return messages.mail_of(dedupe)


def plain_of(message: Message) -> tuple[str, str]:
    letter = letters.compose(message)
    body = letter.get_body(("plain",))
    assert body is not None
    return letter["Subject"], body.get_content()


def test_a_message_keeps_the_version_with_which_it_was_written(app: Flask) -> None:
    with app.app_context(), transaction():
        save(place(), {"ar": AR})
        waiting = told()
        save(place(), {"ar": Words(subject="Другое", body="Другое")}, seen=1)
        later = told(dedupe="m2")
        back = save(place(), {}, seen=2)
        last = told(dedupe="m3")

        assert "قُبل طلبكم." in plain_of(waiting)[1]
        assert "Другое" in plain_of(later)[1]
        assert (back.number, back.replaces, last.template_id) == (3, False, None)
        assert waiting.template is not None
        assert (waiting.template.number, waiting.text_release) == (1, None)


def test_a_shipped_text_says_of_which_release_it_is(app: Flask, mail: MailServer) -> None:
    with app.app_context(), transaction():
        row = told()
        assert (row.template_id, row.text_release) == (None, shipped.release())
        row.text_release = "older"
    with app.app_context():
        tasks.drain()
        assert messages.mail_of("m1").state is MessageState.ACCEPTED
        assert messages.mail_of("m1").text_release == shipped.release()


def test_no_text_can_lose_the_link_the_number_or_the_frame(app: Flask) -> None:
    with app.app_context(), transaction():
        save(place(), {"ar": AR, "ru": RU})
        letter = letters.compose(told())
    rich = letter.get_body(("html",))
    assert rich is not None
    root = markup.parse(rich.get_content())
    said = text_of(root.find("body"))
    assert (root.get("lang"), root.get("dir")) == ("ar", "rtl")
    assert f"/ar/requests/{messages.REFERENCE}" in {a.get("href", "")[16:] for a in root.iter("a")}
    assert f'<bdi dir="ltr">{messages.REFERENCE}</bdi>' in rich.get_content()
    assert "الحالة:" in said and "جالية" in said


@pytest.mark.parametrize("language", list(i18n.LANGUAGES))
def test_a_language_without_words_has_the_shipped_text_of_that_language(
    app: Flask, language: str
) -> None:
    with app.app_context(), transaction():
        without = plain_of(told(language, "m0"))
        save(place(), {"ar": AR})
        with_arabic = plain_of(told(language, "m1"))
    assert (with_arabic == without) is (language != "ar")


@pytest.mark.proves("S24", "templates_admin-002", "templates_admin-006")
def test_html_in_a_text_is_text(app: Flask) -> None:
    words = Words(subject="<b>x</b>", body="<script>alert(1)</script> {{ 7*7 }} & ((status))")
    with app.app_context(), transaction():
        save(place(), {"en": words})
        letter = letters.compose(told("en"))
    rich = letter.get_body(("html",))
    assert rich is not None
    assert "<script" not in rich.get_content() and "<b>" not in rich.get_content()
    assert "{{ 7*7 }}" in text_of(markup.parse(rich.get_content()).find("body"))


def test_short_messages_and_the_inbox_have_texts_of_their_own(app: Flask, gateway: Gateway) -> None:
    with app.app_context(), transaction():
        save(place(Kind.SHORT), {"ar": SHORT})
        save(place(Kind.LINE), {"ar": Words(body="<i>((reference))</i>\nسطر"), "ru": SHORT_LINE})
        account = messages.on_the_phone()
        notifications.tell(
            "case_accepted",
            account_id=account.id,
            dedupe="s1",
            payload=messages.payload("case_accepted"),
            post_id=people.post().id,
        )
        _phone, text_ = discreet.compose_short(messages.text_of("s1"))
        (row,) = queries.list_inbox(account.id)
        with i18n.speaking("ar"):
            line = letters.line(row)
        with i18n.speaking("ru"):
            other = letters.line(row)

    assert text_.startswith("http://localhost/ar/requests/") and text_.count("http") == 1
    assert line.startswith("&lt;i&gt;<bdi") and "<br>" in line
    assert other.endswith("</bdi>: строка")


SHORT_LINE = Words(body="((reference)): строка")


def test_what_does_not_arrive_by_mail_goes_on_in_the_words_for_phones(
    app: Flask, gateway: Gateway
) -> None:
    with app.app_context(), transaction():
        save(place(Kind.SHORT), {"ar": SHORT})
        row = told()
        account = db.session.get_one(Account, row.account_id)
        messages.give(account, ContactKind.PHONE, "+79161234567")
        assert writing.pass_on(row, clock.now())
        assert messages.text_of("m1").template_id is not None


def test_a_text_for_one_service_goes_before_that_for_all(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), transaction():
        service = Service(
            post_id=people.post().id,
            code="ONE",
            category="passport",
            position=1,
            enabled=True,
            draft={},
            draft_changed_at=clock.now(),
        )
        db.session.add(service)
        db.session.flush()
        monkeypatch.setitem(neighbours._services, "cases", lambda ids: {7: service.id, 8: 0})
        of_all = save(place(), {"ar": AR})
        of_one = save(place(service=service.id), {"ar": RU})

        assert told(dedupe="m1", case_id=7).template_id == of_one.id
        assert told(dedupe="m2", case_id=8).template_id == of_all.id
        save(place(service=service.id), {}, seen=1)
        assert told(dedupe="m3", case_id=7).template_id == of_all.id


def test_another_posts_texts_are_not_sent(app: Flask) -> None:
    with app.app_context(), transaction():
        other = people.post("berlin", "JB")
        save(
            Place(post_id=other.id, service_id=None, event="case_accepted", kind=Kind.MAIL),
            {"ar": AR},
        )
        assert told().template_id is None


def test_many_are_told_with_as_many_statements_as_one(app: Flask) -> None:
    with app.app_context(), transaction():
        save(place(), {"ar": AR})
        news = [
            notifications.News(
                account_id=messages.reachable(address=f"n{number}@example.org").id,
                dedupe=f"n{number}",
                payload=messages.payload("case_accepted"),
                post_id=people.post().id,
            )
            for number in range(6)
        ]
        few = count_queries(lambda: notifications.tell_all("case_accepted", news[:2]))
        many = count_queries(lambda: notifications.tell_all("case_accepted", news[2:]))
    assert many == few


@pytest.mark.parametrize(
    "statement", ["UPDATE message_template SET number = 9", "DELETE FROM message_template"]
)
def test_the_database_keeps_every_version_as_it_is(app: Flask, statement: str) -> None:
    with app.app_context(), transaction():
        save(place(), {"ar": AR})
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.execute(text(statement))


def test_who_comes_second_is_told(app: Flask) -> None:
    with app.app_context(), transaction():
        save(place(), {"ar": AR})
        with pytest.raises(Conflict):
            save(place(), {"ar": RU}, seen=0)


@pytest.mark.parametrize(
    ("event", "words", "error"),
    [
        ("case_accepted", Words(subject="x", body="((passport))"), Invalid),
        ("case_accepted", Words(subject="", body="x"), Invalid),
        ("sign_in_code", AR, NotFound),
        ("no_such_event", AR, NotFound),
    ],
)
@pytest.mark.proves("templates_admin-004")
def test_what_may_not_be_sent_is_not_saved(
    app: Flask, event: str, words: Words, error: type[Exception]
) -> None:
    with app.app_context(), transaction():
        with pytest.raises(error):
            save(place(event=event), {"ar": words})
        assert db.session.scalar(select(MessageTemplate.id)) is None


def test_what_is_shipped_is_no_text_of_the_post(app: Flask) -> None:
    with app.app_context(), transaction():
        stands = shipped.in_languages("case_accepted", Kind.MAIL)
        row = save(place(), {**stands, "ar": AR})
        assert list(row.texts) == ["ar"]


@pytest.mark.parametrize("kind", list(Kind))
def test_everything_that_is_shipped_could_have_been_written_by_a_post(
    app: Flask, kind: Kind
) -> None:
    """Else an admin who opens it could not save it with a comma changed."""
    with app.app_context():
        wrong = {
            (event.name, language): problems
            for event in offered.list_events()
            for language, words in shipped.in_languages(event.name, kind).items()
            if (
                problems := rules.faults(
                    words,
                    kind,
                    fields=offered.fields_of(event, kind),
                    wanted=shipped.wanted_of(event, kind),
                )
            )
        }
    assert wrong == {}


@pytest.mark.parametrize("kind", list(Kind))
def test_a_test_goes_to_who_writes_and_says_that_it_is_one(
    app: Flask, mail: MailServer, kind: Kind
) -> None:
    words = AR if kind is Kind.MAIL else Words(body="((reference)) تجربة ((status))")
    with app.app_context(), transaction():
        actor = admin()
        assert services.try_on_oneself(place(kind), {"ar": words}, actor=actor) == 3
        assert told().template_id is None
        login = db.session.get_one(StaffMember, actor.id).login
    with app.app_context():
        tasks.drain()
        (entry,) = db.session.scalars(select(AuditEntry.action))
    subjects = sorted(letter["Subject"].split(":")[0] for letter in mail.sent_to(login))
    assert subjects == ["Test", "Проверка", "تجربة"]
    assert entry == "message_template.tried"


def test_tests_are_counted(app: Flask) -> None:
    with app.app_context(), transaction():
        actor = admin()
        for _ in range(services.TRIED.most):
            services.try_on_oneself(place(), {"ar": AR}, actor=actor)
        with pytest.raises(TooMany):
            services.try_on_oneself(place(), {"ar": AR}, actor=actor)


@pytest.mark.parametrize("event", ["case_refused", "visit_missed", "booking_called_off"])
def test_what_holds_in_some_cases_stays_below_every_text(app: Flask, event: str) -> None:
    kept = {
        "case_refused": "appeal against the refusal until",
        "visit_missed": "no new time can be booked online until",
        "booking_called_off": "goes first on the waiting list",
    }
    words = Words(subject="x", body="Own words. ((day)) ((when)) ((until))")
    about = messages.payload(event, until_on="2027-02-24")
    values = [name for name in rules.names_in(words.body) if name in _fields(event)]
    words = Words(subject="x", body=" ".join(["Own words."] + [f"(({one}))" for one in values]))
    with app.test_request_context(), i18n.speaking("en"), transaction():
        people.post()
        texts = letters.write(event, about, words)
    for part in (texts.plain, text_of(markup.parse(texts.rich).find("body"))):
        assert "Own words." in part and kept[event] in " ".join(part.split())


def _fields(event: str) -> set[str]:
    return {field.value for field in offered.fields_of(events.EVENTS[event], Kind.MAIL)}
