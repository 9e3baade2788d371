"""An announcement from the draft to the inboxes, with four eyes, in parts, and stopped."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from app.audit.models import AuditEntry
from app.core import clock, i18n
from app.core.actor import Role
from app.core.crypto import Unreadable
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid, InvalidTransition, NotAllowed
from app.jobs import tasks as jobs
from app.notifications import letters, tasks
from app.notifications import services as notifications
from app.notifications.announcements import queries, services
from app.notifications.announcements.models import Announcement, AnnouncementState
from app.notifications.announcements.rules import Step
from app.notifications.models import Channel, Message, MessageState
from tests.factories import announcements, messages, people
from tests.servers import MailServer


def readers(count: int) -> list[int]:
    """Return the keys of so many accounts that have an address; call inside a transaction."""
    return [messages.reachable(address=f"r{n}@example.org").id for n in range(count)]


def counted(channel: Channel, state: MessageState) -> int:
    condition = (Message.channel == channel, Message.state == state)
    return db.session.scalar(select(func.count(Message.id)).where(*condition)) or 0


def only() -> Announcement:
    return db.session.scalars(select(Announcement)).one()


def test_everybody_in_the_group_is_told_once_in_their_language(app: Flask) -> None:
    with app.app_context(), transaction():
        arabic, russian = messages.reachable("ar", "a@example.org"), people.account("ru")
        ids = {"ar": arabic.id, "ru": russian.id}
        announcements.approved()
    with app.app_context():
        jobs.drain()
        for language, account_id in ids.items():
            own = select(Message).where(Message.account_id == account_id)
            (line,) = db.session.scalars(own.where(Message.channel == Channel.PORTAL))
            with i18n.speaking(line.language):
                assert letters.line(line) == announcements.TITLE[language]
                assert str(letters.notice(line)).splitlines() == [
                    announcements.TEXT[language].splitlines()[0] + "<br>",
                    announcements.TEXT[language].splitlines()[1],
                ]
        assert (only().state, only().told) == (AnnouncementState.SENT, 2)
        assert counted(Channel.EMAIL, MessageState.PENDING) == 1


def test_a_personal_message_goes_before_an_announcement(app: Flask, mail: MailServer) -> None:
    with app.app_context(), transaction():
        readers(3)
        announcements.approved()
    with app.app_context():
        jobs.drain()
        with transaction():
            account = messages.reachable("en", "late@example.org")
            messages.told(account=account)
        tasks.drain()
    (to, _first), *rest = mail.received
    assert to == ["late@example.org"]
    assert len(rest) == 3


def test_who_wrote_it_cannot_approve_it_and_the_table_refuses_it_too(app: Flask) -> None:
    with app.app_context(), transaction():
        author = announcements.member()
        row = announcements.draft(author)
        announcements.step(row, Step.PROPOSE, author)
        with pytest.raises(NotAllowed):
            announcements.step(row, Step.APPROVE, author)
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.execute(update(Announcement).values(approved_by_id=author.id))


def test_who_changed_a_draft_last_is_its_author(app: Flask) -> None:
    with app.app_context(), transaction():
        first, second = announcements.member(), announcements.member(Role.HEAD)
        messages.reachable()
        row = announcements.draft(first)
        services.rewrite(row, announcements.WRITTEN, actor=second, seen=row.version)
        announcements.step(row, Step.PROPOSE, second)
        with pytest.raises(NotAllowed):
            announcements.step(row, Step.APPROVE, second)
        announcements.step(row, Step.APPROVE, first)
        assert row.state is AnnouncementState.SENDING


def test_nobody_approves_what_they_have_not_seen(app: Flask) -> None:
    with app.app_context(), transaction():
        author, other = announcements.member(), announcements.member()
        row = announcements.draft(author)
        announcements.step(row, Step.PROPOSE, author)
        seen = row.version
        announcements.step(row, Step.SEND_BACK, author)
        services.rewrite(row, announcements.WRITTEN, actor=author, seen=row.version)
        announcements.step(row, Step.PROPOSE, author)
        with pytest.raises(Conflict):
            services.take_step(row, Step.APPROVE, actor=other, seen=seen)


def test_what_is_proposed_cannot_be_changed(app: Flask) -> None:
    with app.app_context(), transaction():
        author = announcements.member()
        row = announcements.draft(author)
        announcements.step(row, Step.PROPOSE, author)
        with pytest.raises(InvalidTransition):
            services.rewrite(row, announcements.WRITTEN, actor=author, seen=row.version)


def test_a_group_of_nobody_is_not_approved(app: Flask) -> None:
    with app.app_context(), transaction():
        author, other = announcements.member(), announcements.member()
        row = announcements.draft(author)
        announcements.step(row, Step.PROPOSE, author)
        with pytest.raises(Conflict):
            announcements.step(row, Step.APPROVE, other)


def test_it_goes_on_where_it_stopped_and_tells_nobody_twice(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 2)
    with app.app_context(), transaction():
        readers(5)
        uid = announcements.approved().uid
    with app.app_context():
        with transaction():
            assert services.tell_next(uid)
        with transaction():
            row = only()
            row.reached_id = 0  # As if what it had written down were lost.
        jobs.drain()
        assert counted(Channel.PORTAL, MessageState.DELIVERED) == 5
        assert counted(Channel.EMAIL, MessageState.PENDING) == 5


def test_stopping_cancels_what_has_not_gone_and_begins_no_more(
    app: Flask, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 2)
    with app.app_context(), transaction():
        readers(5)
        row = announcements.approved()
        uid = row.uid
    with app.app_context():
        with transaction():
            services.tell_next(uid)
        with transaction():
            announcements.step(only(), Step.STOP, announcements.member())
        jobs.drain()
        assert tasks.drain() == 0
        assert only().told == 2
        assert queries.count_by_state(only().id) == {MessageState.CANCELLED: 2}
        assert counted(Channel.PORTAL, MessageState.DELIVERED) == 2, "the inbox still shows it"
    assert mail.received == []


def test_stopping_leaves_alone_what_a_provider_has_in_hand(app: Flask) -> None:
    with app.app_context(), transaction():
        readers(2)
        row = announcements.approved()
        services.tell_next(row.uid)
        first, _second = db.session.scalars(
            select(Message).where(Message.channel == Channel.EMAIL).order_by(Message.id)
        )
        first.state = MessageState.SENDING
        db.session.flush()
        announcements.step(row, Step.STOP, announcements.member())
        assert queries.count_by_state(row.id) == {
            MessageState.SENDING: 1,
            MessageState.CANCELLED: 1,
        }


def test_what_was_just_called_when_it_was_stopped_is_not_tried_again(
    app: Flask, mail: MailServer
) -> None:
    with app.app_context():
        with transaction():
            readers(1)
            row = announcements.approved()
            services.tell_next(row.uid)
            message = db.session.scalars(
                select(Message).where(Message.channel == Channel.EMAIL)
            ).one()
            message.state = MessageState.SENDING
            db.session.flush()
            announcements.step(row, Step.STOP, announcements.member())
            message.state, message.due_at = MessageState.RETRY_WAIT, clock.now()
        assert tasks.drain() == 0
        assert counted(Channel.EMAIL, MessageState.CANCELLED) == 1
    assert mail.received == []


def test_one_account_that_cannot_be_written_to_holds_up_nobody(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_all = notifications.tell_all
    with app.app_context(), transaction():
        ids = readers(4)
        announcements.approved()

    def poisoned(event: str, news: list[notifications.News]) -> None:
        if any(one.account_id == ids[2] for one in news):
            raise Unreadable
        tell_all(event, news)

    monkeypatch.setattr(notifications, "tell_all", poisoned)
    with app.app_context():
        with clock.pretend(clock.now()):
            jobs.drain()
        for turn in range(1, 12):
            with clock.pretend(clock.now() + timedelta(hours=turn)):
                jobs.drain()
        row = only()
        assert (row.state, row.told, row.left_out) == (AnnouncementState.SENT, 3, 1)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("title-ru", ""),
        ("text-ar", "((name))"),
        ("text-en", "JM-7K4P-92QX-H is ready"),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused_at_its_place(
    app: Flask, place: str, text: str
) -> None:
    name, language = place.split("-")
    texts = {"title": dict(announcements.TITLE), "text": dict(announcements.TEXT)}
    texts[name][language] = text
    with app.app_context(), transaction():
        announcements.draft()
        written = services.Written(audience="everybody", narrowed_to="all", **texts)
        with pytest.raises(Invalid) as refusal:
            services.write(people.post().id, written, actor=announcements.member())
    assert refusal.value.field == place


def test_each_step_is_on_record_with_counts_and_without_words(app: Flask) -> None:
    with app.app_context(), transaction():
        readers(2)
        row = announcements.approved()
        services.tell_next(row.uid)
        announcements.step(row, Step.STOP, announcements.member())
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.object_uid == row.uid).order_by(AuditEntry.id)
        ).all()
        assert [one.action.split(".")[1] for one in entries] == [
            "written",
            "propose",
            "approve",
            "stop",
        ]
        assert entries[-1].fields == {
            "version": row.version,
            "audience": "everybody",
            "told": 2,
            "cancelled": 2,
        }
