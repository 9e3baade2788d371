"""What became of messages, hour by hour, and what was found wrong with sending them."""

from datetime import datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BigKey, Keyed, Model, choice
from app.notifications.figures.rules import Trouble

__all__ = ["MessageHour", "SendingTrouble", "Trouble"]


class MessageHour(Model):
    """Counts of an hour, so that a page about a week reads a few hundred rows and no message."""

    __tablename__ = "message_hour"

    begins_at: Mapped[datetime] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    """0 for messages of no post, such as codes."""
    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    called: Mapped[int]
    taken: Mapped[int]
    swift: Mapped[int]
    """Of those taken: within rules.SWIFT."""
    retries: Mapped[int]
    unknown: Mapped[int]
    dead: Mapped[int]


class SendingTrouble(Keyed, Model):
    """Something that was wrong with the sending of messages, told once while it lasted."""

    __tablename__ = "sending_trouble"
    __table_args__ = (
        Index(
            "uq_sending_trouble_open",
            "kind",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    kind: Mapped[Trouble] = mapped_column(choice(Trouble, name="kind_known"))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
