"""The pages about password, authenticator app and recovery codes, for citizens and for staff."""

import io
import json

import segno
from flask import Response, flash, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import factors, passwords, protecting, queries, recovery, securing, sessions
from app.accounts.forms import PasswordForm
from app.accounts.models import Owner
from app.core.actor import Actor, ActorKind
from app.core.crypto import Unreadable, seal_for_browser, unseal_from_browser
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.web.access import acting

CODES = "recovery_codes"
"""Where the browser's own session keeps codes, sealed, until their owner has written them down."""


def password() -> ResponseReturnValue:
    """Set or change the password."""
    owner, form = securing.owner(), PasswordForm()
    if not owner.password_hash:
        del form.present
    if form.validate_on_submit():
        try:
            return _set_password(owner, form)
        except Invalid as refusal:
            field = form.present if refusal.field == "present" else form.password
            field.errors = [refusal.sentence()]
    shortest = passwords.shortest_of(owner.kind)
    page = render_template(
        "accounts/password.html", form=form, pages=securing.pages(), shortest=shortest
    )
    return page, 422 if form.errors else 200


def _set_password(owner: Owner, form: PasswordForm) -> ResponseReturnValue:
    if owner.password_hash:
        with transaction():
            factors.count_known_password_try(owner.uid, None)
        protecting.check_present(owner, form.present.data)
    with transaction():
        protecting.set_password(securing.owner(), form.password.data, actor=acting())
        token = sessions.renew(acting().session_id or 0)
    flash(_("The password was saved. All other sessions were ended."), "success")
    response = redirect(securing.pages().url())
    sessions.set_cookie(response, token, acting().kind)
    return response


def keep_codes(codes: list[str], uid: str) -> None:
    """Have the browser keep new codes for its next page; nobody can read them there."""
    plain = json.dumps({"uid": uid, "codes": codes}).encode()
    session[CODES] = seal_for_browser(plain, CODES)


def _kept_codes(uid: str) -> list[str]:
    try:
        kept = json.loads(unseal_from_browser(session.get(CODES, ""), CODES))
    except Unreadable:
        return []
    return list(kept["codes"]) if kept["uid"] == uid else []


def make_codes() -> ResponseReturnValue:
    """Make new recovery codes and lead to them."""
    owner = securing.owner()
    if not owner.has_second_factor:
        raise NotFound()
    with transaction():
        codes = protecting.make_codes(owner, actor=acting())
    keep_codes(codes, owner.uid)
    return redirect(securing.pages().url("show_codes"))


def show_codes() -> ResponseReturnValue:
    """Show the codes that were made just now, until their owner says that they are kept."""
    codes = _kept_codes(securing.owner().uid)
    if not codes:
        return redirect(securing.pages().url())
    return render_template("accounts/recovery.html", codes=codes, pages=securing.pages())


def codes_kept() -> ResponseReturnValue:
    """Forget the codes that were shown."""
    session.pop(CODES, None)
    flash(_("Keep the codes where you find them without your phone."), "success")
    return redirect(securing.pages().url())


def picture(owner: Owner, secret: str) -> ResponseReturnValue:
    """Draw the secret that an owner sets up for an authenticator app as a QR."""
    shown_as = securing.shown_as(owner)
    drawn = io.BytesIO()
    segno.make(factors.set_up_address(secret, shown_as), error="m").save(
        drawn, kind="svg", border=4, light="#fff", svgclass=None, lineclass=None
    )
    return Response(drawn.getvalue(), mimetype="image/svg+xml")


def grouped(secret: str) -> str:
    """Return the secret as it is typed into an app."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def count_codes(owner: Owner) -> int:
    """Return how many recovery codes are left."""
    return recovery.count_left(owner)


def count_try(owner: Owner) -> None:
    """Count a try of a second factor in a transaction of its own."""
    with transaction():
        factors.count_second_factor_try(owner, network=request.remote_addr)


def half_signed_in(actor: Actor) -> Owner:
    """Return who gave a first factor and is asked for the second."""
    if actor.kind is ActorKind.CITIZEN:
        return queries.get_account(actor.id or 0)
    return queries.get_staff(actor.id or 0)
