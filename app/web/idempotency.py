"""Ten submits, one effect: a key is stored in the transaction of what it caused."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import Keyed, Model, db


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
