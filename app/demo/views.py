"""The outbox of the demonstration: what was sent, and the second codes of the example staff."""

from pathlib import Path

import pyotp
from flask import Blueprint, Flask, Response, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.demo import accounts, outbox
from app.web import language
from app.web.access import public

bp = Blueprint("demo", __name__)


def init_app(app: Flask) -> None:
    """Register the pages; the factory calls this in the demonstration only."""
    app.register_blueprint(bp, url_prefix=language.PREFIX + "/outbox")
    app.add_url_rule("/outbox", "outbox", _entrance)


@public
def _entrance() -> ResponseReturnValue:
    return redirect(url_for("demo.letters", lang=language.guess()))


@bp.get("")
@public
def letters() -> ResponseReturnValue:
    """List the newest messages."""
    codes = [(who, pyotp.TOTP(who.totp_secret).now()) for who in accounts.STAFF]
    found = outbox.list_letters(_folder())
    return render_template(
        "demo/letters.html", letters=found, codes=codes, password=accounts.PASSWORD
    )


@bp.get("/<name>")
@public
def letter(name: str) -> ResponseReturnValue:
    """Show one message as its plain text."""
    return render_template("demo/letter.html", letter=outbox.get_letter(_folder(), name))


@bp.get("/<name>/parts/<int:number>")
@public
def part(name: str, number: int) -> ResponseReturnValue:
    """Hand out one part of a message as a file, never shown by the browser as a page."""
    found = outbox.get_part(outbox.get_letter(_folder(), name), number)
    response = Response(found.content, content_type="application/octet-stream")
    ending = found.kind.rpartition("/")[2]
    filename = found.filename or f"part-{number}.{ending}"
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def _folder() -> Path:
    instance: Path = current_app.config["SETTINGS"].instance
    return instance / "mail"
