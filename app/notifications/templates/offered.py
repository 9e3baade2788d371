"""Of which events a post may write the texts, and with what in them."""

from collections.abc import Sequence

from app.notifications import events
from app.notifications.events import Event
from app.notifications.templates import rules
from app.notifications.templates.rules import Field, Kind

FIXED = frozenset({"note_mention", "principal_filed", "principal_decided", "principal_received"})
"""What goes to staff, or to people who never asked for it and have nothing but the mail."""
PLACED = frozenset({"booking_reminder", "waiting_offered", "waiting_lapsing", "case_transferred"})
"""Whose payload names a place, besides what confirms, moves or ends a booking."""


def is_offered(event: str) -> bool:
    """Return whether a post may write the texts of an event.

    Codes, warnings and what staff are told stay as shipped: their words protect the reader, and
    a message of no request has no number to be recognised by.
    """
    kind = events.EVENTS.get(event)
    return kind is not None and "reference" in kind.needs and event not in FIXED


def list_events() -> list[Event]:
    """Return the events of which a post may write the texts, in the order of their list."""
    return [event for name, event in events.EVENTS.items() if is_offered(name)]


def fields_of(event: Event, kind: Kind) -> tuple[Field, ...]:
    """Return what a text of an event may hold."""
    has_place = "uid" in event.needs or event.name in PLACED
    return rules.fields_of(event.needs, kind, has_place=has_place)


def wanted_of(event: Event, kind: Kind) -> Sequence[rules.Wanted]:
    """Return without which fields a text of an event is worth nothing."""
    return rules.wanted_of(event.needs, kind)
