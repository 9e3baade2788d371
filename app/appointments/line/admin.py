"""Admins open times at an hour, look how the queue goes, change its pace, and end it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.appointments.draw import announcing
from app.appointments.draw import presenting as draw_words
from app.appointments.draw.rules import ReleaseMode
from app.appointments.line import presenting, queries, rules, services
from app.appointments.line.forms import OpeningForm, RateForm
from app.appointments.line.models import Opening
from app.appointments.line.rules import OpeningState
from app.appointments.models import Pool
from app.catalogue import queries as catalogue
from app.catalogue.models import Post, Service
from app.core import clock
from app.core.actor import Role
from app.core.errors import Conflict, Invalid
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm

PATH = "/admin/queues"
bp = Blueprint("line_admin", __name__)


@bp.get("")
@staff(Role.ADMIN)
def index() -> ResponseReturnValue:
    """List the openings of the post, the newest first."""
    post = catalogue.get_current_post()
    openings = queries.list_of_post(post.id)
    return render_template(
        "appointments/line/admin.html",
        openings=openings,
        titles=presenting.titles_of(post, openings),
        present=presenting,
    )


@bp.route("/new", methods=["GET", "POST"])
@staff(Role.ADMIN)
def make() -> ResponseReturnValue:
    """Announce an opening; with it its hour is public and its seats are withheld until then."""
    post = catalogue.get_current_post()
    form = _form(post)
    if not form.validate_on_submit():
        return _make_page(form)

    def act(pool: Pool, service: Service) -> str:
        plan = form.wanted(post.zone)
        opening = services.announce(post, pool, service, plan, actor=acting())
        return url_for(".show", uid=opening.uid)

    leads_to = announcing.announce(form, post, act)
    if leads_to is None:
        return _make_page(form)
    flash(_("The opening is announced. Its seats are withheld until its hour."), "success")
    return redirect(leads_to)


def _form(post: Post) -> OpeningForm:
    form = OpeningForm()
    announcing.offer_choices(form, post, ReleaseMode.QUEUE)
    return form


def _make_page(form: OpeningForm) -> ResponseReturnValue:
    page = render_template("appointments/line/new.html", form=form)
    return page, 422 if form.errors else 200


@bp.get("/<uid>")
@staff(Role.ADMIN)
def show(uid: str) -> ResponseReturnValue:
    """Show how an opening goes, and what can be done about it."""
    opening = _opening(uid)
    return _page(opening, RateForm(formdata=None, rate=opening.rate))


def _page(opening: Opening, form: RateForm) -> str:
    post = catalogue.get_current_post()
    return render_template(
        "appointments/line/manage.html",
        opening=opening,
        title=presenting.titles_of(post, [opening])[opening.service_id],
        form=form,
        goes_on=opening.state in rules.GOES_ON,
        is_announced=opening.state is OpeningState.ANNOUNCED,
        standing=queries.standing_of(opening, clock.now()),
        present=presenting,
        figure=draw_words.figure,
    )


@bp.post("/<uid>/rate")
@staff(Role.ADMIN)
def set_rate(uid: str) -> ResponseReturnValue:
    """Change how fast people are let in."""
    opening, form = _opening(uid), RateForm()
    if not form.validate():
        return _page(opening, form), 422
    target = url_for(".show", uid=uid)

    def effect() -> str:
        services.set_rate(opening.id, form.rate.data, actor=acting())
        return target

    try:
        idempotency.once(form.content_key(), effect)
    except Invalid as refusal:
        form.rate.errors = [refusal.sentence()]
        return _page(_opening(uid), form), refusal.status
    except Conflict as refusal:
        flash(refusal.sentence(), "error")
    else:
        flash(_("Saved. It counts from now on."), "success")
    return redirect(target)


@bp.post("/<uid>/<any(call_off,finish):step>")
@staff(Role.ADMIN)
def take_step(uid: str, step: str) -> ResponseReturnValue:
    """Call an opening off before its hour, or end it before its time."""
    opening, form = _opening(uid), KeyedForm()
    act = services.call_off if step == "call_off" else services.finish
    target = url_for(".show", uid=uid)

    def effect() -> str:
        act(opening.id, actor=acting())
        return target

    if form.validate():
        try:
            idempotency.once(form.content_key(), effect)
            flash(_("The opening is ended. What is left is free for everybody."), "success")
        except Conflict as refusal:
            flash(refusal.sentence(), "error")
    return redirect(target)


def _opening(uid: str) -> Opening:
    return queries.get(catalogue.get_current_post().id, uid)
