"""How a service's seats are released, draws of them, and who wishes for which days."""

from datetime import date, datetime
from typing import Any

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

from app.appointments.draw.rules import (
    Outcome,
    PublicKind,
    ReleaseMode,
    ReleaseState,
    Weighting,
)
from app.appointments.models import Pool
from app.cases.models import Case
from app.catalogue.models import Service
from app.core.crypto import DataKey, Sealed
from app.core.db import Keyed, Model, Named, choice
from app.core.shapes import JsonList

__all__ = ["Entry", "EntryPerson", "Release", "ReleaseState", "ServiceMode"]


class ServiceMode(Model):
    """How the seats of a service are given out; without a row first come, first served."""

    __tablename__ = "service_mode"

    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), primary_key=True)
    mode: Mapped[ReleaseMode] = mapped_column(choice(ReleaseMode, name="mode_known"))
    changed_at: Mapped[datetime]


CONTINUES = text("state NOT IN ('over', 'called_off')")
WITH_LIST = "('closed', 'drawing', 'drawn', 'over')"
WITH_VALUE = "('drawing', 'drawn', 'over')"


class Release(Named, Model):
    """A draw of the seats of a pool on some days for a service; they are withheld until then."""

    __tablename__ = "seat_release"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="opens_first"),
        CheckConstraint("first_on <= last_on", name="days_in_order"),
        CheckConstraint(
            f"state NOT IN {WITH_LIST} OR list_hash IS NOT NULL", name="closed_with_list"
        ),
        CheckConstraint(
            f"state NOT IN {WITH_VALUE} OR public_value IS NOT NULL", name="drawn_with_value"
        ),
        Index(
            "ix_seat_release_continues",
            "pool_id",
            sqlite_where=CONTINUES,
            postgresql_where=CONTINUES,
        ),
        Index(None, "post_id", "id"),
        Index(None, "service_id"),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    state: Mapped[ReleaseState] = mapped_column(choice(ReleaseState, name="state_known"))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    units: Mapped[int]
    """With those of the buffers before and after a visit."""
    """So many slots a visit takes, by the version that was offered when the draw was made."""
    weighting: Mapped[Weighting] = mapped_column(choice(Weighting, name="weighting_known"))
    public_kind: Mapped[PublicKind] = mapped_column(choice(PublicKind, name="public_kind_known"))
    public_on: Mapped[date] = mapped_column(Date)
    """The day whose value counts: it cannot be known before the list is closed."""
    public_source: Mapped[str]
    """Who publishes the value and where, as the admin named it beforehand."""
    commitment: Mapped[str] = mapped_column(String(64))
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    list_text: Mapped[str | None] = mapped_column(Text, deferred=True)
    list_hash: Mapped[str | None] = mapped_column(String(64))
    public_value: Mapped[str | None] = mapped_column(String(128))
    settled: Mapped[int] = mapped_column(default=0)
    """So many entries, in the order of the draw, know what they got."""
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    drawn_at: Mapped[datetime | None]

    secret: Sealed[str] = Sealed()
    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    pool: Mapped[Pool] = relationship(lazy="joined", innerjoin=True)
    service: Mapped[Service] = relationship(lazy="joined", innerjoin=True)


STANDS = text("withdrawn_at IS NULL")


class Entry(Named, Model):
    """A wish of one party in one draw; its ticket was made by chance after the commitment."""

    __tablename__ = "draw_entry"
    __table_args__ = (
        CheckConstraint(
            "(outcome IS NOT NULL AND outcome IN ('seat', 'gone')) = (place IS NOT NULL)",
            name="outcome_with_place",
        ),
        Index(
            "ix_draw_entry_order",
            "release_id",
            "position",
            sqlite_where=STANDS,
            postgresql_where=STANDS,
        ),
    )

    release_id: Mapped[int] = mapped_column(ForeignKey("seat_release.id"))
    ticket: Mapped[str] = mapped_column(String(14), unique=True)
    days: Mapped[Any] = mapped_column(JsonList)
    """ISO days, in order (Any: JSON)."""
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    party: Mapped[int] = mapped_column(default=1)
    """How many the list says; before closing how many there are."""
    weight: Mapped[int] = mapped_column(default=1)
    position: Mapped[int | None]
    """Its place in the order of the draw, from 1 on."""
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome, name="outcome_known"))
    place: Mapped[str | None] = mapped_column(String(16))
    """The wall time that was drawn ("2026-12-14T09:20")."""
    passed_place: Mapped[str | None] = mapped_column(String(16))
    """The wall time that was passed on to it later, because others did not take it."""

    release: Mapped[Release] = relationship(lazy="joined", innerjoin=True)
    persons: Mapped[list["EntryPerson"]] = relationship(
        back_populates="entry", order_by="EntryPerson.case_id", lazy="raise_on_sql"
    )


class EntryPerson(Keyed, Model):
    """Who would come; a person (by fingerprint, whatever the account) has one wish in a draw."""

    __tablename__ = "draw_person"
    __table_args__ = (
        Index(
            "uq_draw_person_active",
            "release_id",
            "fingerprint",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
        Index(None, "entry_id"),
        Index(None, "case_id"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("draw_entry.id", ondelete="CASCADE"))
    release_id: Mapped[int] = mapped_column(ForeignKey("seat_release.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    fingerprint: Mapped[str] = mapped_column(String(32))
    active: Mapped[bool]

    entry: Mapped[Entry] = relationship(back_populates="persons", lazy="raise_on_sql")
    case: Mapped[Case] = relationship(lazy="raise_on_sql")
