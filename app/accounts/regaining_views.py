"""The pages on which somebody gets back into an account without the app that is lost."""

from flask import Blueprint, flash, g, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import entering, queries, regaining, securing, sessions
from app.accounts.models import Account
from app.core import clock
from app.core.db import transaction
from app.core.errors import NotFound
from app.web.access import acting, citizen_pending, signed_in

PATH = "/account/sign-in/regain"
bp = Blueprint("regaining", __name__)

BY_MAIL = "by_mail"
"""Where the browser's own session keeps the mark of the session that a code by mail began.

Not merely that there was one: a browser chooses which of its cookies it sends together, and that of
an account of one's own would speak for another one, of which no more than the password is known."""


@bp.get("")
@citizen_pending("totp")
def show() -> ResponseReturnValue:
    """Say how an account is got back, and how far that is."""
    due = regaining.due_at(_account())
    return render_template(
        "accounts/regain.html",
        due_at=due,
        is_due=due is not None and due <= clock.now(),
        by_mail=_is_by_mail(),
        days=regaining.WAIT.days,
    )


@bp.post("")
@citizen_pending("totp")
def ask() -> ResponseReturnValue:
    """Begin the wait."""
    account = _account_by_mail()
    with transaction():
        regaining.count_asking(account)
    with transaction():
        regaining.ask(account)
    return redirect(url_for(".show"))


@bp.post("/finish")
@citizen_pending("totp")
def finish() -> ResponseReturnValue:
    """Sign in without the app, and without it from now on."""
    account = _account_by_mail()
    with transaction():
        regaining.finish(account)
        token = entering.begin(account)
    response = entering.lead_on(account, token, url_for("security.show"))
    flash(_("No code of an app is asked for any more."), "success")
    return response


@bp.post("/stop")
@signed_in
def stop() -> ResponseReturnValue:
    """Keep the second step as it is."""
    with transaction():
        regaining.stop(queries.get_account(acting().id or 0))
    flash(_("Nothing was changed."), "success")
    return redirect(securing.pages().url())


def _account() -> Account:
    return queries.get_account(g.actor.id or 0)


def _account_by_mail() -> Account:
    """Return whose code by mail came just now: who has a password alone gets nowhere."""
    if not _is_by_mail():
        raise NotFound()
    return _account()


def _is_by_mail() -> bool:
    return bool(session.get(BY_MAIL)) and session[BY_MAIL] == sessions.current_mark()
