"""The search over a post's requests: by number, by name, by the number of a passport."""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.cases import queries as cases
from app.cases import queue
from app.cases.queue import Filters, Tab
from app.catalogue import queries as catalogue
from app.core import clock
from app.core import reference as references
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.reference import Part
from app.core.text import UnreadableText, clean_line
from app.desk.forms import LONGEST_SEARCH, SearchForm
from app.desk.queue_rows import Row
from app.desk.views import REVIEWERS, ROWS, post_of, prepared
from app.web.access import acting, staff

PATH = "/desk"
bp = Blueprint("desk_find", __name__)

WORDS = "desk_find"
"""Where the session keeps what was searched: a name does not belong into an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search led to: rows, whether there are more, and what to say when there are none."""

    rows: list[Row]
    has_more: bool = False
    hint: str = ""


@bp.post("/find")
@staff(*REVIEWERS)
def find() -> ResponseReturnValue:
    """Lead to the case with a number, or to what else the words find."""
    words = _typed(SearchForm().q.data or "")
    session[WORDS] = words
    reference = _find_reference(words, acting())
    if reference is not None:
        return redirect(url_for("desk_case.show", reference=reference))
    return redirect(url_for(".found"))


@bp.get("/find")
@staff(*REVIEWERS)
def found() -> ResponseReturnValue:
    """Show what the last search of this session finds, or what can be searched."""
    words = str(session.get(WORDS, ""))
    return render_template("desk/found.html", words=words, found=_found(words, acting()))


def _typed(words: str) -> str:
    try:
        return clean_line(words)[:LONGEST_SEARCH]
    except UnreadableText:
        return ""


def _find_reference(words: str, actor: Actor) -> str | None:
    try:
        return cases.get_case(str(references.parse(words)), actor).reference
    except (references.WrongReference, NotFound):
        return None


def _found(words: str, actor: Actor) -> Found:
    persons = accounts.persons_having(words)
    if persons is None:
        return Found(rows=[], hint=_("Type a request number, a name or a passport number."))
    rows: list[Row] = []
    has_more = False
    for tab in (Tab.ALL, Tab.ENDED):
        page = queue.queue_page(
            post_of(actor),
            tab=tab,
            officer_id=actor.id or 0,
            today=clock.today(catalogue.current_zone()),
            filters=Filters(persons=persons),
            limit=ROWS,
        )
        rows += prepared(page)
        has_more = has_more or page.after is not None
    return Found(rows=rows, has_more=has_more, hint=_hint(words))


def _hint(words: str) -> str:
    """Return what to try next: a number of which one sign is wrong is said to be one."""
    if _is_wrong_number(words):
        return _("There is no such number: check the last characters.")
    return _(
        "A number needs all its characters. "
        "A name is found by its first letters, in Arabic, Latin or Russian."
    )


def _is_wrong_number(words: str) -> bool:
    try:
        references.parse(words)
    except references.WrongReference as wrong:
        # A name of eleven letters reads like a number; no number is without a digit.
        return wrong.part is Part.CHECK and any(sign.isdigit() for sign in words)
    return False
