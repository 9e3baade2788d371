"""What a load balancer asks: does the process live, and can it serve."""

from collections.abc import Callable

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import db
from app.web.access import public

bp = Blueprint("health", __name__)
_troubles: dict[str, Callable[[], int]] = {}


def watch(name: str, count: Callable[[], int]) -> None:
    """Have a number told under this name while it is not zero; no reason not to serve."""
    _troubles[name] = count


@bp.get("/healthz")
@public
def live() -> ResponseReturnValue:
    """Answer while the process lives."""
    return {"status": "ok"}


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """Answer 200 when the database answers; a broker that is away only slows messages.

    What somebody has to look after, such as work that failed, is counted beside it.
    """
    try:
        db.session.execute(text("SELECT 1"))
        counts = {name: count() for name, count in _troubles.items()}
    except SQLAlchemyError:
        return {"status": "unavailable"}, 503
    return {"status": "ok", **{name: count for name, count in counts.items() if count}}
