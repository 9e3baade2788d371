"""A file that the worker builds for one reader: its row, where it lies, and the end of both."""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import IO, TypeVar

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.core import clock
from app.core.crypto import DataKey
from app.core.db import Named, db, new_uid, transaction
from app.core.errors import NotFound
from app.documents import parcels

logger = logging.getLogger(__name__)

AT_ONCE = 500


class Built(Named):
    """What a file for one reader has in common with any other: sealed, gone after some hours."""

    language: Mapped[str] = mapped_column(String(2))
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    parcel: Mapped[str | None] = mapped_column(String(32))
    """Under which name the file lies, another one each time it is built."""
    parts: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]

    @declared_attr
    @classmethod
    def data_key(cls) -> Mapped[DataKey]:
        """Return its own key, which is destroyed with it."""
        return relationship(lazy="joined", innerjoin=True)

    def note_built(self, parcel: str, parts: int, size: int) -> None:
        """Write down where its file lies."""
        self.parcel, self.parts, self.size, self.ready_at = parcel, parts, size, clock.now()


File = TypeVar("File", bound=Built)


def find_waiting(kind: type[File], uid: str) -> File | None:
    """Return a file that still has to be built, or None."""
    return db.session.scalar(select(kind).where(kind.uid == uid, kind.ready_at.is_(None)))


def keep(kind: type[File], uid: str, body: IO[bytes]) -> None:
    """Keep what was built, outside of any transaction; once, whoever else built it as well."""
    waiting = find_waiting(kind, uid)
    if waiting is None:
        return
    parcel = new_uid()
    parts = parcels.put(parcel, body, data_key=waiting.data_key)
    size = body.tell()
    db.session.close()
    with transaction() as session:
        row = session.scalars(select(kind).where(kind.uid == uid).with_for_update(of=kind)).one()
        if row.ready_at is None:
            row.note_built(parcel, parts, size)
    logger.info("file built", extra={"kind": kind.__name__, "file": uid, "parts": parts})


def read(row: Built) -> Iterator[bytes]:
    """Yield a file part by part; NotFound before it is ready."""
    if row.parcel is None:
        raise NotFound()
    return parcels.read(row.parcel, row.parts, data_key=row.data_key)


def forget_expired(kind: type[File], now: datetime) -> None:
    """Remove the files whose time is over and destroy their keys."""
    over = db.session.scalars(select(kind).where(kind.expires_at <= now).limit(AT_ONCE)).all()
    for row in over:
        if row.parcel is not None:
            parcels.delete(row.parcel, row.parts)
        row.data_key.destroy(now)
        db.session.delete(row)
    db.session.flush()
    logger.info("files removed", extra={"kind": kind.__name__, "removed": len(over)})
