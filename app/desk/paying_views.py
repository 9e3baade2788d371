"""Taking a payment: who is here and owes something, one request, its receipts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.appointments import arriving
from app.appointments.models import BookingState
from app.cases import finding, looking
from app.cases import queries as cases
from app.cases.family.services import name_of
from app.cases.models import Case
from app.catalogue import queries as catalogue
from app.core import clock, i18n
from app.core.errors import Conflict, Invalid, NotFound
from app.desk import cash_views, headline, queries
from app.desk.views import post_of
from app.payments import presenting, shares
from app.payments import queries as payments
from app.payments.forms import TakeForm, VoidForm
from app.payments.models import Charge, Receipt
from app.payments.rules import TAKERS, ChargeState, may_void
from app.payments.services import desks, taking
from app.web import idempotency, printing
from app.web.access import Audience, acting, staff
from app.web.navigation import Place, enter, may_open

PATH = "/desk/payments"
bp = Blueprint("desk_paying", __name__)

enter(Place.HEAD, Audience.STAFF, 40, "desk_paying.index", _l("Payments"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Who is here and owes a fee: one person, or a household that pays at once."""

    reference: str
    url: str
    names: str
    amount: str


@bp.get("")
@staff(*TAKERS)
def index() -> ResponseReturnValue:
    """Show who is here and owes a fee; a number that was typed leads to its request."""
    typed = request.args.get("reference", "")
    if not typed.strip():
        return _index(typed, "")
    try:
        case = cases.get_case(finding.reference_in(typed), acting())
    except NotFound:
        return _index(typed, _("No request of this post has this number.")), 404
    return redirect(url_for(_taking(case), reference=case.reference))


def _taking(case: Case) -> str:
    """Return where the fee of a case is taken: a household pays at once, as it came."""
    return ".take" if shares.due(case, acting()) is None else ".take_together"


def _index(typed: str, error: str) -> str:
    post_id = post_of(acting())
    return render_template(
        "desk/payments.html",
        typed=typed,
        error=error,
        here=list_payers(post_id),
        slips=payments.count_waiting_slips(post_id),
        open_desk=cash_views.opening_url(None),
        stray=[
            (one.uid, one.case.reference, i18n.money(*one.received), one.started_at)
            for one in payments.list_stray(post_id)
        ],
    )


def list_payers(post_id: int) -> list[Payer]:
    """Return who was checked in today and owes something, a household in one line."""
    bookings = arriving.arrivals(post_id)
    present = [one.case for one in bookings if one.state is BookingState.CHECKED_IN]
    charges = payments.live_charges_of([case.id for case in present])
    owing: dict[object, list[tuple[Case, list[Charge]]]] = {}
    for case in present:
        due = [one for one in charges.get(case.id, ()) if one.state is ChargeState.DUE]
        if due:
            owing.setdefault(case.filing_id or case.reference, []).append((case, due))
    return [_payer(household) for household in owing.values()]


def _payer(household: Sequence[tuple[Case, Sequence[Charge]]]) -> Payer:
    total: Counter[str] = Counter()
    for _case, due in household:
        total.update({one.currency: one.amount for one in due})
    first = household[0][0]
    is_one = len(household) == 1
    return Payer(
        reference=first.reference,
        url=url_for(".take" if is_one else ".take_together", reference=first.reference),
        names=i18n.listed(name_of(case) for case, _due in household),
        amount=i18n.listed(i18n.money(amount, code) for code, amount in total.items()),
    )


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
        together=shares.due(case, acting()),
        open_desk=cash_views.opening_url(money.due[0][0]) if money.due else "",
        is_shut=bool(money.due) and cash_views.is_shut(money.due[0][0]),
        may_see_case=may_open("desk_case.show"),
    )


