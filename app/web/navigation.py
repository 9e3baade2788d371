"""What stands around the pages: each domain enters its own pages here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from flask import current_app, request, url_for

from app.core import i18n
from app.core.actor import ActorKind, Role
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
    roles: frozenset[Role] = frozenset()
    """Of those who may open the page, to whom it is named; none: to all of them."""


_entries: dict[tuple[Place, Audience, str], Entry] = {}


def enter(
    place: Place,
    audience: Audience,
    position: int,
    endpoint: str,
    label: Any,
    *,
    roles: Iterable[Role] = (),
) -> None:
    """Have a page named around the pages of an audience (Any: a lazy string)."""
    named_to = frozenset(roles)
    _entries[place, audience, endpoint] = Entry(
        place, audience, position, endpoint, label, named_to
    )


def head_links() -> tuple[tuple[str, str, bool], ...]:
    """Return (address, text, is current) of the sections that the reader may open."""
    here = request.endpoint
    return tuple((link.href, link.text, link.endpoint == here) for link in _links(Place.HEAD))


def account_links() -> tuple[Link, ...]:
    """Return the way in, or to what belongs to who is signed in."""
    return tuple((link.href, link.text) for link in _links(Place.ACCOUNT))


def foot_links() -> tuple[Link, ...]:
    """Return the links of the footer."""
    return tuple((link.href, link.text) for link in _links(Place.FOOT))


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


@dataclass(frozen=True, slots=True)
class _Built:
    """A link as the reader sees it."""

    endpoint: str
    href: str
    text: str


def _links(place: Place) -> Sequence[_Built]:
    """Return the links of a place in order; built once for all who hold no roles."""
    actor = current_actor()
    kind = actor.kind if actor is not None else None
    if kind is ActorKind.STAFF:
        return _built(place, kind)
    known: dict[object, Sequence[_Built]] = current_app.extensions.setdefault("links", {})
    key = (place, kind, i18n.language(), request.script_root)
    if key not in known:
        known[key] = _built(place, kind)
    return known[key]


def _built(place: Place, kind: ActorKind | None) -> list[_Built]:
    entries = [entry for entry in _entries.values() if _is_for(entry, place, kind)]
    return [
        _Built(entry.endpoint, address(entry.endpoint), str(entry.label))
        for entry in sorted(entries, key=lambda entry: entry.position)
        if may_open(entry.endpoint) and _is_named(entry)
    ]


def _is_named(entry: Entry) -> bool:
    actor = current_actor()
    return not entry.roles or (actor is not None and actor.has_role(*entry.roles))


def _is_for(entry: Entry, place: Place, kind: ActorKind | None) -> bool:
    if kind is None:
        is_in_head = place is Place.HEAD and entry.place is Place.ENTRANCE
        return entry.audience is Audience.PUBLIC and (entry.place is place or is_in_head)
    if entry.place is not place:
        return False
    if kind is ActorKind.STAFF:
        return entry.audience is Audience.STAFF
    is_open = place is not Place.ACCOUNT and entry.audience is Audience.PUBLIC
    return entry.audience is Audience.CITIZEN or is_open


def may_open(endpoint: str) -> bool:
    """Return whether a page exists and its roles, if it asks for any, are the reader's."""
    if endpoint not in current_app.view_functions:
        return False
    policy = policy_of(current_app, endpoint)
    actor = current_actor()
    return not policy.roles or (actor is not None and has_rights(actor, policy))
