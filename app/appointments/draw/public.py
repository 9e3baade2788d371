"""The public pages of draws: what was promised, the list, the result, how to run it again."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.appointments.draw import presenting, queries, rules
from app.catalogue import queries as catalogue
from app.web.access import Audience, public
from app.web.navigation import Place, enter

PATH = "/draws"
bp = Blueprint("draws", __name__)

MOST = 25
FARTHEST = 10**9
"""No list is as long; a larger number would be none for the database."""

enter(Place.FOOT, Audience.PUBLIC, 13, "draws.index", _l("Draws of appointments"))


@bp.get("")
@public
def index() -> ResponseReturnValue:
    """List the draws of the post, the newest first."""
    post = catalogue.get_current_post()
    releases = queries.list_of_post(post.id)
    return render_template(
        "appointments/draw/index.html",
        releases=releases,
        titles=presenting.titles_of(post, releases),
        present=presenting,
    )


@bp.get("/<uid>")
@public
def show(uid: str) -> ResponseReturnValue:
    """Show a draw with all that it has published, and find a ticket in it."""
    post = catalogue.get_current_post()
    release = queries.get(post.id, uid)
    after = min(max(request.args.get("after", 0, type=int), 0), FARTHEST)
    typed = request.args.get("ticket", "")[:40]
    is_revealed = release.state in rules.REVEALED
    entries = queries.ordered(release.id, after=after, most=MOST) if is_revealed else []
    found = queries.find_ticket(release.id, rules.typed_ticket(typed)) if typed else None
    return render_template(
        "appointments/draw/show.html",
        release=release,
        title=presenting.titles_of(post, [release])[release.service_id],
        lines=presenting.lines(entries),
        older=entries[-1].position if len(entries) == MOST else None,
        is_first=after == 0,
        typed=typed,
        found=found,
        found_result=presenting.result_of(found) if found and is_revealed else "",
        present=presenting,
        is_revealed=is_revealed,
    )
