"""An export: who asked for what, how far it is, and where the file lies."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.core.crypto import DataKey, Sealed
from app.core.db import Model, Named, choice
from app.reporting.exports.rules import Format


class Export(Named, Model):
    """A file for one member of staff, sealed with a key of its own, gone after some hours."""

    __tablename__ = "export"
    __table_args__ = (
        CheckConstraint("(ready_at IS NULL) = (parcel IS NULL)", name="ready_with_parcel"),
        Index("ix_export_of_staff", "staff_id", "id"),
        Index(None, "expires_at"),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    kind: Mapped[str] = mapped_column(String(32))
    """What is exported: the name of its job."""
    format: Mapped[Format] = mapped_column(choice(Format, name="format_known"))
    language: Mapped[str] = mapped_column(String(2))
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    sealed_wish: Mapped[bytes] = mapped_column(LargeBinary)
    done: Mapped[int] = mapped_column("items_done", default=0)
    total: Mapped[int] = mapped_column("items_total", default=0)
    parcel: Mapped[str | None] = mapped_column(String(32))
    """Under which name the file lies, another one each time it is built."""
    parts: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]

    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    wish = Sealed[dict[str, Any]]()
    """What was asked for; it may hold the name that was searched (Any: JSON)."""

    def file_name(self, zone: str) -> str:
        """Return a name without anything personal, with the time of a zone."""
        at = clock.local(self.created_at, zone)
        return f"jaliya-{at:%Y%m%d-%H%M}-{self.uid[:6]}.{self.format.value}"
