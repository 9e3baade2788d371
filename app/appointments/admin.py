"""The week of each pool and the closures of the post; whom a change hits is shown first."""

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.appointments import counting, hitting, planning, presenting, queries, schedule
from app.appointments.forms import SCOPES, ClosureForm, HorizonForm, HoursForm
from app.appointments.models import Pool, WeeklyHours
from app.appointments.resettling.forms import SettleForm
from app.appointments.resettling.rules import Ground
from app.appointments.schedule import Impact
from app.catalogue import queries as catalogue
from app.catalogue.models import Post
from app.catalogue.workdays import ClosureScope
from app.core import clock, i18n
from app.core.actor import Role
from app.core.errors import Invalid
from app.web import idempotency, typed_texts
from app.web.access import Audience, acting, staff
from app.web.forms import KeyedForm
from app.web.navigation import Place, enter

PATH = "/admin"
bp = Blueprint("schedule_admin", __name__)

PAST_SHOWN = timedelta(days=30)
AHEAD_SHOWN = timedelta(days=800)
LONGEST_TITLE = 200

enter(Place.HEAD, Audience.STAFF, 70, "schedule_admin.week", _l("Schedule"))
enter(Place.HEAD, Audience.STAFF, 71, "schedule_admin.closures", _l("Closures"))


@bp.get("/schedule")
@staff(Role.ADMIN)
def week() -> ResponseReturnValue:
    """Show the week of every pool, and bookings that the week has no place for."""
    return _week(None, None)


def _week(failed: Pool | None, failed_form: HorizonForm | None) -> str:
    post = _post()
    pools = [
        pool
        for pool in queries.list_pools(post.id)
        if not pool.site.is_over(clock.today(pool.site.zone))
    ]
    hours: dict[int, list[WeeklyHours]] = {pool.id: [] for pool in pools}
    today = clock.today(post.zone)
    for row in queries.list_hours(list(hours)):
        if row.on_day is None or row.on_day >= today:
            hours[row.pool_id].append(row)
    forms = {pool.id: HorizonForm(formdata=None, obj=pool, prefix=f"p{pool.id}-") for pool in pools}
    if failed is not None and failed_form is not None:
        forms[failed.id] = failed_form
    excess = planning.list_excess(post.id, clock.now())
    return render_template(
        "appointments/week.html",
        pools=pools,
        hours=hours,
        forms_of=forms,
        excess=excess,
        shown=excess[: hitting.MOST_SHOWN],
        settle=SettleForm(formdata=None),
        counted=counting.last_count(post.code),
        may_open=hitting.may_open_cases(),
        present=presenting,
        weekday_name=i18n.weekday_name,
    )


@bp.post("/schedule/<site>/<code>/horizon")
@staff(Role.ADMIN)
def horizon(site: str, code: str) -> ResponseReturnValue:
    """Open more or fewer days for booking."""
    pool = queries.get_pool(_post().id, site=site, code=code)
    form = HorizonForm(prefix=f"p{pool.id}-")
    if not form.validate():
        return _week(pool, form), 422
    days = form.horizon_days.data

    def impact() -> Impact:
        return schedule.impact_of_horizon(pool, days)

    def apply() -> None:
        schedule.set_horizon(pool, days, actor=acting())
        schedule.set_pass_on(pool, form.pass_on_hours.data, actor=acting())

    if not hitting.is_confirmed() and (hit := impact()).bookings:
        return _impact_page(hit, form)
    try:
        target = _carry_out(form, apply, impact, Ground.HORIZON)
    except Invalid as refusal:
        form[refusal.field or "horizon_days"].errors = [refusal.sentence()]
        return _week(queries.get_pool(_post().id, site=site, code=code), form), 422
    flash(_("Saved. The free times follow at once."), "success")
    return redirect(target)


def _carry_out(
    form: KeyedForm, change: Callable[[], object], impact: Callable[[], Impact], ground: Ground
) -> str:
    done = url_for(".closures" if ground is Ground.CLOSURE else ".week")
    return hitting.carry_out(form, change, impact, ground, done=done)


@bp.route("/schedule/<site>/<code>/new", methods=["GET", "POST"])
@staff(Role.ADMIN)
def add(site: str, code: str) -> ResponseReturnValue:
    """Add a line to the week of a pool."""
    pool = queries.get_pool(_post().id, site=site, code=code)
    form = HoursForm()
    if not form.validate_on_submit():
        return _hours_page(form, pool, None)
    wanted = form.wanted()

    def apply() -> object:
        return schedule.add_hours(pool, wanted, actor=acting())

    def impact() -> Impact:
        # Hours of one day take the place of its weekly ones; others hit nobody.
        return schedule.impact_of_hours(pool, wanted) if wanted.on else Impact()

    return _apply_hours(form, pool, None, impact, apply)


