"""Pages for everyone: the start page."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.catalogue import presenting, queries
from app.web.access import public

PATH = ""
MOST_ASKED = ("PASS_RENEW", "POA_SPEC", "CIV_BIRTH", "ATTEST", "LAISSEZ")
bp = Blueprint("portal", __name__)


@bp.get("/")
@public
def start() -> ResponseReturnValue:
    """Show what the post can be asked for, by what happened in a reader's life."""
    post = queries.find_current_post()
    services = queries.list_published(post) if post else []
    present = {service.category for service in services}
    return render_template(
        "portal/start.html",
        count=len(services),
        most_asked=[service for service in services if service.code in MOST_ASKED],
        categories={
            category: texts
            for category, texts in presenting.CATEGORIES.items()
            if category in present
        },
    )
