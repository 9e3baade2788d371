"""That two requests which look alike are not the same wish, as somebody found."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.models import Case
from app.core.db import BigKey, Keyed, Model


class NotTheSame(Keyed, Model):
    """A pair of cases, the older one first, that is not shown as alike any more."""

    __tablename__ = "not_the_same"
    __table_args__ = (
        UniqueConstraint("older_id", "newer_id"),
        CheckConstraint("older_id < newer_id", name="in_order"),
        Index(None, "newer_id"),
    )

    older_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    newer_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    found_by: Mapped[int] = mapped_column(BigKey)
    found_at: Mapped[datetime]


def pair_of(one: Case, other: Case) -> tuple[int, int]:
    """Return the keys of two cases as a row has them."""
    return min(one.id, other.id), max(one.id, other.id)
