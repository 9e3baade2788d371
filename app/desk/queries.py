"""What staff pages ask of several domains at once; every query is bounded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    false,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from app.accounts.models import StaffMember, StaffRole
from app.appointments import arriving
from app.appointments.models import Booking, BookingState, Pool
from app.cases.models import Case
from app.catalogue.models import Service, Site
from app.core import reference as references
from app.core.actor import Role
from app.core.db import BigKey, Texts, db
from app.core.i18n import text_in
from app.desk.models import SavedView

EXPECTED = (BookingState.BOOKED, BookingState.CHECKED_IN)
MADE = (*EXPECTED, BookingState.SERVED, BookingState.NO_SHOW, BookingState.LEFT)
"""Bookings that were confirmed and not given back."""
MOST_VIEWS = 90
"""So many saved views stand above a queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceName:
    """What a list of services needs of each."""

    id: int
    code: str
    title: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteName:
    """What a list of the places of a post needs of each."""

    id: int
    code: str
    name: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffName:
    """What a list of staff needs of each."""

    id: int
    uid: str
    name: Texts


def names_of_staff(ids: Iterable[int | None], known: Iterable[StaffName] = ()) -> dict[int, str]:
    """Return the names of members of staff by key, in the reader's language.

    Of those that are known the database is not asked again.
    """
    names = {one.id: text_in(one.name) for one in known}
    wanted = {one for one in ids if one is not None} - names.keys()
    if not wanted:
        return names
    rows = db.session.execute(
        select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(wanted))
    )
    return names | {key: text_in(name) for key, name in rows}


def list_staff(post_id: int) -> Sequence[StaffName]:
    """Return all members of staff of a post in the order of their logins, those shut out too."""
    of_post = select(StaffRole.staff_id).where(StaffRole.post_id == post_id)
    rows = db.session.execute(
        select(StaffMember.id, StaffMember.uid, StaffMember.name)
        .where(StaffMember.id.in_(of_post))
        .order_by(StaffMember.login)
    )
    return [StaffName(id=key, uid=uid, name=name) for key, uid, name in rows]


def uid_of_case(typed: str, post_id: int) -> str | None:
    """Return the uid of a request of a post by its reference, None for anything else."""
    try:
        reference = str(references.parse(typed))
    except references.WrongReference:
        return None
    query = select(Case.uid).where(Case.reference == reference, Case.post_id == post_id)
    return db.session.scalar(query)


def references_of(uids: Iterable[str]) -> dict[str, str]:
    """Return the references of requests by their uids."""
    rows = db.session.execute(select(Case.uid, Case.reference).where(Case.uid.in_(set(uids))))
    return {uid: reference for uid, reference in rows}


def list_services(post_id: int) -> Sequence[ServiceName]:
    """Return the services of a post in their order, for a filter."""
    rows = db.session.connection().execute(_SERVICES, {"post_id": post_id})
    return [ServiceName(id=key, code=code, title=title) for key, code, title in rows]


