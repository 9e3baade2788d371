"""Which message a later one makes untrue or useless, and whether one has been outdated so."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select

from app.core.crypto import Unreadable
from app.core.db import db
from app.notifications.models import Channel, Message

_MENDING = frozenset(
    {"correction_asked", "correction_reminder", "correction_extended", "case_revived"}
)
_VISIT = frozenset(
    {"booking_confirmed", "booking_moved", "booking_moved_by_post", "booking_clocks"}
    | {"booking_reminder"}
)
_OFFERS = frozenset({"draw_offered", "draw_lapsing", "waiting_offered", "waiting_lapsing"})
_WAITED = frozenset({"waiting_confirm", "waiting_removed", "draw_nothing"})
_AWAY = frozenset({"case_consigned", "case_returned", "case_sent_back", "case_not_returned"})
_UNDER_WAY = frozenset({"case_submitted", "case_accepted"}) | _AWAY
_OWED = frozenset({"payment_due"})
_OVER = _UNDER_WAY | _MENDING | _OWED | _OFFERS | {"waiting_confirm", "correction_received"}
_DECIDED = frozenset({"case_refused", "case_ready", "case_completed", "case_withdrawn"})
_APPEALED = frozenset({"appeal_received", "appeal_dismissed"})

OLDER: Mapping[str, Collection[str]] = {
    "correction_asked": {"correction_received", "correction_revoked"},
    "correction_extended": _MENDING - {"correction_asked"},
    "correction_received": _MENDING,
    "correction_revoked": _MENDING | {"correction_received"},
    "case_accepted": {"case_submitted"},
    "case_consigned": _AWAY - {"case_consigned"},
    "case_returned": {"case_consigned", "case_not_returned"},
    "case_sent_back": {"case_consigned"},
    "case_ready": _UNDER_WAY,
    "case_completed": _UNDER_WAY | {"case_ready"} | _VISIT,
    "case_refused": _OVER,
    "case_withdrawn": _OVER | {"booking_reminder", "draw_entered", "slip_refused", "case_ready"},
    "case_lapsed": _OVER | {"booking_reminder", "draw_entered", "slip_refused", "case_ready"},
    "case_revived": {"case_lapsed"},
    "case_reopened": _DECIDED | _APPEALED,
    "case_transferred": _OFFERS | {"waiting_confirm"},
    "appeal_dismissed": {"appeal_received"},
    "booking_confirmed": _OFFERS | _WAITED,
    "booking_moved": _VISIT | _OFFERS,
    "booking_moved_by_post": _VISIT,
    "booking_clocks": _VISIT,
    "booking_cancelled": _VISIT,
    "booking_called_off": _VISIT,
    "booking_reminder": {"booking_reminder"},
    "missed_decided": {"visit_missed"},
    "draw_offered": {"draw_entered"},
    "draw_lapsing": {"draw_offered"},
    "draw_nothing": {"draw_entered", "draw_offered", "draw_lapsing"},
    "draw_called_off": {"draw_entered"},
    "waiting_offered": _WAITED,
    "waiting_lapsing": {"waiting_offered"},
    "waiting_removed": {"waiting_offered", "waiting_lapsing", "waiting_confirm"},
}
"""An event, and those before it of which it tells more. What asks for something that is still to
be done stands nowhere on the right of what does not ask for it as well; a fee that is paid says
nothing of another that is not."""
NEWER: Mapping[str, Collection[str]] = {
    event: frozenset(newer for newer, older in OLDER.items() if event in older)
    for event in {one for older in OLDER.values() for one in older}
}
"""The same the other way round."""
_SAME = ("uid", "draw")
"""What names an appointment or a draw, where a message is about one."""
_OF_SERVICE = "version"
"""Whose service adds words of its own, which no later message tells."""


def tells_no_more(older: Mapping[str, str], newer: Mapping[str, str]) -> bool:
    """Return whether an older message is about nothing that the newer one is not about."""
    if _OF_SERVICE in older or not _requests(older) <= _requests(newer):
        return False
    return all(older[key] == newer[key] for key in _SAME if key in older and key in newer)


def _requests(payload: Mapping[str, str]) -> set[str]:
    return {payload.get("reference", ""), *payload.get("others", "").split()}


def among(messages: Sequence[Message]) -> frozenset[int]:
    """Return the keys of messages that something told since makes untrue or useless.

    In as many statements as one.
    """
    known = [one for one in messages if one.account_id is not None and one.event in NEWER]
    if not known:
        return frozenset()
    since: dict[int, list[Message]] = defaultdict(list)
    rows = select(Message).where(
        Message.account_id.in_({one.account_id for one in known}),
        Message.channel == Channel.PORTAL,
        Message.id > min(one.id for one in known),
        Message.event.in_({newer for one in known for newer in NEWER[one.event]}),
    )
    for row in db.session.scalars(rows).unique():
        since[row.account_id or 0].append(row)
    return frozenset(one.id for one in known if _is_told(one, since[one.account_id or 0]))


def _is_told(message: Message, since: Sequence[Message]) -> bool:
    told = payload_of(message)
    newer = (one for one in since if one.id > message.id and one.event in NEWER[message.event])
    return any(_tells_instead(message, one, told) for one in newer)


def _tells_instead(message: Message, newer: Message, told: Mapping[str, str]) -> bool:
    is_itself = stem_of(newer) == stem_of(message)
    return not is_itself and tells_no_more(told, payload_of(newer))


def stem_of(message: Message) -> str:
    """Return by what a message is told once, whatever the channel."""
    return message.dedupe_key.removesuffix(f":{message.channel.value}")


def payload_of(message: Message) -> Mapping[str, str]:
    """Return what a message knows; nothing when its key is gone."""
    try:
        return message.payload or {}
    except Unreadable:
        return {}
