"""The lanes in which a case is talked about, beside the case itself, and what waits in each."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, pgettext
from markupsafe import Markup
from wtforms import SelectField
from wtforms.validators import Optional

from app.cases import queries as cases
from app.cases.family.services import name_of
from app.cases.models import Case
from app.cases.talk import canned, notes, opinions, thread
from app.cases.talk.models import CaseNote, Opinion
from app.cases.talk.rules import Side
from app.catalogue import queries as catalogue
from app.core import i18n
from app.core.actor import Actor
from app.desk import lane_access, queries
from app.web import navigation
from app.web.forms import KeyedForm
from app.web.templating import moment_text, text_of

LINK = Markup('<a class="j-link" href="{}"><bdi dir="ltr" class="j-code">{}</bdi></a>')
NAME = Markup("<bdi>{}</bdi>")
LATE = Markup('<span class="s-late">{}</span>')

Tab = tuple[str, Any, bool, int | None]
"""Address, text (Any: a lazy string), whether it is shown now, and a count or none."""

LANES: tuple[tuple[str, Any], ...] = (
    ("desk_case.show", lazy_pgettext("lane", "Request")),
    ("desk_thread.show", lazy_pgettext("lane", "With the citizen")),
    ("desk_notes.show", lazy_pgettext("lane", "Internal notes")),
    ("desk_opinions.show", lazy_pgettext("lane", "Second opinions")),
)
READ = frozenset({"desk_thread.show", "desk_notes.show"})
"""What a second reviewer reads of the case that is in their hands (lane_access)."""


class WordsForm(KeyedForm):
    """A form for a text into which a canned answer can be put."""

    words = SelectField(_l("Canned answer"), validators=[Optional()], validate_choice=False)

    def offer(self, case: Case) -> None:
        """Let one of the answers that fit a case be chosen; without any nothing is asked."""
        found = canned.offered(case)
        self.words.choices = [("", _("Choose an answer")), *found]
        if not found:
            del self.words

    def put_in(self, case: Case, language: str) -> None:
        """Add the chosen answer to what was typed."""
        # PostgreSQL takes no NUL, and no answer is named by one.
        named = request.form.get("words", "").replace("\0", "")
        chosen = canned.words(case, named[:32], language)
        # Any: WTForms has no types.
        field: Any = self["text"]
        field.data = "\n\n".join(part for part in (field.data or "", chosen) if part)


def lanes(case: Case, actor: Actor, current: str) -> list[Tab]:
    """Return the lanes as tabs: unread messages, notes, and opinions that wait are counted."""
    asked = opinions.news(case.id, actor)
    counts = {
        "desk_thread.show": thread.news(case.id, Side.STAFF).unread,
        "desk_notes.show": notes.count_notes(case.id),
        "desk_opinions.show": asked.waiting,
    }
    texts, is_read = dict(LANES), lane_access.may_read(case, actor)
    if asked.unread:
        texts["desk_opinions.show"] = pgettext("lane", "Second opinions: a new answer")
    return [
        (url_for(name, reference=case.reference), text, name == current, counts.get(name) or None)
        for name, text in texts.items()
        if navigation.may_open(name) and (name not in READ or is_read)
    ]


def waiting(actor: Actor, today: date) -> dict[str, list[list[Any]]]:
    """Return rows of what waits for a member of staff: notes and answers to read, opinions to give.

    Any: cells are texts or markup.
    """
    mentions, asked = notes.list_waiting(actor), opinions.list_waiting(actor, today)
    people = [one.author_id for one in mentions]
    ended = opinions.list_ended(actor)
    people += [one.asked_by for one in asked] + [one.asked_of for one in (*asked, *ended)]
    people += [one.revoked_by for one in ended if one.revoked_by]
    names = queries.names_of_staff(people)
    return {
        "notes": [_mention(one, names) for one in mentions],
        "opinions": [_opinion(one, names, actor, today) for one in asked],
        "ended": [_ended(one, names) for one in ended],
    }


def _mention(note: CaseNote, names: Mapping[int, str]) -> list[Any]:
    return [
        _link("desk_notes.show", note.case),
        NAME.format(name_of(note.case)),
        text_of(cases.definition(note.case).title),
        NAME.format(names.get(note.author_id, "")),
        moment_text(note.written_at, catalogue.current_zone()),
    ]


def _opinion(opinion: Opinion, names: Mapping[int, str], actor: Actor, today: date) -> list[Any]:
    is_mine = opinion.asked_of == actor.id
    who = opinion.asked_by if is_mine else opinion.asked_of
    until = i18n.day(opinion.until_on)
    return [
        _link("desk_opinions.show", opinion.case),
        _("Your opinion is asked for") if is_mine else _("Your question is not answered yet"),
        NAME.format(names.get(who, "")),
        LATE.format(_("Was due on %(day)s", day=until)) if opinion.until_on < today else until,
    ]


def _ended(opinion: Opinion, names: Mapping[int, str]) -> list[Any]:
    is_answered = opinion.answered_at is not None
    who = opinion.asked_of if is_answered else opinion.revoked_by
    ended_at = opinion.answered_at or opinion.revoked_at or opinion.asked_at
    return [
        _link("desk_opinions.show", opinion.case),
        _("Your question was answered") if is_answered else _("Your question was withdrawn"),
        NAME.format(names.get(who or 0, "")),
        moment_text(ended_at, catalogue.current_zone()),
    ]


def _link(endpoint: str, case: Case) -> Markup:
    return LINK.format(url_for(endpoint, reference=case.reference), case.reference)
