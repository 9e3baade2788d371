"""Every refusal becomes a page in the reader's language; none shows what is inside."""

import errno
import logging
from dataclasses import asdict, dataclass

from flask import Flask, current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from app.core import i18n
from app.core.actor import ActorKind
from app.core.crypto import Unreadable
from app.core.db import db
from app.core.errors import DomainError
from app.web import language
from app.web.access import Audience, current_actor, policy_of
from app.web.navigation import may_open
from app.web.templating import static_url

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What an error page says."""

    status: int
    title: str
    text: str


def init_app(app: Flask) -> None:
    """Register one renderer for all errors."""
    app.register_error_handler(DomainError, refused)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _unavailable)
    app.register_error_handler(DatabaseError, _damaged)
    app.register_error_handler(Unreadable, _unreadable)
    app.register_error_handler(PoolTimeout, _exhausted)
    app.register_error_handler(OSError, _full)
    app.register_error_handler(Exception, _unexpected)


def refused(error: DomainError) -> ResponseReturnValue:
    """Return the page of a refusal; for handlers, in which raising it again would be a fault."""
    return page(_refusal(error.status, error.sentence()))


def _csrf(error: CSRFError) -> ResponseReturnValue:
    text = _(
        "This form was open for too long, or cookies are switched off. "
        "Go back, reload the page and send it again: what was saved is still there."
    )
    return page(_refusal(400, text))


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    return page(_refusal(status, _text_of(status)))


def _unavailable(error: OperationalError) -> ResponseReturnValue:
    logger.error("database unavailable", exc_info=error)
    return page(_refusal(503, _text_of(503)))


def _damaged(error: DatabaseError) -> ResponseReturnValue:
    """Say of a file that is no database what is said of one that is away (only SQLite has such)."""
    if type(error) is not DatabaseError:
        return _unexpected(error)
    logger.error("database damaged", exc_info=error)
    if "lang" not in g:
        g.lang = language.guess()
    return _bare_page(_refusal(503, _text_of(503)), sheet=_sheet())


def _unreadable(error: Unreadable) -> ResponseReturnValue:
    logger.error("sealed value cannot be read", exc_info=error)
    text = _("Something that was stored here cannot be read, so nothing was changed.")
    return page(_refusal(409, text))


def _exhausted(error: PoolTimeout) -> ResponseReturnValue:
    """Say so on a bare page: a full one would wait for a connection once more."""
    logger.error("all connections to the database are in use", exc_info=error)
    if "lang" not in g:
        g.lang = language.guess()
    return _bare_page(_refusal(503, _text_of(503)), sheet=_sheet())


def _full(error: OSError) -> ResponseReturnValue:
    """Say of a full disk that it will pass; of whatever else the machine refuses nothing is known.

    A file arrives on the disk before any view has it.
    """
    if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
        return _unexpected(error)
    logger.error("no space is left on the disk", exc_info=error)
    return page(_refusal(503, _text_of(503)))


def _unexpected(error: Exception) -> ResponseReturnValue:
    logger.error("unexpected error", exc_info=error)
    return page(_refusal(500, _text_of(500)))


def _refusal(status: int, text: str) -> Refusal:
    titles = {
        400: _("This request cannot be understood"),
        403: _("Not permitted"),
        404: _("Page not found"),
        409: _("This is not possible now"),
        410: _("The file is damaged"),
        413: _("The file is too large"),
        422: _("Something is missing or wrong"),
        429: _("Too many attempts"),
        503: _("The service is not available for the moment"),
    }
    usual = titles[400] if status < 500 else _("Something went wrong")
    return Refusal(status=status, title=titles.get(status, usual), text=text)


def _text_of(status: int) -> str:
    texts = {
        400: _("The address or the form was not complete. Go back and try again."),
        403: _("Your account may not do this."),
        404: _("This page does not exist, or it is not yours to see."),
        413: _("A file may have at most 10 MB. What was saved before is still there."),
        429: _("There were too many attempts. Please wait a few minutes and try again."),
        503: _("Please try again in a few minutes. Nothing that was saved is lost."),
    }
    ours = _("The fault is ours and has been recorded. Nothing that was saved is lost.")
    return texts.get(status, texts[400] if status < 500 else ours)


def page(refusal: Refusal) -> ResponseReturnValue:
    """Return the error page; a broken session of the database is put aside first.

    Where nothing can be asked of the database, or no address can be made, it is a bare one.
    """
    if "lang" not in g:
        g.lang = language.guess()
    if not _can_make_addresses():
        return _bare_page(refusal, sheet="")
    try:
        db.session.rollback()
        return _full_page(refusal)
    except OperationalError:
        return _bare_page(refusal, sheet=_sheet())


def _sheet() -> str:
    return static_url(f"css/citizen.{i18n.direction()}.css")


def _full_page(refusal: Refusal) -> ResponseReturnValue:
    body = render_template(
        "error.html",
        **asdict(refusal),
        hint=_hint(refusal),
        actions=_ways_on(refusal),
        reference=_number(refusal),
    )
    return body, refusal.status


def _bare_page(refusal: Refusal, *, sheet: str) -> ResponseReturnValue:
    body = render_template(
        "error_bare.html", **asdict(refusal), sheet=sheet, reference=_number(refusal)
    )
    return body, refusal.status


def _number(refusal: Refusal) -> str:
    """Return the number under which a fault of ours is in the log, empty for others."""
    return str(g.get("request_id", "")) if refusal.status >= 500 else ""


def _hint(refusal: Refusal) -> str:
    """Return what a citizen may try whose household shares a browser, the same on each page."""
    actor = current_actor()
    if refusal.status != 404 or actor is None or actor.kind is not ActorKind.CITIZEN:
        return ""
    return _(
        "If a message led you here, it may belong to another account than the one that is open in"
        " this browser. Then sign out on the page of your account, sign in with the address to"
        " which the message came, and open it again."
    )


def _ways_on(refusal: Refusal) -> list[tuple[str, str]]:
    """Return the way back to the request that is not in the state for something."""
    case = (request.view_args or {}).get("reference")
    if refusal.status != 409 or not case or not request.endpoint:
        return []
    audience = policy_of(current_app, request.endpoint).audience
    if audience is Audience.STAFF and may_open("desk_case.show"):
        return [(url_for("desk_case.show", reference=case), _("Back to the request"))]
    if audience is not Audience.CITIZEN:
        return []
    return [(url_for("requests.show", reference=case), _("To my request"))]


def _can_make_addresses() -> bool:
    # Flask makes no URL adapter for a host that it does not trust.
    try:
        url_for("portal.start")
    except AttributeError:
        return False
    return True
