"""A password that was forgotten: asking for a link, and setting another one by it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import devices, passwords, resets, rules
from app.accounts.forms import AddressForm, PasswordForm
from app.core import i18n
from app.core.db import transaction
from app.core.errors import Invalid, TooMany
from app.web.access import public

PATH = "/account/password"
bp = Blueprint("resets", __name__)


@bp.route("/forgotten", methods=["GET", "POST"])
@public
def ask() -> ResponseReturnValue:
    """Ask for the address to which a link is sent."""
    form, status = AddressForm(), 422
    if form.validate_on_submit():
        try:
            with transaction():
                typed = form.address.data or ""
                by = devices.counting(rules.find_address(typed), request.remote_addr)
                resets.ask(typed, i18n.language(), network=by.network, apart=by.apart)
        except (Invalid, TooMany) as refusal:
            form.address.errors, status = [refusal.sentence()], refusal.status
        else:
            return redirect(url_for(".asked"))
    page = render_template("accounts/password_forgotten.html", form=form)
    return page, status if form.errors else 200


@bp.get("/sent")
@public
def asked() -> ResponseReturnValue:
    """Say the same whatever is known of the address."""
    return render_template("accounts/password_sent.html")


@bp.route("/new/<token>", methods=["GET", "POST"])
@public
def choose(token: str) -> ResponseReturnValue:
    """Ask for the new password; looking at the page uses nothing up."""
    owner, form = resets.find_owner(token), PasswordForm()
    if owner is None:
        return render_template("accounts/password_link_spent.html"), 410
    del form.present
    if form.validate_on_submit():
        try:
            return _redeem(token, form)
        except resets.LinkSpent:
            return render_template("accounts/password_link_spent.html"), 410
        except Invalid as refusal:
            form.password.errors = [refusal.sentence()]
    page = render_template(
        "accounts/password_new.html",
        form=form,
        shortest=passwords.shortest_of(owner.kind),
    )
    return page, 422 if form.errors else 200


def _redeem(token: str, form: PasswordForm) -> ResponseReturnValue:
    with transaction():
        is_citizen = resets.redeem(token, form.password.data).is_citizen
    flash(_("The password was saved. Sign in with it now."), "success")
    page = "accounts.sign_in_with_password" if is_citizen else "staff_accounts.sign_in"
    return redirect(url_for(page))
