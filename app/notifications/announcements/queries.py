"""Finding announcements, whom they go to, and what became of their messages."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from sqlalchemy import func, select

from app.core.db import db
from app.core.errors import NotFound
from app.notifications.announcements import audiences
from app.notifications.announcements.models import Announcement, AnnouncementState
from app.notifications.models import Channel, Message, MessageState

PAGE = 20


def list_of_post(
    post_id: int, *, before: int | None = None, limit: int = PAGE
) -> Sequence[Announcement]:
    """Return the announcements of a post, newest first, one more than the limit if there is."""
    rows = select(Announcement).where(Announcement.post_id == post_id)
    if before is not None:
        rows = rows.where(Announcement.id < before)
    return db.session.scalars(rows.order_by(Announcement.id.desc()).limit(limit + 1)).all()


def get_of_post(post_id: int | None, uid: str) -> Announcement:
    """Return an announcement of a post; raise NotFound for another post's."""
    row = db.session.scalar(
        select(Announcement).where(Announcement.uid == uid, Announcement.post_id == post_id)
    )
    if row is None:
        raise NotFound()
    return row


def lock(uid: str) -> Announcement:
    """Return an announcement, locked and as it is now."""
    return db.session.scalars(
        select(Announcement)
        .where(Announcement.uid == uid)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


@lru_cache(maxsize=256)
def texts_of(uid: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return title and text of an announcement by language; raise LookupError for an unknown.

    Asked once per process, for messages are of those that were approved, and they never change.
    """
    row = db.session.execute(
        select(Announcement.title, Announcement.text).where(Announcement.uid == uid)
    ).one_or_none()
    if row is None:
        raise LookupError(f"no such announcement: {uid}")
    return row.title, row.text


def stopped_among(ids: Collection[int]) -> frozenset[int]:
    """Return which of some announcements were stopped."""
    if not ids:
        return frozenset()
    stopped = select(Announcement.id).where(
        Announcement.id.in_(ids), Announcement.state == AnnouncementState.STOPPED
    )
    return frozenset(db.session.scalars(stopped))


def count_accounts(row: Announcement) -> int:
    """Return how many accounts an announcement would go to now."""
    found = audiences.get(row.audience).accounts(row.post_id, row.narrowed_to).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def next_accounts(row: Announcement) -> Sequence[int]:
    """Return the keys of the accounts that are told next, in order."""
    found = audiences.get(row.audience).accounts(row.post_id, row.narrowed_to).subquery()
    key = found.c[0]
    rows = select(key).where(key > row.reached_id).order_by(key).limit(row.at_once)
    return db.session.scalars(rows).all()


def count_by_state(announcement_id: int) -> dict[MessageState, int]:
    """Return how many messages of an announcement that leave the house stand in each state."""
    rows = db.session.execute(
        select(Message.state, func.count())
        .where(Message.announcement_id == announcement_id, Message.channel != Channel.PORTAL)
        .group_by(Message.state)
    )
    return {state: count for state, count in rows}
