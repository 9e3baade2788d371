"""One action on many cases, and what became of each."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Keyed, Model, Named, choice
from app.core.shapes import JsonObject


class BulkAction(StrEnum):
    """What can be done to many cases at once."""

    ASSIGN = "assign"
    ASK = "ask"
    MOVE_ON = "move_on"
    CONSIGN = "consign"
    SEND = "send"
    BRING_BACK = "bring_back"
    EXPORT = "export"


class Outcome(StrEnum):
    """How the action ended for one case."""

    DONE = "done"
    HELD = "held"
    NOT_NOW = "not_now"
    NOT_ALLOWED = "not_allowed"
    UNFIT = "unfit"
    REFUSED = "refused"
    FAILED = "failed"


class BulkRun(Named, Model):
    """An action that somebody wants done to many cases; a worker does it, case by case."""

    __tablename__ = "bulk_run"
    __table_args__ = (Index(None, "post_id", "id"),)

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    action: Mapped[BulkAction] = mapped_column(choice(BulkAction, name="action_known"))
    arguments: Mapped[Any] = mapped_column(JsonObject)
    """Keys, codes and a day, nothing personal (Any: JSON)."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class BulkItem(Keyed, Model):
    """One case of a run; without an outcome it still waits."""

    __tablename__ = "bulk_item"
    __table_args__ = (
        UniqueConstraint("run_id", "case_id"),
        Index(
            "ix_bulk_item_waiting",
            "run_id",
            "id",
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("bulk_run.id", ondelete="CASCADE"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome, name="outcome_known"))
