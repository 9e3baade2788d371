"""Due work as rows: what is to be done, when, and how far it has got."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, Named, choice
from app.core.shapes import JsonObject
from app.jobs.rules import JobState

__all__ = ["Job", "JobState", "Tick"]


class Job(Named, Model):
    """One piece of due work; its handler is registered by the domain that owns `kind`."""

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "ix_job_due",
            "due_at",
            "id",
            sqlite_where=text("state = 'due'"),
            postgresql_where=text("state = 'due'"),
        ),
        Index(
            "ix_job_claimed",
            "lease_until",
            sqlite_where=text("state = 'claimed'"),
            postgresql_where=text("state = 'claimed'"),
        ),
        Index(
            "ix_job_failed",
            "id",
            sqlite_where=text("state = 'failed'"),
            postgresql_where=text("state = 'failed'"),
        ),
    )

    kind: Mapped[str] = mapped_column(String(64))
    dedupe_key: Mapped[str] = mapped_column(String(128), unique=True)
    arguments: Mapped[Any] = mapped_column(JsonObject)
    """Keys of rows and plain figures, nothing personal (Any: JSON)."""
    state: Mapped[JobState] = mapped_column(choice(JobState, name="state_known"))
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    fence: Mapped[str | None] = mapped_column(String(32))
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it was begun since it last made progress."""
    deaths: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of these attempts ended with their worker, the others raised."""
    done: Mapped[int] = mapped_column("items_done", default=0)
    total: Mapped[int] = mapped_column("items_total", default=0)
    last_error: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Tick(Model):
    """A period of a periodic job that somebody has taken on; the key decides who."""

    __tablename__ = "tick"

    job: Mapped[str] = mapped_column(String(64), primary_key=True)
    period_at: Mapped[datetime] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime]
