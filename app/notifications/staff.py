"""For staff: mails of which nobody knows whether they arrived, or that could not be sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.actor import Role
from app.core.crypto import Unreadable
from app.core.db import transaction
from app.core.errors import Conflict, NotFound
from app.notifications import queries, recipients, rules, services, unwanted, wording
from app.notifications.models import Message
from app.notifications.rules import Wish
from app.web import idempotency
from app.web.access import Audience, acting, staff
from app.web.forms import KeyedForm
from app.web.navigation import Place, enter, may_open

PATH = "/desk/messages"
bp = Blueprint("staff_messages", __name__)

enter(Place.HEAD, Audience.STAFF, 50, "staff_messages.show", _l("Messages"))

MAY_DECIDE = (Role.OFFICER, Role.HEAD, Role.ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A message as it stands in the list; it shows no whole address and nothing of its text."""

    uid: str
    event: Any
    """A lazy string (Any: it has no public type), and so are the words below."""
    channel: Any
    recipient: Any
    address: str
    """Covered; empty where an account stands behind it."""
    reference: str
    href: str
    """Of what was told about the case; empty for who may not open it."""
    language: str
    status: tuple[str, Any]
    reason: Any
    attempts: int
    at: datetime
    may_go_again: bool


@bp.get("")
@staff(*MAY_DECIDE)
def show() -> ResponseReturnValue:
    """List what needs a decision, and count the rest."""
    post_id, cursor = acting().post_id, request.args.get("before")
    before = queries.get_of_post(post_id, cursor).id if cursor else None
    found = queries.list_troubled(post_id, before=before)
    shown = found[: queries.PAGE]
    return render_template(
        "notifications/troubled.html",
        rows=_rows(shown),
        figures=_figures(post_id),
        older=shown[-1].uid if len(found) > queries.PAGE else "",
        newest=cursor is None,
        form=KeyedForm(formdata=None),
        figures_url=url_for("message_figures.show") if may_open("message_figures.show") else "",
        announcements_url=url_for("announcement_admin.index")
        if may_open("announcement_admin.index")
        else "",
        failed_work_url=url_for("work_admin.show") if may_open("work_admin.show") else "",
    )


@bp.post("/<uid>/<wish>")
@staff(*MAY_DECIDE)
def decide(uid: str, wish: str) -> ResponseReturnValue:
    """Send a message again or leave it, once."""
    if wish not in set(Wish):
        raise NotFound()
    owner, endpoint = str(acting().session_id), f"{request.endpoint}/{uid}"
    form, target = KeyedForm(), url_for(".show")
    key = form.idempotency_key()
    if idempotency.location_of(owner, endpoint, key) is not None:
        return redirect(target)
    try:
        with transaction():
            services.decide(uid, Wish(wish), actor=acting())
            idempotency.remember(owner, endpoint, key, location=target)
    except Conflict as refusal:
        flash(refusal.sentence())
        return redirect(target)
    again = Wish(wish) is Wish.SEND_AGAIN
    flash(_("The message is sent again.") if again else _("The message is left."), "success")
    return redirect(target)


def _figures(post_id: int | None) -> list[tuple[Any, int]]:
    # Any: the names are lazy strings.
    counts = queries.count_open(post_id)
    figures = [
        (name, sum(counts.get(state, 0) for state in states))
        for name, states in wording.FIGURES
        if states != rules.GONE
    ]
    return [
        *figures,
        (wording.WITHOUT_RECEIPT, queries.count_without_receipt(post_id)),
        (wording.ASKED_IN_VAIN, queries.count_asked_in_vain()),
    ]


def _of_case(message: Message, reference: str) -> str:
    is_of_case = message.case_id is not None and reference and may_open("desk_told.show")
    return url_for("desk_told.show", reference=reference) if is_of_case else ""


def _rows(messages: Sequence[Message]) -> list[Row]:
    useless, now = unwanted.among(messages), clock.now()
    return [
        _row(one, may_go_again=one.id not in useless and not services.is_over(one, now))
        for one in messages
    ]


def _row(message: Message, *, may_go_again: bool) -> Row:
    reference = _reference(message)
    return Row(
        uid=message.uid,
        event=wording.EVENTS.get(message.event, message.event),
        channel=wording.CHANNELS[message.channel],
        recipient=recipients.role_of(message),
        address=recipients.masked_address(message),
        reference=reference,
        href=_of_case(message, reference),
        language=message.language,
        status=wording.STATES[message.state],
        reason=wording.REASONS.get(message.last_error or "", wording.OTHER_REASON),
        attempts=message.attempts,
        at=message.updated_at,
        may_go_again=may_go_again,
    )


def _reference(message: Message) -> str:
    try:
        return str((message.payload or {}).get("reference", ""))
    except Unreadable:
        return ""
