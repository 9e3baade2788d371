"""How a citizen pays: what is due, the slip of a bank, the way to a provider, the receipts."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from app.cases import bills, queries
from app.cases.models import Case
from app.cases.rules import State
from app.cases.talk.forms import FORMATS
from app.catalogue.bill_words import BillView
from app.core import clock, i18n
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.documents import services as documents
from app.documents.rules import LARGEST_FILE, Reason
from app.documents.wording import SENTENCES
from app.payments import presenting, shares
from app.payments import queries as payments
from app.payments.forms import SlipForm
from app.payments.models import OnlinePayment, Slip
from app.payments.presenting import MoneyView
from app.payments.providers import Provider
from app.payments.rules import OnlineState
from app.payments.services import online as online_payments
from app.payments.services import slips
from app.payments.services.slips import Proof
from app.payments.shares import Together
from app.payments.views import provider
from app.web import errors, idempotency, printing
from app.web.access import acting, signed_in

PATH = "/requests"
bp = Blueprint("paying", __name__)

MOST_PAGES = 3


@bp.route("/<reference>/payment", methods=["GET", "POST"])
@signed_in
def show(reference: str) -> ResponseReturnValue:
    """Show what is due and how it is paid, and take the slip of a bank."""
    case = _sent_case(reference)
    form = SlipForm()
    if form.validate_on_submit():
        try:
            return redirect(_send(case, form, slips.send))
        except Invalid as refusal:
            _note(form, refusal)
    return _page(case, form), 422 if form.errors else 200


@bp.route("/<reference>/payment/together", methods=["GET", "POST"])
@signed_in
def together(reference: str) -> ResponseReturnValue:
    """Show what a household owes and how it is paid at once; to the request's own without it."""
    case = _sent_case(reference)
    form = SlipForm()
    if form.validate_on_submit():
        try:
            return redirect(_send(case, form, slips.send_together))
        except Invalid as refusal:
            _note(form, refusal)
    found = shares.due(case, acting())
    if found is None and not form.errors:
        return redirect(url_for(".show", reference=case.reference))
    return _page_together(case, form, found), 422 if form.errors else 200


def _sent_case(reference: str) -> Case:
    case = queries.get_case(reference, acting())
    if case.state is State.DRAFT:
        raise NotFound()
    return case


def _note(form: SlipForm, refusal: Invalid) -> None:
    if refusal.field in form:
        form[refusal.field].errors = [refusal.sentence()]
    else:
        form.form_errors.append(refusal.sentence())


def _send(case: Case, form: SlipForm, keep: Callable[..., Slip]) -> str:
    amount, paid_on = form.amount.minor, form.paid_on.data
    slips.check(amount, paid_on, today=clock.today(case.service.post.zone))
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid(_("Choose a file."), field="file")
    # Looking at a file takes its time, so that is done before the transaction.
    upload = documents.examine(file, formats=FORMATS, max_pages=MOST_PAGES)
    currency = form.currency.data
    proof = Proof(upload=upload, currency=currency, amount=amount, paid_on=paid_on)

    def send() -> str:
        keep(case.reference, proof, actor=acting())
        flash(_("Your slip was received. The post checks it and tells you."), "success")
        return url_for(".show", reference=case.reference)

    return idempotency.once(form.idempotency_key(), send)


def _page(case: Case, form: SlipForm) -> str:
    money = presenting.of(case)
    return _render(
        case,
        form,
        money,
        bill=bills.explained(case),
        household=shares.due(case, acting()),
    )


def _page_together(case: Case, form: SlipForm, found: Together | None) -> str:
    return _render(
        case,
        form,
        shares.money(case, found, acting()),
        bill=found.bill if found else bills.explained(case),
        is_together=True,
    )


