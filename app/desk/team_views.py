"""The team of a post, for its head: who has how much, groups, and who is away."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms import DateField, SelectField, StringField
from wtforms.validators import DataRequired

from app.cases import teams
from app.catalogue import queries as catalogue
from app.core import clock, i18n
from app.core.actor import Actor, Role
from app.core.errors import Invalid, NotFound
from app.desk import queries
from app.desk.views import post_of
from app.web import idempotency, navigation
from app.web.access import Audience, acting, staff
from app.web.forms import CHOOSE, REQUIRED, KeyedForm, only_text
from app.web.navigation import Place

PATH = "/desk/team"
bp = Blueprint("desk_team", __name__)

navigation.enter(Place.HEAD, Audience.STAFF, 25, "desk_team.show", lazy_pgettext("section", "Team"))


class GroupForm(KeyedForm):
    """The name of a group; members and services come as lists of boxes."""

    name = StringField(_l("Name of the group"), filters=[only_text])


class AbsenceForm(KeyedForm):
    """Who is away, from when to when, and who is offered their requests."""

    officer = SelectField(_l("Who is away"), validators=[DataRequired(CHOOSE)])
    first = DateField(_l("First day"), validators=[DataRequired(REQUIRED)])
    last = DateField(_l("Last day"), validators=[DataRequired(REQUIRED)])
    deputy = SelectField(_l("Deputy"))

    def offer(self, officers: list[queries.StaffName]) -> None:
        """Let these members of staff be chosen."""
        named = [(one.uid, i18n.text_in(one.name)) for one in officers]
        self.officer.choices = [("", _("Choose somebody")), *named]
        self.deputy.choices = [("", _("Nobody")), *named]


@bp.get("")
@staff(Role.HEAD)
def show() -> ResponseReturnValue:
    """Show who has how much, the groups, and who is away."""
    return _page(AbsenceForm(formdata=None))


def _page(form: AbsenceForm) -> str:
    post_id, today = post_of(acting()), clock.today(catalogue.current_zone())
    officers = list(queries.list_officers(post_id))
    form.offer(officers)
    groups = teams.list_groups(post_id)
    members = teams.members_of([group.id for group in groups])
    names = {one.id: i18n.text_in(one.name) for one in officers}
    return render_template(
        "desk/team.html",
        officers=officers,
        names=names,
        load=teams.workload(post_id, today),
        groups=[
            (group, [names[key] for key in sorted(members.get(group.id, ())) if key in names])
            for group in groups
        ],
        absences=teams.list_absences(post_id, today),
        form=form,
        group_form=GroupForm(formdata=None),
    )


@bp.post("/groups")
@staff(Role.HEAD)
def add_group() -> ResponseReturnValue:
    """Add a group and lead to its members."""
    form = GroupForm()
    if not form.validate_on_submit():
        abort(400)
    actor = acting()

    def add() -> str:
        return url_for(".group", uid=teams.add_group(form.name.data or "", actor=actor).uid)

    return _done(form, add, url_for(".show"))


@bp.get("/groups/<uid>")
@staff(Role.HEAD)
def group(uid: str) -> ResponseReturnValue:
    """Show who is in a group and which services go to it."""
    post_id = post_of(acting())
    one = teams.get_group(post_id, uid)
    members = teams.members_of([one.id]).get(one.id, set())
    routed = teams.services_of([one.id]).get(one.id, set())
    return render_template(
        "desk/group.html",
        group=one,
        form=GroupForm(formdata=None, name=one.name),
        members=tuple(
            (officer.uid, i18n.text_in(officer.name), officer.id in members)
            for officer in queries.list_officers(post_id)
        ),
        services=tuple(
            (service.code, i18n.text_in(service.title), service.id in routed)
            for service in queries.list_services(post_id)
        ),
    )


@bp.post("/groups/<uid>")
@staff(Role.HEAD)
def save_group(uid: str) -> ResponseReturnValue:
    """Write members and services of a group."""
    form, actor = GroupForm(), acting()
    if not form.validate_on_submit():
        abort(400)
    save = partial(_save_group, uid, form.name.data or "", actor)
    return _done(form, save, url_for(".group", uid=uid))


def _save_group(uid: str, name: str, actor: Actor) -> str:
    post_id = post_of(actor)
    chosen, codes = request.form.getlist("member"), request.form.getlist("service")
    teams.save_group(
        uid,
        name,
        members=[one.id for one in queries.list_officers(post_id) if one.uid in chosen],
        services=[one.id for one in queries.list_services(post_id) if one.code in codes],
        actor=actor,
    )
    flash(_("The group has been saved."), "success")
    return url_for(".show")


@bp.post("/groups/<uid>/remove")
@staff(Role.HEAD)
def remove_group(uid: str) -> ResponseReturnValue:
    """Remove a group."""
    return _removal(partial(teams.remove_group, uid), _("The group has been removed."))


@bp.post("/absences")
@staff(Role.HEAD)
def add_absence() -> ResponseReturnValue:
    """Note that somebody is away."""
    form, actor = AbsenceForm(), acting()
    officers = list(queries.list_officers(post_of(actor)))
    form.offer(officers)
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        where = idempotency.once(form.content_key(), partial(_add_absence, form, officers, actor))
    except Invalid as refusal:
        form[refusal.field or "last"].errors = [refusal.sentence()]
        return _page(form), 422
    return redirect(where)


def _add_absence(form: AbsenceForm, officers: list[queries.StaffName], actor: Actor) -> str:
    keys = {one.uid: one.id for one in officers}
    teams.note_absence(
        keys[form.officer.data],
        first_on=form.first.data,
        last_on=form.last.data,
        deputy_id=keys.get(form.deputy.data),
        zone=catalogue.current_zone(),
        actor=actor,
    )
    flash(_("The absence is noted. The requests return to the queue when it begins."), "success")
    return url_for(".show")


@bp.post("/absences/<uid>/end")
@staff(Role.HEAD)
def end_absence(uid: str) -> ResponseReturnValue:
    """Forget an absence."""
    return _removal(partial(teams.end_absence, uid), _("The absence has been removed."))


@bp.get("/absences")
@bp.get("/<path:action>")
@staff(Role.HEAD)
def come_back(action: str = "absences") -> ResponseReturnValue:
    """Lead to the team whoever opens the address of an action."""
    if action not in {"absences", "groups"} and not action.endswith(("/remove", "/end")):
        raise NotFound()
    return redirect(url_for(".show"))


def _removal(remove: Callable[..., object], said: str) -> ResponseReturnValue:
    form, actor = KeyedForm(), acting()
    if not form.validate_on_submit():
        abort(400)

    def act() -> str:
        remove(actor=actor)
        flash(said, "success")
        return url_for(".show")

    return redirect(idempotency.once(form.idempotency_key(), act))


def _done(form: KeyedForm, act: Callable[[], str], back: str) -> ResponseReturnValue:
    try:
        return redirect(idempotency.once(form.content_key(), act))
    except Invalid as refusal:
        flash(refusal.sentence(), "error")
        return redirect(back)
