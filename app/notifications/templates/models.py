"""Texts of a post in place of the shipped ones: every row is a version and never changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BigKey, Model, Named, choice
from app.core.shapes import JsonObject
from app.notifications.templates.rules import Kind, Words

OF_POST = text("service_id IS NULL AND number IS NOT NULL")
OF_SERVICE = text("service_id IS NOT NULL AND number IS NOT NULL")


class MessageTemplate(Named, Model):
    """What a post says at an event in one kind of text; the newest number counts.

    A trigger refuses changes, because messages keep the version with which they were written.
    """

    __tablename__ = "message_template"
    __table_args__ = (
        Index(
            "uq_message_template_of_post",
            *("post_id", "event", "kind", "number"),
            unique=True,
            sqlite_where=OF_POST,
            postgresql_where=OF_POST,
        ),
        Index(
            "uq_message_template_of_service",
            *("post_id", "service_id", "event", "kind", "number"),
            unique=True,
            sqlite_where=OF_SERVICE,
            postgresql_where=OF_SERVICE,
        ),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    """None for all services of the post."""
    event: Mapped[str] = mapped_column(String(64))
    kind: Mapped[Kind] = mapped_column(choice(Kind, name="kind_known"))
    number: Mapped[int | None]
    """Counts the versions of a text; None for what was only tried."""
    texts: Mapped[Any] = mapped_column(JsonObject)
    """Language to subject and body (Any: JSON); empty: back to the shipped text."""
    made_from: Mapped[Any] = mapped_column(JsonObject)
    """Language to the hash of the main text that was translated (Any: JSON)."""
    replaces: Mapped[bool]
    """It says something in some language."""
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(BigKey)

    @property
    def words(self) -> Mapping[str, Words]:
        """Return the text in each language that it has."""
        return {language: Words(**said) for language, said in self.texts.items()}
