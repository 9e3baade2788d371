"""Looks at the queue that staff keep: a name, filters, columns, an order."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, Named
from app.core.shapes import JsonObject


class SavedView(Named, Model):
    """A look at the queue of a post, kept by one officer, for themselves or for everybody."""

    __tablename__ = "saved_view"
    __table_args__ = (Index(None, "post_id", "owner_id"),)

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    name: Mapped[str] = mapped_column(String(60))
    is_shared: Mapped[bool]
    look: Mapped[Any] = mapped_column(JsonObject)
    """What the address says, without the applicant (Any: JSON, name to text or texts)."""
    created_at: Mapped[datetime]
