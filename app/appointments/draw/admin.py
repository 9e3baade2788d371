"""Admins say whose seats are drawn, make draws, and take their steps."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.appointments.draw import announcing, presenting, queries, rules, services
from app.appointments.draw.forms import ModeForm, ReleaseForm, ValueForm
from app.appointments.draw.models import Release
from app.appointments.draw.rules import ReleaseMode, ReleaseState
from app.appointments.line import presenting as line_words
from app.appointments.line import queries as lines
from app.appointments.models import Pool
from app.catalogue import queries as catalogue
from app.catalogue.models import Post, Service
from app.core import clock, i18n
from app.core.actor import Role
from app.core.errors import Conflict, Invalid
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm

PATH = "/admin/draws"
bp = Blueprint("draw_admin", __name__)


@bp.get("")
@staff(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Show how the seats of each service are given out, and the draws."""
    post = catalogue.get_current_post()
    offered = queries.list_with_visits(post)
    modes = queries.modes_of([service_id for service_id, _definition in offered])
    releases = queries.list_of_post(post.id)
    return render_template(
        "appointments/draw/admin.html",
        services=[(one, modes.get(id, ReleaseMode.FIRST_COME)) for id, one in offered],
        releases=releases,
        titles=presenting.titles_of(post, releases),
        form=KeyedForm(formdata=None),
        present=presenting,
    )


@bp.route("/modes/<code>", methods=["GET", "POST"])
@staff(Role.ADMIN)
def set_mode(code: str) -> ResponseReturnValue:
    """Ask before the seats of a service are given out in another way; then change it."""
    post = catalogue.get_current_post()
    service = catalogue.get_service(post.id, code)
    wanted = next((one for one in ReleaseMode if one == request.args.get("mode")), None)
    form = ModeForm(mode=wanted)
    if form.validate_on_submit():
        _once(form, lambda: services.set_mode(service, form.wanted(), actor=acting()))
        flash(_("Saved. It counts from now on."), "success")
        return redirect(url_for(".index"))
    if wanted is None or wanted is queries.mode_of(service.id):
        return redirect(url_for(".index"))
    return _question(post, service, wanted, form)


def _question(
    post: Post, service: Service, wanted: ReleaseMode, form: ModeForm
) -> ResponseReturnValue:
    definition = dict(queries.list_with_visits(post)).get(service.id)
    page = render_template(
        "appointments/draw/mode.html",
        title=definition.title if definition else {},
        mode=queries.mode_of(service.id),
        wanted=wanted,
        releases=queries.list_standing(service.id),
        openings=lines.list_standing(service.id),
        is_free_at_once=wanted is ReleaseMode.FIRST_COME,
        form=form,
        present=presenting,
        line_words=line_words,
    )
    return page, 422 if form.errors else 200


def _once(form: KeyedForm, change: Callable[[], object], target: str = "") -> str:
    def effect() -> str:
        change()
        return target or url_for(".index")

    return idempotency.once(form.content_key(), effect)


@bp.route("/new", methods=["GET", "POST"])
@staff(Role.ADMIN)
def make() -> ResponseReturnValue:
    """Make a draw; with it its secret is made and the hash of the secret published."""
    post = catalogue.get_current_post()
    form = _release_form(post)
    if not form.validate_on_submit():
        return _make_page(form)

    def act(pool: Pool, service: Service) -> str:
        plan = form.wanted(post.zone)
        release = services.announce(post, pool, service, plan, actor=acting())
        return url_for(".show", uid=release.uid)

    leads_to = announcing.announce(form, post, act)
    if leads_to is None:
        return _make_page(form)
    flash(_("The draw is announced. Its seats are withheld until it is held."), "success")
    return redirect(leads_to)


def _release_form(post: Post) -> ReleaseForm:
    form = ReleaseForm()
    announcing.offer_choices(form, post, ReleaseMode.DRAW)
    return form


def _make_page(form: ReleaseForm) -> ResponseReturnValue:
    hints = {kind.value: text for kind, text in presenting.FORMS_OF_VALUES.items()}
    page = render_template("appointments/draw/new.html", form=form, hints=hints)
    return page, 422 if form.errors else 200


@bp.get("/<uid>")
@staff(Role.ADMIN)
def show(uid: str) -> ResponseReturnValue:
    """Show where a draw stands, what it has published, and its next step."""
    return _page(_release(uid), ValueForm(formdata=None))


def _page(release: Release, form: ValueForm) -> str:
    now = clock.now()
    return render_template(
        "appointments/draw/manage.html",
        release=release,
        title=presenting.titles_of(catalogue.get_current_post(), [release])[release.service_id],
        form=form,
        present=presenting,
        can_open=release.state is ReleaseState.ANNOUNCED and now >= release.opens_at,
        can_close=release.state is ReleaseState.OPEN and now >= release.closes_at,
        is_closed=release.state is ReleaseState.CLOSED,
        can_run=release.state is ReleaseState.CLOSED and release.public_value is not None,
        can_call_off=release.state in rules.BEFORE and now < release.closes_at,
        value_form=presenting.FORMS_OF_VALUES[release.public_kind],
        counts=_counts(release) if release.state in rules.REVEALED else [],
    )


def _counts(release: Release) -> list[tuple[str, str]]:
    return [
        (str(presenting.OUTCOMES[outcome]), i18n.number(number))
        for outcome, number in queries.counts(release.id)
    ]


@bp.post("/<uid>/value")
@staff(Role.ADMIN)
def enter_value(uid: str) -> ResponseReturnValue:
    """Publish the public value."""
    release = _release(uid)
    form = ValueForm()
    if not form.validate():
        return _page(release, form), 422
    target = url_for(".show", uid=uid)
    value = form.value.data.strip()
    try:
        _once(form, lambda: services.enter_value(release.id, value, actor=acting()), target)
    except Invalid as refusal:
        form.value.errors = [refusal.sentence()]
        return _page(_release(uid), form), refusal.status
    flash(_("The value is published. Please compare it with its source once more."), "success")
    return redirect(target)


@bp.post("/<uid>/<any(open,close,run,call_off):step>")
@staff(Role.ADMIN)
def take_step(uid: str, step: str) -> ResponseReturnValue:
    """Open, close, hold or call off a draw."""
    release = _release(uid)
    form = KeyedForm()
    act, sentence = _steps()[step]
    target = url_for(".show", uid=uid)
    if form.validate():
        try:
            _once(form, lambda: act(release.id, actor=acting()), target)
            flash(sentence, "success")
        except Conflict as refusal:
            flash(refusal.sentence(), "error")
    return redirect(target)


def _steps() -> dict[str, tuple[Callable[..., None], str]]:
    return {
        "open": (services.open_, _("Wishes are taken from now on.")),
        "close": (services.close, _("The list is fixed, and its hash is published.")),
        "run": (services.run, _("The draw is being held. The result appears here shortly.")),
        "call_off": (services.call_off, _("The draw is called off. Its seats are free for all.")),
    }


def _release(uid: str) -> Release:
    return queries.get(catalogue.get_current_post().id, uid)
