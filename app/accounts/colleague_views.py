"""Helping a colleague who cannot sign in, without seeing or setting a secret of theirs."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import colleagues, resets, securing
from app.core.actor import Role
from app.core.db import transaction
from app.web.access import acting, staff

PATH = "/desk/colleagues"
bp = Blueprint("colleagues", __name__)


@bp.get("")
@staff(Role.HEAD, Role.ADMIN)
def show() -> ResponseReturnValue:
    """Show who works at the post, and whose second factor was reported lost."""
    actor = acting()
    return render_template(
        "accounts/colleagues.html",
        colleagues=colleagues.list_of_post(actor.post_id or 0),
        own_id=actor.id,
    )


@bp.post("/<uid>/link")
@staff(Role.HEAD, Role.ADMIN)
@securing.confirmed
def send_link(uid: str) -> ResponseReturnValue:
    """Mail a colleague a link to set the password, which nobody else sees."""
    actor = acting()
    with transaction():
        resets.send_to_colleague(colleagues.get_colleague(uid, actor=actor), actor=actor)
    flash(_("A link was mailed to your colleague. It is good for 30 minutes."), "success")
    return redirect(url_for(".show"))


@bp.post("/<uid>/reset")
@staff(Role.HEAD, Role.ADMIN)
@securing.confirmed
def ask_reset(uid: str) -> ResponseReturnValue:
    """Vouch that a colleague lost the second factor."""
    with transaction():
        colleagues.ask_reset(uid, actor=acting())
    flash(_("Somebody else of the post has to agree on this page."), "success")
    return redirect(url_for(".show"))


@bp.post("/<uid>/reset/agree")
@staff(Role.HEAD, Role.ADMIN)
@securing.confirmed
def agree(uid: str) -> ResponseReturnValue:
    """Agree that a colleague sets up another second factor."""
    with transaction():
        colleagues.agree(uid, actor=acting())
    flash(_("Your colleague sets up another app at the next sign-in."), "success")
    return redirect(url_for(".show"))


@bp.post("/<uid>/reset/refuse")
@staff(Role.HEAD, Role.ADMIN)
def refuse(uid: str) -> ResponseReturnValue:
    """Leave the second factor of a colleague as it is."""
    with transaction():
        colleagues.refuse(uid, actor=acting())
    flash(_("Nothing was changed."), "success")
    return redirect(url_for(".show"))
