"""Money of a provider that is not what was due: noted once it was given back, how and why."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import i18n
from app.core.errors import Invalid
from app.payments import queries as payments
from app.payments.forms import GiveBackForm
from app.payments.rules import TAKERS, OnlineState
from app.payments.services import online
from app.web import idempotency
from app.web.access import acting, staff

PATH = "/desk/payments/stray"
bp = Blueprint("desk_stray", __name__)


@bp.route("/<uid>", methods=["GET", "POST"])
@staff(*TAKERS)
def give_back(uid: str) -> ResponseReturnValue:
    """Ask how and why money was given back, and note it."""
    payment = payments.get_stray(uid, acting())
    form = GiveBackForm()
    if form.validate_on_submit():
        try:
            return redirect(idempotency.once(form.idempotency_key(), lambda: _give_back(uid, form)))
        except Invalid as refusal:
            form.reason.errors = [refusal.sentence()]
    elif payment.state is OnlineState.RETURNED:
        return redirect(url_for("desk_paying.index"))
    page = render_template(
        "desk/money_back.html",
        form=form,
        payment=payment,
        reference=payment.case.reference,
        amount=i18n.money(*payment.received),
    )
    return page, 422 if form.errors else 200


def _give_back(uid: str, form: GiveBackForm) -> str:
    online.give_back(uid, reason=form.reason.data, actor=acting())
    flash(_("It is noted that the money was given back."), "success")
    return url_for("desk_paying.index")
