"""For heads and admins: how swiftly messages go out, how many do not, and what is wrong now."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import Role
from app.notifications import wording
from app.notifications.figures import queries
from app.notifications.figures.rules import Figures
from app.notifications.models import Channel
from app.web.access import acting, staff

PATH = "/desk/messages/figures"
bp = Blueprint("message_figures", __name__)

SPANS = (timedelta(hours=24), timedelta(days=7))


@bp.get("")
@staff(Role.HEAD, Role.ADMIN)
def show() -> ResponseReturnValue:
    """Show the last day and the last week by channel, and the sending at this moment."""
    post_id, now = acting().post_id, clock.now()
    if post_id is None:
        abort(404)
    return render_template(
        "notifications/figures.html",
        spans=[_lines(queries.since(now - span, post_id)) for span in SPANS],
        waits=_waits(queries.oldest_due_at(now, post_id), now),
        troubles=[
            (wording.TROUBLES[one.kind], one.began_at) for one in queries.list_open_troubles()
        ],
        left_alone=queries.list_left_alone(),
    )


def _waits(oldest: datetime | None, now: datetime) -> int:
    """Return for how many minutes the message that is due longest has waited."""
    return int((now - oldest).total_seconds() // 60) if oldest else 0


def _lines(found: Mapping[Channel, Figures]) -> list[tuple[Any, Figures]]:
    # Any: the name of a channel is a lazy string.
    return [(wording.CHANNELS[one], found[one]) for one in Channel if one in found]
