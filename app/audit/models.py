"""The append-only record of who did and saw what."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.actor import ActorKind
from app.core.db import BigKey, Json, Keyed, Model, choice


class AuditEntry(Keyed, Model):
    """One thing done or seen; triggers refuse every update and delete."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "object_kind", "object_uid", "id"),)

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
