"""The address that a mail program calls when its reader unsubscribes (RFC 8058)."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.extensions import csrf
from app.notifications.preferences import unsubscribing
from app.web.access import public

PATH = "/unsubscribe"
bp = Blueprint("one_click", __name__)
csrf.exempt(bp)  # It is called by a program of a mail provider; the link is signed.


@bp.post("/<token>")
@public
def take(token: str) -> ResponseReturnValue:
    """Unsubscribe; the program of the reader learns where it was no link of ours."""
    return "", 204 if unsubscribing.unsubscribe(token) else 404
