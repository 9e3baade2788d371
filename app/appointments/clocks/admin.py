"""What new rules of a time zone moved, for the head of the post and the admin."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.appointments import presenting
from app.appointments.clocks import queries
from app.catalogue import queries as catalogue
from app.core import i18n
from app.core.actor import Role
from app.web.access import acting, staff

PATH = "/admin/clocks"
bp = Blueprint("clocks_admin", __name__)


@bp.get("")
@staff(Role.HEAD, Role.ADMIN)
def index() -> ResponseReturnValue:
    """List what was moved because zones of the post got new rules."""
    return render_template(
        "appointments/clocks/index.html",
        changes=queries.list_changes(catalogue.get_current_post().id),
        city=i18n.city,
    )


@bp.get("/<uid>")
@staff(Role.HEAD, Role.ADMIN)
def show(uid: str) -> ResponseReturnValue:
    """Show what one change moved and whose appointments it concerned."""
    change = queries.get_change(catalogue.get_current_post().id, uid)
    return render_template(
        "appointments/clocks/change.html",
        change=change,
        visits=queries.list_visits(change),
        total=queries.count_visits(change),
        present=presenting,
        city=i18n.city,
        may_open=acting().has_role(Role.OFFICER, Role.HEAD),
    )
