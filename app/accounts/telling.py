"""Telling the owner of an account what was changed about signing in or rights, with the change."""

from collections.abc import Collection

from app.accounts import signals
from app.accounts.models import Owner, StaffMember
from app.accounts.rights.rules import RightsChange
from app.accounts.rules import SecurityChange
from app.core.db import new_uid


def tell(owner: Owner, change: SecurityChange, *, also: Collection[str] = ()) -> None:
    """Have a citizen or a member of staff told; it is a row of the caller's transaction.

    `also` are addresses and phones that are theirs no more, so that who had them hears of it.
    """
    signals.security_changed.send(None, owner=owner, change=change, uid=new_uid(), also=also)


def tell_of_rights(staff: StaffMember, change: RightsChange) -> None:
    """Have a member of staff told what they may do from now on; a row of the same transaction."""
    signals.rights_changed.send(None, staff=staff, change=change, uid=new_uid())
