"""Who may set up their first second factor with a password alone, and who needs somebody's word.

A password that was given once and never used since is a key that nobody watches. Who signs on with
the ministry's provider, or with a passkey, shows that first; else two others of the post vouch.
"""

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import FactorReset, Passkey, StaffIdentity, StaffMember
from app.core import clock
from app.core.db import db
from app.core.errors import Invalid


class NotByPassword(Invalid):
    """The password is right, and does not let this owner set up a second factor."""

    message = _l(
        "Your password alone does not set up an app. Sign on with your ministry's sign-on or your"
        " passkey, or ask the head of section or the administrator to let you set up another"
        " second step."
    )


def check_password_alone(staff: StaffMember) -> None:
    """Refuse to go on to a first app whom another way of signing in is known of."""
    if staff.has_second_factor or not _has_other_way(staff) or _is_vouched_for(staff):
        return
    raise NotByPassword()


def _has_other_way(staff: StaffMember) -> bool:
    linked = select(StaffIdentity.id).where(
        StaffIdentity.staff_id == staff.id, StaffIdentity.linked_at.is_not(None)
    )
    passkey = select(Passkey.id).where(Passkey.staff_id == staff.id)
    return any(db.session.scalar(one.limit(1)) is not None for one in (linked, passkey))


def _is_vouched_for(staff: StaffMember) -> bool:
    """Return whether two of the post said, within a day, that it is their colleague who asks."""
    agreed = select(FactorReset.id).where(
        FactorReset.staff_id == staff.id,
        FactorReset.agreed_by.is_not(None),
        FactorReset.closed_at > clock.now() - FactorReset.WAITS,
    )
    return db.session.scalar(agreed.limit(1)) is not None
