"""Ten submits, one effect: a key is stored in the transaction of what it caused."""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import request
from sqlalchemy import String, UniqueConstraint, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import Keyed, Model, constraint_of, db, transaction
from app.web.access import current_actor

KEPT = timedelta(days=7)


class IdempotencyKey(Keyed, Model):
    """A form that was carried out, and where its sender was led to."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("owner", "endpoint", "key"),)

    owner: Mapped[str] = mapped_column(String(64))
    endpoint: Mapped[str] = mapped_column(String(96))
    key: Mapped[str] = mapped_column(String(64))
    location: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)


def location_of(owner: str, endpoint: str, key: str) -> str | None:
    """Return where the first sender of this very form was led to, or None."""
    return db.session.scalar(
        select(IdempotencyKey.location).where(
            IdempotencyKey.owner == owner,
            IdempotencyKey.endpoint == endpoint,
            IdempotencyKey.key == key,
        )
    )


def remember(owner: str, endpoint: str, key: str, *, location: str) -> None:
    """Store the key with its effect; call it inside the transaction of the effect."""
    db.session.add(
        IdempotencyKey(
            owner=owner,
            endpoint=endpoint,
            key=key,
            location=location,
            created_at=clock.now(),
        )
    )


def forget_old(now: datetime) -> None:
    """Delete keys of forms that nobody can send any more: their session is long over."""
    db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT))


def led_to(key: str) -> str | None:
    """Return where the sender of this very form was led to before, None the first time.

    For a view that must not ask for anything else first, since it is gone with the effect.
    """
    owner, endpoint = _sender()
    return location_of(owner, endpoint, key)


def _sender() -> tuple[str, str]:
    actor = current_actor()
    return str(actor.session_id) if actor else "", str(request.endpoint)


def once(key: str, effect: Callable[[], str]) -> str:
    """Carry out an effect in the one transaction of this view; return where it leads.

    The same form again, in another tab or a moment later, leads to the same place and
    changes nothing: its key is written first, so that a second sender waits for the first.
    A form that is refused (the effect raises) is not remembered.
    """
    owner, endpoint = _sender()
    known = location_of(owner, endpoint, key)
    if known is not None:
        return known
    try:
        with transaction():
            row = _reserve(owner, endpoint, key)
            row.location = effect()
            return row.location
    except IntegrityError as error:
        if constraint_of(error) != "uq_idempotency_key_owner_endpoint_key":
            raise
    return location_of(owner, endpoint, key) or request.path


def _reserve(owner: str, endpoint: str, key: str) -> IdempotencyKey:
    remember(owner, endpoint, key, location="")
    db.session.flush()
    return db.session.scalars(
        select(IdempotencyKey).where(
            IdempotencyKey.owner == owner,
            IdempotencyKey.endpoint == endpoint,
            IdempotencyKey.key == key,
        )
    ).one()
