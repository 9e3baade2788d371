"""Posts, their sites and closures, and services with their immutable versions."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalogue.damaged import StoredDocument
from app.catalogue.workdays import ClosureScope
from app.core.db import BigKey, Keyed, Model, Named, Texts, choice
from app.core.shapes import JsonList, JsonMap, JsonObject


class VersionState(StrEnum):
    """Whether new cases start on a version; old ones keep theirs in any case."""

    PUBLISHED = "published"
    RETIRED = "retired"


class Post(Keyed, Model):
    """A mission: everything that belongs to it carries its id."""

    __tablename__ = "post"

    code: Mapped[str] = mapped_column(String(32), unique=True)
    prefix: Mapped[str] = mapped_column(String(2), unique=True)
    """The letters that begin its case references."""
    name: Mapped[Texts] = mapped_column(JsonMap)
    zone: Mapped[str] = mapped_column(String(64))
    week: Mapped[Any] = mapped_column(JsonList)
    """ISO weekdays on which the post works (Any: JSON list of int)."""
    languages: Mapped[Any] = mapped_column(JsonList)
    """Languages without which nothing is published (Any: JSON list of str)."""
    rates: Mapped[Any] = mapped_column(JsonList, default=list, server_default="[]")
    """What the post counts a currency as, for display only (Any: JSON list, see rates)."""
    appeal_days: Mapped[int] = mapped_column(default=30, server_default="30")
    """So many days after the day of a refusal an appeal is taken; 0: none (see periods)."""
    consignment_days: Mapped[int] = mapped_column(default=45, server_default="45")
    """After so many days without a return the head is shown a consignment (see periods)."""
    draft_days: Mapped[int] = mapped_column(default=180, server_default="180")
    """After so many days without a change a draft goes that was never sent (see periods)."""
    idle_months: Mapped[int] = mapped_column(default=24, server_default="24")
    """After so many months without a sign-in an account goes that has no request (see periods)."""
    kept: Mapped[Any] = mapped_column(JsonObject, default=dict, server_default="{}")
    """Outcome to months and days, where a service says nothing of keeping (Any: JSON, see kept)."""


class Site(Keyed, Model):
    """A place where citizens come to, for good or as a mobile mission for some days."""

    __tablename__ = "site"
    __table_args__ = (
        UniqueConstraint("post_id", "code"),
        CheckConstraint(
            "(first_on IS NULL) = (last_on IS NULL) AND (first_on IS NULL OR first_on <= last_on)",
            name="days_in_order",
        ),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    code: Mapped[str] = mapped_column(String(32))
    name: Mapped[Texts] = mapped_column(JsonMap)
    address: Mapped[Texts] = mapped_column(JsonMap)
    zone: Mapped[str] = mapped_column(String(64))
    first_on: Mapped[date | None] = mapped_column(Date)
    last_on: Mapped[date | None] = mapped_column(Date)
    """Both for a mission, none for a place that stays; the last day is included."""
    cancelled_at: Mapped[datetime | None]
    """Since when a mission is known not to take place."""

    post: Mapped[Post] = relationship(lazy="joined", innerjoin=True)

    def within(self, first: date, last: date) -> tuple[date, date]:
        """Return the part of a span of days in which it is there; none when it ends too early."""
        if self.cancelled_at is not None:
            return first, first - timedelta(days=1)
        if self.first_on is None or self.last_on is None:
            return first, last
        return max(first, self.first_on), min(last, self.last_on)

    def is_over(self, today: date) -> bool:
        """Return whether it was a mission and is there no more, or does not take place."""
        if self.cancelled_at is not None:
            return True
        return self.last_on is not None and self.last_on < today

    @property
    def local_language(self) -> str:
        """Return the language of the country: the post's second, after that of those it serves."""
        return str(self.post.languages[:2][-1])


class Closure(Named, Model):
    """Days on which a post is closed; `last_on` is included."""

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint("first_on <= last_on", name="in_order"),
        Index(None, "post_id", "first_on"),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    scope: Mapped[ClosureScope] = mapped_column(choice(ClosureScope, name="scope_known"))
    title: Mapped[Texts] = mapped_column(JsonMap)


class SamplePicture(Keyed, Model):
    """How a paper is accepted; it never changes, so that every version may go on naming it."""

    __tablename__ = "sample_picture"
    __table_args__ = (UniqueConstraint("post_id", "key"),)

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    key: Mapped[str] = mapped_column(String(40))
    says: Mapped[Texts] = mapped_column(JsonMap)
    """What can be seen, for those who cannot see it."""
    image: Mapped[bytes] = mapped_column(LargeBinary)
    """A JPEG that the decoder made, so that nothing of the file sent is left in it."""


class Service(Named, Model):
    """What a citizen can ask a post for; its draft is edited, its versions are not."""

    __tablename__ = "service"
    __table_args__ = (UniqueConstraint("post_id", "code"),)

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    code: Mapped[str] = mapped_column(String(40))
    category: Mapped[str] = mapped_column(String(32))
    position: Mapped[int]
    enabled: Mapped[bool]
    draft: Mapped[Any] = mapped_column(StoredDocument, deferred=True)
    """The definition that is being edited (Any: JSON, see catalogue.definition).

    Loaded where it is worked on: lists and cases that name their service would carry it along.
    """
    draft_changed_at: Mapped[datetime]
    draft_revision: Mapped[int] = mapped_column(default=1, server_default="1")
    """Counts the changes of the draft, so that two admins do not overwrite each other."""
    translated: Mapped[Any] = mapped_column(
        JsonObject, default=dict, server_default="{}", deferred=True
    )
    """Place of a text and language to the hash of the source that was translated (Any: JSON)."""

    post: Mapped[Post] = relationship(lazy="joined", innerjoin=True)


PUBLISHED = text("state = 'published'")


class ServiceVersion(Keyed, Model):
    """What was published once: a trigger refuses every change of content and hash."""

    __tablename__ = "service_version"
    __table_args__ = (
        UniqueConstraint("service_id", "number"),
        Index(
            "uq_service_version_published",
            "service_id",
            unique=True,
            sqlite_where=PUBLISHED,
            postgresql_where=PUBLISHED,
        ),
    )

    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    number: Mapped[int]
    content: Mapped[Any] = mapped_column(StoredDocument, deferred=True)
    """The definition as published (Any: JSON, see catalogue.definition)."""
    content_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[VersionState] = mapped_column(choice(VersionState, name="state_known"))
    published_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(BigKey)

    service: Mapped[Service] = relationship(lazy="joined", innerjoin=True)
