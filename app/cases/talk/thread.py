"""The thread in which a citizen and the post write to each other about one case.

Each function works in the caller's transaction. Nothing here moves the case: an officer at work
is not overtaken by a message, and the clock of the case does not stop for one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, ScalarSelect, func, select, update
from sqlalchemy.orm import joinedload, selectinload

from app.audit import services as audit
from app.cases import changing, queries, telling
from app.cases.models import Case
from app.cases.talk import rules, texts
from app.cases.talk.models import ThreadFile, ThreadMessage
from app.cases.talk.rules import Side
from app.core import clock
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import Invalid, InvalidTransition, NotFound
from app.documents import services as documents
from app.documents.models import Document
from app.documents.services import Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What waits for a reader in one thread."""

    unread: int = 0
    is_asked: bool = False
    """Whether the other side waits for an answer."""


NOTHING = News()


def write(
    reference: str,
    text: str,
    *,
    actor: Actor,
    expects_answer: bool = False,
    upload: Upload | None = None,
) -> ThreadMessage:
    """Add a message to the thread of a case that the actor may see, and return it.

    Whoever writes has read what was there and answers what was asked. Raises InvalidTransition
    where nothing can be written, Invalid for a text that is empty or too long, or when the
    thread is full.
    """
    case = changing.lock_named(reference, actor)
    if not is_open(case):
        raise InvalidTransition()
    text = texts.checked(text)
    _check_room(case, has_file=upload is not None)

    side = rules.side_of(actor)
    _read(case.id, side)
    _settle(ThreadMessage.case_id == case.id, ThreadMessage.side == rules.other(side))
    message = _add(case, side, text, actor, expects_answer=expects_answer)
    if upload is not None:
        document = documents.keep(upload, data_key=case.data_key)
        db.session.add(ThreadFile(message_id=message.id, document=document))
    _tell(case, message)
    _record("thread_message_sent", message, actor)
    return message


def is_open(case: Case) -> bool:
    """Return whether citizen and post can write to each other about a case now."""
    has_account = case.account_id is not None
    return rules.is_open(case.state, case.ended_at, clock.now(), has_account=has_account)


def mark_read(reference: str, *, actor: Actor) -> None:
    """Note that what the other side wrote was read."""
    _read(queries.get_id(reference, actor), rules.side_of(actor))


def settle(reference: str, uid: str, *, actor: Actor) -> None:
    """Say that a question of the other side needs no answer; raise NotFound for any other.

    It is locked, so that of two who say so at once one is recorded.
    """
    case_id, asking = queries.get_id(reference, actor), rules.other(rules.side_of(actor))
    message = db.session.scalar(
        select(ThreadMessage)
        .where(
            ThreadMessage.case_id == case_id,
            ThreadMessage.uid == uid,
            ThreadMessage.side == asking,
            ThreadMessage.expects_answer,
        )
        .with_for_update(of=ThreadMessage)
    )
    if message is None:
        raise NotFound()
    if message.settled_at is None:
        message.settled_at = clock.now()
        _record("thread_question_settled", message, actor)


def list_messages(case: Case) -> Sequence[ThreadMessage]:
    """Return the whole thread of a case, in order; there is an end to how many there are."""
    return db.session.scalars(
        select(ThreadMessage)
        .options(selectinload(ThreadMessage.files).joinedload(ThreadFile.document))
        .where(ThreadMessage.case_id == case.id)
        .order_by(ThreadMessage.id)
    ).all()


def news_of(case_ids: Collection[int], reader: Side) -> Mapping[int, News]:
    """Return what waits for a reader in the threads of some cases, in one question."""
    asked = _is_open_question()
    unread = ThreadMessage.read_at.is_(None)
    rows = db.session.execute(
        select(ThreadMessage.case_id, func.count().filter(unread), func.count().filter(asked))
        .where(
            ThreadMessage.case_id.in_(case_ids),
            ThreadMessage.side == rules.other(reader),
            unread | asked,
        )
        .group_by(ThreadMessage.case_id)
    )
    return {case_id: News(unread=new, is_asked=open_ > 0) for case_id, new, open_ in rows}


