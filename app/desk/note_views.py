"""Notes among staff about a case."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField
from wtforms.validators import Optional

from app.accounts import queries as accounts
from app.cases import looking
from app.cases.models import Case
from app.cases.talk import notes
from app.cases.talk.forms import text_field
from app.cases.talk.models import CaseNote
from app.core import i18n
from app.core.actor import Actor
from app.core.db import transaction
from app.core.errors import Invalid
from app.desk import headline, lane_access, queries, talk
from app.desk.talk import WordsForm
from app.desk.views import READERS, REVIEWERS
from app.web import idempotency
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_notes", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """A note with the names of who wrote it and of who is to read it."""

    who: str
    at: datetime
    text: str
    is_mine: bool
    mentioned: str
    read_by: str
    """Who of them has read it."""
    is_new: bool
    """Whether its reader was mentioned and has not read it."""


class NoteForm(WordsForm):
    """A note, and the colleagues who are to read it."""

    text = text_field(_l("Note for colleagues"))
    mentioned = SelectMultipleField(_l("Who is to read it"), validators=[Optional()])

    def fill(self, case: Case, actor: Actor) -> dict[str, int]:
        """Offer answers and colleagues; return the keys of colleagues by the names in the form."""
        self.offer(case)
        colleagues = [
            one
            for one in accounts.list_colleagues(actor.post_id or 0, notes.READERS)
            if one.id != actor.id
        ]
        self.mentioned.choices = [(one.uid, i18n.text_in(one.name)) for one in colleagues]
        return {one.uid: one.id for one in colleagues}


@bp.get("/<reference>/notes")
@staff(*READERS)
def show(reference: str) -> ResponseReturnValue:
    """Show the notes, and record who looked."""
    case = lane_access.opened(reference, acting())
    form = NoteForm()
    form.fill(case, acting())
    return _page(case, form)


@bp.post("/<reference>/notes")
@staff(*REVIEWERS)
def add(reference: str) -> ResponseReturnValue:
    """Take a note."""
    case = looking.opened(reference, acting())
    form = NoteForm()
    keys = form.fill(case, acting())
    if form.validate_on_submit():
        chosen = [keys[uid] for uid in form.mentioned.data or []]
        try:
            return redirect(idempotency.once(form.content_key(), lambda: _add(case, form, chosen)))
        except Invalid as refusal:
            name = refusal.field if refusal.field in form else "text"
            form[name].errors = [refusal.sentence()]
    return _page(case, form), 422 if form.errors else 200


def _add(case: Case, form: NoteForm, mentioned: list[int]) -> str:
    notes.write(case.reference, form.text.data, mentioned=mentioned, actor=acting())
    flash(_("The note was added."), "success")
    return url_for(".show", reference=case.reference)


@bp.post("/<reference>/notes/words")
@staff(*REVIEWERS)
def put_words(reference: str) -> ResponseReturnValue:
    """Put a canned answer, in the officer's language, into the form; nothing is written."""
    case = looking.opened(reference, acting())
    form = NoteForm()
    form.fill(case, acting())
    form.put_in(case, i18n.language())
    return _page(case, form)


def _page(case: Case, form: NoteForm) -> str:
    shown = _views(case, acting())
    return render_template(
        "desk/notes.html",
        case=case,
        head=headline.of(case),
        lanes=talk.lanes(case, acting(), "desk_notes.show"),
        notes=shown,
        unread=sum(one.is_new for one in shown),
        may_write=lane_access.may_write(acting()),
        form=form,
    )


def _views(case: Case, reader: Actor) -> list[NoteView]:
    found = notes.list_notes(case)
    people = [one.author_id for one in found]
    people += [mention.staff_id for one in found for mention in one.mentions]
    names = queries.names_of_staff(people)
    return [_view(one, names, reader) for one in found]


def _view(note: CaseNote, names: dict[int, str], reader: Actor) -> NoteView:
    mine = [one for one in note.mentions if one.staff_id == reader.id]
    named: Any = [names.get(one.staff_id, "") for one in note.mentions]
    read_by: Any = [names.get(one.staff_id, "") for one in note.mentions if one.read_at]
    return NoteView(
        who=names.get(note.author_id, ""),
        at=note.written_at,
        text=note.text or "",
        is_mine=note.author_id == reader.id,
        mentioned=i18n.listed(named),
        read_by=i18n.listed(read_by),
        is_new=any(one.read_at is None for one in mine),
    )


@bp.post("/<reference>/notes/read")
@staff(*REVIEWERS)
def mark_read(reference: str) -> ResponseReturnValue:
    """Note that whoever was mentioned has read the notes."""
    with transaction():
        notes.mark_read(reference, actor=acting())
    return redirect(url_for(".show", reference=reference))
