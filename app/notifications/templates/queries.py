"""Finding the texts of a post: those that count now, and their versions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import load_only

from app.core.db import db
from app.core.errors import NotFound
from app.notifications.templates.models import MessageTemplate
from app.notifications.templates.rules import Kind

MOST_VERSIONS = 20

Text = tuple[int, int | None, Kind]
"""A post, one of its services or none for all, a kind of text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which text is meant: of a post, for one service or for all."""

    post_id: int
    service_id: int | None
    event: str
    kind: Kind


def list_current(post_ids: Collection[int], event: str | None = None) -> Sequence[MessageTemplate]:
    """Return the newest version of each text of some posts, of all events or of one."""
    of_these: list[ColumnElement[bool]] = [MessageTemplate.post_id.in_(post_ids)]
    if event is not None:
        of_these.append(MessageTemplate.event == event)
    newest = _newest(*of_these)
    return db.session.scalars(select(MessageTemplate).where(MessageTemplate.id.in_(newest))).all()


def find_pins(post_ids: Collection[int], event: str) -> dict[Text, int]:
    """Return the texts of an event that count now and say something, by the keys of their rows."""
    rows = db.session.execute(_PINS, {"post_ids": list(post_ids), "event": event})
    return {(post_id, service_id, kind): id_ for post_id, service_id, kind, id_ in rows}


def _newest(*of_these: ColumnElement[bool]) -> Select[int]:
    """Return which versions are the newest: they are only added, so by the highest key."""
    return (
        select(func.max(MessageTemplate.id))
        .where(MessageTemplate.number.is_not(None), *of_these)
        .group_by(
            MessageTemplate.post_id,
            MessageTemplate.service_id,
            MessageTemplate.event,
            MessageTemplate.kind,
        )
    )


_PINS = select(
    MessageTemplate.post_id, MessageTemplate.service_id, MessageTemplate.kind, MessageTemplate.id
).where(
    MessageTemplate.replaces,
    MessageTemplate.id.in_(
        _newest(
            MessageTemplate.post_id.in_(bindparam("post_ids", expanding=True)),
            MessageTemplate.event == bindparam("event"),
        )
    ),
)
"""Put together once, as it is asked with every booking (ADR 0022)."""


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
