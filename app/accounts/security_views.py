"""The security of a citizen's account, all on one page; nobody has to choose anything there."""

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import passkeys, queries, securing, services
from app.core import clock
from app.core.db import transaction
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
        address=queries.address_of(account_id),
        passkeys=passkeys.list_passkeys(securing.owner()),
        sessions=queries.list_sessions(clock.now(), account_id=account_id),
        current_id=acting().session_id,
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
