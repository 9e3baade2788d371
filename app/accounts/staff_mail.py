"""Where a member of staff is mailed: at an address that they confirmed, else at their login.

Nobody signs in by it. What goes there are warnings, the digest, and the link for a new password
that a colleague has sent, which goes round no second factor.
"""

from app.accounts import confirming, protecting, rules, telling
from app.accounts.models import ContactKind, StaffMember
from app.accounts.rules import SecurityChange
from app.audit import services as audit
from app.core.actor import Actor
from app.core.crypto import Unreadable


def address_of(staff: StaffMember) -> str | None:
    """Return where somebody is mailed, None for who gave no address and whose login is none."""
    return given_by(staff) or rules.find_address(staff.login)


def given_by(staff: StaffMember) -> str | None:
    """Return the address that somebody confirmed, None without one.

    One that cannot be read any more counts as not given: others are told in the same go.
    """
    try:
        return staff.mail_address
    except Unreadable:
        return None


def confirm(staff: StaffMember, uid: str, typed: str, *, actor: Actor) -> None:
    """Mail somebody at the address that a code was sent to from now on; raise as read_sent does.

    Where they were mailed before is told of it as well.
    """
    address = confirming.read_sent(staff, uid, typed)
    _write(staff, address, "confirmed", SecurityChange.STAFF_ADDRESS_CONFIRMED, actor)


def remove(staff: StaffMember, _kind: ContactKind, *, actor: Actor) -> None:
    """Forget the address that somebody gave; nothing happens without one."""
    if staff.sealed_mail_address is not None:
        _write(staff, None, "removed", SecurityChange.ADDRESS_REMOVED, actor)


def _write(
    staff: StaffMember, address: str | None, what: str, change: SecurityChange, actor: Actor
) -> None:
    former = address_of(staff)
    staff.mail_address = address
    # A link that waits in the former mailbox must open nothing any more.
    protecting.forget_links(staff)
    audit.record(f"email.{what}", actor=actor, object_kind="staff", object_uid=staff.uid)
    also = [former] if former and former != address_of(staff) else []
    telling.tell(staff, change, also=also)
