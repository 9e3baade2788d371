"""Who works at a post, shut out or not, and what was asked for them."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, func, select

from app.accounts import agreeing
from app.accounts import queries as accounts
from app.accounts.models import StaffMember, StaffRole
from app.accounts.rights.models import RightsAsked
from app.core.actor import Role
from app.core.db import db
from app.core.errors import NotFound

PAGE = 30


def list_members(post_id: int, *, after: int | None) -> Sequence[StaffMember]:
    """Return who acts at a post behind a member, one more than a page if there is."""
    query = _members(post_id).order_by(StaffMember.id).limit(PAGE + 1)
    if after is not None:
        query = query.where(StaffMember.id > after)
    return db.session.scalars(query).all()


def get_member(uid: str, post_id: int) -> StaffMember:
    """Return a member of staff who acts at a post, or raise NotFound."""
    found = db.session.scalar(_members(post_id).where(StaffMember.uid == uid))
    if found is None:
        raise NotFound()
    return found


def _members(post_id: int) -> Select[StaffMember]:
    """Return the query for those who act at a post: at the first of theirs (rules.rights_of)."""
    there = (
        select(StaffRole.staff_id)
        .group_by(StaffRole.staff_id)
        .having(func.min(StaffRole.post_id) == post_id)
    )
    return select(StaffMember).where(StaffMember.id.in_(there))


def list_seconds(post_id: int, but: Collection[int | None]) -> list[StaffMember]:
    """Return the admins of a post who may agree: all but who asks and who would get the rights."""
    admins = accounts.list_colleagues(post_id, [Role.ADMIN])
    return [one for one in admins if one.id not in but]


def list_open(post_id: int, *, staff_id: int | None = None) -> Sequence[RightsAsked]:
    """Return what waits for a second admin of a post, or what of it is for one member."""
    query = select(RightsAsked).where(
        RightsAsked.post_id == post_id, *agreeing.is_open(RightsAsked)
    )
    if staff_id is not None:
        query = query.where(RightsAsked.staff_id == staff_id)
    return db.session.scalars(query.order_by(RightsAsked.id)).all()


def count_to_agree(post_id: int, admin_id: int) -> int:
    """Return how much waits that an admin may agree to: what others asked for others."""
    query = select(func.count(RightsAsked.id)).where(
        RightsAsked.post_id == post_id,
        RightsAsked.asked_by != admin_id,
        RightsAsked.staff_id != admin_id,
        *agreeing.is_open(RightsAsked),
    )
    return db.session.scalar(query) or 0


def get_all(ids: Collection[int]) -> dict[int, StaffMember]:
    """Return members of staff by their keys."""
    rows = db.session.scalars(select(StaffMember).where(StaffMember.id.in_(ids)))
    return {one.id: one for one in rows}
