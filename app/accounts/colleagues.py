"""A colleague who lost the second factor: one of the post vouches, another one agrees.

Neither sees or sets a secret. The colleague signs in with the password and sets up another app;
what the lost device could do is over (reliability S08).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from app.accounts import agreeing, factors, queries, services, sessions, staff_mail, telling
from app.accounts.models import FactorReset, Passkey, StaffMember
from app.accounts.rules import SecurityChange
from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import db
from app.core.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """A member of staff of a post, and what is open about the second factor."""

    staff: StaffMember
    open_reset: FactorReset | None

    @property
    def gets_mail(self) -> bool:
        """Return whether a link can be mailed: some have no address."""
        return staff_mail.address_of(self.staff) is not None


def list_of_post(post_id: int) -> list[Colleague]:
    """Return who works at a post, in a fixed order."""
    opened = {
        row.staff_id: row
        for row in db.session.scalars(
            select(FactorReset).where(
                FactorReset.post_id == post_id, *agreeing.is_open(FactorReset)
            )
        )
    }
    found = queries.list_colleagues(post_id, list(Role))
    return [Colleague(staff=one, open_reset=opened.get(one.id)) for one in found]


def get_colleague(uid: str, *, actor: Actor) -> StaffMember:
    """Return somebody else of the actor's post, or raise NotFound."""
    found: Sequence[StaffMember] = queries.list_colleagues(actor.post_id or 0, list(Role))
    for one in found:
        if one.uid == uid and one.id != actor.id:
            return one
    raise NotFound()


def ask_reset(uid: str, *, actor: Actor) -> None:
    """Vouch that a colleague lost the second factor; another one has to agree."""
    staff = get_colleague(uid, actor=actor)
    row = FactorReset(
        staff_id=staff.id,
        post_id=actor.post_id,
        asked_by=actor.id,
        asked_at=clock.now(),
    )
    agreeing.ask(row)
    _record("factor_reset_asked", staff, row, actor)


def agree(uid: str, *, actor: Actor) -> None:
    """Let a colleague set up another second factor; raise Conflict for who vouched themselves."""
    staff = get_colleague(uid, actor=actor)
    row = agreeing.agree(FactorReset, actor, FactorReset.staff_id == staff.id)
    reset(staff, actor=actor)
    _record("factor_reset_agreed", staff, row, actor)


def refuse(uid: str, *, actor: Actor) -> None:
    """Leave the second factor of a colleague as it is."""
    staff = get_colleague(uid, actor=actor)
    row = agreeing.close(FactorReset, actor, FactorReset.staff_id == staff.id)
    _record("factor_reset_refused", staff, row, actor)


def reset(staff: StaffMember, *, actor: Actor) -> None:
    """Take away what lets somebody in besides the password, and end what sessions they have."""
    factors.forget(staff)
    agreeing.close_all(FactorReset, staff.id)
    db.session.execute(delete(Passkey).where(Passkey.staff_id == staff.id))
    sessions.end_all(staff)
    audit.record("second_factor_reset", actor=actor, object_kind="staff", object_uid=staff.uid)
    telling.tell(staff, SecurityChange.FACTOR_RESET)


def let_in_again(staff: StaffMember, *, actor: Actor) -> None:
    """Let somebody in who was shut out, with the roles and the password of before.

    The device may be the reason why they were: what it could do is over, and they set up anew.
    """
    services.enable_staff(staff, actor=actor)
    reset(staff, actor=actor)


def _record(action: str, staff: StaffMember, row: FactorReset, actor: Actor) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="staff",
        object_uid=staff.uid,
        fields={"reset": row.uid},
    )
