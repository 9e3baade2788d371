"""Taking data out: choose how, confirm that it is you, watch it being built, fetch it."""

from functools import partial

from flask import (
    Blueprint,
    Response,
    abort,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired

from app.accounts import step_up
from app.cases import queries as cases
from app.cases import selections
from app.catalogue import queries as catalogue
from app.core.actor import Actor
from app.core.db import transaction
from app.desk import exporting, queries
from app.desk.queue_filters import ADDRESS, QueueFilters
from app.desk.views import REVIEWERS, applicant_words, post_of
from app.reporting import built
from app.reporting.exports import services
from app.reporting.exports.rules import MEDIA_TYPES, SHEETS, Format
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import CHOOSE, KeyedForm

PATH = "/desk/exports"
bp = Blueprint("desk_export", __name__)

FORMATS = {
    Format.XLSX: _l("Sheet for Excel"),
    Format.CSV: _l("Table as text"),
    Format.JSON: _l("Data for programs"),
}


class SheetForm(KeyedForm):
    """As what a view of the queue leaves."""

    format = RadioField(
        _l("Kind of file"),
        choices=[SelectChoice(one.value, FORMATS[one]) for one in SHEETS],
        default=Format.XLSX.value,
        validators=[DataRequired(CHOOSE)],
    )


def _asked_again() -> ResponseReturnValue | None:
    """Return the way to confirming that it is the reader, or None when they just did."""
    if step_up.is_fresh(acting()):
        return None
    return redirect(url_for("staff_accounts.confirm", next=request.full_path.rstrip("?")))


@bp.get("")
@staff(*REVIEWERS)
def index() -> ResponseReturnValue:
    """List what the reader exported today."""
    rows = services.list_exports(acting())
    return render_template("desk/exports.html", rows=rows, zone=catalogue.current_zone())


@bp.route("/queue", methods=["GET", "POST"])
@staff(*REVIEWERS)
def view_of_queue() -> ResponseReturnValue:
    """Ask as what the view of the address is to leave, and have it built."""
    asked, actor, form = _asked_again(), acting(), SheetForm()
    if asked is not None:
        return asked
    choices = queries.list_choices(post_of(actor), staff_id=actor.id or 0)
    chosen = QueueFilters.read(request.args, choices)
    if form.validate_on_submit():
        order = partial(_order_sheet, Format(form.format.data), chosen, actor)
        return redirect(idempotency.once(form.content_key(), order))
    page = render_template("desk/export_queue.html", chosen=chosen, form=form, args=request.args)
    return page, 422 if form.errors else 200


@bp.route("/selected/<uid>", methods=["GET", "POST"])
@staff(*REVIEWERS)
def selected(uid: str) -> ResponseReturnValue:
    """Ask as what the requests that were selected are to leave, and have it built."""
    actor, form = acting(), SheetForm()
    run = selections.get_own(uid, actor)
    asked = _asked_again()
    if asked is not None:
        return asked
    if form.validate_on_submit():
        order = partial(_order_selected, Format(form.format.data), run.uid, actor)
        return redirect(idempotency.once(form.content_key(), order))
    count = len(selections.list_cases(run))
    page = render_template("desk/export_selected.html", count=count, form=form)
    return page, 422 if form.errors else 200


def _order_selected(form: Format, run: str, actor: Actor) -> str:
    row = services.order(exporting.SELECTION, form, {"run": run}, actor=actor, about=run)
    return url_for(".show", uid=row.uid)


def _order_sheet(form: Format, chosen: QueueFilters, actor: Actor) -> str:
    look = {name: request.args.getlist(name) for name in ADDRESS if request.args.get(name)}
    words = ""
    if chosen.has_applicant:
        look["applicant"], words = ["1"], applicant_words()
    wish = {"look": look, "words": words}
    row = services.order(exporting.QUEUE, form, wish, actor=actor, about=chosen.tab.value)
    return url_for(".show", uid=row.uid)


@bp.route("/case/<reference>", methods=["GET", "POST"])
@staff(*REVIEWERS)
def one_case(reference: str) -> ResponseReturnValue:
    """Ask whether a case is to leave with its papers, and have it built."""
    actor = acting()
    case = cases.get_case(reference, actor)
    asked, form = _asked_again(), KeyedForm()
    if asked is not None:
        return asked
    if form.validate_on_submit():
        order = partial(_order_case, case.reference, case.uid, actor)
        return redirect(idempotency.once(form.content_key(), order))
    return render_template("desk/export_case_ask.html", reference=case.reference, form=form)


def _order_case(reference: str, uid: str, actor: Actor) -> str:
    wish = {"reference": reference}
    row = services.order(exporting.CASE, Format.ZIP, wish, actor=actor, about=uid)
    return url_for(".show", uid=row.uid)


@bp.get("/<uid>")
@staff(*REVIEWERS)
def show(uid: str) -> ResponseReturnValue:
    """Show how far an export is, and where it is fetched."""
    row = services.get_export(uid, acting())
    zone, run = catalogue.current_zone(), (row.wish or {}).get("run")
    return render_template("desk/export.html", row=row, zone=zone, run=run)


@bp.get("/<uid>/file")
@staff(*REVIEWERS)
def fetch(uid: str) -> ResponseReturnValue:
    """Hand the file out to who asked for it, on record."""
    actor = acting()
    row = services.get_export(uid, actor)
    asked = _asked_again()
    if asked is not None:
        return asked
    if row.ready_at is None:
        abort(404)
    with transaction():
        services.note_fetched(row, actor)
    row = services.get_export(uid, actor)
    name = row.file_name(catalogue.current_zone())
    response = Response(stream_with_context(built.read(row)), mimetype=MEDIA_TYPES[row.format])
    response.headers["Content-Length"] = str(row.size)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
