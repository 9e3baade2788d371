"""What one of the post asks for a colleague, and another one agrees to: four eyes.

Three people are in it (reliability S08, S15): who asks, who agrees, and whom it is about. What
nobody agrees to lapses.
"""

from datetime import datetime, timedelta
from typing import ClassVar, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.actor import Actor
from app.core.db import Model, Named, add_once, db
from app.core.errors import Conflict


class Asked(Named, Model):
    """What is asked for a colleague; open until it is closed or lapses."""

    __abstract__ = True

    WAITS: ClassVar[timedelta]
    """So long it waits for somebody who agrees."""

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), index=True)
    asked_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    asked_at: Mapped[datetime]
    agreed_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    closed_at: Mapped[datetime | None]
    """When it was agreed to, or else refused."""


Row = TypeVar("Row", bound=Asked)


def three_people() -> tuple[CheckConstraint, CheckConstraint]:
    """Return what the table of such rows refuses by itself."""
    return (
        CheckConstraint("asked_by <> staff_id", name="asked_by_another"),
        CheckConstraint("agreed_by <> staff_id AND agreed_by <> asked_by", name="agreed_by_third"),
    )


def is_open(kind: type[Asked]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions: it waits for somebody who agrees, and did not lapse."""
    return kind.closed_at.is_(None), kind.asked_at > clock.now() - kind.WAITS


def ask(row: Asked) -> None:
    """Add what is asked; raise Conflict when the same is open already."""
    # What lapsed would be in the way of every later word for the colleague.
    close_all(type(row), row.staff_id, type(row).asked_at <= clock.now() - row.WAITS)
    if not add_once(row):
        raise Conflict()


def close(kind: type[Row], actor: Actor, *which: ColumnElement[bool]) -> Row:
    """Close what is open at the actor's post, which only one of several can do; else Conflict."""
    key = db.session.scalar(
        update(kind)
        .where(kind.post_id == actor.post_id, *which, *is_open(kind))
        .values(closed_at=clock.now())
        .returning(kind.id)
    )
    if key is None:
        raise Conflict()
    return db.session.scalars(select(kind).where(kind.id == key)).one()


def agree(kind: type[Row], actor: Actor, *which: ColumnElement[bool]) -> Row:
    """Close what is open as agreed to; raise Conflict for who asked for it themselves."""
    row = close(kind, actor, *which)
    if row.asked_by == actor.id:
        raise Conflict(_l("Somebody else of the post has to agree: you asked for it yourself."))
    row.agreed_by = actor.id
    return row


def close_all(kind: type[Asked], staff_id: int, *which: ColumnElement[bool]) -> None:
    """Close all that is open for a colleague, or such of it."""
    db.session.execute(
        update(kind)
        .where(kind.staff_id == staff_id, kind.closed_at.is_(None), *which)
        .values(closed_at=clock.now())
    )
