"""The append-only record of who did and saw what."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Index, LargeBinary, String, Table, Text
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Mapped, mapped_column

from app.core.actor import ActorKind
from app.core.db import BigKey, Json, Keyed, Model, choice


class AuditEntry(Keyed, Model):
    """One thing done or seen; triggers refuse every update and delete."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "object_kind", "object_uid", "id"),
        Index(None, "actor_kind", "actor_id", "id"),
    )

    at: Mapped[datetime] = mapped_column(index=True)
    actor_kind: Mapped[ActorKind] = mapped_column(choice(ActorKind, name="actor_kind_known"))
    actor_id: Mapped[int | None] = mapped_column(BigKey)
    post_id: Mapped[int | None] = mapped_column(BigKey)
    action: Mapped[str] = mapped_column(String(64))
    object_kind: Mapped[str] = mapped_column(String(32))
    object_uid: Mapped[str] = mapped_column(String(64))
    fields: Mapped[Any] = mapped_column(Json)
    """Names of fields and codes, never values (Any: JSON)."""
    request_id: Mapped[str | None] = mapped_column(String(32))


_entry = cast(Table, AuditEntry.__table__).c
SEALED = (
    _entry.id,
    _entry.at,
    sql_cast(_entry.actor_kind, String),
    _entry.actor_id,
    _entry.post_id,
    _entry.action,
    _entry.object_kind,
    _entry.object_uid,
    sql_cast(_entry.fields, Text),
    _entry.request_id,
)
"""What a seal covers, in this order: all of an entry, plainly, as millions are read at once."""


class AuditSeal(Model):
    """The place of an entry in the chain; triggers refuse every update and delete.

    It refers to no row by a foreign key: what somebody deleted has to be missed, not to vanish.
    """

    __tablename__ = "audit_seal"

    seq: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(BigKey, unique=True)
    kid: Mapped[str] = mapped_column(String(8))
    """Which key of AUDIT_KEYS sealed it."""
    mac: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime]


class AuditChain(Model):
    """One row, which whoever seals holds; nothing is verified by it."""

    __tablename__ = "audit_chain"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    settled_id: Mapped[int] = mapped_column(BigKey, default=0)
    """Up to this number no entry can turn up any more."""
