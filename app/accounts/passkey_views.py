"""Signing in with a passkey, whoever it belongs to: the authenticator knows, nobody types."""

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import entering, passkeys
from app.accounts.forms import PasskeyForm
from app.accounts.passkeys import PasskeyRefused, PasskeySuspected, Purpose
from app.core.db import transaction
from app.web.access import current_actor, public

PATH = "/passkeys"
bp = Blueprint("passkeys", __name__)

KEY = "passkey_sign_in"
"""Where the browser's own session keeps the uid of its challenge."""


@bp.get("/sign-in")
@public
def show() -> ResponseReturnValue:
    """Show the button that asks the reader's device for a passkey."""
    form = PasskeyForm(data={key: request.args.get(key) for key in ("next", "door")})
    return render_template(
        "accounts/passkey_sign_in.html",
        form=form,
        origin=entering.site().origin,
        door=_door(form),
    )


@bp.post("/sign-in/options")
@public
def options() -> ResponseReturnValue:
    """Give the script of the page a challenge."""
    with transaction():
        asked = passkeys.ask_to_sign_in(entering.site(), network=request.remote_addr)
    session[KEY] = asked.uid
    return Response(asked.options, mimetype="application/json")


@bp.post("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """Sign in whoever the passkey belongs to."""
    form = PasskeyForm()
    try:
        return _redeem(form)
    except (PasskeyRefused, entering.AnotherAccount) as refusal:
        flash(refusal.sentence(), "error")
    again = {key: form[key].data or None for key in ("next", "door")}
    return redirect(url_for(".show", **again))


def _redeem(form: PasskeyForm) -> ResponseReturnValue:
    with transaction():
        taken = passkeys.take(session.pop(KEY, ""), Purpose.SIGN_IN)
    with transaction():
        shown = passkeys.redeem(taken, form.credential.data or "", site=entering.site())
        if not shown.is_suspected:
            entering.check_is_same(shown.owner)
        token = "" if shown.is_suspected else entering.begin(shown.owner)
    if shown.is_suspected:
        raise PasskeySuspected()
    response = entering.lead_on(shown.owner, token, form.next.data)
    flash(_("You are signed in."), "success")
    return response


def _door(form: PasskeyForm) -> str:
    """Return the page from which somebody came, to sign in otherwise."""
    is_here = current_actor() is not None
    if form.door.data == "staff":
        page = "staff_accounts.confirm" if is_here else "staff_accounts.sign_in"
        return url_for(page, next=form.next.data or None)
    again = 1 if is_here else None
    return url_for("accounts.sign_in", again=again, next=form.next.data or None)