@bp.route("/schedule/<site>/<code>/<uid>", methods=["GET", "POST"])
@staff(Role.ADMIN)
def change(site: str, code: str, uid: str) -> ResponseReturnValue:
    """Change a line of the week; bookings that it hits are shown first."""
    pool = queries.get_pool(_post().id, site=site, code=code)
    row = planning.get_hours(pool.id, uid)
    form = HoursForm(obj=row)
    if not form.validate_on_submit():
        return _hours_page(form, pool, row)
    wanted = form.wanted()

    def apply() -> object:
        return schedule.change_hours(pool, uid, wanted, actor=acting())

    def impact() -> Impact:
        schedule.refuse_short(pool, wanted)
        return schedule.impact_of_hours(pool, wanted, instead_of=uid)

    return _apply_hours(form, pool, row, impact, apply)


def _hours_page(form: HoursForm, pool: Pool, row: WeeklyHours | None) -> ResponseReturnValue:
    page = render_template("appointments/hours.html", form=form, pool=pool, row=row)
    return page, 422 if form.errors else 200


def _apply_hours(
    form: HoursForm,
    pool: Pool,
    row: WeeklyHours | None,
    impact: Callable[[], Impact],
    apply: Callable[[], object],
) -> ResponseReturnValue:
    try:
        if not hitting.is_confirmed() and (hit := impact()).bookings:
            return _impact_page(hit, form)
        target = _carry_out(form, apply, impact, Ground.HOURS)
    except Invalid as refusal:
        form[refusal.field or "opens_at"].errors = [refusal.sentence()]
        return _hours_page(form, pool, row)
    flash(_("Saved. The free times follow at once."), "success")
    return redirect(target)


@bp.route("/schedule/<site>/<code>/<uid>/remove", methods=["GET", "POST"])
@staff(Role.ADMIN)
def remove(site: str, code: str, uid: str) -> ResponseReturnValue:
    """Ask before a line of the week is removed, with whom that hits; then remove it."""
    pool = queries.get_pool(_post().id, site=site, code=code)
    form = KeyedForm()

    def impact() -> Impact:
        return schedule.impact_of_hours(pool, None, instead_of=uid)

    def apply() -> None:
        schedule.remove_hours(pool, uid, actor=acting())

    if not form.validate_on_submit():
        planning.get_hours(pool.id, uid)
        return _impact_page(impact(), form)
    target = _carry_out(form, apply, impact, Ground.HOURS)
    flash(_("Removed. The free times follow at once."), "success")
    return redirect(target)


def _impact_page(impact: Impact, form: KeyedForm) -> str:
    back = url_for(".closures" if "closures" in request.path else ".week")
    return hitting.page(impact, form, back=back)


@bp.route("/closures", methods=["GET", "POST"])
@staff(Role.ADMIN)
def closures() -> ResponseReturnValue:
    """Show the days on which the post is closed, and add some."""
    form = ClosureForm()
    titles, errors = _titles() if form.is_submitted() else ({}, {})
    if not form.validate_on_submit() or errors:
        return _closures_page(form, titles, errors)
    first, last = form.first_on.data, form.last_on.data
    scope = ClosureScope(form.scope.data)

    def impact() -> Impact:
        return schedule.impact_of_closure(_post().id, first, last, scope)

    def close() -> object:
        return schedule.add_closure(_post(), first, last, scope=scope, title=titles, actor=acting())

    if not hitting.is_confirmed() and (hit := impact()).bookings:
        return _impact_page(hit, form)
    try:
        target = _carry_out(form, close, impact, Ground.CLOSURE)
    except Invalid as refusal:
        form.last_on.errors = [refusal.sentence()]
        return _closures_page(form, titles, errors)
    flash(_("The closure has been added. Its free times are gone at once."), "success")
    return redirect(target)


def _closures_page(
    form: ClosureForm, titles: dict[str, str], errors: dict[str, str]
) -> ResponseReturnValue:
    post = _post()
    today = clock.today(post.zone)
    page = render_template(
        "appointments/closures.html",
        form=form,
        titles=titles,
        errors=errors,
        title_errors=[(f"title-{code}", text) for code, text in errors.items()],
        states=typed_texts.states(titles),
        rows=catalogue.list_closures(post.id, today - PAST_SHOWN, today + AHEAD_SHOWN),
        scopes=SCOPES,
    )
    return page, 422 if form.errors or errors else 200


def _titles() -> tuple[dict[str, str], dict[str, str]]:
    return typed_texts.read("title", required=_post().languages, longest=LONGEST_TITLE)


@bp.post("/closures/<uid>/remove")
@staff(Role.ADMIN)
def remove_closure(uid: str) -> ResponseReturnValue:
    """Open the days of a closure again."""
    form = KeyedForm()
    if form.validate():
        post_id = _post().id

        def effect() -> str:
            schedule.remove_closure(post_id, uid, actor=acting())
            return url_for(".closures")

        idempotency.once(form.content_key(), effect)
        flash(_("The closure has been removed. Its times are free at once."), "success")
    return redirect(url_for(".closures"))


def _post() -> Post:
    return catalogue.get_current_post()
