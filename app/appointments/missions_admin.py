"""Admins plan mobile missions: days in another city, with seats for the services of a pool."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields import SelectChoice

from app.appointments import hitting, missions, missions_changing
from app.appointments.forms import MissionDaysForm, MissionForm
from app.appointments.missions_changing import Changed
from app.appointments.models import Pool
from app.appointments.resettling.rules import Ground
from app.appointments.schedule import Impact
from app.catalogue import queries as catalogue
from app.catalogue.models import Post
from app.core import i18n
from app.core.actor import Role
from app.core.errors import Invalid
from app.web import idempotency, typed_texts
from app.web.access import acting, staff
from app.web.forms import KeyedForm

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


def _typed(name: str, post: Post, form: KeyedForm) -> Typed:
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


@bp.route("/<code>", methods=["GET", "POST"])
@staff(Role.ADMIN)
def change(code: str) -> ResponseReturnValue:
    """Change words, days and hours of a mission; appointments that it hits are shown first."""
    post = catalogue.get_current_post()
    pool = missions_changing.get_pool(post.id, code)
    form = _filled(pool)
    typed = {name: _typed(name, post, form) for name in LONGEST}
    if not form.validate_on_submit() or any(errors for _texts, errors in typed.values()):
        return _change_page(pool, form, typed)
    wanted = Changed(
        name=typed["name"][0],
        address=typed["address"][0],
        first=form.first_on.data,
        last=form.last_on.data,
        hours=form.hours(),
    )

    def impact() -> Impact:
        return missions_changing.impact(pool, wanted)

    def apply() -> object:
        return missions_changing.change(pool, wanted, actor=acting())

    back = url_for(".change", code=code)
    if not hitting.is_confirmed() and (hit := impact()).bookings:
        return hitting.page(hit, form, back=back)
    try:
        target = hitting.carry_out(form, apply, impact, Ground.HOURS, done=url_for(".index"))
    except Invalid as refusal:
        form[refusal.field or "last_on"].errors = [refusal.sentence()]
        post = catalogue.get_current_post()
        return _change_page(missions_changing.get_pool(post.id, code), form, typed)
    flash(_("Saved. The free times follow at once."), "success")
    return redirect(target)


def _filled(pool: Pool) -> MissionDaysForm:
    hours = missions_changing.hours_of(pool)
    if hours is None:
        return MissionDaysForm(obj=pool.site)
    opens, closes = hours.opens.strftime("%H:%M"), hours.closes.strftime("%H:%M")
    times = {"opens_at": opens, "closes_at": closes, "seats": hours.seats}
    return MissionDaysForm(obj=pool.site, data=times)


def _change_page(pool: Pool, form: MissionDaysForm, typed: dict[str, Typed]) -> ResponseReturnValue:
    site = pool.site
    kept = {"name": site.name, "address": site.address}
    texts = {
        name: texts if form.is_submitted() else kept[name] for name, (texts, _e) in typed.items()
    }
    failed = [
        (f"{name}-{code}", text)
        for name, (_texts, errors) in typed.items()
        for code, text in errors.items()
    ]
    page = render_template(
        "appointments/mission.html",
        site=site,
        form=form,
        texts=texts,
        errors={name: errors for name, (_texts, errors) in typed.items()},
        states={name: typed_texts.states(texts[name]) for name in LONGEST},
        failed=failed,
    )
    return page, 422 if form.errors or failed else 200


@bp.route("/<code>/cancel", methods=["GET", "POST"])
@staff(Role.ADMIN)
def cancel(code: str) -> ResponseReturnValue:
    """Ask before a mission is cancelled, with whom that hits; then cancel it."""
    pool = missions_changing.get_pool(catalogue.get_current_post().id, code)
    form = KeyedForm()

    def impact() -> Impact:
        return missions_changing.impact_of_cancelling(pool)

    def apply() -> None:
        missions_changing.cancel(pool, actor=acting())

    if not form.validate_on_submit():
        return hitting.page(impact(), form, back=url_for(".change", code=code))
    target = hitting.carry_out(form, apply, impact, Ground.MISSION, done=url_for(".index"))
    flash(_("The mission is cancelled. Nobody is shown it any more."), "success")
    return redirect(target)