def count_unread(reader: Side) -> ScalarSelect[int]:
    """Return a column for queries of cases: how many messages the reader has not read."""
    return (
        select(func.count())
        .where(
            ThreadMessage.case_id == Case.id,
            ThreadMessage.side == rules.other(reader),
            ThreadMessage.read_at.is_(None),
        )
        .correlate(Case)
        .scalar_subquery()
    )


def news(case_id: int, reader: Side) -> News:
    """Return what waits for a reader in the thread of one case."""
    return news_of([case_id], reader).get(case_id, NOTHING)


def get_document(case: Case, uid: str) -> Document:
    """Return a file of the thread of a case; raise NotFound for any other."""
    document = db.session.scalar(
        select(Document)
        .join(ThreadFile, ThreadFile.document_id == Document.id)
        .join(ThreadMessage, ThreadMessage.id == ThreadFile.message_id)
        .where(ThreadMessage.case_id == case.id, Document.uid == uid)
        .options(joinedload(Document.data_key))
    )
    if document is None:
        raise NotFound()
    return document


def _is_open_question() -> ColumnElement[bool]:
    return ThreadMessage.expects_answer & ThreadMessage.settled_at.is_(None)


def _check_room(case: Case, *, has_file: bool) -> None:
    sent = db.session.scalar(select(func.count()).where(ThreadMessage.case_id == case.id))
    if (sent or 0) >= rules.MOST_MESSAGES:
        raise Invalid(_l("This thread is full. Please call the post, or come by."), field="text")
    if not has_file:
        return
    files = db.session.scalar(
        select(func.count())
        .select_from(ThreadFile)
        .join(ThreadMessage, ThreadMessage.id == ThreadFile.message_id)
        .where(ThreadMessage.case_id == case.id)
    )
    if (files or 0) >= rules.MOST_FILES:
        raise Invalid(
            _l("There are %(most)s files in this thread, and no more can be added."),
            field="file",
            most=rules.MOST_FILES,
        )


def _add(case: Case, side: Side, text: str, actor: Actor, *, expects_answer: bool) -> ThreadMessage:
    message = ThreadMessage(
        case=case,
        side=side,
        author_id=actor.id,
        expects_answer=expects_answer,
        sent_at=clock.now(),
    )
    message.text = text
    db.session.add(message)
    db.session.flush()
    return message


def _read(case_id: int, reader: Side) -> None:
    db.session.execute(
        update(ThreadMessage)
        .where(
            ThreadMessage.case_id == case_id,
            ThreadMessage.side == rules.other(reader),
            ThreadMessage.read_at.is_(None),
        )
        .values(read_at=clock.now())
    )


def _settle(*which: ColumnElement[bool]) -> None:
    db.session.execute(
        update(ThreadMessage).where(*which, _is_open_question()).values(settled_at=clock.now())
    )


def _tell(case: Case, message: ThreadMessage) -> None:
    """Tell the citizen that there is news: at a question, and at the first of several messages."""
    if message.side is Side.CITIZEN:
        return
    if message.expects_answer:
        telling.send(case, "thread_question", dedupe=f"thread/{message.uid}")
    elif _count_unread_before(message) == 0:
        telling.send(case, "thread_message", dedupe=f"thread/{message.uid}")


def _count_unread_before(message: ThreadMessage) -> int:
    earlier = select(func.count()).where(
        ThreadMessage.case_id == message.case_id,
        ThreadMessage.side == message.side,
        ThreadMessage.read_at.is_(None),
        ThreadMessage.id < message.id,
    )
    return db.session.scalar(earlier) or 0


def _record(action: str, message: ThreadMessage, actor: Actor) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="case",
        object_uid=message.case.uid,
        post_id=message.case.post_id,
        fields={"message": message.uid, "expects_answer": message.expects_answer},
    )


def waits_since(case_id: int, reader: Side) -> datetime | None:
    """Return since when the other side waits for an answer, None when it does not."""
    return db.session.scalar(
        select(func.min(ThreadMessage.sent_at)).where(
            ThreadMessage.case_id == case_id,
            ThreadMessage.side == rules.other(reader),
            _is_open_question(),
        )
    )
