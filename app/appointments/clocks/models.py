"""What new rules of a time zone moved, and whose appointments that concerned."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.appointments.models import Pool
from app.cases.models import Case
from app.core.db import Keyed, Model, Named


class ClockChange(Named, Model):
    """The slots of a pool that were put back onto their wall time at one moment."""

    __tablename__ = "clock_change"
    __table_args__ = (Index(None, "post_id", "id"),)

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"))
    zone: Mapped[str] = mapped_column(String(64))
    found_at: Mapped[datetime]
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    moved: Mapped[int]
    """So many slots stand at another moment now."""
    lost: Mapped[int]
    """So many have none any more: the clocks skip their wall time."""

    pool: Mapped[Pool] = relationship(lazy="joined", innerjoin=True)


class ClockVisit(Keyed, Model):
    """A confirmed appointment that went along: its wall time is what it was."""

    __tablename__ = "clock_visit"
    __table_args__ = (UniqueConstraint("change_id", "booking_id"),)

    change_id: Mapped[int] = mapped_column(ForeignKey("clock_change.id", ondelete="CASCADE"))
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    was_at: Mapped[datetime]
    starts_at: Mapped[datetime]

    case: Mapped[Case] = relationship()
