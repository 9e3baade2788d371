"""The pages of the ministry: how the posts do, in figures, and no person behind them."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.catalogue import presenting
from app.core.actor import Role
from app.reporting import figures, rules, standards
from app.web.access import Audience, staff
from app.web.navigation import Place, enter

PATH = "/desk/figures"
bp = Blueprint("figures", __name__)

enter(Place.HEAD, Audience.STAFF, 90, "figures.index", _l("Figures of the posts"))


@bp.get("")
@staff(Role.MINISTRY)
def index() -> ResponseReturnValue:
    """List all posts with what waits there and what was done."""
    return render_template("reporting/figures.html", rows=figures.list_all())


@bp.get("/<code>")
@staff(Role.MINISTRY)
def show(code: str) -> ResponseReturnValue:
    """Show what one post promises in each service, and what it took."""
    post = figures.get_post(code)
    return render_template(
        "reporting/post_figures.html",
        row=figures.of_post(post),
        standards=standards.of_post(post),
        days=presenting.working_days,
        least=rules.LEAST,
    )
