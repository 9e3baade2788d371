"""Openings of seats at an hour, and the places in their queues."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.appointments.line.rules import USUAL_RATE, OpeningState, PlaceState
from app.appointments.models import Pool
from app.cases.models import Case
from app.catalogue.models import Service
from app.core.crypto import DataKey, Sealed
from app.core.db import Keyed, Model, Named, choice

GOES_ON = text("state IN ('announced', 'open')")
WAITS = text("state = 'waiting'")
ADMITTED = text("state = 'admitted'")


class Opening(Named, Model):
    """Seats of a pool on some days that a service gives out in a queue, from an hour on."""

    __tablename__ = "queue_opening"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="opens_first"),
        CheckConstraint("first_on <= last_on", name="days_in_order"),
        CheckConstraint("rate BETWEEN 1 AND 600", name="rate_sensible"),
        Index(
            "ix_queue_opening_goes_on",
            "pool_id",
            sqlite_where=GOES_ON,
            postgresql_where=GOES_ON,
        ),
        Index(None, "post_id", "id"),
        Index(None, "service_id"),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    state: Mapped[OpeningState] = mapped_column(choice(OpeningState, name="state_known"))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    """From then on what is left is for everybody."""
    units: Mapped[int]
    """So many slots a visit takes, with its buffers."""
    rate: Mapped[int] = mapped_column(default=USUAL_RATE)
    """People who are let in, in a minute."""
    commitment: Mapped[str] = mapped_column(String(64))
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    list_text: Mapped[str | None] = mapped_column(Text, deferred=True)
    """Who was there at the hour, by ticket."""
    steps: Mapped[int] = mapped_column(default=0)
    """How often the next ones were let in: a step that was taken is not taken again."""
    reckoned_at: Mapped[datetime]
    """Until then the rate is used up."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    secret: Sealed[str] = Sealed()
    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    pool: Mapped[Pool] = relationship(lazy="joined", innerjoin=True)
    service: Mapped[Service] = relationship(lazy="joined", innerjoin=True)


class Place(Named, Model):
    """A party that waits in a queue, by the request of whoever joined it."""

    __tablename__ = "queue_place"
    __table_args__ = (
        CheckConstraint(
            "(state IN ('waiting', 'left', 'ended')) OR until IS NOT NULL", name="turn_ends"
        ),
        Index(
            "ix_queue_place_waits",
            "opening_id",
            "rank",
            "id",
            sqlite_where=WAITS,
            postgresql_where=WAITS,
        ),
        Index(
            "ix_queue_place_admitted",
            "opening_id",
            "until",
            sqlite_where=ADMITTED,
            postgresql_where=ADMITTED,
        ),
        Index(None, "case_id"),
    )

    opening_id: Mapped[int] = mapped_column(ForeignKey("queue_opening.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    ticket: Mapped[str] = mapped_column(String(14), unique=True)
    party: Mapped[int]
    state: Mapped[PlaceState] = mapped_column(choice(PlaceState, name="state_known"))
    rank: Mapped[int | None]
    """The place in the order of those who were there at the hour; others come after all of
    them, in the order of their keys."""
    joined_at: Mapped[datetime]
    until: Mapped[datetime | None]
    """When the turn is over."""

    opening: Mapped[Opening] = relationship(lazy="joined", innerjoin=True)


class PlacePerson(Keyed, Model):
    """Who would come; a person (by fingerprint, whatever the account) has one place in a queue."""

    __tablename__ = "queue_person"
    __table_args__ = (
        Index(
            "uq_queue_person_active",
            "opening_id",
            "fingerprint",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
        Index(None, "place_id"),
        Index(None, "case_id"),
    )

    place_id: Mapped[int] = mapped_column(ForeignKey("queue_place.id", ondelete="CASCADE"))
    opening_id: Mapped[int] = mapped_column(ForeignKey("queue_opening.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    fingerprint: Mapped[str] = mapped_column(String(32))
    active: Mapped[bool]

    case: Mapped[Case] = relationship(lazy="raise_on_sql")
