"""Finding the texts of a post: those that count now, and their versions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import load_only

from app.core.db import db
from app.core.errors import NotFound
from app.notifications.templates.models import MessageTemplate
from app.notifications.templates.rules import Kind

MOST_VERSIONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which text is meant: of a post, for one service or for all."""

    post_id: int
    service_id: int | None
    event: str
    kind: Kind


def list_current(post_ids: Collection[int], event: str | None = None) -> Sequence[MessageTemplate]:
    """Return the newest version of each text of some posts, of all events or of one."""
    of_these: list[ColumnElement[bool]] = [
        MessageTemplate.post_id.in_(post_ids),
        MessageTemplate.number.is_not(None),
    ]
    if event is not None:
        of_these.append(MessageTemplate.event == event)
    # Versions are only added, so the newest has the highest key.
    newest = (
        select(func.max(MessageTemplate.id))
        .where(*of_these)
        .group_by(
            MessageTemplate.post_id,
            MessageTemplate.service_id,
            MessageTemplate.event,
            MessageTemplate.kind,
        )
    )
    return db.session.scalars(select(MessageTemplate).where(MessageTemplate.id.in_(newest))).all()


def find_current(place: Place) -> MessageTemplate | None:
    """Return the newest version of a text, None where the shipped one was never replaced."""
    return db.session.scalar(
        select(MessageTemplate).where(*_at(place)).order_by(MessageTemplate.number.desc()).limit(1)
    )


def list_versions(place: Place) -> Sequence[MessageTemplate]:
    """Return the newest versions of a text, the newest first."""
    return db.session.scalars(
        select(MessageTemplate)
        .options(
            load_only(
                MessageTemplate.number,
                MessageTemplate.replaces,
                MessageTemplate.created_at,
                MessageTemplate.created_by,
            )
        )
        .where(*_at(place))
        .order_by(MessageTemplate.number.desc())
        .limit(MOST_VERSIONS)
    ).all()


def get_version(place: Place, number: int) -> MessageTemplate:
    """Return a version of a text; raise NotFound when there is none."""
    found = db.session.scalar(
        select(MessageTemplate).where(*_at(place), MessageTemplate.number == number)
    )
    if found is None:
        raise NotFound()
    return found


def _at(place: Place) -> list[ColumnElement[bool]]:
    return [
        MessageTemplate.post_id == place.post_id,
        MessageTemplate.service_id.is_(None)
        if place.service_id is None
        else MessageTemplate.service_id == place.service_id,
        MessageTemplate.event == place.event,
        MessageTemplate.kind == place.kind,
        MessageTemplate.number.is_not(None),
    ]
