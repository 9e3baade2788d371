"""Rights that one admin asks for a colleague and another one gives."""

from datetime import timedelta

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.agreeing import Asked, three_people
from app.core.actor import Role
from app.core.db import choice


class RightsAsked(Asked):
    """That a colleague shall have a role at the post, or shall be let in again."""

    __tablename__ = "rights_asked"
    __table_args__ = (
        *three_people(),
        Index(
            "uq_rights_asked_role",
            "staff_id",
            "role",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "uq_rights_asked_return",
            "staff_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL AND role IS NULL"),
            postgresql_where=text("closed_at IS NULL AND role IS NULL"),
        ),
    )

    WAITS = timedelta(days=3)
    """A weekend, and a day besides."""

    role: Mapped[Role | None] = mapped_column(choice(Role, name="role_known"))
    """None: to be let in again, with the roles that were left."""
