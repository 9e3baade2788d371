"""Finding documents."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, TextClause, func, select, text

from app.core.db import db
from app.core.errors import NotFound
from app.documents.models import DAMAGED, WAITING, Document

MOST_COUNTED = 1000


def find_document(uid: str) -> Document | None:
    """Return a document, or None."""
    return db.session.scalar(select(Document).where(Document.uid == uid))


def get_document(uid: str) -> Document:
    """Return a document, or raise NotFound; who may see it is for the caller to know."""
    document = find_document(uid)
    if document is None:
        raise NotFound()
    return document


def list_known(uids: Collection[str]) -> set[str]:
    """Return those of the uids that have a row."""
    return set(db.session.scalars(select(Document.uid).where(Document.uid.in_(uids))))


def list_waiting(before: datetime, *, limit: int = 200) -> Sequence[str]:
    """Return the uids of documents that came before a moment and are still quarantined.

    The newest first: what can never be looked at sinks, and keeps nobody else from their turn.
    """
    return db.session.scalars(
        select(Document.uid)
        .where(text(WAITING), Document.created_at < before)
        .order_by(Document.id.desc())
        .limit(limit)
    ).all()


def count_overdue(before: datetime) -> int:
    """Return how many documents came before a moment and were not looked at yet."""
    return _count(text(WAITING), Document.created_at < before)


def count_damaged() -> int:
    """Return how many stored documents were found to have lost or changed bytes."""
    return _count(text(DAMAGED))


def _count(*conditions: ColumnElement[bool] | TextClause) -> int:
    rows = select(Document.id).where(*conditions).limit(MOST_COUNTED).subquery()
    return db.session.scalar(select(func.count()).select_from(rows)) or 0
