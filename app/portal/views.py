"""Pages for everyone: the start page."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.web.access import public

PATH = ""
bp = Blueprint("portal", __name__)


@bp.get("/")
@public
def start() -> ResponseReturnValue:
    """Show what the post can be asked for."""
    return render_template("portal/start.html")
