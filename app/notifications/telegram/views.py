"""Linking one's account with Telegram, and ending that."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.core.db import transaction
from app.notifications.telegram import services
from app.web.access import acting, signed_in

PATH = "/account/telegram"
bp = Blueprint("telegram", __name__)


def is_offered() -> bool:
    """Return whether there is a bot here."""
    return bool(current_app.config["SETTINGS"].telegram_token)


@bp.post("/link")
@signed_in
def link() -> ResponseReturnValue:
    """Show a link that is good once; it leads to the bot, with a code for it."""
    if not is_offered():
        abort(404)
    settings = current_app.config["SETTINGS"]
    with transaction():
        code = services.ask(accounts.get_account(acting().id or 0))
    return render_template(
        "notifications/telegram.html",
        bot=settings.telegram_bot,
        href=f"{settings.telegram_links}/{settings.telegram_bot}?start={code}",
        minutes=int(services.LIFETIME.total_seconds() // 60),
    )


@bp.post("/remove")
@signed_in
def remove() -> ResponseReturnValue:
    """Forget the chat."""
    with transaction():
        services.remove(accounts.get_account(acting().id or 0), actor=acting())
    flash(_("The link with Telegram is ended."), "success")
    return redirect(url_for("preferences.show"))
