"""What programs read of an opening: all that runs its shuffle again, once it was shuffled."""

import json

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app.appointments.line import queries
from app.appointments.line.rules import OpeningState
from app.catalogue import queries as catalogue
from app.web.access import public

PATH = "/queues"
bp = Blueprint("line_files", __name__)


@bp.get("/<uid>/queue.json")
@public
def whole(uid: str) -> ResponseReturnValue:
    """Return what an opening has published; secret, list and order once its hour has come."""
    opening = queries.get(catalogue.get_current_post().id, uid)
    text = queries.text_of(opening)
    is_shuffled = bool(text) and opening.state is not OpeningState.ANNOUNCED
    found = {
        "format": 1,
        "queue": opening.uid,
        "state": opening.state.value,
        "service": opening.service.code,
        "site": opening.pool.site.code,
        "zone": opening.pool.site.zone,
        "first_on": opening.first_on.isoformat(),
        "last_on": opening.last_on.isoformat(),
        "opens_at": opening.opens_at.isoformat(),
        "commitment": opening.commitment,
        "secret": opening.secret if is_shuffled else None,
        "list": text if is_shuffled else None,
        "order": queries.order_of(opening.id) if is_shuffled else [],
    }
    return Response(json.dumps(found, ensure_ascii=False), mimetype="application/json")
