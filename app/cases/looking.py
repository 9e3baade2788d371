"""Who looked at what, on record: once for each thing, reader and day of the post."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from app.audit import queries as records
from app.audit import services as audit
from app.cases import queries as cases
from app.cases.models import Case
from app.catalogue import queries as catalogue
from app.core import clock, text
from app.core.actor import Actor
from app.core.crypto import keyed_hash
from app.core.db import transaction

CASE, PAPER, DOCUMENT = "case", "paper", "document"


def note(kind: str, uid: str, actor: Actor) -> None:
    """Record that somebody opened a case, paper or document, unless it stands there since midnight.

    The one write of these pages, in a short transaction of its own. Two tabs opened at once may
    leave two entries, which harms nobody.
    """
    action, since = f"{kind}_opened", _midnight()
    if records.was_recorded(action, actor=actor, object_kind=kind, object_uid=uid, since=since):
        return
    with transaction():
        audit.record(action, actor=actor, object_kind=kind, object_uid=uid)


def opened(reference: str, actor: Actor) -> Case:
    """Return a case whose pages somebody opens, on record; NotFound as cases.get_case."""
    note(CASE, cases.get_uid(reference, actor), actor)
    return cases.get_case(reference, actor)


def uncovered(case: Case, actor: Actor) -> None:
    """Record that somebody saw the identity numbers of a case, each time."""
    with transaction():
        audit.record("identity_numbers_seen", actor=actor, object_kind="case", object_uid=case.uid)


def searched(words: str, actor: Actor) -> None:
    """Record that somebody searched for a person or a number, each time, and never the words.

    What stands there instead is their keyed hash: who sought the same thing again and again can be
    seen, and whether a name was sought by whoever is told it.
    """
    if not words:
        return
    uid = keyed_hash("search", text.match_key(words))
    with transaction():
        audit.record("searched", actor=actor, object_kind="search", object_uid=uid)


def _midnight() -> datetime:
    zone = catalogue.current_zone()
    return datetime.combine(clock.today(zone), time.min, ZoneInfo(zone))