@dataclass(frozen=True, slots=True)
class ViewName:
    """What a list of the saved views of a queue needs of each."""

    uid: str
    name: str
    look: Mapping[str, Any]
    """As of the SavedView (Any: JSON)."""
    owner_id: int
    is_shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a queue can be narrowed down to at a post, and how somebody keeps to look at it."""

    services: Sequence[ServiceName]
    sites: Sequence[SiteName]
    officers: Sequence[StaffName]
    views: Sequence[ViewName]


def list_choices(post_id: int, *, staff_id: int) -> Choices:
    """Return services, places and officers of a post as filters list them, and saved views.

    The views are somebody's own and those that others share. All come by one question.
    """
    asked = {"post_id": post_id, "staff_id": staff_id}
    rows: dict[int, list[Any]] = {kind: [] for kind in _KINDS}  # Any: rows of the query below
    for one in db.session.connection().execute(_CHOICES, asked):
        rows[one.kind].append(one)
    services, sites, officers, views = rows.values()
    return Choices(
        services=[ServiceName(id=one.id, code=one.code, title=one.texts) for one in services],
        sites=[SiteName(id=one.id, code=one.code, name=one.texts) for one in sites],
        officers=[StaffName(id=one.id, uid=one.code, name=one.texts) for one in officers],
        views=[
            ViewName(one.code, one.word, _look_of(one.texts), one.owner_id, one.is_shared)
            for one in views
        ],
    )


def _look_of(stored: Any) -> Mapping[str, Any]:
    """Return how a saved view looks; the usual way where it was damaged (F27). (Any: JSON.)"""
    return stored if isinstance(stored, Mapping) else {}


def has_visit_at(site_id: int) -> ColumnElement[bool]:
    """Return the condition on cases: their visit is, or was, at this place."""
    pools = select(Pool.id).where(Pool.site_id == site_id)
    of_case = Booking.case_id == Case.id, Booking.pool_id.in_(pools), Booking.state.in_(MADE)
    return select(Booking.id).where(*of_case).exists()


def _kind(number: int) -> ColumnElement[int]:
    return literal_column(str(number), Integer).label("kind")


def list_officers(post_id: int) -> Sequence[StaffName]:
    """Return who may have a case of a post in hand, by login; whoever was disabled left out."""
    rows = db.session.connection().execute(_OFFICERS, {"post_id": post_id})
    return [StaffName(id=key, uid=uid, name=name) for key, uid, name in rows]


# Written once, for every page of the queue asks them: to build a statement costs as much as to have
# it answered.
_POST = bindparam("post_id", type_=BigKey)
_SERVICES = (
    select(Service.id, Service.code, Service.draft["title"])
    .where(Service.post_id == _POST)
    .order_by(Service.position, Service.id)
)
_REVIEWERS = select(StaffRole.staff_id).where(
    StaffRole.post_id == _POST, StaffRole.role.in_((Role.OFFICER, Role.HEAD))
)
_HAS_CASES = StaffMember.id.in_(_REVIEWERS), StaffMember.disabled_at.is_(None)
_OFFICERS = (
    select(StaffMember.id, StaffMember.uid, StaffMember.name)
    .where(*_HAS_CASES)
    .order_by(StaffMember.login)
)
_KINDS = _SERVICE, _SITE, _OFFICER, _VIEW = 1, 2, 3, 4
_NONE, _NO_WORD = literal_column("0", Integer), literal_column("''", String)
_VIEWS = (
    select(
        _kind(_VIEW),
        SavedView.id,
        SavedView.uid,
        SavedView.look,
        _NONE.label("place"),
        SavedView.name,
        SavedView.owner_id,
        SavedView.is_shared,
    )
    .where(
        SavedView.post_id == _POST,
        or_(SavedView.owner_id == bindparam("staff_id", type_=BigKey), SavedView.is_shared),
    )
    .order_by(SavedView.name, SavedView.id)
    .limit(MOST_VIEWS)
)
_CHOICES = union_all(
    select(
        _kind(_SERVICE),
        Service.id.label("id"),
        Service.code.label("code"),
        Service.draft["title"].label("texts"),
        Service.position.label("place"),
        _NO_WORD.label("word"),
        _NONE.label("owner_id"),
        false().label("is_shared"),
    ).where(Service.post_id == _POST),
    select(_kind(_SITE), Site.id, Site.code, Site.name, Site.id, _NO_WORD, _NONE, false()).where(
        Site.post_id == _POST
    ),
    select(
        _kind(_OFFICER),
        StaffMember.id,
        StaffMember.uid,
        StaffMember.name,
        _NONE,
        StaffMember.login,
        _NONE,
        false(),
    ).where(*_HAS_CASES),
    select(_VIEWS.subquery()),
).order_by("place", "word", "id")


def count_arrivals(post_id: int) -> int:
    """Return how many bookings of a post are expected today."""
    return _count(
        select(func.count())
        .select_from(Booking)
        .where(
            Booking.post_id == post_id,
            Booking.state.in_(EXPECTED),
            arriving.is_today(post_id),
        )
    )


def _count(query: Select[int]) -> int:
    return db.session.scalar(query) or 0
