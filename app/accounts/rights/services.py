"""Giving rights to staff, which takes two admins, and taking them, which takes one.

Who gives rights may give too many, and what was read with them stays read: so a second admin looks
(reliability S15), who is neither who asked nor who would get them. Who takes rights does no more
harm than to have them asked for anew, and whoever left or lost a laptop must be out at once, on a
Friday evening with one admin there: so it is done by one, who is recorded. Nobody is left without
an admin by it: who acts is one, holds the rows of all of them, and never acts on themselves.
"""

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement

from app.accounts import agreeing, colleagues, services, signals
from app.accounts.models import StaffMember
from app.accounts.rights import queries
from app.accounts.rights.models import RightsAsked
from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import Conflict, NotAllowed, NotFound


def ask_role(uid: str, role: Role, *, actor: Actor) -> None:
    """Ask for a role for a colleague; raise Conflict for one who has it or for whom it is asked.

    The other admins are told, so that nothing is asked for in one's name without a word.
    """
    staff = _lock_colleague(uid, actor)
    _check_lacks(staff, role, actor)
    _ask(staff, role, actor)


def ask_return(uid: str, *, actor: Actor) -> None:
    """Ask that a colleague who was shut out is let in again; raise Conflict for one who is in."""
    staff = _lock_colleague(uid, actor)
    _check_lacks(staff, None, actor)
    _ask(staff, None, actor)


def agree(uid: str, asked_uid: str, *, actor: Actor) -> None:
    """Give what another admin asked for; raise Conflict where that is not possible any more.

    Nor is it for who asked, or once who asked is no admin any more.
    """
    staff = _lock_colleague(uid, actor)
    row = agreeing.agree(RightsAsked, actor, *_which(staff, asked_uid))
    if row.asked_by not in services.lock_admins(row.post_id):
        raise Conflict(_l("Who asked for it is no administrator any more. Ask for it anew."))
    _check_lacks(staff, row.role, actor)
    _record("rights.agreed", staff, row, actor)
    if row.role is None:
        colleagues.let_in_again(staff, actor=actor)
    else:
        services.grant(staff, row.post_id, row.role, actor=actor)


def refuse(uid: str, asked_uid: str, *, actor: Actor) -> None:
    """Close what was asked without giving it; who asked may do so as well."""
    staff = _lock_colleague(uid, actor)
    row = agreeing.close(RightsAsked, actor, *_which(staff, asked_uid))
    _record("rights.refused", staff, row, actor)


def take_role(uid: str, role: Role, *, actor: Actor) -> None:
    """Take a role from a colleague at once; raise NotFound for who has it not.

    Raises Conflict for the only one: whoever has none is found on no page, and whom the post wants
    out is shut out.
    """
    staff = _lock_colleague(uid, actor)
    if _roles(staff, actor) == {role}:
        raise Conflict(_l("It is the only role. Give another one first, or shut them out."))
    services.take_role(staff, actor.post_id or 0, role, actor=actor)


def shut_out(uid: str, *, actor: Actor) -> None:
    """Let a colleague in no more, at once; what was asked for them is closed."""
    staff = _lock_colleague(uid, actor)
    if staff.disabled_at is not None:
        raise Conflict()
    agreeing.close_all(RightsAsked, staff.id)
    services.disable_staff(staff, actor=actor)


def _lock_colleague(uid: str, actor: Actor) -> StaffMember:
    """Return somebody else of the post, while no admin of it can change; else raise NotFound.

    Raises NotAllowed for who is no admin any more, by what another one did a moment ago.
    """
    if actor.id not in services.lock_admins(actor.post_id or 0):
        raise NotAllowed()
    staff = queries.get_member(uid, actor.post_id or 0)
    if staff.id == actor.id:
        raise NotFound()
    return staff


def _check_lacks(staff: StaffMember, role: Role | None, actor: Actor) -> None:
    if role is None and staff.disabled_at is None:
        raise Conflict(_l("Your colleague is not shut out any more."))
    if role is not None and staff.disabled_at is not None:
        raise Conflict(_l("Your colleague is shut out. Let them in again first."))
    if role in _roles(staff, actor):
        raise Conflict(_l("Your colleague has this role already."))


def _roles(staff: StaffMember, actor: Actor) -> set[Role]:
    return {one.role for one in staff.roles if one.post_id == actor.post_id}


def _ask(staff: StaffMember, role: Role | None, actor: Actor) -> None:
    row = RightsAsked(
        staff_id=staff.id,
        post_id=actor.post_id,
        role=role,
        asked_by=actor.id,
        asked_at=clock.now(),
    )
    agreeing.ask(row)
    _record("rights.asked", staff, row, actor)
    seconds = queries.list_seconds(row.post_id, {actor.id, staff.id})
    signals.rights_asked.send(None, admins=seconds, member=staff.uid, uid=row.uid)


def _which(staff: StaffMember, asked_uid: str) -> tuple[ColumnElement[bool], ...]:
    return RightsAsked.staff_id == staff.id, RightsAsked.uid == asked_uid


def _record(action: str, staff: StaffMember, row: RightsAsked, actor: Actor) -> None:
    fields = {"asked": row.uid, **({"role": row.role.value} if row.role else {})}
    audit.record(
        action,
        actor=actor,
        object_kind="staff",
        object_uid=staff.uid,
        post_id=row.post_id,
        fields=fields,
    )
