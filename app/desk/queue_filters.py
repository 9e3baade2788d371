"""How a queue is looked at, read from the address and written into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self, TypeVar

from flask import url_for
from flask_babel import gettext as _

from app.cases.queue import Filters, Tab
from app.cases.rules import State
from app.catalogue.models import Service
from app.core import i18n
from app.desk import wording

Kind = TypeVar("Kind", bound=StrEnum)
Option = tuple[str, str, bool]
"""Value, text, whether it is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilters:
    """A tab, what narrows it down, and where the page begins."""

    tab: Tab
    service: str
    service_id: int | None
    state: State | None
    after: str | None

    @classmethod
    def read(cls, args: Mapping[str, str], services: Sequence[Service]) -> Self:
        """Return what an address asks for; whatever it cannot mean is left out."""
        service = next((one for one in services if one.code == args.get("service")), None)
        return cls(
            tab=_member(Tab, args.get("tab", "")) or Tab.NEW,
            service=service.code if service else "",
            service_id=service.id if service else None,
            state=_member(State, args.get("state", "")),
            after=args.get("after", "")[:32] or None,
        )

    @property
    def narrowed(self) -> Filters:
        """Return the filters as the query takes them."""
        return Filters(service_id=self.service_id, state=self.state)

    @property
    def is_narrowed(self) -> bool:
        """Return whether anything is filtered."""
        return bool(self.service or self.state)

    @property
    def cleared_url(self) -> str:
        """Return the address of the tab without any filter."""
        return url_for("desk.queue", tab=self.tab.value)

    def url(self, *, tab: Tab | None = None, after: str | None = None) -> str:
        """Return the address of this look at the queue, in another tab or further down."""
        return url_for(
            "desk.queue",
            tab=(tab or self.tab).value,
            service=self.service or None,
            state=self.state.value if self.state and tab is None else None,
            after=after,
        )

    def tabs(self, counts: Mapping[Tab, int]) -> list[tuple[str, str, bool, int | None]]:
        """Return address, text, whether it is current, and the count of each tab."""
        return [
            (self.url(tab=tab), str(text), tab is self.tab, counts.get(tab))
            for tab, text in wording.TABS.items()
        ]

    def service_options(self, services: Sequence[Service]) -> list[Option]:
        """Return the choices of the filter by service."""
        named = [(one.code, i18n.text_in(one.draft["title"])) for one in services]
        return [
            (code, text, code == self.service) for code, text in [("", _("All services")), *named]
        ]

    def state_options(self) -> list[Option]:
        """Return the choices of the filter by state."""
        chosen = self.state.value if self.state else ""
        named = [(state.value, str(word)) for state, (_kind, word) in wording.STATES.items()]
        return [(code, text, code == chosen) for code, text in [("", _("All states")), *named]]


def _member(kinds: type[Kind], value: str) -> Kind | None:
    return next((kind for kind in kinds if kind.value == value), None)
