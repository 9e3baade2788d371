"""Runs that move or cancel the bookings which a change of the schedule hit."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.appointments.models import Booking
from app.appointments.resettling.rules import Ground, Outcome, Way
from app.core.db import Keyed, Model, Named, choice

WAITS = text("outcome IS NULL")


class ResettleRun(Named, Model):
    """What an admin wants done for bookings; a worker does it, visit by visit."""

    __tablename__ = "resettle_run"
    __table_args__ = (Index(None, "post_id", "id"),)

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    way: Mapped[Way] = mapped_column(choice(Way, name="way_known"))
    ground: Mapped[Ground] = mapped_column(choice(Ground, name="ground_known"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ResettleItem(Keyed, Model):
    """One booking of a run; without an outcome it still waits."""

    __tablename__ = "resettle_item"
    __table_args__ = (
        UniqueConstraint("run_id", "booking_id"),
        Index(
            "ix_resettle_item_waiting",
            "run_id",
            "id",
            sqlite_where=WAITS,
            postgresql_where=WAITS,
        ),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("resettle_run.id", ondelete="CASCADE"))
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    old_local_at: Mapped[str] = mapped_column(String(16))
    """The wall time that the booking had."""
    new_local_at: Mapped[str | None] = mapped_column(String(16))
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome, name="outcome_known"))
    ended_at: Mapped[datetime | None]

    booking: Mapped[Booking] = relationship()
