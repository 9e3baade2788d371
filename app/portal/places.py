"""Where the pages of a request lead back to: a citizen's list, or the counter of who serves one."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import pgettext

from app.cases import queries
from app.cases.models import Case
from app.cases.rules import State
from app.web.access import acting
from app.web.templating import text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address and what it is called (Any: text, some of it marked)."""

    url: str
    text: Any


def home() -> Place:
    """Return the list from which the reader came."""
    if acting().at_counter:
        return Place(url=url_for("counter.index"), text=pgettext("page", "At the counter"))
    return Place(url=url_for("requests.index"), text=_("My requests"))


def of(case: Case) -> Place:
    """Return the page of a request: a visitor has none, so the counter shows what was sent."""
    if not acting().at_counter:
        url = url_for("requests.show", reference=case.reference)
    elif case.state is State.DRAFT:
        url = url_for("filing.go_on", reference=case.reference)
    else:
        url = url_for("sending.sent", reference=case.reference)
    return Place(url=url, text=text_of(queries.definition(case).title))
