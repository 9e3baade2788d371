"""An export: who asked for what, how far it is, and where the file lies."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.crypto import Sealed
from app.core.db import Model, choice
from app.reporting.built import Built
from app.reporting.exports.rules import Format


class Export(Built, Model):
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
    sealed_wish: Mapped[bytes] = mapped_column(LargeBinary)
    done: Mapped[int] = mapped_column("items_done", default=0)
    total: Mapped[int] = mapped_column("items_total", default=0)
    wish = Sealed[dict[str, Any]]()
    """What was asked for; it may hold the name that was searched (Any: JSON)."""

    def note_built(self, parcel: str, parts: int, size: int) -> None:
        """Write down where its file lies, and that all of it is done."""
        super().note_built(parcel, parts, size)
        self.done = self.total

    def file_name(self, zone: str) -> str:
        """Return a name without anything personal, with the time of a zone."""
        at = clock.local(self.created_at, zone)
        return f"jaliya-{at:%Y%m%d-%H%M}-{self.uid[:6]}.{self.format.value}"
