"""Consignments to the capital: fill, seal, send, and note that they arrived."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Self

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from app.accounts.forms import number_like
from app.cases import looking, queue
from app.cases.consignments import manifest as manifests
from app.cases.consignments import queries, travelling
from app.cases.consignments.models import Consignment
from app.cases.consignments.rules import ConsignmentState, is_out_long
from app.catalogue import queries as catalogue
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Invalid
from app.desk import consignments, wording
from app.desk.views import REVIEWERS, post_of
from app.documents import serving
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import CHOOSE, REQUIRED, KeyedForm, only_text

PATH = "/desk/consignments"
MANIFEST = "manifest"
LEGS = frozenset({"take-out", "seal", "make-manifest", "send", "receive"})
bp = Blueprint("desk_consignment", __name__)


class SealForm(KeyedForm):
    """The number on the seal, and the language of the manifest besides Arabic."""

    seal = StringField(
        _l("Number of the seal"),
        filters=[only_text],
        validators=[DataRequired(REQUIRED), Length(max=40), number_like],
    )
    language = SelectField(_l("Languages of the manifest"), validators=[DataRequired(CHOOSE)])
    mark = HiddenField()

    def offer(self) -> Self:
        """Let the languages be chosen, and return the form."""
        self.language.choices = list(consignments.LANGUAGES.items())
        return self


class SendForm(KeyedForm):
    """When it left, with whom, under what number."""

    sent_on = DateField(_l("Day on which it left"), validators=[DataRequired(REQUIRED)])
    courier = StringField(
        _l("Courier"), filters=[only_text], validators=[DataRequired(REQUIRED), Length(max=80)]
    )
    tracking = StringField(
        _l("Tracking number"), filters=[only_text], validators=[Optional(), Length(max=60)]
    )


class ReceiveForm(KeyedForm):
    """When it arrived in the capital, and who said so."""

    received_on = DateField(_l("Day on which it arrived"), validators=[DataRequired(REQUIRED)])
    reported_by = StringField(
        _l("Reported by"), filters=[only_text], validators=[Optional(), Length(max=80)]
    )


LEG_IN = {
    ConsignmentState.OPEN: SealForm,
    ConsignmentState.SEALED: SendForm,
    ConsignmentState.SENT: ReceiveForm,
}
"""Which form the page has in a state."""


@bp.get("")
@staff(*REVIEWERS)
def index() -> ResponseReturnValue:
    """List the consignments of the post, the newest first."""
    post, post_id = catalogue.get_current_post(), post_of(acting())
    today = clock.today(post.zone)
    counts = queue.counts(post_id, officer_id=0, today=today)
    return render_template(
        "desk/consignments.html",
        waiting=wording.counted(counts[queue.Tab.CAPITAL]),
        rows=[
            (box, count, is_out_long(box.state, box.sent_on, today, days=post.consignment_days))
            for box, count in queries.list_consignments(post_id)
        ],
        words=consignments,
    )


@bp.get("/<uid>")
@staff(*REVIEWERS)
def show(uid: str) -> ResponseReturnValue:
    """Show what lies in a consignment, where it is, and what comes next."""
    return _page(queries.get_consignment(uid, acting()))


def _page(box: Consignment, form: KeyedForm | None = None) -> str:
    items, post = queries.list_items(box.id), catalogue.get_current_post()
    today, days = clock.today(post.zone), post.consignment_days
    return render_template(
        "desk/consignment.html",
        box=box,
        title=consignments.title_of(box),
        state=consignments.STATES[box.state],
        is_out=consignments.is_out(box),
        lacks_manifest=manifests.is_missing(box),
        is_late=is_out_long(box.state, box.sent_on, today, days=days),
        lines=consignments.lines_of(items),
        differences=consignments.differences(consignments.lines_of(items)),
        form=form or _next_form(box, queries.mark_of(items), today),
    )


def _next_form(box: Consignment, mark: str, today: date) -> KeyedForm:
    """Return the form of the next leg; most are noted on their own day."""
    if box.state is ConsignmentState.OPEN:
        return SealForm(formdata=None, mark=mark).offer()
    if box.state is ConsignmentState.SEALED:
        return SendForm(formdata=None, sent_on=today)
    return ReceiveForm(formdata=None, received_on=today)


@bp.post("/<uid>/take-out/<reference>")
@staff(*REVIEWERS)
def take_out(uid: str, reference: str) -> ResponseReturnValue:
    """Take a request out again."""
    form, actor = KeyedForm(), acting()
    if not form.validate_on_submit():
        abort(400)
    act = partial(travelling.take_out, uid, reference, actor=actor)
    return carry_out(form, act, _("The request is not in the consignment any more."), uid)


@bp.post("/<uid>/seal")
@staff(*REVIEWERS)
def seal(uid: str) -> ResponseReturnValue:
    """Fix the list and have the manifest made."""
    form = SealForm().offer()

    def act(actor: Actor) -> object:
        return travelling.seal(
            uid,
            seal=form.seal.data or "",
            language=form.language.data,
            mark=form.mark.data or "",
            actor=actor,
        )

    return _leg(uid, form, act, _("The consignment is sealed, and its manifest is being made."))


@bp.post("/<uid>/make-manifest")
@staff(*REVIEWERS)
def make_manifest(uid: str) -> ResponseReturnValue:
    """Have the manifest made again that could not be made."""
    form, actor = KeyedForm(), acting()
    if not form.validate_on_submit():
        abort(400)
    act = partial(travelling.make_manifest, uid, actor=actor)
    return carry_out(form, act, _("The manifest is being made."), uid)


@bp.post("/<uid>/send")
@staff(*REVIEWERS)
def send(uid: str) -> ResponseReturnValue:
    """Note that it left; the citizens are told."""
    form = SendForm()

    def act(actor: Actor) -> object:
        return travelling.send(
            uid,
            on=form.sent_on.data,
            courier=form.courier.data or "",
            tracking=form.tracking.data or "",
            actor=actor,
        )

    return _leg(uid, form, act, _("The consignment has left. The citizens are being told."))


@bp.post("/<uid>/receive")
@staff(*REVIEWERS)
def receive(uid: str) -> ResponseReturnValue:
    """Note that it arrived in the capital."""
    form = ReceiveForm()

    def act(actor: Actor) -> object:
        return travelling.receive(
            uid,
            on=form.received_on.data,
            reported_by=form.reported_by.data or "",
            actor=actor,
        )

    return _leg(uid, form, act, _("Its arrival in the capital is noted."))


@bp.get("/<uid>/manifest.pdf")
@staff(*REVIEWERS)
def manifest(uid: str) -> Response:
    """Return the manifest, and record who looked."""
    actor = acting()
    box = queries.get_consignment(uid, actor)
    looking.note(MANIFEST, box.uid, actor)
    return serving.own_pdf_response(box.document, f"manifest-{box.year}-{box.number}")


@bp.get("/<uid>/<leg>")
@bp.get("/<uid>/<leg>/<reference>")
@staff(*REVIEWERS)
def come_back(uid: str, leg: str, reference: str = "") -> ResponseReturnValue:
    """Lead to the consignment whoever opens the address of an action."""
    if leg not in LEGS:
        abort(404)
    return redirect(url_for(".show", uid=uid))


def _leg(
    uid: str, form: KeyedForm, act: Callable[[Actor], object], said: str
) -> ResponseReturnValue:
    actor = acting()
    if not form.validate_on_submit():
        return _show_again(queries.get_consignment(uid, actor), form)
    try:
        return carry_out(form, lambda: act(actor), said, uid)
    except Invalid as refusal:
        form[refusal.field].errors = [refusal.sentence()]
        return _show_again(queries.get_consignment(uid, actor), form)


def _show_again(box: Consignment, form: KeyedForm) -> ResponseReturnValue:
    """Show a form with its errors; when a colleague was faster, its page has another one."""
    if not isinstance(form, LEG_IN.get(box.state, ())):
        flash(Conflict().sentence(), "error")
        return redirect(url_for(".show", uid=box.uid))
    return _page(box, form), 422


def carry_out(
    form: KeyedForm, act: Callable[[], object], said: str, uid: str
) -> ResponseReturnValue:
    """Do something to a consignment once and lead back to it; say it when somebody was faster."""
    back = url_for("desk_consignment.show", uid=uid)

    def effect() -> str:
        act()
        flash(said, "success")
        return back

    try:
        return redirect(idempotency.once(form.content_key(), effect))
    except Conflict as refusal:
        flash(refusal.sentence(), "error")
        return redirect(back)
