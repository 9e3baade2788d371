"""Admins plan mobile missions: days in another city, with seats for the services of a pool."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields import SelectChoice

from app.appointments import missions
from app.appointments.forms import MissionForm
from app.catalogue import queries as catalogue
from app.catalogue.models import Post
from app.core import i18n
from app.core.actor import Role
from app.core.errors import Invalid
from app.web import idempotency, typed_texts
from app.web.access import acting, staff

PATH = "/admin/missions"
bp = Blueprint("mission_admin", __name__)

LONGEST = {"name": 100, "address": 200}


@bp.route("", methods=["GET", "POST"])
@staff(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Show the missions to come, and add one."""
    post = catalogue.get_current_post()
    form = _form(post)
    typed = {name: _typed(name, post, form) for name in LONGEST}
    if not form.validate_on_submit() or any(errors for _texts, errors in typed.values()):
        return _page(post, form, typed)
    wanted = form.wanted(name=typed["name"][0], address=typed["address"][0])

    def effect() -> str:
        missions.add(post, wanted, actor=acting())
        return url_for(".index")

    try:
        target = idempotency.once(form.content_key(), effect)
    except Invalid as refusal:
        form[refusal.field or "last_on"].errors = [refusal.sentence()]
        return _page(catalogue.get_current_post(), form, typed)
    flash(_("The mission has been added. Its times can be booked at once."), "success")
    return redirect(target)


def _form(post: Post) -> MissionForm:
    form = MissionForm(zone=post.zone)
    form.pool.choices = [
        SelectChoice(code, i18n.text_in(pool.name))
        for code, pool in missions.pools_to_choose(post.id).items()
    ]
    return form


Typed = tuple[dict[str, str], dict[str, str]]


def _typed(name: str, post: Post, form: MissionForm) -> Typed:
    if not form.is_submitted():
        return {}, {}
    return typed_texts.read(name, required=post.languages, longest=LONGEST[name])


def _page(post: Post, form: MissionForm, typed: dict[str, Typed]) -> ResponseReturnValue:
    failed = [
        (f"{name}-{code}", text)
        for name, (_texts, errors) in typed.items()
        for code, text in errors.items()
    ]
    page = render_template(
        "appointments/missions.html",
        form=form,
        typed=typed,
        states={name: typed_texts.states(texts) for name, (texts, _errors) in typed.items()},
        failed=failed,
        rows=missions.list_missions(post.id),
    )
    return page, 422 if form.errors or failed else 200
