"""For admins: who works at the post with what rights, and giving and taking them.

A second admin agrees to what is given; what is taken is taken at once (rights.services).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_pgettext
from wtforms import SelectField
from wtforms.validators import DataRequired

from app.accounts import securing
from app.accounts.models import StaffMember
from app.accounts.rights import queries, services
from app.accounts.rights.models import RightsAsked
from app.accounts.staff import ROLES
from app.core.actor import Actor, Role
from app.core.errors import Conflict, NotFound
from app.core.i18n import text_in
from app.web import idempotency, navigation
from app.web.access import Audience, acting, staff
from app.web.forms import CHOOSE, KeyedForm

PATH = "/admin/staff"
bp = Blueprint("rights_admin", __name__)

navigation.enter(
    navigation.Place.HEAD,
    Audience.STAFF,
    74,
    "rights_admin.index",
    lazy_pgettext("section", "Staff"),
)


class RoleForm(KeyedForm):
    """Which role a colleague shall have."""

    role = SelectField(lazy_pgettext("field", "Role"), validators=[DataRequired(CHOOSE)])

    def offer(self, roles: Sequence[Role]) -> None:
        """Let these roles be chosen."""
        named = [(one.value, str(ROLES[one])) for one in roles]
        self.role.choices = [("", _("Choose a role")), *named]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits for a second admin (Any: lazy strings)."""

    uid: str
    staff_uid: str
    name: str
    role: Any
    """Empty where a colleague shall be let in again."""
    asked_by: str
    is_own: bool
    """Whether the reader asked for it, and somebody else has to agree."""
    is_for_reader: bool
    until: datetime


@bp.get("")
@staff(Role.ADMIN)
def index() -> ResponseReturnValue:
    """List who works at the post, and what waits for a second admin."""
    actor, cursor = acting(), request.args.get("after")
    post_id = actor.post_id or 0
    after = queries.get_member(cursor, post_id).id if cursor else None
    found = queries.list_members(post_id, after=after)
    shown = found[: queries.PAGE]
    return render_template(
        "rights/index.html",
        members=[(one, _roles(one, post_id)) for one in shown],
        waiting=_waiting(queries.list_open(post_id), actor),
        own_id=actor.id,
        is_first=after is None,
        next=shown[-1].uid if len(found) > queries.PAGE else "",
    )


@bp.get("/<uid>")
@staff(Role.ADMIN)
def show(uid: str) -> ResponseReturnValue:
    """Show the rights of a member of staff, and what an admin may do about them."""
    return _page(uid, RoleForm(formdata=None))


def _page(uid: str, form: RoleForm) -> str:
    actor = acting()
    post_id = actor.post_id or 0
    member = queries.get_member(uid, post_id)
    opened, held = queries.list_open(post_id, staff_id=member.id), _roles(member, post_id)
    form.offer([one for one in _lacking(held) if one not in {row.role for row in opened}])
    return render_template(
        "rights/member.html",
        member=member,
        held=held,
        waiting=_waiting(opened, actor),
        is_own=member.id == actor.id,
        is_return_asked=any(row.role is None for row in opened),
        has_second=bool(queries.list_seconds(post_id, {actor.id, member.id})),
        form=form,
    )


@bp.get("/<uid>/roles")
@staff(Role.ADMIN)
def come_back(uid: str) -> ResponseReturnValue:
    """Lead to the member whoever opens the address of the form."""
    return redirect(url_for(".show", uid=uid))


@bp.post("/<uid>/roles")
@staff(Role.ADMIN)
@securing.confirmed
def ask_role(uid: str) -> ResponseReturnValue:
    """Ask for a role for a colleague."""
    form, actor = RoleForm(), acting()
    form.offer(tuple(Role))
    if not form.validate_on_submit():
        return _page(uid, form), 422
    role = Role(form.role.data)
    return _done(form, uid, lambda: services.ask_role(uid, role, actor=actor), _asked())


@bp.post("/<uid>/roles/<role>/take")
@staff(Role.ADMIN)
@securing.confirmed
def take_role(uid: str, role: str) -> ResponseReturnValue:
    """Take a role from a colleague at once."""
    if role not in set(Role):
        raise NotFound()
    actor, said = acting(), _("The role is taken, and your colleague was signed out.")
    return _act(uid, lambda: services.take_role(uid, Role(role), actor=actor), said)


@bp.post("/<uid>/shut-out")
@staff(Role.ADMIN)
@securing.confirmed
def shut_out(uid: str) -> ResponseReturnValue:
    """Let a colleague in no more, at once."""
    actor, said = acting(), _("Your colleague was signed out and cannot sign in any more.")
    return _act(uid, lambda: services.shut_out(uid, actor=actor), said)


@bp.post("/<uid>/return")
@staff(Role.ADMIN)
@securing.confirmed
def ask_return(uid: str) -> ResponseReturnValue:
    """Ask that a colleague is let in again."""
    actor = acting()
    return _act(uid, lambda: services.ask_return(uid, actor=actor), _asked())


@bp.post("/<uid>/asked/<asked>/agree")
@staff(Role.ADMIN)
@securing.confirmed
def agree(uid: str, asked: str) -> ResponseReturnValue:
    """Agree to what another admin asked for a colleague."""
    actor, said = acting(), _("It is done. Your colleague has to sign in anew.")
    return _act(uid, lambda: services.agree(uid, asked, actor=actor), said)


@bp.post("/<uid>/asked/<asked>/refuse")
@staff(Role.ADMIN)
def refuse(uid: str, asked: str) -> ResponseReturnValue:
    """Leave the rights of a colleague as they are."""
    actor, said = acting(), _("Nothing was changed.")
    return _act(uid, lambda: services.refuse(uid, asked, actor=actor), said)


def _asked() -> str:
    return _("It is asked for. Another administrator of the post has to agree on this page.")


def _act(uid: str, effect: Callable[[], None], said: str) -> ResponseReturnValue:
    form = KeyedForm()
    if not form.validate_on_submit():
        abort(400)
    return _done(form, uid, effect, said)


def _done(form: KeyedForm, uid: str, effect: Callable[[], None], said: str) -> ResponseReturnValue:
    """Do it once and lead to the member."""

    def once() -> str:
        effect()
        flash(said, "success")
        return url_for(".show", uid=uid)

    try:
        return redirect(idempotency.once(form.content_key(), once))
    except Conflict as refusal:
        flash(refusal.sentence(), "error")
        return redirect(url_for(".show", uid=uid))


def _roles(member: StaffMember, post_id: int) -> list[tuple[Role, Any]]:
    """Return the roles at the post with their names, in the order of all (Any: lazy strings)."""
    held = {one.role for one in member.roles if one.post_id == post_id}
    return [(role, name) for role, name in ROLES.items() if role in held]


def _lacking(held: Sequence[tuple[Role, Any]]) -> list[Role]:
    return [role for role in ROLES if role not in dict(held)]


def _waiting(rows: Sequence[RightsAsked], actor: Actor) -> list[Waiting]:
    known = queries.get_all({key for row in rows for key in (row.staff_id, row.asked_by)})
    return [_line(row, known, actor) for row in rows]


def _line(row: RightsAsked, known: Mapping[int, StaffMember], actor: Actor) -> Waiting:
    member = known[row.staff_id]
    return Waiting(
        uid=row.uid,
        staff_uid=member.uid,
        name=text_in(member.name),
        role=ROLES[row.role] if row.role else "",
        asked_by=text_in(known[row.asked_by].name),
        is_own=row.asked_by == actor.id,
        is_for_reader=row.staff_id == actor.id,
        until=row.asked_at + row.WAITS,
    )
