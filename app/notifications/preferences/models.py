"""What accounts and staff chose about the messages to them."""

from datetime import datetime, time

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.shapes import JsonList


class Preference(Model):
    """The choices of one account; without a row everything is as rules.Wishes has it."""

    __tablename__ = "message_preference"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    order: Mapped[list[str]] = mapped_column("channel_order", JsonList)
    """Channels, the first to be tried first; empty for the usual order."""
    quiet_begins: Mapped[time | None]
    quiet_ends: Mapped[time | None]
    zone: Mapped[str | None] = mapped_column(String(64))
    """The IANA zone of the quiet hours."""
    unwanted: Mapped[list[str]] = mapped_column(JsonList)
    """Topics that are not sent."""
    is_discreet: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Messages name neither this service nor what they are about."""
    updated_at: Mapped[datetime]


class StaffPreference(Model):
    """What a member of staff chose; without a row heads get the digest, and nobody else."""

    __tablename__ = "staff_preference"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), primary_key=True)
    wants_digest: Mapped[bool]
    updated_at: Mapped[datetime]
