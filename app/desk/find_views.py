"""The search over a post's requests: by number, by name, by the number of a passport."""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.cases import finding, looking, queue
from app.cases import queries as cases
from app.catalogue import queries as catalogue
from app.core import reference as references
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.reference import Reference
from app.core.text import UnreadableText, clean_line
from app.desk.forms import LONGEST_SEARCH, SearchForm
from app.desk.queue_filters import queue_url, sent_look
from app.desk.queue_rows import Row
from app.desk.views import READERS, ROWS, WORDS, applicant_words, post_of, prepared
from app.web.access import acting, staff

PATH = "/desk"
bp = Blueprint("desk_find", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search led to: rows, whether there are more, and what to say when there are none."""

    rows: list[Row]
    has_more: bool = False
    hint: str = ""
    meant: str = ""
    """The reference of a request of the post, of which the last character was typed wrongly."""


@bp.post("/find")
@staff(*READERS)
def find() -> ResponseReturnValue:
    """Lead to the case with a number, or to what else the words find."""
    words = _typed(SearchForm().q.data or "")
    session[WORDS] = words
    looking.searched(words, acting())
    reference = _find_reference(words, acting())
    if reference is not None:
        return redirect(url_for("desk_case.show", reference=reference))
    return redirect(url_for(".found"))


@bp.get("/find")
@staff(*READERS)
def found() -> ResponseReturnValue:
    """Show what the last search of this session finds, or what can be searched."""
    words = applicant_words()
    return render_template("desk/found.html", words=words, found=_found(words, acting()))


@bp.post("/queue/applicant")
@staff(*READERS)
def narrow() -> ResponseReturnValue:
    """Narrow a look at the queue down to an applicant, whose name is kept in the session."""
    session[WORDS] = words = _typed(SearchForm().q.data or "")
    looking.searched(words, acting())
    return redirect(queue_url(sent_look(), applicant="1"))


def _typed(words: str) -> str:
    try:
        return clean_line(words)[:LONGEST_SEARCH]
    except UnreadableText:
        return ""


def _find_reference(words: str, actor: Actor) -> str | None:
    try:
        named = references.parse_at(words, _prefix())
    except references.WrongReference:
        return None
    return _known(named, actor)


def _known(named: Reference, actor: Actor) -> str | None:
    """Return a reference that the actor may see the case of, None for any other."""
    try:
        return cases.get_case(str(named), actor).reference
    except NotFound:
        return None


def _prefix() -> str:
    return catalogue.get_current_post().prefix


def _found(words: str, actor: Actor) -> Found:
    post_id, terms = post_of(actor), finding.terms_typed(words)
    if terms:
        page = queue.numbered_page(post_id, terms=terms, limit=ROWS)
        if page.cases:
            return Found(rows=prepared(page), has_more=page.after is not None)
    persons = accounts.newest_having(words)
    if persons is None:
        return Found(
            rows=[], hint=_("Type a request number, a name, a phone or the number of a paper.")
        )
    page = queue.found_page(post_id, persons=persons, limit=ROWS)
    if not page.cases and (slip := references.mended(words, _prefix())):
        return _meant(slip, actor)
    return Found(rows=prepared(page), has_more=page.after is not None, hint=_hint())


def _meant(slip: Reference, actor: Actor) -> Found:
    """Say that a number has a slip, and which request was meant if its last character is it."""
    hint = _(
        "This number has a slip: its last character does not fit the others. "
        "Compare all of it with the paper."
    )
    return Found(rows=[], hint=hint, meant=_known(slip, actor) or "")


def _hint() -> str:
    return _(
        "A number needs all its characters. "
        "A name is found by its first letters, in Arabic, Latin or Russian."
    )
