"""Taking a payment: who is here and owes something, one request, its receipts."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import rules as persons
from app.accounts.rules import Details
from app.appointments import queries as appointments
from app.appointments.models import BookingState
from app.cases import finding
from app.cases import queries as cases
from app.cases.models import Case
from app.core import clock, i18n
from app.core.errors import Conflict, Invalid, NotFound
from app.desk import headline, looking, queries
from app.desk.views import post_of
from app.payments import presenting
from app.payments import queries as payments
from app.payments.forms import TakeForm, VoidForm
from app.payments.rules import TAKERS, ChargeState, may_void
from app.payments.services import taking
from app.web import idempotency
from app.web.access import Audience, acting, staff
from app.web.navigation import Place, enter, may_open

PATH = "/desk/payments"
bp = Blueprint("desk_paying", __name__)

enter(Place.HEAD, Audience.STAFF, 40, "desk_paying.index", _l("Payments"))


@bp.get("")
@staff(*TAKERS)
def index() -> ResponseReturnValue:
    """Show who is here and owes a fee; a number that was typed leads to its request."""
    typed = request.args.get("reference", "")
    if not typed.strip():
        return _index(typed, "")
    try:
        reference = cases.get_case(finding.reference_in(typed), acting()).reference
    except NotFound:
        return _index(typed, _("No request of this post has this number.")), 404
    return redirect(url_for(".take", reference=reference))


def _index(typed: str, error: str) -> str:
    post_id = post_of(acting())
    return render_template(
        "desk/payments.html",
        typed=typed,
        error=error,
        here=_here(post_id),
        slips=payments.count_waiting_slips(post_id),
        stray=[
            (one.case.reference, i18n.money(one.amount, one.currency), one.started_at)
            for one in payments.list_stray(post_id)
        ],
    )


def _here(post_id: int) -> list[tuple[Case, str, str]]:
    """Return who was checked in today and owes something: request, name, amount in words."""
    bookings = appointments.arrivals(post_id)
    present = [one.case for one in bookings if one.state is BookingState.CHECKED_IN]
    charges = payments.live_charges_of([case.id for case in present])
    found = []
    for case in present:
        due = [one for one in charges.get(case.id, ()) if one.state is ChargeState.DUE]
        if due:
            amount = i18n.listed(i18n.money(one.amount, one.currency) for one in due)
            found.append((case, _name_of(case), amount))
    return found


def _name_of(case: Case) -> str:
    return persons.display_name(Details.from_json(case.person.details or {}), i18n.language())


@bp.route("/<reference>", methods=["GET", "POST"])
@staff(*TAKERS)
def take(reference: str) -> ResponseReturnValue:
    """Show what a request owes and take it in cash; what was given must be all of it."""
    case = looking.opened(reference, acting())
    form = TakeForm()
    if form.validate_on_submit():
        try:
            return redirect(idempotency.once(form.idempotency_key(), lambda: _take(case, form)))
        except Invalid as refusal:
            form.given.errors = [refusal.sentence()]
    return _page(case, form), 422 if form.errors else 200


def _take(case: Case, form: TakeForm) -> str:
    receipt = taking.take_cash(
        case.reference,
        form.currency.data,
        form.given.minor,
        actor=acting(),
        key=form.idempotency_key(),
    )
    amount = i18n.money(receipt.amount, receipt.currency)
    flash(_("Taken: %(amount)s. Print the receipt.", amount=amount), "success")
    return url_for(".take", reference=case.reference)


def _page(case: Case, form: TakeForm) -> str:
    money = presenting.of(case)
    if not form.is_submitted() and money.due:
        form.currency.data = money.due[0][0]
    return render_template(
        "desk/payment.html",
        head=headline.of(case),
        case=case,
        money=money,
        form=form,
        voidable=_voidable(case),
        may_see_case=may_open("desk_case.show"),
    )


def _voidable(case: Case) -> set[str]:
    """Return the receipts that the reader may void now, by uid."""
    today = clock.today(case.service.post.zone)
    return {
        one.uid
        for one in payments.list_receipts(case.id)
        if one.voided_at is None
        and may_void(acting(), taken_by=one.taken_by, taken_on=one.taken_on, today=today)
    }


@bp.get("/receipts/<uid>")
@staff(*TAKERS)
def receipt(uid: str) -> ResponseReturnValue:
    """Show a receipt to print; the link is made in the language of the citizen."""
    found = payments.get_receipt(uid, acting())
    case = looking.opened(found.case.reference, acting())
    return render_template(
        "payments/receipt.html",
        receipt=found,
        view=presenting.receipt_view(found),
        lines=presenting.lines_of(found.charge),
        case=case,
        person=_name_of(case),
        service=cases.definition(case),
        second="ru" if i18n.language() != "ru" else "ar",
        by=queries.names_of_staff([found.taken_by]).get(found.taken_by or 0, ""),
        back=url_for(".take", reference=case.reference),
        now=clock.now(),
    )


@bp.route("/receipts/<uid>/void", methods=["GET", "POST"])
@staff(*TAKERS)
def void(uid: str) -> ResponseReturnValue:
    """Ask why a receipt is void, and void it."""
    found = payments.get_receipt(uid, acting())
    case = cases.get_case(found.case.reference, acting())
    form = VoidForm()
    if form.validate_on_submit():
        try:
            return redirect(idempotency.once(form.idempotency_key(), lambda: _void(uid, form)))
        except Invalid as refusal:
            form.reason.errors = [refusal.sentence()]
    elif uid not in _voidable(case):
        raise Conflict(_l("This receipt cannot be voided by you any more."))
    page = render_template(
        "desk/void.html",
        head=headline.of(case),
        form=form,
        view=presenting.receipt_view(found),
    )
    return page, 422 if form.errors else 200


def _void(uid: str, form: VoidForm) -> str:
    receipt = taking.void(uid, reason=form.reason.data, actor=acting())
    flash(_("The receipt is voided, and the citizen is told."), "success")
    return url_for(".take", reference=receipt.case.reference)
