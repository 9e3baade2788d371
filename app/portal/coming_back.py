"""The way back to a request that lapsed."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.cases import queries, rounds
from app.cases.models import Case
from app.cases.rules import State
from app.core.errors import InvalidTransition
from app.portal.forms import SeenForm
from app.web import idempotency
from app.web.access import acting, signed_in

PATH = "/requests"
bp = Blueprint("coming_back", __name__)


@bp.route("/<reference>/revive", methods=["GET", "POST"])
@signed_in
def revive(reference: str) -> ResponseReturnValue:
    """Say what opening a lapsed request again means, and open it."""
    case = queries.get_case(reference, acting())
    if case.state is State.ACTION_NEEDED:
        return redirect(url_for("requests.mend", reference=case.reference))
    if not rounds.may_revive(case, acting()):
        raise InvalidTransition()
    form = SeenForm(data={"seen": case.version})
    if form.validate_on_submit():
        return redirect(idempotency.once(form.idempotency_key(), lambda: _revive(form, case)))
    return render_template(
        "portal/revive.html",
        case=case,
        form=form,
        service=queries.definition(case),
        until_on=rounds.new_deadline(case),
    )


def _revive(form: SeenForm, case: Case) -> str:
    rounds.revive(
        case.reference,
        until_on=rounds.new_deadline(case),
        actor=acting(),
        seen=form.seen.data,
        key=form.idempotency_key(),
    )
    flash(_("Your request is open again."), "success")
    return url_for("requests.mend", reference=case.reference)
