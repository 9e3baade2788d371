"""Signing in and out as staff."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.web.access import public

PATH = "/desk/account"
bp = Blueprint("staff_accounts", __name__)


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """Ask for login and password."""
    return render_template("accounts/staff_sign_in.html")
