"""Help and privacy: what readers ask most, answered in plain words."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.web.access import Audience, public
from app.web.navigation import Place, enter

PATH = ""
bp = Blueprint("help", __name__)

enter(Place.ENTRANCE, Audience.PUBLIC, 90, "help.index", _l("Help"))
enter(Place.FOOT, Audience.PUBLIC, 10, "help.index", _l("Help"))
enter(Place.FOOT, Audience.PUBLIC, 20, "help.privacy", _l("Privacy"))


@bp.get("/help")
@public
def index() -> ResponseReturnValue:
    """Answer what readers ask most."""
    return render_template("portal/help.html")


@bp.get("/privacy")
@public
def privacy() -> ResponseReturnValue:
    """Say what is kept, who sees it and for how long."""
    return render_template("portal/privacy.html")
