"""Where the code on a document leads: the page that verifies it, in the reader's language."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from app.web import language
from app.web.access import public

PATH = "/verify"
bp = Blueprint("scanned", __name__)


@bp.get("")
@public
def by_hand() -> ResponseReturnValue:
    """Lead to where the code of a document is typed, from the address that stands on it."""
    return redirect(url_for("verification.ask", lang=language.guess()))


@bp.get("/<code>/<key_id>/<signature>")
@public
def scan(code: str, key_id: str, signature: str) -> ResponseReturnValue:
    """Lead to what the page says of a document whose code was scanned."""
    return redirect(
        url_for(
            "verification.scanned",
            lang=language.guess(),
            code=code,
            key_id=key_id,
            signature=signature,
        )
    )
