"""What stands around the pages: each domain enters its own pages here."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from flask import current_app, request, url_for

from app.core import i18n
from app.core.actor import ActorKind
from app.web.access import Audience, current_actor, has_rights, policy_of

Link = tuple[str, str]
"""Address and text."""


class Place(StrEnum):
    """Where on a page a link stands."""

    HEAD = "head"
    ENTRANCE = "entrance"
    """In the head, for those who are not signed in; a phone has room for five links."""
    ACCOUNT = "account"
    FOOT = "foot"


@dataclass(frozen=True, slots=True)
class Entry:
    """One link around the pages."""

    place: Place
    audience: Audience
    position: int
    endpoint: str
    label: Any
    """A lazy string (Any: Flask-Babel gives it no public type)."""


_entries: dict[tuple[Place, Audience, str], Entry] = {}


def enter(place: Place, audience: Audience, position: int, endpoint: str, label: Any) -> None:
    """Have a page named around the pages of an audience (Any: a lazy string)."""
    _entries[place, audience, endpoint] = Entry(place, audience, position, endpoint, label)


def head_links() -> list[tuple[str, str, bool]]:
    """Return (address, text, is current) of the sections that the reader may open."""
    return [(address(e.endpoint), str(e.label), request.endpoint == e.endpoint) for e in _in_head()]


def account_links() -> list[Link]:
    """Return the way in, or to what belongs to who is signed in."""
    return [(address(e.endpoint), str(e.label)) for e in _chosen(Place.ACCOUNT)]


def foot_links() -> list[Link]:
    """Return the links of the footer."""
    return [(address(e.endpoint), str(e.label)) for e in _chosen(Place.FOOT)]


def home_url() -> str:
    """Return where the mark leads: staff to their day, everybody else to the start page."""
    actor = current_actor()
    if actor is not None and actor.kind is ActorKind.STAFF:
        return address("desk.today")
    return address("portal.start")


def find_url() -> str:
    """Return where staff search, empty for those who may not."""
    return address("desk_find.find") if may_open("desk_find.find") else ""


def address(endpoint: str) -> str:
    """Return the address of a page that needs nothing but the reader's language."""
    return _address(endpoint, i18n.language(), request.script_root)


@lru_cache(maxsize=512)
def _address(endpoint: str, _language: str, _root: str) -> str:
    # Built once for each language and each place where this is mounted: every page has twenty.
    return url_for(endpoint)


def _in_head() -> list[Entry]:
    entries = _chosen(Place.HEAD)
    if current_actor() is None:
        entries = entries + _chosen(Place.ENTRANCE)
    return sorted(entries, key=lambda entry: entry.position)


def _chosen(place: Place) -> list[Entry]:
    actor = current_actor()
    if actor is None:
        audiences = {Audience.PUBLIC}
    elif actor.kind is ActorKind.STAFF:
        audiences = {Audience.STAFF}
    elif place is Place.ACCOUNT:
        audiences = {Audience.CITIZEN}
    else:
        audiences = {Audience.PUBLIC, Audience.CITIZEN}
    entries = [e for e in _entries.values() if e.place is place and e.audience in audiences]
    return sorted(
        (entry for entry in entries if may_open(entry.endpoint)), key=lambda entry: entry.position
    )


def may_open(endpoint: str) -> bool:
    """Return whether a page exists and its roles, if it asks for any, are the reader's."""
    if endpoint not in current_app.view_functions:
        return False
    policy = policy_of(current_app, endpoint)
    actor = current_actor()
    return not policy.roles or (actor is not None and has_rights(actor, policy))
