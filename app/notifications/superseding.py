"""What a message makes untrue or useless of those before it: they are not sent any more.

Only what no provider was called for is cancelled, and only what the newer message tells as well:
the same reader, the same request, the same appointment or draw. In the inbox everything stays.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from app.core import clock
from app.core.crypto import Unreadable
from app.core.db import db
from app.notifications import delivery, rules
from app.notifications.models import Channel, Message, MessageState

SUPERSEDED = "superseded"

_MENDING = frozenset({"correction_asked", "correction_reminder", "correction_extended"})
_VISIT = frozenset({"booking_confirmed", "booking_moved", "booking_clocks", "booking_reminder"})
_OFFERS = frozenset({"draw_offered", "draw_lapsing", "waiting_offered", "waiting_lapsing"})
_UNDER_WAY = frozenset({"case_submitted", "case_accepted", "case_consigned", "case_returned"})
_OWED = frozenset({"payment_due"})

OLDER: Mapping[str, Collection[str]] = {
    "correction_extended": _MENDING - {"correction_asked"},
    "correction_received": _MENDING,
    "correction_revoked": _MENDING,
    "case_accepted": {"case_submitted"},
    "case_returned": {"case_consigned"},
    "case_sent_back": {"case_consigned"},
    "case_ready": _UNDER_WAY,
    "case_completed": _UNDER_WAY | {"case_ready"} | _VISIT,
    "case_refused": _UNDER_WAY | _MENDING | _OWED,
    "case_withdrawn": _UNDER_WAY | _MENDING | _OWED | _OFFERS | {"booking_reminder"},
    "case_lapsed": _UNDER_WAY | _MENDING | _OWED | _OFFERS | {"booking_reminder"},
    "case_reopened": {"case_refused", "case_ready"},
    "payment_received": _OWED,
    "payment_voided": {"payment_received"},
    "booking_confirmed": _OFFERS,
    "booking_moved": _VISIT | {"booking_moved_by_post"} | _OFFERS,
    "booking_moved_by_post": _VISIT,
    "booking_clocks": {"booking_confirmed", "booking_reminder"},
    "booking_cancelled": _VISIT | {"booking_moved_by_post"},
    "booking_called_off": _VISIT | {"booking_moved_by_post"},
    "draw_offered": {"draw_entered"},
    "draw_nothing": {"draw_entered", "draw_offered", "draw_lapsing"},
    "draw_called_off": {"draw_entered"},
    "waiting_removed": {"waiting_offered", "waiting_lapsing", "waiting_confirm"},
}
"""An event, and those before it of which it tells more. What asks for something that is still to
be done stands nowhere on the right of what does not ask for it as well."""
_SAME = ("uid", "draw")
"""What names an appointment or a draw, where a message is about one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody is told now."""

    account_id: int
    case_id: int | None
    payload: Mapping[str, str]


def tells_no_more(older: Mapping[str, str], newer: Mapping[str, str]) -> bool:
    """Return whether an older message is about nothing that the newer one is not about."""
    if not _requests(older) <= _requests(newer):
        return False
    return all(older[key] == newer[key] for key in _SAME if key in older and key in newer)


def _requests(payload: Mapping[str, str]) -> set[str]:
    return {payload.get("reference", ""), *payload.get("others", "").split()}


def cancel_older(event: str, told: Iterable[Told]) -> None:
    """Cancel what waits to be sent and what the messages of an event make untrue or useless."""
    about = {(one.account_id, one.case_id): one.payload for one in told if one.case_id is not None}
    older = OLDER.get(event, ())
    if not older or not about:
        return
    rows = db.session.scalars(
        select(Message)
        .where(
            Message.case_id.in_({case_id for _account_id, case_id in about}),
            Message.event.in_(older),
            Message.channel != Channel.PORTAL,
            Message.state.in_(rules.NOT_CALLED),
            Message.in_doubt.is_(False),
        )
        .order_by(Message.id)
        .with_for_update(of=Message)
        .execution_options(populate_existing=True)
    ).all()
    now, over = clock.now(), rules.Verdict(state=MessageState.CANCELLED)
    for row in rows:
        newer = about.get((row.account_id or 0, row.case_id or 0))
        if newer is not None and tells_no_more(_payload_of(row), newer):
            delivery.settle(row, over, now, error=SUPERSEDED)


def _payload_of(message: Message) -> Mapping[str, str]:
    try:
        return message.payload or {}
    except Unreadable:
        return {}
