"""How a queue is looked at, read from the address and written into it."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy import ColumnElement
from werkzeug.datastructures import MultiDict

from app.cases.queue import Filters, Flag, Order, Tab
from app.cases.rules import State
from app.core import i18n
from app.desk import queries, wording
from app.desk.queries import Choices, ServiceName, SiteName, StaffName
from app.desk.queue_rows import Column
from app.web import days

Kind = TypeVar("Kind", bound=StrEnum)
Found = TypeVar("Found")
ADDRESS = ("tab", "service", "state", "officer", "site", "flag", "since", "until", "order", "col")
"""The names by which an address says how a queue is looked at, but for an applicant."""
HEADINGS: Mapping[Column, Any] = {
    Column.APPLICANT: lazy_pgettext("column", "Applicant"),
    Column.SERVICE: lazy_pgettext("column", "Service"),
    Column.STATE: lazy_pgettext("column", "State"),
    Column.TIME: lazy_pgettext("column", "Time"),
    Column.OFFICER: lazy_pgettext("column", "Officer"),
    Column.LAST: lazy_pgettext("column", "Last event"),
}
"""What stands above each column (Any: lazy strings)."""
Options = tuple[tuple[str, str, bool], ...]
"""Of each choice its value, its text, and whether it is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilters:
    """A tab, what narrows it down, and where the page begins.

    The address names a service and a place by their code and an officer by their uid; of an
    applicant it says only that there is one, whose name is kept in the session.
    """

    tab: Tab
    service: ServiceName | None = None
    state: State | None = None
    officer: StaffName | None = None
    site: SiteName | None = None
    """Where the visit is, or was."""
    flags: frozenset[Flag] = frozenset()
    sent_from: date | None = None
    sent_until: date | None = None
    has_applicant: bool = False
    order: Order = Order.DUE
    columns: tuple[Column, ...] = tuple(Column)
    view: str = ""
    """The uid of the saved view that was opened, if this is one."""
    after: str | None = None

    @classmethod
    def read(cls, args: MultiDict[str, str], choices: Choices, *, first: Tab = Tab.NEW) -> Self:
        """Return what an address asks for; whatever it cannot mean is left out.

        `first` is the tab of an address that names none.
        """
        flags = {_member(Flag, value) for value in args.getlist("flag")} - {None}
        return cls(
            tab=_member(Tab, args.get("tab", "")) or first,
            service=_first(one for one in choices.services if one.code == args.get("service")),
            state=_member(State, args.get("state", "")),
            officer=_first(one for one in choices.officers if one.uid == args.get("officer")),
            site=_first(one for one in choices.sites if one.code == args.get("site")),
            flags=frozenset(flag for flag in flags if flag is not None),
            sent_from=days.read(args.get("since", "")),
            sent_until=days.read(args.get("until", "")),
            has_applicant=args.get("applicant") == "1",
            order=_member(Order, args.get("order", "")) or Order.DUE,
            columns=_columns(args.getlist("col")),
            view=args.get("view", "")[:32],
            after=args.get("after", "")[:32] or None,
        )

    def narrowed(self, zone: str, applicant: Sequence[ColumnElement[bool]]) -> Filters:
        """Return the filters as the query takes them; days are those of the post."""
        until = self.sent_until + timedelta(days=1) if self.sent_until else None
        return Filters(
            service_id=self.service.id if self.service else None,
            state=self.state,
            officer_id=self.officer.id if self.officer else None,
            flags=self.flags,
            sent_from=_midnight(self.sent_from, zone),
            sent_before=_midnight(until, zone),
            applicant=[*(applicant if self.has_applicant else ()), *self._at_site()],
        )

    def _at_site(self) -> list[ColumnElement[bool]]:
        return [queries.has_visit_at(self.site.id)] if self.site else []

    @property
    def in_front(self) -> Order:
        """Return what stands in front: what is narrowed by the day of sending is in its order."""
        return Order.SENT if self.sent_from or self.sent_until else self.order

    @property
    def is_narrowed(self) -> bool:
        """Return whether anything is filtered."""
        return bool(self.narrowing)

    @property
    def has_more(self) -> bool:
        """Return whether any of the filters that are folded away at first is used."""
        return bool(self.site or self.flags or self.sent_from or self.sent_until)

    @property
    def parts(self) -> dict[str, str | list[str]]:
        """Return filters, order and columns by their names in the address, where not the usual."""
        said = dict(self.narrowing)
        if self.order is not Order.DUE:
            said["order"] = self.order.value
        if self.columns != tuple(Column):
            said["col"] = [column.value for column in self.columns]
        return said

    @property
    def narrowing(self) -> dict[str, str | list[str]]:
        """Return the filters alone by their names in the address, those that are used."""
        said: dict[str, str | list[str]] = {
            "service": self.service.code if self.service else "",
            "state": self.state.value if self.state else "",
            "officer": self.officer.uid if self.officer else "",
            "site": self.site.code if self.site else "",
            "flag": sorted(flag.value for flag in self.flags),
            "since": self.sent_from.isoformat() if self.sent_from else "",
            "until": self.sent_until.isoformat() if self.sent_until else "",
            "applicant": "1" if self.has_applicant else "",
        }
        return {name: value for name, value in said.items() if value}

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Return the filters as hidden fields of a form, without the applicant."""
        return [
            (name, one)
            for name, value in replace(self, has_applicant=False).parts.items()
            for one in (value if isinstance(value, list) else [value])
        ]

    @property
    def cleared_url(self) -> str:
        """Return the address of the tab without any filter."""
        return url_for("desk.queue", tab=self.tab.value)

    @property
    def without_applicant_url(self) -> str:
        """Return the address of this look at the queue for all applicants."""
        return replace(self, has_applicant=False, after=None).url()

    @property
    def export_url(self) -> str:
        """Return where this look at the queue is exported."""
        look: Mapping[str, Any] = self.parts  # Any: as in queue_url
        return url_for("desk_export.view_of_queue", tab=self.tab.value, **look)

    def url(self, *, tab: Tab | None = None, after: str | None = None) -> str:
        """Return the address of this look at the queue, in another tab or further down."""
        parts: Mapping[str, str | list[str]] = self.parts
        if tab is not None:
            parts = {name: value for name, value in parts.items() if name != "state"}
        return queue_url(parts, tab=(tab or self.tab).value, after=after)

    def tabs(self, counts: Mapping[Tab, int]) -> list[tuple[str, str, bool, str | None]]:
        """Return address, text, whether it is current, and the count of each tab."""
        # The addresses differ by the tab alone, so that one is built for all.
        address, _tab, after = self.url(tab=Tab.ALL).rpartition(Tab.ALL.value)
        return [
            (
                f"{address}{tab.value}{after}",
                str(text),
                tab is self.tab,
                wording.counted(counts[tab]) if tab in counts else None,
            )
            for tab, text in wording.TABS.items()
            # Few services want a second check, and a post without any need not read of it.
            if tab is not Tab.SECOND or counts[tab] or self.tab is tab
        ]

    def service_options(self, services: Sequence[ServiceName]) -> Options:
        """Return the choices of the filter by service."""
        named = [(one.code, i18n.text_in(one.title)) for one in services]
        chosen = self.service.code if self.service else ""
        return _options(_("All services"), named, chosen)

    def state_options(self) -> Options:
        """Return the choices of the filter by state."""
        chosen = self.state.value if self.state else ""
        return _options(_("All states"), _said(State, i18n.language()), chosen)

    def officer_options(self, officers: Sequence[StaffName]) -> Options:
        """Return the choices of the filter by officer."""
        named = [(one.uid, i18n.text_in(one.name)) for one in officers]
        return _options(_("All officers"), named, self.officer.uid if self.officer else "")

    def site_options(self, sites: Sequence[SiteName]) -> Options:
        """Return the choices of the filter by the place of the visit."""
        named = [(one.code, i18n.text_in(one.name)) for one in sites]
        return _options(_("All places"), named, self.site.code if self.site else "")

    def order_options(self) -> Options:
        """Return what may stand in front."""
        return _ticked(Order, {self.in_front})

    def column_options(self) -> Options:
        """Return the columns that can be shown."""
        return _ticked(Column, self.columns)

    def flag_options(self) -> Options:
        """Return the marks that can be asked for."""
        return _ticked(Flag, self.flags)


def queue_url(look: Mapping[str, Any], **more: Any) -> str:
    """Return the address of a look at the queue, with more texts in it.

    (Any: a text or a list of them, which url_for takes and its types do not say.)
    """
    return url_for("desk.queue", **look, **more)


def sent_look() -> dict[str, list[str]]:
    """Return the look at the queue from which a form was sent, as its address had it."""
    sent = {name: request.form.getlist(name) for name in ADDRESS if request.form.get(name)}
    # PostgreSQL takes no NUL, and no choice has one.
    return {name: said for name, said in sent.items() if "\0" not in "".join(said)}


def _columns(chosen: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns that were asked for in their order; all of them when none was."""
    return tuple(one for one in Column if one.value in chosen) or tuple(Column)


