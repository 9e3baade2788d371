"""Second opinions: asked of one colleague by a day, answered or withdrawn, and on record.

Each function works in the caller's transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import joinedload

from app.accounts import queries as accounts
from app.audit import services as audit
from app.cases import access, changing, queries
from app.cases.models import Case
from app.cases.talk import rules, texts
from app.cases.talk.models import Opinion
from app.cases.talk.notes import READERS
from app.core import clock
from app.core.actor import Actor, ActorKind, Role
from app.core.db import db
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound

MOST_WAITING = 20


def ask(
    reference: str,
    question: str,
    *,
    of: int,
    until_on: date,
    is_confidential: bool,
    actor: Actor,
) -> Opinion:
    """Ask a colleague about a case by a day; return what was asked.

    Raises Invalid for a question that is empty or too long, for somebody who is no colleague,
    for a day that is past or too far, and when enough was asked.
    """
    case = changing.lock_named(reference, actor)
    _check_reader(actor)
    question = texts.checked(question, field="question")
    colleagues = {one.id for one in accounts.list_colleagues(actor.post_id or 0, READERS)}
    if of == actor.id or of not in colleagues:
        raise Invalid(_l("Choose a colleague from the list."), field="of")
    _check_day(case, until_on)
    asked = db.session.scalar(select(func.count()).where(Opinion.case_id == case.id))
    if (asked or 0) >= rules.MOST_OPINIONS:
        raise Invalid(_l("Enough opinions were asked for on this request."), field="question")

    opinion = Opinion(
        case=case,
        asked_by=actor.id,
        asked_of=of,
        until_on=until_on,
        is_confidential=is_confidential,
        asked_at=clock.now(),
    )
    opinion.question = question
    db.session.add(opinion)
    db.session.flush()
    _record("opinion_asked", opinion, actor)
    return opinion


def _check_reader(actor: Actor) -> None:
    if actor.kind is not ActorKind.STAFF or not actor.has_role(*READERS):
        raise NotAllowed()


def _check_day(case: Case, until_on: date) -> None:
    if not rules.is_opinion_day(until_on, clock.today(case.service.post.zone)):
        raise Invalid(
            _l("The day must lie between today and two months from now."), field="until_on"
        )


def answer(reference: str, uid: str, text: str, *, actor: Actor) -> Opinion:
    """Write what was asked for; only who was asked may, and once.

    Raises Conflict when it was answered or withdrawn meanwhile, NotFound for any other opinion.
    """
    opinion = _lock(reference, uid, actor)
    if opinion.asked_of != actor.id:
        raise NotAllowed()
    _check_open(opinion)
    opinion.answer = texts.checked(text, field=f"answer-{uid}")
    opinion.answered_at = clock.now()
    _record("opinion_given", opinion, actor)
    return opinion


def revoke(reference: str, uid: str, *, actor: Actor) -> Opinion:
    """Withdraw what was asked; for who asked, or the head. Raises as `answer` does."""
    opinion = _lock(reference, uid, actor)
    if not rules.may_revoke_opinion(actor, asked_by=opinion.asked_by):
        raise NotAllowed()
    _check_open(opinion)
    opinion.revoked_at = clock.now()
    opinion.revoked_by = actor.id
    if opinion.asked_by == actor.id:
        opinion.read_at = opinion.revoked_at
    _record("opinion_revoked", opinion, actor)
    return opinion


def _lock(reference: str, uid: str, actor: Actor) -> Opinion:
    case_id = queries.get_id(reference, actor)
    opinion = db.session.scalar(
        select(Opinion)
        .where(Opinion.case_id == case_id, Opinion.uid == uid, _is_visible(actor))
        .with_for_update(of=Opinion)
        .execution_options(populate_existing=True)
    )
    if opinion is None:
        raise NotFound()
    return opinion


def _check_open(opinion: Opinion) -> None:
    if opinion.answered_at is not None or opinion.revoked_at is not None:
        raise Conflict(_l("This question was answered or withdrawn meanwhile."))


def _is_visible(actor: Actor) -> ColumnElement[bool]:
    """Return in SQL what rules.may_see_opinion says of one."""
    shared = ~Opinion.is_confidential
    if actor.has_role(Role.HEAD):
        shared = shared | Opinion.is_confidential
    return or_(shared, Opinion.asked_by == actor.id, Opinion.asked_of == actor.id)


def list_opinions(case: Case, actor: Actor) -> Sequence[Opinion]:
    """Return the opinions on a case that a member of staff may see, in order."""
    return db.session.scalars(
        select(Opinion).where(Opinion.case_id == case.id, _is_visible(actor)).order_by(Opinion.id)
    ).all()


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """How many opinions on a case wait, and how many ended without their asker's having read it."""

    waiting: int
    unread: int


def news(case_id: int, actor: Actor) -> News:
    """Return what is new for a member of staff among the opinions that they may see on a case."""
    waiting, unread = db.session.execute(
        select(
            func.count().filter(_is_open()),
            func.count().filter(_is_ended_unread(actor)),
        ).where(Opinion.case_id == case_id, _is_visible(actor))
    ).one()
    return News(waiting=waiting, unread=unread)


def mark_read(reference: str, *, actor: Actor) -> None:
    """Note that whoever asked has read how their questions on a case ended."""
    case_id = queries.get_id(reference, actor)
    db.session.execute(
        update(Opinion)
        .where(Opinion.case_id == case_id, _is_ended_unread(actor))
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def list_ended(actor: Actor) -> Sequence[Opinion]:
    """Return what a member of staff asked and was told without having read it, oldest first."""
    return db.session.scalars(
        select(Opinion)
        .join(Case, Case.id == Opinion.case_id)
        .options(joinedload(Opinion.case))
        .where(_is_ended_unread(actor), access.is_visible(actor))
        .order_by(Opinion.id)
        .limit(MOST_WAITING)
    ).all()


def list_waiting(actor: Actor, today: date) -> Sequence[Opinion]:
    """Return what is asked of a member of staff, and what they asked for that is late."""
    late = (Opinion.asked_by == actor.id) & (Opinion.until_on < today)
    return db.session.scalars(
        select(Opinion)
        .join(Case, Case.id == Opinion.case_id)
        .options(joinedload(Opinion.case))
        .where(_is_open(), or_(Opinion.asked_of == actor.id, late), access.is_visible(actor))
        .order_by(Opinion.until_on, Opinion.id)
        .limit(MOST_WAITING)
    ).all()


def _is_open() -> ColumnElement[bool]:
    return Opinion.answered_at.is_(None) & Opinion.revoked_at.is_(None)


def _is_ended_unread(actor: Actor) -> ColumnElement[bool]:
    ended = Opinion.answered_at.is_not(None) | Opinion.revoked_at.is_not(None)
    return (Opinion.asked_by == actor.id) & Opinion.read_at.is_(None) & ended


def _record(action: str, opinion: Opinion, actor: Actor) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="case",
        object_uid=opinion.case.uid,
        post_id=opinion.case.post_id,
        fields={
            "opinion": opinion.uid,
            "of": opinion.asked_of,
            "until_on": opinion.until_on.isoformat(),
            "confidential": opinion.is_confidential,
        },
    )
