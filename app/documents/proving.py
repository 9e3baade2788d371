"""Whether what is stored is still what came: bytes are read again, and damage is written down."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.core import clock
from app.core.crypto import Unreadable
from app.core.db import db, transaction
from app.documents import services, storage
from app.documents.models import Document
from app.jobs import services as jobs

logger = logging.getLogger(__name__)

PROVE = "documents.prove"
PERIOD = timedelta(minutes=10)
AT_ONCE = 100
"""Documents in a period: 14,400 a day, the longest unproved first."""
AGAIN_AFTER = timedelta(days=7)
"""A small store is not read over and over."""


def schedule(period_at: datetime) -> None:
    """Schedule the share of this period."""
    jobs.schedule(PROVE, dedupe=f"{PROVE}/{period_at:%Y%m%d%H%M}", due_at=period_at, arguments={})


def prove_some() -> int:
    """Compare the documents that were not for the longest time; return how many are damaged.

    Reads outside of any transaction, then notes in one what was found. Raises what the store
    raises while it cannot be reached: that is no damage.
    """
    now = clock.now()
    found = _longest_unproved(now - AGAIN_AFTER)
    damaged = {one.id for one in found if not is_whole(one)}
    ids = {one.id for one in found}
    db.session.close()
    with transaction():
        _note(ids - damaged, proved_at=now, damaged_at=None)
        _note(ids, proved_at=now)
        _note_damage(damaged, now)
    return len(damaged)


def is_whole(document: Document) -> bool:
    """Return whether the bytes of a document and of its page images are as they were stored."""
    parts = [storage.SMALL, *map(storage.page_part, range(1, document.pages + 1))]
    try:
        data = services.original(document)
        for part in parts if document.pages else ():
            services.part_of(document, part)
    except (storage.Missing, Unreadable):
        return False
    return hashlib.sha256(data).hexdigest() == document.sha256


def _longest_unproved(before: datetime) -> Sequence[Document]:
    never = select(Document).where(Document.proved_at.is_(None)).order_by(Document.id)
    found = list(db.session.scalars(never.limit(AT_ONCE)))
    known = select(Document).where(Document.proved_at < before).order_by(Document.proved_at)
    return [*found, *db.session.scalars(known.limit(AT_ONCE - len(found)))]


def _note(ids: set[int], **columns: datetime | None) -> None:
    if ids:
        db.session.execute(update(Document).where(Document.id.in_(ids)).values(**columns))


def _note_damage(ids: set[int], now: datetime) -> None:
    news = select(Document).where(Document.id.in_(ids), Document.damaged_at.is_(None))
    for document in db.session.scalars(news) if ids else ():
        document.damaged_at = now
        logger.error("a stored document is damaged", extra={"document": document.uid})
