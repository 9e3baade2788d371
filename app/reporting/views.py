"""The public page of the service standards."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.catalogue import presenting, queries
from app.reporting import rules, standards
from app.web.access import Audience, public
from app.web.navigation import Place, enter

PATH = "/standards"
bp = Blueprint("standards", __name__)

enter(Place.FOOT, Audience.PUBLIC, 12, "standards.index", _l("Service standards"))


@bp.get("")
@public
def index() -> ResponseReturnValue:
    """Show for each service what is promised and what was measured."""
    return render_template(
        "reporting/standards.html",
        rows=standards.of_post(queries.get_current_post()),
        days=presenting.working_days,
        least=rules.LEAST,
    )