@bp.route("/<reference>/together", methods=["GET", "POST"])
@staff(*TAKERS)
def take_together(reference: str) -> ResponseReturnValue:
    """Show what a household owes, person by person, and take all of it in cash."""
    case = looking.opened(reference, acting())
    form = TakeForm()
    if form.validate_on_submit():
        try:
            return redirect(
                idempotency.once(form.idempotency_key(), lambda: _take_together(case, form))
            )
        except Invalid as refusal:
            form.given.errors = [refusal.sentence()]
    together = shares.due(case, acting())
    if together is None and not form.errors:
        return redirect(url_for(".take", reference=case.reference))
    if together is not None and not form.is_submitted():
        form.currency.data = together.currency
    page = render_template(
        "desk/payment_together.html",
        case=case,
        service=cases.definition(case),
        together=together,
        form=form,
        money=shares.money(case, together, acting()),
        open_desk=cash_views.opening_url(together.currency) if together else "",
        is_shut=together is not None and cash_views.is_shut(together.currency),
    )
    return page, 422 if form.errors else 200


def _take_together(case: Case, form: TakeForm) -> str:
    receipts = taking.take_together(
        case.reference,
        form.currency.data,
        form.given.minor,
        actor=acting(),
        key=form.idempotency_key(),
    )
    amount = i18n.money(sum(one.amount for one in receipts), receipts[0].currency)
    flash(_("Taken: %(amount)s. Print the receipt.", amount=amount), "success")
    return url_for(".take", reference=receipts[0].case.reference)


def _voidable(case: Case) -> set[str]:
    """Return the receipts that the reader may void now, by uid."""
    return {one.uid for one in payments.list_receipts(case.id) if _may_void(one)}


def _may_void(receipt: Receipt) -> bool:
    """Return whether the reader may void a receipt now; money stays with the post that took it."""
    if receipt.voided_at is not None or receipt.post_id != post_of(acting()):
        return False
    today = clock.today(catalogue.current_zone())
    return may_void(acting(), taken_by=receipt.taken_by, taken_on=receipt.taken_on, today=today)


@bp.get("/receipts/<uid>")
@staff(*TAKERS)
def receipt(uid: str) -> ResponseReturnValue:
    """Show a receipt to print, in the language of the citizen."""
    found = payments.get_receipt(uid, acting())
    case = looking.opened(found.case.reference, acting())
    return printing.sheet(
        "payments/receipt.html",
        lambda: {
            "receipt": found,
            "view": presenting.receipt_view(found, payments.totals_of([found])),
            "persons": shares.of_receipt(found, acting()),
            "service": cases.definition(case),
            "by": queries.names_of_staff([found.taken_by]).get(found.taken_by or 0, ""),
        },
        language=case.language,
        back=url_for(".take", reference=case.reference),
    )


@bp.route("/receipts/<uid>/void", methods=["GET", "POST"])
@staff(*TAKERS)
def void(uid: str) -> ResponseReturnValue:
    """Ask why a receipt is void, and void it.

    Of a request that another post has by now nothing but the receipt is shown.
    """
    found, form = payments.get_given(uid, acting()), VoidForm()
    if form.validate_on_submit():
        try:
            return redirect(idempotency.once(form.idempotency_key(), lambda: _void(uid, form)))
        except Invalid as refusal:
            form.reason.errors = [refusal.sentence()]
    elif not _may_void(found):
        raise Conflict(_l("This receipt cannot be voided by you any more."))
    page = render_template(
        "desk/void.html",
        head=_head_of(found),
        back=_back_of(found),
        form=form,
        view=presenting.receipt_view(found, payments.totals_of([found])),
        persons=shares.of_receipt(found, acting()),
        refusal=desks.refusal_of_return(found, acting()),
        open_desk=cash_views.opening_url(found.currency),
    )
    return page, 422 if form.errors else 200


def _void(uid: str, form: VoidForm) -> str:
    receipt = taking.void(uid, reason=form.reason.data, actor=acting())
    flash(_("The receipt is voided, and the citizen is told."), "success")
    return _back_of(receipt)


def _head_of(receipt: Receipt) -> headline.Headline | None:
    if not cash_views.is_here(receipt):
        return None
    return headline.of(cases.get_case(receipt.case.reference, acting()))


def _back_of(receipt: Receipt) -> str:
    """Return the page of its payment; once the request has left, that of the cash desks."""
    if cash_views.is_here(receipt):
        return url_for(".take", reference=receipt.case.reference)
    return url_for("desk_cash.index")
