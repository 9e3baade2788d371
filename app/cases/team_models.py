"""Groups of staff, which services go to them, and who is away."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Keyed, Model, Named


class StaffGroup(Named, Model):
    """Staff of a post who share the cases of some services."""

    __tablename__ = "staff_group"
    __table_args__ = (Index(None, "post_id"),)

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]


class GroupMember(Keyed, Model):
    """Somebody in a group."""

    __tablename__ = "group_member"
    __table_args__ = (UniqueConstraint("group_id", "staff_id"), Index(None, "staff_id"))

    group_id: Mapped[int] = mapped_column(ForeignKey("staff_group.id", ondelete="CASCADE"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))


class RoutingRule(Keyed, Model):
    """The cases of a service of a post go to a group."""

    __tablename__ = "routing_rule"
    __table_args__ = (UniqueConstraint("service_id"), Index(None, "group_id"))

    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("staff_group.id", ondelete="CASCADE"))


class Absence(Named, Model):
    """Days on which somebody is away; `last_on` is included. Their cases are handed over."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("first_on <= last_on", name="in_order"),
        Index(None, "post_id", "last_on"),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    """Who is offered the cases first."""
    created_at: Mapped[datetime]
