"""One action on many requests: choose, confirm, watch it being done."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField
from wtforms.validators import Optional

from app.accounts import queries as accounts
from app.cases import bulk, pace, queue, selections
from app.cases.bulk_models import BulkAction
from app.cases.models import Case
from app.catalogue import queries as catalogue
from app.core import clock, i18n
from app.core.actor import Actor, Role
from app.core.errors import Invalid
from app.desk import bulk_results, queries, review_page
from app.desk.forms import LookForm
from app.desk.queue_filters import QueueFilters, queue_url, sent_look
from app.desk.views import REVIEWERS, applicant_words, post_of
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm

PATH = "/desk/bulk"
bp = Blueprint("desk_bulk", __name__)

# Any: lazy strings of Flask-Babel have no public type.
ACTIONS: Mapping[BulkAction, Any] = {
    BulkAction.ASSIGN: _l("Assign to an officer"),
    BulkAction.ASK: _l("Ask for the same paper again"),
    BulkAction.MOVE_ON: _l("Move on where nothing is left to check"),
    BulkAction.CONSIGN: _l("Put into the consignment for the capital"),
    BulkAction.SEND: _l("The consignment has left"),
    BulkAction.BRING_BACK: _l("The consignment came back"),
    BulkAction.EXPORT: _l("Export into a file"),
}
OFFERED = (
    BulkAction.ASSIGN,
    BulkAction.ASK,
    BulkAction.MOVE_ON,
    BulkAction.CONSIGN,
    BulkAction.EXPORT,
)
"""What is asked for here; the others belong to the page of a consignment."""


class BulkForm(KeyedForm):
    """What is done to the requests whose references come along."""

    officer = SelectField(_l("Officer"), validators=[Optional()])
    paper = SelectField(_l("Paper and reason, as the citizen reads it"), validators=[Optional()])
    until_on = DateField(_l("The citizen has time until"), validators=[Optional()])

    def offer(self, officers: Sequence[tuple[str, str]], papers: Sequence[tuple[str, str]]) -> None:
        """Let these officers and papers be chosen."""
        self.officer.choices = [("", _("Choose somebody")), *officers]
        self.paper.choices = [("", _("Choose a reason")), *papers]

    def validate_until_on(self, field: DateField) -> None:
        """Say in our words that a day cannot be read."""
        if field.errors:
            field.errors = [_("This is not a day. Choose it once more.")]

    def blame(self, refusal: Invalid) -> None:
        """Say what is wrong beside the field that it is wrong with, else above them all."""
        if refusal.field in self:
            self[refusal.field].errors = [refusal.sentence()]
        else:
            self.form_errors = [refusal.sentence()]


@bp.post("/choose")
@staff(*REVIEWERS)
def choose() -> ResponseReturnValue:
    """Ask what is to be done to the requests that were selected; nothing is changed yet."""
    if not LookForm().validate_on_submit():
        abort(400)
    references = _selected(acting())
    if not references:
        flash(_("Choose at least one request."), "error")
        return redirect(_back())
    usual = review_page.usual_deadline()
    return _question(references, BulkForm(formdata=None, until_on=usual))


def _selected(actor: Actor) -> list[str]:
    """Return the references that were ticked, or those of the whole list, at most 500."""
    if request.form.get("scope") != "list":
        return _sent()
    post_id = post_of(actor)
    choices = queries.list_choices(post_id, staff_id=actor.id or 0)
    chosen = QueueFilters.read(request.form, choices)
    applicant = accounts.has_words(applicant_words(), Case.person_id)
    page = queue.queue_page(
        post_id,
        tab=chosen.tab,
        officer_id=actor.id or 0,
        today=clock.today(catalogue.current_zone()),
        filters=chosen.narrowed(catalogue.current_zone(), applicant),
        order=chosen.in_front,
        limit=bulk.MOST,
    )
    return [case.reference for case in page.cases]


def _sent() -> list[str]:
    # PostgreSQL takes no NUL, and no reference has one.
    sent = dict.fromkeys(one for one in request.form.getlist("case") if "\0" not in one)
    return list(sent)[: bulk.MOST]


def _back() -> str:
    return queue_url(sent_look())


def _question(references: Sequence[str], form: BulkForm) -> str:
    actor = acting()
    form.offer(_officers(actor), bulk_results.offered_papers(references, actor.post_id))
    return render_template("desk/bulk.html", references=references, form=form, actions=ACTIONS)


def _officers(actor: Actor) -> list[tuple[str, str]]:
    """Return to whom the actor may give cases: the head to everybody, others to themselves."""
    listed = queries.list_officers(post_of(actor))
    return [
        (one.uid, i18n.text_in(one.name))
        for one in listed
        if actor.has_role(Role.HEAD) or one.id == actor.id
    ]


@bp.post("")
@staff(*REVIEWERS)
def begin() -> ResponseReturnValue:
    """Have a worker do it, and lead to where it can be watched."""
    form, actor = BulkForm(), acting()
    references = _sent()
    form.offer(_officers(actor), bulk_results.offered_papers(references, actor.post_id))
    if form.validate_on_submit():
        try:
            return redirect(
                idempotency.once(form.content_key(), partial(_begin, form, references, actor))
            )
        except Invalid as refusal:
            form.blame(refusal)
    return _question(references, form), 422


def _begin(form: BulkForm, references: Sequence[str], actor: Actor) -> str:
    action = next((one for one in OFFERED if one.value == request.form.get("do")), None)
    if action is None:
        abort(400)
    if action is BulkAction.EXPORT:
        return url_for("desk_export.selected", uid=selections.begin(references, actor=actor).uid)
    run = bulk.begin(action, references, _arguments(action, form, actor), actor=actor)
    return url_for(".show", uid=run.uid)


def _arguments(action: BulkAction, form: BulkForm, actor: Actor) -> dict[str, object]:
    if action is BulkAction.ASSIGN:
        return _assignment(form, actor)
    return _question_asked(form, actor) if action is BulkAction.ASK else {}


def _assignment(form: BulkForm, actor: Actor) -> dict[str, object]:
    listed = queries.list_officers(post_of(actor))
    key = next((one.id for one in listed if one.uid == form.officer.data), None)
    if key is None:
        raise Invalid(_l("Choose to whom the requests are assigned."), field="officer")
    return {"staff": key}


def _question_asked(form: BulkForm, actor: Actor) -> dict[str, object]:
    paper, _slash, reason = str(form.paper.data or "").partition("/")
    until_on: date | None = form.until_on.data
    if not reason:
        raise Invalid(_l("Choose a paper with a reason."), field="paper")
    if until_on is None:
        raise Invalid(_l("Choose the last day."), field="until_on")
    if not pace.is_deadline(until_on, clock.today(catalogue.current_zone())):
        raise Invalid(_l("The day is to be after today, within half a year."), field="until_on")
    return {"paper": paper, "reason": reason, "until_on": until_on.isoformat()}


@bp.get("/<uid>")
@staff(*REVIEWERS)
def show(uid: str) -> ResponseReturnValue:
    """Show how far it has come and what became of each request."""
    run = bulk.get_run(uid, acting())
    progress, rows = bulk.progress_of(run), bulk_results.rows_of(run)
    return render_template(
        "desk/bulk_run.html",
        title=ACTIONS[run.action],
        run=run,
        progress=progress,
        facts=bulk_results.facts_of(run, [one.reference for one in rows]),
        rows=rows,
    )


@bp.get("")
@bp.get("/choose")
@staff(*REVIEWERS)
def come_back() -> ResponseReturnValue:
    """Lead to the queue whoever opens the address of an action."""
    return redirect(url_for("desk.queue"))
