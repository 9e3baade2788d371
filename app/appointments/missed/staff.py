"""Missed visits for the head of a post: objections that wait, and those that were decided."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.appointments import presenting
from app.appointments.missed import presenting as words
from app.appointments.missed import queries, services
from app.appointments.missed.models import MissedVisit
from app.appointments.missed.rules import MissedState
from app.cases.talk.forms import text_field
from app.core.actor import Role
from app.core.errors import Conflict, Invalid
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm

PATH = "/desk/missed"
bp = Blueprint("desk_missed", __name__)


class DecisionForm(KeyedForm):
    """Why a missed visit counts or does not."""

    answer = text_field(_l("Reasons of the decision, as the citizen reads them"))


@bp.get("")
@staff(Role.HEAD)
def index() -> ResponseReturnValue:
    """Show the objections that wait and the newest visits that were missed."""
    post_id = acting().post_id or 0
    others = (MissedState.NOTED, MissedState.LIFTED, MissedState.UPHELD)
    return render_template(
        "missed/index.html",
        waiting=queries.list_newest(post_id, MissedState.OBJECTED),
        newest=queries.list_newest(post_id, *others),
        states=words.STATES,
        present=presenting,
    )


@bp.route("/<uid>", methods=["GET", "POST"])
@staff(Role.HEAD)
def show(uid: str) -> ResponseReturnValue:
    """Show a missed visit with what was said against it, and decide."""
    missed, form = queries.get(acting().post_id or 0, uid), DecisionForm()
    if not form.validate_on_submit():
        return _page(missed, form), 422 if form.errors else 200
    decide = services.lift if request.form.get("do") == "lift" else services.uphold

    def effect() -> str:
        decide(uid, form.answer.data, actor=acting())
        return url_for(".index")

    try:
        leads_to = idempotency.once(form.content_key(), effect)
    except Invalid as refusal:
        form.answer.errors = [refusal.sentence()]
        return _page(queries.get(acting().post_id or 0, uid), form), refusal.status
    except Conflict as refusal:
        form.form_errors.append(refusal.sentence())
        return _page(queries.get(acting().post_id or 0, uid), form), refusal.status
    flash(_("Decided. The citizen has been told."), "success")
    return redirect(leads_to)


def _page(missed: MissedVisit, form: DecisionForm) -> str:
    return render_template(
        "missed/decide.html",
        missed=missed,
        when=presenting.when(missed.missed_at, missed.booking.pool.site.zone),
        state=words.STATES[missed.state],
        form=form,
    )
