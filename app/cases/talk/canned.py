"""Canned answers of a post: written by its admins, put into messages and notes by officers.

Each function works in the caller's transaction.
"""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from app.audit import services as audit
from app.cases.models import Case
from app.cases.talk import rules
from app.cases.talk.models import CannedAnswer
from app.catalogue.models import Service
from app.core import clock, i18n
from app.core.actor import Actor
from app.core.db import Texts, db
from app.core.errors import Conflict, Invalid, NotFound

MOST_ANSWERS = 300


def save(
    uid: str | None,
    *,
    title: Texts,
    body: Texts,
    service_id: int | None,
    seen: int,
    actor: Actor,
) -> CannedAnswer:
    """Add an answer, or with a uid change the one that is there, and return it.

    Raises NotFound for one or a service of another post, Conflict when it was changed since
    version `seen`, Invalid for texts that are too long.
    """
    post_id = actor.post_id or 0
    if service_id is not None:
        _check_service(service_id, post_id)
    if any(len(text) > rules.LONGEST_TEXT for text in (*title.values(), *body.values())):
        raise Invalid(_l("This text is too long."), field="body")
    row = _lock(uid, post_id) if uid else CannedAnswer(post_id=post_id, version=0)
    if uid and row.version != seen:
        raise Conflict()

    row.title, row.body, row.service_id = dict(title), dict(body), service_id
    row.version, row.updated_at = row.version + 1, clock.now()
    db.session.add(row)
    db.session.flush()
    _record("canned_answer_saved", row, actor)
    return row


def _check_service(service_id: int, post_id: int) -> None:
    of_post = select(Service.id).where(Service.id == service_id, Service.post_id == post_id)
    if db.session.scalar(of_post) is None:
        raise NotFound()


def remove(uid: str, *, actor: Actor) -> None:
    """Take an answer away; what was written with it stays."""
    row = get(uid, actor.post_id or 0)
    db.session.delete(row)
    _record("canned_answer_removed", row, actor)


def get(uid: str, post_id: int) -> CannedAnswer:
    """Return an answer of a post; raise NotFound."""
    row = db.session.scalar(
        select(CannedAnswer).where(CannedAnswer.uid == uid, CannedAnswer.post_id == post_id)
    )
    if row is None:
        raise NotFound()
    return row


def _lock(uid: str, post_id: int) -> CannedAnswer:
    row = get(uid, post_id)
    db.session.refresh(row, with_for_update=True)
    return row


def list_answers(post_id: int) -> Sequence[CannedAnswer]:
    """Return the answers of a post, those for all services first."""
    return db.session.scalars(
        select(CannedAnswer)
        .where(CannedAnswer.post_id == post_id)
        .order_by(CannedAnswer.service_id.is_not(None), CannedAnswer.service_id, CannedAnswer.id)
        .limit(MOST_ANSWERS)
    ).all()


def offered(case: Case) -> list[tuple[str, str]]:
    """Return (uid, title in the reader's language) of what fits a case, by title."""
    rows = db.session.scalars(
        select(CannedAnswer)
        .where(
            CannedAnswer.post_id == case.post_id,
            or_(CannedAnswer.service_id.is_(None), CannedAnswer.service_id == case.service_id),
        )
        .limit(MOST_ANSWERS)
    )
    return sorted(((row.uid, i18n.text_in(row.title)) for row in rows), key=lambda pair: pair[1])


def words(case: Case, uid: str, language: str) -> str:
    """Return an answer in a language, or the nearest that there is; empty for none that fits."""
    row = db.session.scalar(
        select(CannedAnswer).where(
            CannedAnswer.uid == uid,
            CannedAnswer.post_id == case.post_id,
            or_(CannedAnswer.service_id.is_(None), CannedAnswer.service_id == case.service_id),
        )
    )
    if row is None:
        return ""
    return row.body.get(language) or i18n.text_in(row.body)


def _record(action: str, row: CannedAnswer, actor: Actor) -> None:
    audit.record(action, actor=actor, object_kind="canned_answer", object_uid=row.uid)
