"""Finding the appeal of a case, its files, and until when one is taken."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.cases.appeals import rules
from app.cases.appeals.models import Appeal, AppealFile
from app.cases.models import Case, CaseEvent
from app.cases.rules import Action, State
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.documents.models import Document


def find(case_id: int) -> Appeal | None:
    """Return the appeal of a case with its files, or None."""
    return db.session.scalar(
        select(Appeal)
        .options(selectinload(Appeal.files).joinedload(AppealFile.document))
        .where(Appeal.case_id == case_id)
    )


def is_open(case_id: int) -> bool:
    """Return whether an appeal waits to be decided."""
    query = select(Appeal.id).where(Appeal.case_id == case_id, Appeal.decided_at.is_(None))
    return db.session.scalar(query) is not None


def get_document(case_id: int, uid: str) -> Document:
    """Return a file of the appeal of a case; raise NotFound for any other."""
    document = db.session.scalar(
        select(Document)
        .join(AppealFile, AppealFile.document_id == Document.id)
        .join(Appeal, Appeal.id == AppealFile.appeal_id)
        .where(Appeal.case_id == case_id, Document.uid == uid)
        .options(joinedload(Document.data_key))
    )
    if document is None:
        raise NotFound()
    return document


def find_refusal(case_id: int) -> CaseEvent | None:
    """Return the event by which a case was refused last."""
    return db.session.scalar(
        select(CaseEvent)
        .where(CaseEvent.case_id == case_id, CaseEvent.action == Action.REFUSED)
        .order_by(CaseEvent.number.desc())
        .limit(1)
    )


def may_file(case: Case) -> bool:
    """Return whether an appeal against the refusal of a case is taken today."""
    today, is_first = clock.today(case.service.post.zone), find(case.id) is None
    return rules.may_file(case.state, last_day(case), today, is_first=is_first)


def last_day(case: Case) -> date | None:
    """Return the last day on which an appeal is taken; None for a case that was not refused.

    It is the day that was told with the refusal, whatever the post has set since.
    """
    if case.state is not State.REFUSED:
        return None
    refusal = find_refusal(case.id)
    if refusal is None:
        return None
    told = refusal.details.get("until_on")
    if told is None:
        # Refusals of before 2026-12 named no day.
        post = case.service.post
        return rules.last_day(clock.local(refusal.at, post.zone).date(), post.appeal_days)
    return date.fromisoformat(told) if told else None
