"""Help and privacy: what readers ask most, answered in plain words."""

import logging
from datetime import timedelta

from flask import Blueprint, current_app, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.exc import OperationalError

from app.accounts import devices, sessions, texting
from app.core import i18n
from app.core.db import transaction
from app.notifications.push import views as push
from app.notifications.telegram import views as telegram
from app.web.access import Audience, public
from app.web.navigation import Place, enter

logger = logging.getLogger(__name__)

PATH = ""
ELSEWHERE = "https://{}.wikipedia.org/"
"""By the language; it is told nothing of where its reader was (Referrer-Policy)."""
bp = Blueprint("help", __name__)

enter(Place.ENTRANCE, Audience.PUBLIC, 90, "help.index", _l("Help"))
enter(Place.FOOT, Audience.PUBLIC, 10, "help.index", _l("Help"))
enter(Place.FOOT, Audience.PUBLIC, 20, "help.privacy", _l("Privacy"))


@bp.get("/help")
@public
def index() -> ResponseReturnValue:
    """Answer what readers ask most."""
    return render_template("portal/help.html")


@bp.get("/leave")
@public
def leave() -> ResponseReturnValue:
    """Lead away at once to a page that says nothing of its reader, and have this site forgotten.

    By a link, as a form that was open for too long would keep its reader here. The session ends
    on the server too: a token that somebody copied is worth nothing. No other site can have
    somebody signed out.
    """
    response = redirect(ELSEWHERE.format(i18n.language()), 303)
    if request.headers.get("Sec-Fetch-Site") not in ("cross-site", "same-site"):
        _end_session()
        session.clear()
        sessions.clear_cookie(response)
        response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


def _end_session() -> None:
    """End the session; whoever has to be away at once does not wait for a database that is."""
    try:
        with transaction():
            sessions.end_current()
    except OperationalError as trouble:
        logger.error("session not ended on leaving", exc_info=trouble)


@bp.get("/privacy")
@public
def privacy() -> ResponseReturnValue:
    """Say what is kept, who sees it and for how long."""
    return render_template(
        "portal/privacy.html",
        cookies=_cookies(),
        hours=sessions.ABSOLUTE // timedelta(hours=1),
        has_texts=texting.is_offered(),
        has_push=bool(push.public_key()),
        has_bot=telegram.is_offered(),
    )


def _cookies() -> list[tuple[str, str]]:
    """Return every cookie that this site sets, by name: what it is for and how long it stays."""
    days = devices.KEPT_FOR.days
    return [
        (
            sessions.cookie_name(),
            _("It knows that you are signed in. It ends when you sign out or close the browser."),
        ),
        (
            current_app.config["SESSION_COOKIE_NAME"],
            _("It protects forms. It ends when you close the browser."),
        ),
        (
            devices.cookie_name(),
            ngettext(
                "It is set when you sign in and stays for %(num)d day. It remembers that your "
                "account was used in this browser, so that you are told when somebody signs in "
                "on another one. It lets nobody in.",
                "It is set when you sign in and stays for %(num)d days. It remembers that your "
                "account was used in this browser, so that you are told when somebody signs in "
                "on another one. It lets nobody in.",
                days,
            ),
        ),
    ]
