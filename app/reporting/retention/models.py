"""When a request goes, what holds that up, and what is left of it: a tombstone without a person."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account
from app.cases.models import Case
from app.core.crypto import DataKey, Sealed, cannot_be_read
from app.core.db import BigKey, Keyed, Model


class Retention(Model):
    """The plan for one request that has ended; it goes with what it is about."""

    __tablename__ = "retention"
    __table_args__ = (
        CheckConstraint("(held_at IS NULL) = (sealed_reason IS NULL)", name="held_with_reason"),
    )

    case_id: Mapped[int] = mapped_column(
        ForeignKey("case.id", ondelete="CASCADE"), primary_key=True
    )
    uid: Mapped[str] = mapped_column(String(32))
    due_on: Mapped[date] = mapped_column(Date, index=True)
    """The last day on which it is kept."""
    announced_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    """Since when it must not go, because a court, a complaint or the like needs it."""
    held_by: Mapped[int | None] = mapped_column(BigKey)
    sealed_reason: Mapped[bytes | None] = mapped_column(LargeBinary)

    case: Mapped[Case] = relationship(lazy="joined", innerjoin=True)
    reason = Sealed[str](cannot_be_read)

    @property
    def data_key(self) -> DataKey:
        """Return the key of the case."""
        return self.case.data_key


class IdleAccount(Model):
    """An account without requests to which nobody came back for long; its owner was told."""

    __tablename__ = "idle_account"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    since_on: Mapped[date] = mapped_column(Date)
    """The day on which somebody last signed in."""
    due_on: Mapped[date] = mapped_column(Date, index=True)
    """The last day on which it is kept."""
    warned_on: Mapped[date | None] = mapped_column(Date)
    """When its owner was told the last time."""

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class Erasure(Keyed, Model):
    """What is left of a request that was erased."""

    __tablename__ = "erasure"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    service: Mapped[str] = mapped_column(String(64))
    """The code of the service."""
    outcome: Mapped[str] = mapped_column(String(32))
    submitted_on: Mapped[date | None] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    erased_at: Mapped[datetime]
