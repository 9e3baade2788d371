"""The pages of a service's editor: each module of it enters its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from markupsafe import Markup

Count = Callable[[str], Markup | None]
"""Says for the code of a service what waits on a page, None for nothing."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of the editor; its endpoint takes the code of the service."""

    position: int
    endpoint: str
    label: Any
    """A lazy string (Any: Flask-Babel gives it no public type)."""
    count: Count | None = None


_tabs: dict[str, Tab] = {}


def enter(position: int, endpoint: str, label: Any, *, count: Count | None = None) -> None:
    """Have a page named among those of the editor (Any: a lazy string)."""
    _tabs[endpoint] = Tab(position, endpoint, label, count)


def tabs(code: str, *, at: str = "") -> list[tuple[str, str, bool, Markup | None]]:
    """Return (address, text, is current, what waits there) of the editor's pages for a service.

    `at` is the endpoint of the page to which the present one belongs, where it is not the same.
    """
    current = at or request.endpoint or ""
    return [
        (
            url_for(one.endpoint, code=code),
            str(one.label),
            _is_at(one, current),
            one.count(code) if one.count else None,
        )
        for one in sorted(_tabs.values(), key=lambda one: one.position)
    ]


def _is_at(tab: Tab, current: str) -> bool:
    """Return whether a page is a tab, or one of those behind the only tab of its blueprint."""
    if current in _tabs:
        return tab.endpoint == current
    return tab.endpoint.partition(".")[0] == current.partition(".")[0]
