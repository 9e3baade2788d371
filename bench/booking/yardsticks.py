"""Two views that do hardly anything, behind all that stands before every other view."""

from flask import Flask
from sqlalchemy import text

from app.core import clock
from app.core.db import db, new_uid, transaction
from app.web import access
from app.web.idempotency import IdempotencyKey
from tests import storm

ONE = "/bench/one"
ROW = "/bench/row"


def add(app: Flask) -> Flask:
    """Add a view that asks for the number 1, and one that writes one row."""

    @access.signed_in
    def one(lang: str = "") -> str:
        return str(db.session.scalar(text("SELECT 1")))

    @access.signed_in
    def row(lang: str = "") -> str:
        with transaction() as session:
            session.add(
                IdempotencyKey(
                    owner="bench",
                    endpoint="bench",
                    key=new_uid(),
                    location="",
                    created_at=clock.now(),
                )
            )
        return "1"

    app.add_url_rule(ONE, "bench.one", one)
    app.add_url_rule(ROW, "bench.row", row, methods=["POST"])
    return app


def web_app() -> Flask:
    """Return the app with the two views, for a process of the web server."""
    return add(storm.web_app())
