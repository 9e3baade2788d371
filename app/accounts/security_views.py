"""The security of a citizen's account, all on one page; nobody has to choose anything there."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import (
    enrolling,
    passkeys,
    protecting,
    queries,
    regaining,
    second_steps,
    securing,
    services,
)
from app.accounts.forms import SecondFactorForm
from app.accounts.models import Account
from app.core import clock
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.web.access import acting, signed_in

PATH = "/account/security"
bp = Blueprint("security", __name__)


@bp.get("")
@signed_in
def show() -> ResponseReturnValue:
    """Show the ways to sign in, and where somebody is signed in."""
    account_id = acting().id or 0
    return render_template(
        "accounts/security.html",
        pages=securing.pages(),
        owner=securing.owner(),
        codes_left=second_steps.count_codes(securing.owner()),
        address=queries.address_of(account_id) or queries.phone_of(account_id),
        passkeys=passkeys.list_passkeys(securing.owner()),
        sessions=queries.list_sessions(clock.now(), account_id=account_id),
        current_id=acting().session_id,
        regained_at=regaining.due_at(queries.get_account(account_id)),
    )


@bp.get("/passkeys/new")
@signed_in
@securing.confirmed
def new_passkey() -> ResponseReturnValue:
    """Show what a passkey is, and the button that makes one."""
    return securing.new_passkey()


@bp.post("/passkeys/options")
@signed_in
@securing.confirmed
def passkey_options() -> ResponseReturnValue:
    """Give the script of the page a challenge for a new passkey."""
    return securing.passkey_options()


@bp.post("/passkeys/new")
@signed_in
@securing.confirmed
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that was made."""
    return securing.add_passkey()


@bp.route("/passkeys/<uid>", methods=["GET", "POST"])
@signed_in
def show_passkey(uid: str) -> ResponseReturnValue:
    """Show one passkey, to call it otherwise or to remove it."""
    return securing.show_passkey(uid)


@bp.post("/passkeys/<uid>/remove")
@signed_in
@securing.confirmed
def remove_passkey(uid: str) -> ResponseReturnValue:
    """Forget a passkey."""
    return securing.remove_passkey(uid)


@bp.post("/sessions/<mark>/end")
@signed_in
def end_session(mark: str) -> ResponseReturnValue:
    """End a session on another device."""
    with transaction():
        services.end_session(mark, actor=acting())
    flash(_("The session was ended. Whoever used it has to sign in again."), "success")
    return redirect(securing.pages().url())


@bp.post("/sessions/end-others")
@signed_in
def end_other_sessions() -> ResponseReturnValue:
    """End the sessions on all other devices."""
    return securing.end_other_sessions()


@bp.route("/password", methods=["GET", "POST"])
@signed_in
@securing.confirmed
def password() -> ResponseReturnValue:
    """Set or change the password."""
    return second_steps.password()


@bp.post("/codes/new")
@signed_in
@securing.confirmed
def make_codes() -> ResponseReturnValue:
    """Make new recovery codes in place of the former ones."""
    return second_steps.make_codes()


@bp.get("/codes")
@signed_in
def show_codes() -> ResponseReturnValue:
    """Show the recovery codes that were made just now."""
    return second_steps.show_codes()


@bp.post("/codes")
@signed_in
def codes_kept() -> ResponseReturnValue:
    """Forget the codes that were shown."""
    return second_steps.codes_kept()


@bp.post("/password/remove")
@signed_in
@securing.confirmed
def remove_password() -> ResponseReturnValue:
    """Sign in without a password again."""
    with transaction():
        account = queries.get_account(acting().id or 0)
        protecting.remove_password(account, actor=acting())
    flash(_("The password was removed. You sign in with a code by mail."), "success")
    return redirect(securing.pages().url())


@bp.post("/app")
@signed_in
@securing.confirmed
def begin_app() -> ResponseReturnValue:
    """Make a secret for an authenticator app and lead to it."""
    enrolling.forget()
    return redirect(url_for(".app"))


@bp.route("/app/set-up", methods=["GET", "POST"])
@signed_in
@securing.confirmed
def app() -> ResponseReturnValue:
    """Show the secret for an authenticator app, and ask for a first code of it."""
    account, form = _account_without_app(), SecondFactorForm()
    if form.validate_on_submit():
        try:
            return _confirm_app(account, form)
        except Invalid as refusal:
            form.code.errors = [refusal.sentence()]
    page = render_template(
        "accounts/app.html",
        form=form,
        secret=second_steps.grouped(enrolling.secret_of(acting().session_id)),
        pages=securing.pages(),
    )
    return page, 422 if form.errors else 200


@bp.get("/app/set-up.svg")
@signed_in
@securing.confirmed
def app_picture() -> ResponseReturnValue:
    """Draw the secret as a QR."""
    secret = enrolling.kept_secret(acting().session_id)
    return second_steps.picture(_account_without_app(), secret)


@bp.post("/app/remove")
@signed_in
@securing.confirmed
def remove_app() -> ResponseReturnValue:
    """Be asked for no second factor any more."""
    with transaction():
        protecting.remove_app(queries.get_account(acting().id or 0), actor=acting())
    flash(_("No code of an app is asked for any more."), "success")
    return redirect(securing.pages().url())


def _account_without_app() -> Account:
    """Return the account while it has no app; a secret is shown at no other time."""
    account = queries.get_account(acting().id or 0)
    if account.has_second_factor:
        raise NotFound()
    return account


def _confirm_app(account: Account, form: SecondFactorForm) -> ResponseReturnValue:
    secret = enrolling.kept_secret(acting().session_id)
    second_steps.count_try(account)
    with transaction():
        codes = protecting.confirm_app(
            account, secret, form.code.data, network=request.remote_addr, actor=acting()
        )
    enrolling.forget()
    second_steps.keep_codes(codes, account.uid)
    return redirect(url_for(".show_codes"))
