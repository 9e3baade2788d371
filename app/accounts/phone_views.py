"""The phone of one's own account: entering it, confirming it by a code, removing it."""

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import phones, queries, securing
from app.accounts.forms import CodeForm, PhoneForm
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.web.access import acting, signed_in

PATH = "/account/phone"
bp = Blueprint("phone", __name__)


def is_offered() -> bool:
    """Return whether anybody carries short messages here."""
    return bool(current_app.config["SETTINGS"].sms_gateways)


@bp.route("", methods=["GET", "POST"])
@signed_in
@securing.confirmed
def ask() -> ResponseReturnValue:
    """Ask for a phone to which a code is sent."""
    if not is_offered():
        abort(404)
    form = PhoneForm()
    if form.validate_on_submit():
        try:
            with transaction():
                account = queries.get_account(acting().id or 0)
                sent = phones.ask(account, form.phone.data or "", network=request.remote_addr)
                session["phone"] = sent.uid
        except Invalid as refusal:
            form.phone.errors = [refusal.sentence()]
        else:
            return redirect(url_for(".code"))
    known = queries.phone_of(acting().id or 0)
    page = render_template("accounts/phone.html", form=form, known=known)
    return page, 422 if form.errors else 200


@bp.route("/code", methods=["GET", "POST"])
@signed_in
def code() -> ResponseReturnValue:
    """Ask for the code that was sent to the phone."""
    sent = queries.find_code(session.get("phone", ""))
    if sent is None or sent.address is None:
        return redirect(url_for(".ask"))
    phone, form = sent.address, CodeForm()
    if form.validate_on_submit():
        try:
            return _confirm(sent.uid, form.code.data or "")
        except (Invalid, Conflict) as refusal:
            form.code.errors = [refusal.sentence()]
    page = render_template("accounts/phone_code.html", form=form, phone=phone)
    return page, 422 if form.errors else 200


@bp.post("/remove")
@signed_in
@securing.confirmed
def remove() -> ResponseReturnValue:
    """Forget the phone."""
    with transaction():
        phones.remove(queries.get_account(acting().id or 0), actor=acting())
    flash(_("The phone is removed."), "success")
    return redirect(url_for("accounts.show"))


def _confirm(uid: str, typed: str) -> ResponseReturnValue:
    """Take one try, and commit that before the code is compared."""
    with transaction():
        phones.spend_try(uid)
    with transaction():
        phones.confirm(queries.get_account(acting().id or 0), uid, typed, actor=acting())
    session.pop("phone", None)
    flash(_("The phone is confirmed."), "success")
    return redirect(url_for("accounts.show"))
