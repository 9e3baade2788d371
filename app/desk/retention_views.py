"""For heads: which requests go next, and keeping one that is still needed."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.cases import queries as cases
from app.core import i18n
from app.core.actor import Actor, Role
from app.core.errors import Conflict, Invalid
from app.desk.views import post_of
from app.reporting.retention import queries, services
from app.reporting.retention.models import Retention
from app.reporting.retention.rules import LONGEST_REASON
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm

PATH = "/desk/retention"
bp = Blueprint("desk_retention", __name__)

WHY = _l("Say why this request has to be kept.")


class HoldForm(KeyedForm):
    """Why a request has to be kept beyond its time."""

    reason = TextAreaField(
        _l("Why it has to be kept"),
        validators=[DataRequired(WHY), Length(max=LONGEST_REASON)],
    )


@bp.get("")
@staff(Role.HEAD)
def index() -> ResponseReturnValue:
    """List the requests that go next and those that are held, by their day."""
    after = request.args.get("after", "")[:16]
    found = queries.list_of_post(post_of(acting()), after=after or None)
    shown = found[: queries.PAGE]
    return render_template(
        "desk/retention.html",
        rows=shown,
        titles={one.case_id: _title(one) for one in shown},
        day=i18n.short_day,
        newest=not after,
        next_url=url_for(".index", after=found[-1].case.reference)
        if len(found) > len(shown)
        else "",
    )


def _title(one: Retention) -> str:
    return i18n.text_in(cases.definition(one.case).title)


@bp.route("/<reference>", methods=["GET", "POST"])
@staff(Role.HEAD)
def hold(reference: str) -> ResponseReturnValue:
    """Ask why a request is to be kept, and keep it."""
    actor, form = acting(), HoldForm()
    one = _get(reference, actor)
    if form.validate_on_submit():
        try:
            return redirect(
                idempotency.once(form.content_key(), lambda: _hold(reference, form, actor))
            )
        except Invalid as refusal:
            form.reason.errors = [refusal.sentence()]
    page = render_template(
        "desk/retention_hold.html", one=one, form=form, title=_title(one), day=i18n.short_day
    )
    return page, 422 if form.errors else 200


def _hold(reference: str, form: HoldForm, actor: Actor) -> str:
    services.hold(_get(reference, actor), form.reason.data or "", actor=actor)
    flash(_("The request is kept until somebody lets it go."), "success")
    return url_for(".index")


@bp.post("/<reference>/release")
@staff(Role.HEAD)
def release(reference: str) -> ResponseReturnValue:
    """Let a request go that was held."""
    actor, form = acting(), KeyedForm()

    def effect() -> str:
        services.release(_get(reference, actor), actor=actor)
        flash(
            _("The request goes when its time is over; the citizen is told again before."),
            "success",
        )
        return url_for(".index")

    try:
        return redirect(idempotency.once(form.content_key(), effect))
    except Conflict as refusal:
        flash(refusal.sentence(), "error")
        return redirect(url_for(".index"))


def _get(reference: str, actor: Actor) -> Retention:
    return queries.get_of_post(cases.normal_reference(reference), post_of(actor))
