"""Messages as rows: the row is the truth, the worker only carries it out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    String,
    TextClause,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.crypto import DataKey, Sealed
from app.core.db import BigKey, Keyed, Model, Named, choice
from app.notifications import rules
from app.notifications.rules import Channel, MessageState, Said
from app.notifications.templates.models import MessageTemplate

__all__ = ["Channel", "Message", "MessageAttempt", "MessageReceipt", "MessageState", "Said"]


def _in(states: Sequence[MessageState]) -> TextClause:
    """Return the condition of an index: a group of states of the rules."""
    listed = ", ".join(f"'{state.value}'" for state in states)
    return text(f"state IN ({listed})")


WAITING, LEASED, TROUBLED = _in(rules.WAITING), _in(rules.LEASED), _in(rules.TROUBLED)


class Message(Named, Model):
    """One event told to one recipient by one channel."""

    __tablename__ = "message"
    __table_args__ = (
        Index(
            "ix_message_due",
            "channel",
            "priority",
            "due_at",
            "id",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index(
            "ix_message_alone",
            "channel",
            "priority",
            "due_at",
            "id",
            sqlite_where=text(f"{WAITING} AND is_alone = 1"),
            postgresql_where=text(f"{WAITING} AND is_alone"),
        ),
        Index(
            "ix_message_fallen",
            "channel",
            "priority",
            "due_at",
            "id",
            sqlite_where=text(f"{WAITING} AND has_fallen = 1 AND is_alone = 0"),
            postgresql_where=text(f"{WAITING} AND has_fallen AND NOT is_alone"),
        ),
        Index(
            "ix_message_leased",
            "lease_until",
            sqlite_where=LEASED,
            postgresql_where=LEASED,
        ),
        Index(
            "ix_message_receipt",
            "receipt_due_at",
            sqlite_where=text("receipt_due_at IS NOT NULL"),
            postgresql_where=text("receipt_due_at IS NOT NULL"),
        ),
        Index(
            "ix_message_named",
            "provider_ref",
            sqlite_where=text("provider_ref IS NOT NULL"),
            postgresql_where=text("provider_ref IS NOT NULL"),
        ),
        Index(
            "ix_message_troubled",
            "id",
            sqlite_where=TROUBLED,
            postgresql_where=TROUBLED,
        ),
        Index(
            "ix_message_ended_badly",
            "updated_at",
            sqlite_where=TROUBLED,
            postgresql_where=TROUBLED,
        ),
        Index(
            "ix_message_unconfirmed",
            "id",
            sqlite_where=text("last_error = 'no_receipt'"),
            postgresql_where=text("last_error = 'no_receipt'"),
        ),
        Index(
            "ix_message_inbox",
            "account_id",
            "channel",
            "id",
            sqlite_where=text("account_id IS NOT NULL"),
            postgresql_where=text("account_id IS NOT NULL"),
        ),
        Index(
            None,
            "case_id",
            "id",
            sqlite_where=text("case_id IS NOT NULL"),
            postgresql_where=text("case_id IS NOT NULL"),
        ),
        Index(
            "ix_message_announcement",
            "announcement_id",
            "state",
            sqlite_where=text("announcement_id IS NOT NULL"),
            postgresql_where=text("announcement_id IS NOT NULL"),
        ),
    )

    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    event: Mapped[str] = mapped_column(String(64))
    """The name of the template family, such as "case_submitted"."""
    post_id: Mapped[int | None] = mapped_column(BigKey)
    case_id: Mapped[int | None] = mapped_column(BigKey)
    announcement_id: Mapped[int | None] = mapped_column(BigKey)
    """The announcement that it tells, which can be stopped."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    channel: Mapped[Channel] = mapped_column(choice(Channel, name="channel_known"))
    language: Mapped[str] = mapped_column(String(2))
    template_id: Mapped[int | None] = mapped_column(ForeignKey("message_template.id"))
    """The text of the post with which it was written; None for the shipped one."""
    text_release: Mapped[str | None] = mapped_column(String(12))
    """Of which shipped texts it is made, see templates.shipped; None for a text of the post."""
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    sealed_payload: Mapped[bytes] = mapped_column(LargeBinary)
    priority: Mapped[int] = mapped_column(default=5)
    """1 for sign-in codes, 5 for news of a case, 9 for announcements."""
    state: Mapped[MessageState] = mapped_column(choice(MessageState, name="state_known"))
    due_at: Mapped[datetime]
    not_after: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    tries_before: Mapped[int] = mapped_column(default=0, server_default="0")
    """The attempts made when staff last had it sent again; they count against it no more."""
    provider: Mapped[str | None] = mapped_column(String(32))
    """Who was called for it last."""
    provider_ref: Mapped[str | None] = mapped_column(String(128))
    """What that provider calls it; its receipts name it so."""
    key_expires_at: Mapped[datetime | None]
    """Until when that provider knows the key that it was given; None where it knows none."""
    in_doubt: Mapped[bool] = mapped_column(default=False, server_default=false())
    """That provider may have taken it: nobody else may be called, and only under that key."""
    was_repeated: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It was sent again in spite of such a doubt."""
    receipt_due_at: Mapped[datetime | None]
    """When a receipt is missing; None where none is awaited."""
    is_passed_on: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It did not arrive and is told by another channel: nothing is left to decide."""
    is_alone: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It goes by itself: it was claimed so, or two batches fell with it. Now it takes no other with
    it, and what becomes of its worker is its own doing."""
    has_fallen: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A worker died with it in its hands: it goes with few others, and next time by itself."""
    lease_until: Mapped[datetime | None]
    fence: Mapped[str | None] = mapped_column(String(32))
    last_error: Mapped[str | None] = mapped_column(String(64))
    read_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    template: Mapped[MessageTemplate | None] = relationship(lazy="selectin")
    """Asks the database once for a list, and not at all where no post has written one."""
    payload = Sealed[dict[str, Any]]()
    """What fills the template, and `to` where no account stands behind it (Any: JSON)."""


class MessageAttempt(Keyed, Model):
    """Evidence of one call of a provider; a trigger keeps what is known of it as it is."""

    __tablename__ = "message_attempt"
    __table_args__ = (UniqueConstraint("message_id", "number"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    number: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(32))
    provider: Mapped[str | None] = mapped_column(String(32))
    key: Mapped[str | None] = mapped_column(String(48))
    """By which the provider was to take it once; None where it knows no keys."""
    code: Mapped[int | None] = mapped_column("reply_code")
    """What the provider answered with, of SMTP or HTTP."""


class MessageReceipt(Keyed, Model):
    """What a provider said of a message, once for each of its events."""

    __tablename__ = "message_receipt"
    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        Index(
            "ix_message_receipt_early",
            "reference",
            sqlite_where=text("message_id IS NULL"),
            postgresql_where=text("message_id IS NULL"),
        ),
    )

    provider: Mapped[str] = mapped_column(String(32))
    event_id: Mapped[str] = mapped_column(String(128))
    reference: Mapped[str] = mapped_column(String(128))
    """What the provider calls the message; empty where it gives our key."""
    key: Mapped[str] = mapped_column(String(48))
    said: Mapped[Said | None] = mapped_column(choice(Said, name="said_known"))
    """None for what is no news, such as that it was passed to a network."""
    message_id: Mapped[int | None] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), index=True
    )
    is_applied: Mapped[bool]
    received_at: Mapped[datetime] = mapped_column(index=True)
