"""The security of the account of a member of staff, all on one page."""

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import passkeys, queries, second_steps, securing, services, staff_mail
from app.core import clock
from app.core.actor import Role
from app.core.db import transaction
from app.web.access import acting, staff

PATH = "/desk/account/security"
bp = Blueprint("staff_security", __name__)


@bp.get("")
@staff(*Role)
def show() -> ResponseReturnValue:
    """Show the ways to sign in, and where somebody is signed in."""
    member = queries.get_staff(acting().id or 0)
    return render_template(
        "accounts/staff_security.html",
        pages=securing.pages(),
        owner=member,
        mailed_at=staff_mail.address_of(member),
        codes_left=second_steps.count_codes(member),
        passkeys=passkeys.list_passkeys(member),
        sessions=queries.list_sessions(clock.now(), staff_id=acting().id),
        current_id=acting().session_id,
    )


@bp.get("/passkeys/new")
@staff(*Role)
@securing.confirmed
def new_passkey() -> ResponseReturnValue:
    """Show what a passkey is, and the button that makes one."""
    return securing.new_passkey()


@bp.post("/passkeys/options")
@staff(*Role)
@securing.confirmed
def passkey_options() -> ResponseReturnValue:
    """Give the script of the page a challenge for a new passkey."""
    return securing.passkey_options()


@bp.post("/passkeys/new")
@staff(*Role)
@securing.confirmed
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that was made."""
    return securing.add_passkey()


@bp.route("/passkeys/<uid>", methods=["GET", "POST"])
@staff(*Role)
def show_passkey(uid: str) -> ResponseReturnValue:
    """Show one passkey, to call it otherwise or to remove it."""
    return securing.show_passkey(uid)


@bp.post("/passkeys/<uid>/remove")
@staff(*Role)
@securing.confirmed
def remove_passkey(uid: str) -> ResponseReturnValue:
    """Forget a passkey."""
    return securing.remove_passkey(uid)


@bp.post("/sessions/<mark>/end")
@staff(*Role)
def end_session(mark: str) -> ResponseReturnValue:
    """End a session on another device."""
    with transaction():
        services.end_session(mark, actor=acting())
    flash(_("The session was ended. Whoever used it has to sign in again."), "success")
    return redirect(securing.pages().url())


@bp.post("/sessions/end-others")
@staff(*Role)
def end_other_sessions() -> ResponseReturnValue:
    """End the sessions on all other devices."""
    return securing.end_other_sessions()


@bp.route("/password", methods=["GET", "POST"])
@staff(*Role)
@securing.confirmed
def password() -> ResponseReturnValue:
    """Set or change the password."""
    return second_steps.password()


@bp.post("/codes/new")
@staff(*Role)
@securing.confirmed
def make_codes() -> ResponseReturnValue:
    """Make new recovery codes in place of the former ones."""
    return second_steps.make_codes()


@bp.get("/codes")
@staff(*Role)
def show_codes() -> ResponseReturnValue:
    """Show the recovery codes that were made just now."""
    return second_steps.show_codes()


@bp.post("/codes")
@staff(*Role)
def codes_kept() -> ResponseReturnValue:
    """Forget the codes that were shown."""
    return second_steps.codes_kept()
