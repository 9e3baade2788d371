"""What is said about a case: kept sealed, told without its text, and read by nobody else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import queries as accounts
from app.audit.models import AuditEntry
from app.cases import queries
from app.cases.models import Case
from app.cases.talk import canned, notes, opinions, rules, thread
from app.cases.talk.models import CaseNote, Opinion, ThreadMessage
from app.cases.talk.rules import Side
from app.catalogue.models import Service
from app.core import clock
from app.core.actor import SYSTEM, Actor, Role
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid, InvalidTransition, NotAllowed, NotFound
from app.notifications.models import Channel, Message
from tests.factories import cases as factory
from tests.factories import people

TEXT = "أين صدر جواز السفر القديم؟"


@dataclass
class Talk:
    """A case, its citizen, and officers of its post and of another one."""

    reference: str
    citizen: Actor
    officer: Actor
    colleague: Actor
    head: Actor
    stranger: Actor
    """A citizen of another case."""
    elsewhere: Actor
    """An officer of another post."""


@pytest.fixture
def talk(app: Flask) -> Iterator[Talk]:
    """Be a case that was sent, in one open transaction."""
    with app.app_context(), transaction():
        account = people.account()
        yield Talk(
            reference=factory.submitted(account).reference,
            citizen=factory.citizen(account),
            officer=factory.officer(),
            colleague=factory.officer(),
            head=factory.officer(role=Role.HEAD),
            stranger=factory.citizen(people.account()),
            elsewhere=_elsewhere(),
        )


def _elsewhere() -> Actor:
    post = people.post("kazan", "JK")
    member = people.staff([Role.OFFICER], at=post)
    return Actor(
        kind=factory.officer().kind, id=member.id, post_id=post.id, roles=frozenset({Role.OFFICER})
    )


def case_of(talk: Talk) -> Case:
    return queries.get_case(talk.reference, SYSTEM)


def told(talk: Talk) -> list[str]:
    """Return what the citizen was told of the thread."""
    rows = select(Message.event).where(
        Message.case_id == case_of(talk).id,
        Message.channel == Channel.PORTAL,
        Message.event.startswith("thread_"),
    )
    return list(db.session.scalars(rows.order_by(Message.id)))


def recorded(action: str) -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_a_message_is_sealed_and_told_without_its_text(talk: Talk) -> None:
    message = thread.write(talk.reference, TEXT, actor=talk.officer)

    assert message.text == TEXT
    assert TEXT.encode() not in message.sealed_text
    assert told(talk) == ["thread_message"]
    mails = db.session.scalars(select(Message).where(Message.event == "thread_message"))
    assert all(TEXT not in str(mail.payload) for mail in mails)
    (entry,) = recorded("thread_message_sent")
    assert TEXT not in str(entry.fields)


def test_several_messages_are_told_once_until_they_are_read(talk: Talk) -> None:
    for _ in range(3):
        thread.write(talk.reference, TEXT, actor=talk.officer)
    assert told(talk) == ["thread_message"]

    thread.mark_read(talk.reference, actor=talk.citizen)
    thread.write(talk.reference, TEXT, actor=talk.officer)

    assert told(talk) == ["thread_message"] * 2


def test_a_question_is_told_each_time(talk: Talk) -> None:
    for _ in range(2):
        thread.write(talk.reference, TEXT, actor=talk.officer, expects_answer=True)

    assert told(talk) == ["thread_question"] * 2


@pytest.mark.parametrize("asking", ["citizen", "officer"])
def test_an_answer_is_expected_until_it_comes(talk: Talk, asking: str) -> None:
    asker, other = talk.citizen, talk.officer
    if asking == "officer":
        asker, other = other, asker
    reader = rules.side_of(other)
    thread.write(talk.reference, TEXT, actor=asker, expects_answer=True)
    waiting = thread.news(case_of(talk).id, reader)

    thread.write(talk.reference, "دمشق", actor=other)

    assert waiting == thread.News(unread=1, is_asked=True)
    assert thread.news(case_of(talk).id, reader) == thread.NOTHING
    assert thread.news(case_of(talk).id, rules.other(reader)).unread == 1


def test_a_question_of_the_citizen_may_need_no_answer(talk: Talk) -> None:
    message = thread.write(talk.reference, TEXT, actor=talk.citizen, expects_answer=True)
    with pytest.raises(NotFound):
        thread.settle(talk.reference, message.uid, actor=talk.citizen)

    thread.settle(talk.reference, message.uid, actor=talk.officer)

    assert thread.waits_since(case_of(talk).id, Side.STAFF) is None
    assert len(recorded("thread_question_settled")) == 1


def test_the_thread_leaves_the_case_as_it_is(talk: Talk) -> None:
    before = case_of(talk).version, case_of(talk).due_on

    thread.write(talk.reference, TEXT, actor=talk.citizen)
    notes.write(talk.reference, TEXT, mentioned=[], actor=talk.officer)

    assert (case_of(talk).version, case_of(talk).due_on) == before


@pytest.mark.parametrize("text", ["", "  \n ", "ن" * (rules.LONGEST_TEXT + 1), "a\0b"])
def test_nothing_too_much_and_nonsense_are_refused(talk: Talk, text: str) -> None:
    with pytest.raises(Invalid):
        thread.write(talk.reference, text, actor=talk.citizen)
    with pytest.raises(Invalid):
        notes.write(talk.reference, text, mentioned=[], actor=talk.officer)


def test_a_thread_has_an_end(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_MESSAGES", 2)
    for _ in range(2):
        thread.write(talk.reference, TEXT, actor=talk.citizen)

    with pytest.raises(Invalid):
        thread.write(talk.reference, TEXT, actor=talk.officer)


def test_a_draft_has_no_thread(talk: Talk) -> None:
    account = people.account()
    draft = factory.draft(account)

    with pytest.raises(InvalidTransition):
        thread.write(draft.reference, TEXT, actor=factory.citizen(account))


def test_whoever_may_not_see_the_case_learns_nothing(talk: Talk) -> None:
    message = thread.write(talk.reference, TEXT, actor=talk.citizen, expects_answer=True)
    asked = opinions.ask(
        talk.reference,
        TEXT,
        of=talk.colleague.id or 0,
        until_on=clock.today("Europe/Moscow"),
        is_confidential=False,
        actor=talk.officer,
    )
    for actor in (talk.stranger, talk.elsewhere):
        for attempt in (
            lambda who: thread.write(talk.reference, TEXT, actor=who),
            lambda who: thread.mark_read(talk.reference, actor=who),
            lambda who: thread.settle(talk.reference, message.uid, actor=who),
            lambda who: notes.write(talk.reference, TEXT, mentioned=[], actor=who),
            lambda who: notes.mark_read(talk.reference, actor=who),
            lambda who: opinions.answer(talk.reference, asked.uid, TEXT, actor=who),
            lambda who: opinions.revoke(talk.reference, asked.uid, actor=who),
        ):
            with pytest.raises(NotFound):
                attempt(actor)


def test_a_citizen_writes_no_notes_and_asks_no_opinion(talk: Talk) -> None:
    with pytest.raises(NotAllowed):
        notes.write(talk.reference, TEXT, mentioned=[], actor=talk.citizen)
    with pytest.raises(NotAllowed):
        ask(talk, of=talk.colleague, by=talk.citizen)


def test_who_is_mentioned_is_asked_until_they_have_read(talk: Talk) -> None:
    note = notes.write(talk.reference, TEXT, mentioned=[talk.colleague.id or 0], actor=talk.officer)
    assert TEXT.encode() not in note.sealed_text

    waiting = [one.uid for one in notes.list_waiting(talk.colleague)]
    notes.mark_read(talk.reference, actor=talk.officer)
    still = [one.uid for one in notes.list_waiting(talk.colleague)]
    notes.mark_read(talk.reference, actor=talk.colleague)

    assert waiting == still == [note.uid]
    assert notes.list_waiting(talk.colleague) == []
    assert notes.list_waiting(talk.officer) == []


def test_who_is_mentioned_is_told_by_mail_without_a_word_of_the_note(talk: Talk) -> None:
    asked = [talk.colleague.id or 0, talk.head.id or 0]

    notes.write(talk.reference, TEXT, mentioned=asked, actor=talk.officer)

    mails = db.session.scalars(select(Message).where(Message.event == "note_mention")).all()
    told = [dict(mail.payload or {}) for mail in mails]
    assert {one.pop("to") for one in told} == {accounts.get_staff(key).login for key in asked}
    assert told == [{"reference": talk.reference}] * 2


def test_several_mentions_within_an_hour_mail_once(talk: Talk) -> None:
    def mention(*, after: int = 0) -> int:
        """Mention the colleague some minutes from now; return how many mails there are."""
        with clock.pretend(clock.now() + timedelta(minutes=after)):
            asked = [talk.colleague.id or 0]
            notes.write(talk.reference, TEXT, mentioned=asked, actor=talk.officer)
        rows = select(Message.id).where(Message.event == "note_mention")
        return len(db.session.scalars(rows).all())

    counts = [mention(), mention(after=2), mention(after=59)]
    an_hour_later = mention(after=61)
    notes.mark_read(talk.reference, actor=talk.colleague)
    after_reading = mention(after=62)

    assert counts == [1, 1, 1]
    assert (an_hour_later, after_reading) == (2, 3)


@pytest.mark.parametrize("who", ["elsewhere", "stranger"])
def test_only_colleagues_are_mentioned(talk: Talk, who: str) -> None:
    other: Actor = getattr(talk, who)
    key = other.id or 0 if who == "elsewhere" else 10**6

    with pytest.raises(Invalid):
        notes.write(talk.reference, TEXT, mentioned=[key], actor=talk.officer)


def ask(
    talk: Talk, *, of: Actor, by: Actor | None = None, days: int = 3, is_confidential: bool = False
) -> Opinion:
    return opinions.ask(
        talk.reference,
        TEXT,
        of=of.id or 0,
        until_on=clock.today("Europe/Moscow") + timedelta(days=days),
        is_confidential=is_confidential,
        actor=by or talk.officer,
    )


def test_an_opinion_is_given_once_by_who_was_asked(talk: Talk) -> None:
    asked = ask(talk, of=talk.colleague)
    with pytest.raises(NotAllowed):
        opinions.answer(talk.reference, asked.uid, "نعم", actor=talk.head)

    opinions.answer(talk.reference, asked.uid, "نعم", actor=talk.colleague)

    assert (asked.question, asked.answer) == (TEXT, "نعم")
    assert TEXT.encode() not in asked.sealed_question
    with pytest.raises(Conflict):
        opinions.answer(talk.reference, asked.uid, "لا", actor=talk.colleague)
    with pytest.raises(Conflict):
        opinions.revoke(talk.reference, asked.uid, actor=talk.officer)
    assert [len(recorded(f"opinion_{end}")) for end in ("asked", "given", "revoked")] == [1, 1, 0]


@pytest.mark.parametrize("by", ["officer", "head"])
def test_a_question_is_withdrawn(talk: Talk, by: str) -> None:
    asked = ask(talk, of=talk.colleague)

    opinions.revoke(talk.reference, asked.uid, actor=getattr(talk, by))

    with pytest.raises(Conflict):
        opinions.answer(talk.reference, asked.uid, "نعم", actor=talk.colleague)
    assert len(recorded("opinion_revoked")) == 1
    assert opinions.list_waiting(talk.colleague, clock.today("Europe/Moscow")) == []


def test_a_confidential_opinion_is_not_there_for_others(talk: Talk) -> None:
    asked = ask(talk, of=talk.colleague, is_confidential=True)
    other = factory.officer()
    case = case_of(talk)

    seen = [
        len(opinions.list_opinions(case, who))
        for who in (talk.officer, talk.colleague, talk.head, other)
    ]

    assert seen == [1, 1, 1, 0]
    assert opinions.news(case.id, other).waiting == 0
    with pytest.raises(NotFound):
        opinions.revoke(talk.reference, asked.uid, actor=other)


def test_what_is_late_waits_for_both(talk: Talk) -> None:
    asked = ask(talk, of=talk.colleague, days=1)
    today = clock.today("Europe/Moscow")

    in_time = [len(opinions.list_waiting(who, today)) for who in (talk.officer, talk.colleague)]
    late = [
        [one.uid for one in opinions.list_waiting(who, today + timedelta(days=2))]
        for who in (talk.officer, talk.colleague, talk.head)
    ]

    assert in_time == [0, 1]
    assert late == [[asked.uid], [asked.uid], []]


@pytest.mark.parametrize("who", ["officer", "elsewhere"])
def test_an_opinion_is_asked_of_a_colleague(talk: Talk, who: str) -> None:
    with pytest.raises(Invalid):
        ask(talk, of=getattr(talk, who))


def test_an_opinion_is_not_asked_for_in_the_past(talk: Talk) -> None:
    with pytest.raises(Invalid):
        ask(talk, of=talk.colleague, days=-1)


def save_canned(talk: Talk, *, service_id: int | None = None, by: Actor | None = None) -> str:
    admin = by or factory.officer(role=Role.ADMIN)
    row = canned.save(
        None,
        title={"ar": "الصورة", "ru": "Фото", "en": "Photo"},
        body={"ar": "صورة أوضح", "ru": "Чёткое фото", "en": ""},
        service_id=service_id,
        seen=0,
        actor=admin,
    )
    return row.uid


def test_a_canned_answer_speaks_the_language_of_the_citizen(talk: Talk) -> None:
    uid = save_canned(talk)
    case = case_of(talk)

    assert canned.words(case, uid, "ru") == "Чёткое фото"
    assert canned.words(case, uid, "ar") == "صورة أوضح"
    assert canned.words(case, uid, "en") in {"Чёткое фото", "صورة أوضح"}
    assert [key for key, _title in canned.offered(case)] == [uid]


def test_a_canned_answer_of_another_post_or_service_is_not_offered(talk: Talk) -> None:
    factory.publish(factory.definition("civ_birth"))
    case = case_of(talk)
    others = [one.id for one in _services(case) if one.id != case.service_id]
    save_canned(talk, by=talk.elsewhere)
    uid = save_canned(talk, service_id=others[0])

    assert canned.offered(case) == []
    assert canned.words(case, uid, "ru") == ""
    with pytest.raises(NotFound):
        save_canned(talk, service_id=others[0], by=talk.elsewhere)


def _services(case: Case) -> list[Service]:
    return list(db.session.scalars(select(Service).where(Service.post_id == case.post_id)))


def test_a_canned_answer_that_was_changed_meanwhile_is_not_overwritten(talk: Talk) -> None:
    uid = save_canned(talk)
    admin = factory.officer(role=Role.ADMIN)
    texts = {"ar": "أ", "ru": "а", "en": "a"}

    canned.save(uid, title=texts, body=texts, service_id=None, seen=1, actor=admin)

    with pytest.raises(Conflict):
        canned.save(uid, title=texts, body=texts, service_id=None, seen=1, actor=admin)


def test_what_was_said_goes_with_the_key_of_the_person(talk: Talk) -> None:
    message = thread.write(talk.reference, TEXT, actor=talk.officer)
    note = notes.write(talk.reference, TEXT, mentioned=[], actor=talk.officer)
    asked = ask(talk, of=talk.colleague)

    keys = {one.data_key.id for one in (message, note, asked)}

    assert keys == {case_of(talk).person.data_key_id}
    assert {type(one) for one in (message, note, asked)} == {ThreadMessage, CaseNote, Opinion}
