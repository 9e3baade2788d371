"""Admins begin runs over bookings without a place, and see what became of each."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.appointments import planning
from app.appointments.resettling import presenting, queries, services
from app.appointments.resettling.forms import SettleForm
from app.appointments.resettling.rules import Ground, Way
from app.catalogue import queries as catalogue
from app.core import clock
from app.core.actor import Role
from app.web import idempotency
from app.web.access import acting, staff

PATH = "/admin/moved"
bp = Blueprint("resettle_admin", __name__)


@bp.get("")
@staff(Role.ADMIN)
def index() -> ResponseReturnValue:
    """List the latest runs of the post."""
    post = catalogue.get_current_post()
    return render_template(
        "appointments/resettling/index.html",
        runs=queries.list_runs(post.id),
        present=presenting,
    )


@bp.post("")
@staff(Role.ADMIN)
def begin() -> ResponseReturnValue:
    """Have all bookings without a place moved or cancelled."""
    form, post_id = SettleForm(), catalogue.get_current_post().id
    if not form.validate():
        return redirect(url_for("schedule_admin.week"))

    def effect() -> str:
        bookings = planning.list_excess(post_id, clock.now())
        way = Way(form.way.data)
        run = services.begin(post_id, bookings, way, Ground.SCHEDULE, actor=acting())
        return url_for(".show", uid=run.uid)

    return redirect(idempotency.once(form.content_key(), effect))


@bp.get("/<uid>")
@staff(Role.ADMIN)
def show(uid: str) -> ResponseReturnValue:
    """Show how far a run has come and what became of each booking."""
    run = queries.get_run(catalogue.get_current_post().id, uid)
    counts = queries.counts_of(run)
    total = sum(counts.values())
    return render_template(
        "appointments/resettling/run.html",
        run=run,
        counts=counts,
        total=total,
        handled=total - counts.get(None, 0),
        results=queries.list_results(run),
        present=presenting,
        may_open=acting().has_role(Role.OFFICER, Role.HEAD),
    )
