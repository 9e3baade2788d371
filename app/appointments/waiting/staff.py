"""The waiting list for the staff: who waits, and why seats that came free fitted nobody."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.appointments import presenting as seats
from app.appointments import queries as bookings
from app.appointments.waiting import presenting, queries
from app.core.actor import Role
from app.web.access import acting, staff

PATH = "/desk/waiting"
bp = Blueprint("desk_waiting", __name__)


@bp.get("")
@staff(Role.HEAD, Role.OFFICER, Role.RECEPTIONIST)
def index() -> ResponseReturnValue:
    """Show who waits in their order, and the newest seats that were given back."""
    post_id = acting().post_id or 0
    pools = bookings.list_pools(post_id)
    return render_template(
        "appointments/waiting/index.html",
        entries=queries.list_of_post(post_id),
        returns=queries.list_returns([pool.id for pool in pools]),
        present=presenting,
        seats=seats,
    )
