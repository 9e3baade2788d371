"""Signing in and out as a citizen."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.web.access import public

PATH = "/account"
bp = Blueprint("accounts", __name__)


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """Ask for an address to which a code is sent."""
    return render_template("accounts/sign_in.html")
