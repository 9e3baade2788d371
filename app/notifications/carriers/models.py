"""How each provider did lately, for all workers to see."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class Carrier(Model):
    """A provider of messages, and whether it is left alone; see rules.Breaker."""

    __tablename__ = "message_carrier"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    recent: Mapped[str] = mapped_column(String(20))
    opened_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    probed_at: Mapped[datetime | None]
    successes: Mapped[int]
