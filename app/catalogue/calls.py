"""Calls for interest as their readers see them: when they are open, for how many, in what field."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.catalogue.definition.elements import Definition, Sector, Window
from app.catalogue.difference_words import SECTORS
from app.core import i18n

OTHER = _l("Other calls")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """The window of a call on a day."""

    is_open: bool
    state: str
    """Whether it is open, not yet or no more, and the day on which that changes."""
    details: str
    """From when to when, and how many places there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The calls of one sector."""

    title: Any
    """Any: a lazy string."""
    calls: tuple[Definition, ...]


def is_taking(service: Definition, on: date) -> bool:
    """Return whether requests may begin on a day: always, but for a call outside its window."""
    return service.window is None or service.window.is_open(on)


def view(window: Window | None, on: date) -> CallView | None:
    """Return how a call stands on a day, in words; None for a service that is no call."""
    if window is None:
        return None
    period = _(
        "From %(first)s to %(last)s, both days included.",
        first=i18n.short_day(window.opens_on),
        last=i18n.short_day(window.closes_on),
    )
    return CallView(
        is_open=window.is_open(on),
        state=_state(window, on),
        details=" ".join(text for text in (period, _places(window)) if text),
    )


def _state(window: Window, on: date) -> str:
    if on < window.opens_on:
        return _("Not open yet: opens on %(day)s", day=i18n.short_day(window.opens_on))
    if on > window.closes_on:
        return _("Closed since %(day)s", day=i18n.short_day(window.closes_on))
    if on == window.closes_on:
        return _("Open until the end of today")
    return _("Open until %(day)s", day=i18n.short_day(window.closes_on))


def _places(window: Window) -> str:
    if window.places is None:
        return ""
    # Nothing counts them down: the post chooses among the requests that came.
    return _("Places: %(number)s.", number=i18n.number(window.places))


def by_sector(services: Sequence[Definition]) -> list[Group]:
    """Return the calls among some services by sector, in the order of the sectors."""
    calls = [service for service in services if service.window is not None]
    titles: list[tuple[Sector | None, Any]] = [(sector, SECTORS[sector]) for sector in Sector]
    found = [
        Group(title=title, calls=tuple(one for one in calls if _sector(one) is sector))
        for sector, title in [*titles, (None, OTHER)]
    ]
    return [group for group in found if group.calls]


def _sector(service: Definition) -> Sector | None:
    return service.window.sector if service.window else None