def _render(
    case: Case,
    form: SlipForm,
    money: MoneyView,
    *,
    bill: BillView,
    household: Together | None = None,
    is_together: bool = False,
) -> str:
    if money.due and not form.currency.data:
        form.currency.data = money.due[0][0]
    return render_template(
        "portal/payment.html",
        case=case,
        service=queries.definition(case),
        bill=bill,
        money=money,
        household=household,
        is_together=is_together,
        form=form,
        online=provider() is not None,
        megabytes=LARGEST_FILE // (1024 * 1024),
    )


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say beside the field that a file is too large, on the page from which it was sent."""
    values: dict[str, Any] = request.view_args or {}  # Any: what the address holds.
    try:
        case = _sent_case(values.get("reference", ""))
    except NotFound as refusal:
        return errors.refused(refusal)
    form = SlipForm(formdata=None)
    megabytes = LARGEST_FILE // (1024 * 1024)
    form.file.errors = [str(SENTENCES[Reason.TOO_LARGE]) % {"megabytes": megabytes}]
    if request.endpoint == f"{bp.name}.together":
        return _page_together(case, form, shares.due(case, acting())), 413
    return _page(case, form), 413


@bp.post("/<reference>/payment/online")
@signed_in
def begin(reference: str) -> ResponseReturnValue:
    """Begin a payment at the provider; NotFound where there is none."""
    return _begin(reference, online_payments.begin)


@bp.post("/<reference>/payment/together/online")
@signed_in
def begin_together(reference: str) -> ResponseReturnValue:
    """Begin a payment of all that a household owes; NotFound where there is no provider."""
    return _begin(reference, online_payments.begin_together)


def _begin(reference: str, start: Callable[..., OnlinePayment]) -> ResponseReturnValue:
    case, found = _sent_case(reference), provider()
    if found is None:
        raise NotFound()
    currency = request.form.get("currency", "")[:3]

    try:
        with transaction():
            # Pressed twice, it is the same payment: what was begun is found again.
            payment = start(case.reference, currency, provider=found.name, actor=acting())
    except Invalid as refusal:
        flash(refusal.sentence(), "error")
        return redirect(url_for(".show", reference=case.reference))
    return redirect(url_for(".online", reference=case.reference, uid=payment.uid))


@bp.get("/<reference>/payment/<uid>")
@signed_in
def online(reference: str, uid: str) -> ResponseReturnValue:
    """Show the way to the provider, and what it said when the citizen comes back."""
    case = _sent_case(reference)
    payment = payments.get_online(uid, case.id)
    return render_template(
        "portal/pay_online.html",
        case=case,
        service=queries.definition(case),
        amount=i18n.money(*payment.received),
        uid=uid,
        address=_address(case, payment, provider()),
        is_paid=payment.state is OnlineState.PAID,
        is_stray=payment.state is OnlineState.STRAY,
        is_returned=payment.state is OnlineState.RETURNED,
        is_failed=payment.state is OnlineState.FAILED,
    )


def _address(case: Case, payment: OnlinePayment, found: Provider | None) -> str:
    if found is None or found.name != payment.provider:
        return ""
    base: str = current_app.config["SETTINGS"].base_url
    back = base + url_for(".online", reference=case.reference, uid=payment.uid)
    notify = base + url_for("payment_callbacks.take", name=found.name)
    return found.address(payment, back=back, notify=notify, now=clock.now())


@bp.get("/<reference>/receipts/<uid>")
@signed_in
def receipt(reference: str, uid: str) -> ResponseReturnValue:
    """Show a receipt of the request to print."""
    case, found = _sent_case(reference), payments.get_receipt(uid, acting())
    if found.case_id != case.id:
        abort(404)
    return printing.sheet(
        "payments/receipt.html",
        lambda: {
            "receipt": found,
            "view": presenting.receipt_view(found, payments.totals_of([found])),
            "persons": shares.of_receipt(found, acting()),
            "service": queries.definition(case),
            "by": "",
        },
        language=i18n.language(),
        back=url_for(".show", reference=case.reference),
    )
