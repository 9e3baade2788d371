"""Finding what recipients wish."""

from collections.abc import Collection

from sqlalchemy import select

from app.core.db import db
from app.notifications.preferences.models import Preference, StaffPreference
from app.notifications.preferences.rules import Quiet, Wishes
from app.notifications.rules import LADDER, Topic


def wishes_of(account_ids: Collection[int]) -> dict[int, Wishes]:
    """Return what each of some accounts wishes."""
    if not account_ids:
        return {}
    rows = db.session.scalars(select(Preference).where(Preference.account_id.in_(account_ids)))
    found = {row.account_id: wishes_in(row) for row in rows}
    return {account_id: found.get(account_id, Wishes()) for account_id in account_ids}


def get_wishes(account_id: int) -> Wishes:
    """Return what an account wishes."""
    return wishes_of([account_id])[account_id]


def digests_chosen(staff_ids: Collection[int]) -> dict[int, bool]:
    """Return who of some staff chose whether they get the digest, and what."""
    rows = db.session.scalars(
        select(StaffPreference).where(StaffPreference.staff_id.in_(staff_ids))
    )
    return {row.staff_id: row.wants_digest for row in rows}


def wishes_in(row: Preference | None) -> Wishes:
    """Return what a row says; without one, what everybody wishes who chose nothing."""
    if row is None:
        return Wishes()
    quiet = None
    if row.quiet_begins is not None and row.quiet_ends is not None and row.zone:
        quiet = Quiet(begins=row.quiet_begins, ends=row.quiet_ends, zone=row.zone)
    # What an older release knew and this one does not is passed over.
    by_name = {channel.value: channel for channel in LADDER}
    return Wishes(
        order=tuple(by_name[name] for name in row.order if name in by_name),
        quiet=quiet,
        unwanted=frozenset(topic for topic in Topic if topic.value in row.unwanted),
        is_discreet=row.is_discreet,
    )
