"""What programs read of a draw: the list as it was hashed, and all that runs it again."""

import json

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app.appointments.draw import queries, rules
from app.appointments.draw.models import Release
from app.catalogue import queries as catalogue
from app.core.errors import NotFound
from app.web.access import public

PATH = "/draws"
bp = Blueprint("draw_files", __name__)


@bp.get("/<uid>/list.txt")
@public
def fixed_list(uid: str) -> ResponseReturnValue:
    """Return the list of a draw, byte for byte what its hash was taken of."""
    release = _release(uid)
    if release.list_hash is None:
        raise NotFound()
    return Response(queries.text_of(release), mimetype="text/plain")


@bp.get("/<uid>/draw.json")
@public
def whole(uid: str) -> ResponseReturnValue:
    """Return all that a draw has published; the secret and the results once it was held."""
    release = _release(uid)
    is_revealed = release.state in rules.REVEALED
    found = {
        "format": 1,
        "draw": release.uid,
        "state": release.state.value,
        "service": release.service.code,
        "site": release.pool.site.code,
        "zone": release.pool.site.zone,
        "first_on": release.first_on.isoformat(),
        "last_on": release.last_on.isoformat(),
        "opens_at": release.opens_at.isoformat(),
        "closes_at": release.closes_at.isoformat(),
        "weighting": release.weighting.value,
        "commitment": release.commitment,
        "public": {
            "kind": release.public_kind.value,
            "on": release.public_on.isoformat(),
            "source": release.public_source,
            "value": release.public_value,
        },
        "list": queries.text_of(release) or None,
        "list_hash": release.list_hash,
        "secret": release.secret if is_revealed else None,
        "results": queries.results(release.id) if is_revealed else [],
    }
    return Response(json.dumps(found, ensure_ascii=False), mimetype="application/json")


def _release(uid: str) -> Release:
    return queries.get(catalogue.get_current_post().id, uid)
