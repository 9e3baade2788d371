"""A text that a post sends to a group, who wrote it, who approved it, and how far it has come."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BigKey, Model, Named, Texts, choice
from app.core.shapes import JsonMap
from app.notifications.announcements.rules import AnnouncementState

__all__ = ["Announcement", "AnnouncementState"]


class Announcement(Named, Model):
    """The same words for everybody in a group; its messages name it and hold no text."""

    __tablename__ = "announcement"
    __table_args__ = (
        CheckConstraint("approved_by_id <> author_id", name="four_eyes"),
        CheckConstraint(
            "state NOT IN ('sending', 'sent', 'stopped') OR approved_by_id IS NOT NULL",
            name="approved_first",
        ),
        Index(None, "post_id", "id"),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    audience: Mapped[str] = mapped_column(String(32))
    """The code of a group that a domain registered; see audiences."""
    narrowed_to: Mapped[str] = mapped_column(String(64))
    """What the group is asked for: the code of a service, or an ISO day."""
    title: Mapped[Texts] = mapped_column(JsonMap)
    text: Mapped[Texts] = mapped_column(JsonMap)
    state: Mapped[AnnouncementState] = mapped_column(choice(AnnouncementState, name="state_known"))
    version: Mapped[int] = mapped_column(default=1)
    """Counts the changes, so that nobody approves what they have not seen."""
    author_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    """Who wrote it last."""
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    total: Mapped[int] = mapped_column(default=0)
    """How many accounts there were when it was approved."""
    told: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[int] = mapped_column(default=0)
    """Accounts whose messages could not be written."""
    reached_id: Mapped[int] = mapped_column(BigKey, default=0)
    """The key of the account up to which everybody was told."""
    at_once: Mapped[int] = mapped_column(default=0)
    """How many accounts a transaction takes on."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
