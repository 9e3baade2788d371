"""The published JSON Schema of service files: the same for everybody, in no language."""

from functools import cache

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app.catalogue.definition import schema
from app.web.access import public

PATH = "/services"
bp = Blueprint("service_schema", __name__)

HOUR_S = 3600


@bp.get("/schema.json")
@public
def show() -> ResponseReturnValue:
    """Return the schema, to be kept for an hour and asked for by its tag then."""
    response = Response(_body(), mimetype="application/schema+json")
    response.cache_control.public = True
    response.cache_control.max_age = HOUR_S
    response.add_etag()
    return response.make_conditional(request)


@cache
def _body() -> bytes:
    return schema.write()
