"""Reading the counts of the hours, and how the sending stands at this moment."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import func, or_, select

from app.accounts import texting
from app.core.db import db
from app.jobs.rules import period_start
from app.notifications import events
from app.notifications.carriers.models import Carrier
from app.notifications.channels import registry
from app.notifications.figures.models import MessageHour, SendingTrouble
from app.notifications.figures.rules import Figures, Standing
from app.notifications.models import Channel, Message
from app.notifications.rules import WAITING

NO_POST = 0
HOUR = timedelta(hours=1)
COUNTS = ("called", "taken", "swift", "retries", "unknown", "dead")


def since(at: datetime, post_id: int) -> dict[Channel, Figures]:
    """Return the counts of a post, and of codes, by channel, of the hours from a moment on."""
    rows = db.session.execute(
        select(MessageHour.channel, *(func.sum(getattr(MessageHour, name)) for name in COUNTS))
        .where(MessageHour.begins_at >= at, MessageHour.post_id.in_((post_id, NO_POST)))
        .group_by(MessageHour.channel)
    )
    return {
        Channel(channel): Figures(**dict(zip(COUNTS, map(int, counts), strict=True)))
        for channel, *counts in rows
    }


def oldest_due_at(now: datetime, post_id: int | None = None) -> datetime | None:
    """Return since when the message that is due longest waits, of a post and of none, or of all."""
    rows = select(func.min(Message.due_at)).where(
        Message.state.in_(WAITING),
        Message.due_at <= now,
        Message.channel != Channel.PORTAL,
        # A large announcement takes as long as it takes.
        Message.priority < events.BULK,
    )
    if post_id is not None:
        rows = rows.where(or_(Message.post_id == post_id, Message.post_id.is_(None)))
    return db.session.scalar(rows)


def standing(now: datetime) -> Standing:
    """Return how the sending of the whole house stands."""
    # Of the hour that goes on and the one before it: at its beginning there is nothing of it.
    hour = period_start(now, HOUR) - HOUR
    called, dead = db.session.execute(
        select(func.sum(MessageHour.called), func.sum(MessageHour.dead)).where(
            MessageHour.begins_at >= hour
        )
    ).one()
    return Standing(
        oldest_due_at=oldest_due_at(now),
        called=int(called or 0),
        dead=int(dead or 0),
        alone_since=min(
            (one.opened_at for one in list_left_alone() if one.opened_at), default=None
        ),
        texts_used=texting.used_up(now) if texting.is_offered() else 0,
    )


def list_left_alone() -> Sequence[Carrier]:
    """Return the providers that are left alone because they failed, those of the settings."""
    known = registry.names(current_app.config["SETTINGS"])
    return db.session.scalars(
        select(Carrier)
        .where(Carrier.opened_at.is_not(None), Carrier.name.in_(known))
        .order_by(Carrier.name)
    ).all()


def list_open_troubles() -> Sequence[SendingTrouble]:
    """Return what is wrong with the sending now, as it was found last."""
    rows = select(SendingTrouble).where(SendingTrouble.ended_at.is_(None))
    return db.session.scalars(rows.order_by(SendingTrouble.id)).all()


def count_open_troubles() -> int:
    """Return how much is wrong with the sending now."""
    return len(list_open_troubles())
