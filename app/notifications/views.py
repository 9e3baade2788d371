"""The inbox of a citizen: what was told, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import i18n
from app.core.crypto import Unreadable
from app.core.db import transaction
from app.notifications import letters, queries, services
from app.notifications.models import Message
from app.web.access import Audience, acting, safe_next, signed_in
from app.web.navigation import Place, enter

PATH = "/inbox"
bp = Blueprint("inbox", __name__)

enter(Place.HEAD, Audience.CITIZEN, 30, "inbox.show", _l("Messages"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A message as it stands in the list."""

    uid: str
    text: Any
    """Markup or plain text (Any: they share no public type)."""
    notice: Any
    """What the service adds, empty for nothing (Any: as above)."""
    at: datetime
    unread: bool
    href: str


@bp.get("")
@signed_in
def show() -> ResponseReturnValue:
    """List the messages, unread ones marked."""
    account_id, cursor = acting().id or 0, request.args.get("before")
    before = queries.get_from_inbox(account_id, cursor).id if cursor else None
    found = queries.list_inbox(account_id, before=before)
    shown = found[: queries.PAGE]
    return render_template(
        "notifications/inbox.html",
        lines=[_line(message) for message in shown],
        older=shown[-1].uid if len(found) > queries.PAGE else "",
        newest=cursor is None,
        unread=queries.count_unread(account_id),
    )


@bp.post("/<uid>")
@signed_in
def open_message(uid: str) -> ResponseReturnValue:
    """Note that a message was read, and lead to what it is about."""
    with transaction():
        message = services.mark_read(acting().id or 0, uid)
        target = _line(message).href
    return redirect(target)


@bp.post("/all-read")
@signed_in
def mark_all_read() -> ResponseReturnValue:
    """Note that all messages were read."""
    with transaction():
        services.mark_all_read(acting().id or 0)
    return redirect(url_for(".show"))


def _line(message: Message) -> Line:
    try:
        text: str = letters.line(message)
        notice: str = letters.notice(message)
        path = letters.path_of(message.event, message.payload or {})
    except Unreadable:
        text, notice, path = _("This message can no longer be read."), "", ""
    inbox = url_for(".show")
    return Line(
        uid=message.uid,
        text=text,
        notice=notice,
        at=message.created_at,
        unread=message.read_at is None,
        href=safe_next(f"/{i18n.language()}{path}", default=inbox) if path else inbox,
    )
