"""The outbox of the demonstration: what was sent, and the second codes of the example staff."""

import re
from pathlib import Path

import pyotp
from flask import Blueprint, Flask, Response, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.demo import accounts, outbox
from app.web import language
from app.web.access import public

bp = Blueprint("demo", __name__)

REFERENCE = re.compile(r"\b[A-Z]{2}(-[0-9A-Z]{4}){2}-[0-9A-Z]\b")


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
        "demo/letters.html",
        letters=found,
        codes=codes,
        password=accounts.PASSWORD,
        whole=_whole,
    )


@bp.get("/<name>")
@public
def letter(name: str) -> ResponseReturnValue:
    """Show one message as its plain text."""
    found = outbox.get_letter(_folder(), name)
    return render_template("demo/letter.html", letter=found, whole=_whole)


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


def _whole(subject: str) -> Markup:
    """Return a subject whose number does not break at its hyphens."""
    kept = r'<span class="j-nowrap">\g<0></span>'
    return Markup(REFERENCE.sub(kept, str(Markup.escape(subject))))  # noqa: S704  (escaped)


def _folder() -> Path:
    instance: Path = current_app.config["SETTINGS"].instance
    return instance / "mail"
