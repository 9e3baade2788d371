"""What came back from the capital: case by case, with what is missing and what is too much."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, StringField
from wtforms.validators import Optional

from app.cases.consignments import queries, travelling
from app.cases.consignments.models import Consignment, ConsignmentItem
from app.cases.consignments.rules import ConsignmentState, Result
from app.cases.consignments.travelling import Found
from app.catalogue import queries as catalogue
from app.core import clock
from app.core.actor import Actor
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.core.text import UnreadableText, clean_text
from app.desk import consignments
from app.desk.consignment_views import carry_out
from app.desk.views import REVIEWERS
from app.web.access import acting, staff
from app.web.forms import KeyedForm, only_text

PATH = "/desk/consignments"
bp = Blueprint("desk_return", __name__)


class ReturnForm(KeyedForm):
    """What is said of all that came back; the results come as a list beside it."""

    rest = BooleanField(_l("All that is not looked at yet came back done"))
    reference = StringField(_l("Number of a request that is not on the list"), filters=[only_text])
    returned_on = DateField(_l("Day on which it came back"), validators=[Optional()])


@bp.get("/<uid>/return")
@staff(*REVIEWERS)
def show(uid: str) -> ResponseReturnValue:
    """Show the list to be compared with what came back."""
    return _page(_get(uid), ReturnForm(formdata=None, returned_on=_today()))


def _today() -> date:
    return clock.today(catalogue.current_zone())


def _get(uid: str) -> Consignment:
    box = queries.get_consignment(uid, acting())
    if box.state in (ConsignmentState.OPEN, ConsignmentState.SEALED):
        raise Conflict()
    return box


def _listed(box: Consignment) -> Sequence[ConsignmentItem]:
    """Return what can still be decided: everything, or what was missed once it is back."""
    items = queries.list_items(box.id)
    if box.state is not ConsignmentState.RETURNED:
        return [one for one in items if one.released_at is None]
    return [one for one in items if one.result is Result.MISSING]


def _page(box: Consignment, form: ReturnForm, problems: Mapping[str, str] | None = None) -> str:
    return render_template(
        "desk/consignment_return.html",
        box=box,
        title=consignments.title_of(box),
        is_back=box.state is ConsignmentState.RETURNED,
        lines=consignments.lines_of(_listed(box)),
        options=consignments.result_options(),
        typed=request.form,
        problems=problems or {},
        form=form,
    )


@bp.post("/<uid>/return")
@staff(*REVIEWERS)
def save(uid: str) -> ResponseReturnValue:
    """Write down what came back so far; add what is not on the list; or go on to the end."""
    form, box = ReturnForm(), _get(uid)
    if not form.validate_on_submit():
        return _page(box, form), 422
    try:
        return _saved(box, form, request.form.get("do", "save"))
    except Invalid as refusal:
        problems = {refusal.field: refusal.sentence()}
        if refusal.field in form:
            form[refusal.field].errors = [refusal.sentence()]
        return _page(queries.get_consignment(uid, acting()), form, problems), 422


def _saved(box: Consignment, form: ReturnForm, wish: str) -> ResponseReturnValue:
    uid, actor, found = box.uid, acting(), _found(box, form)
    if box.state is ConsignmentState.RETURNED:
        return _found_later(uid, form, found, actor)
    with transaction():
        travelling.note_results(uid, found, actor=actor)
    if wish == "add":
        with transaction():
            travelling.add_unexpected(uid, form.reference.data or "", actor=actor)
    if wish == "end":
        return redirect(url_for(".end", uid=uid))
    flash(_("Saved."), "success")
    return redirect(url_for(".show", uid=uid))


def _found_later(
    uid: str, form: ReturnForm, found: Mapping[str, Found], actor: Actor
) -> ResponseReturnValue:
    act = partial(
        travelling.note_found,
        uid,
        {key: one for key, one in found.items() if one.result is not Result.MISSING},
        on=_day(form),
        actor=actor,
        key=form.idempotency_key(),
    )
    return carry_out(form, act, _("What was found is noted, and the requests go on."), uid)


def _day(form: ReturnForm) -> date:
    day: date | None = form.returned_on.data
    if day is None:
        raise Invalid(_l("This is not a day. Choose it once more."), field="returned_on")
    return day


def _found(box: Consignment, form: ReturnForm) -> dict[str, Found]:
    """Return what was said of each place, by its uid."""
    said = {}
    for item in _listed(box):
        typed = request.form.get(f"result-{item.uid}", "")
        if not typed and form.rest.data:
            typed = Result.PRODUCED.value
        if typed in tuple(Result):
            said[item.uid] = Found(result=Result(typed), reason=_reason(item.uid))
    return said


def _reason(uid: str) -> str:
    field = f"reason-{uid}"
    try:
        return clean_text(request.form.get(field, ""))
    except UnreadableText:
        raise Invalid(_l("This text holds signs that cannot be read."), field=field) from None


@bp.route("/<uid>/return/end", methods=["GET", "POST"])
@staff(*REVIEWERS)
def end(uid: str) -> ResponseReturnValue:
    """Show the differences, ask once more, and let every request go on."""
    form, box = ReturnForm(), _get(uid)
    if box.state is ConsignmentState.RETURNED:
        return redirect(url_for("desk_consignment.show", uid=uid))
    if request.method == "POST":
        if not form.validate_on_submit() and not form.returned_on.errors:
            abort(400)
        try:
            return carry_out(form, _ending(uid, form), _said(), uid)
        except Invalid as refusal:
            form.returned_on.errors = [refusal.sentence()]
    else:
        form.returned_on.data = _today()
    lines = consignments.lines_of(_listed(box))
    page = render_template(
        "desk/consignment_end.html",
        box=box,
        title=consignments.title_of(box),
        lines=lines,
        done=[one for one in lines if one.result is Result.PRODUCED],
        left=[one for one in lines if one.result is None],
        differences=consignments.differences(lines),
        form=form,
    )
    return page, 422 if form.errors else 200


def _ending(uid: str, form: ReturnForm) -> Callable[[], object]:
    return lambda: travelling.give_back(uid, on=_day(form), actor=acting())


def _said() -> str:
    return _("The consignment is back. The requests go on, and the citizens are being told.")