_WORDS: Mapping[type[StrEnum], Mapping[Any, Any]] = {
    State: {state: word for state, (_kind, word) in wording.STATES.items()},
    Flag: wording.FLAGS,
    Order: wording.ORDERS,
    Column: HEADINGS,
}
"""In which words the members of each kind are chosen (Any: members, and lazy strings)."""


@lru_cache
def _said(kind: type[StrEnum], _language: str) -> tuple[tuple[str, str], ...]:
    """Return each member with its word in the present language; said once for each language."""
    return tuple((one.value, str(word)) for one, word in _WORDS[kind].items())


def _ticked(kind: type[StrEnum], chosen: Container[str]) -> Options:
    return tuple((value, text, value in chosen) for value, text in _said(kind, i18n.language()))


def _options(every: str, named: Sequence[tuple[str, str]], chosen: str) -> Options:
    return tuple((value, text, value == chosen) for value, text in [("", every), *named])


def _first(found: Iterable[Found]) -> Found | None:
    return next(iter(found), None)


def _member(kinds: type[Kind], value: str) -> Kind | None:
    return next((kind for kind in kinds if kind.value == value), None)


def _midnight(day: date | None, zone: str) -> datetime | None:
    return datetime.combine(day, time(), ZoneInfo(zone)) if day else None
