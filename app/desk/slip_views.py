"""Bank slips: looked at, and confirmed or refused with a reason."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.cases import looking
from app.cases.models import Case
from app.core.errors import Invalid
from app.desk import headline
from app.desk.views import post_of
from app.documents import viewing
from app.documents.models import DocumentState
from app.payments import presenting, shares
from app.payments import queries as payments
from app.payments.forms import RefuseSlipForm
from app.payments.models import Slip
from app.payments.rules import SLIP_READERS
from app.payments.services import slips
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm

PATH = "/desk/payments/slips"
bp = Blueprint("desk_slips", __name__)


@bp.get("")
@staff(*SLIP_READERS)
def index() -> ResponseReturnValue:
    """List the slips that wait, the oldest first."""
    waiting = payments.list_waiting_slips(post_of(acting()))
    rows = [(one.case.reference, presenting.slip_view(one)) for one in waiting]
    return render_template("desk/slips.html", rows=rows)


@bp.get("/<uid>")
@staff(*SLIP_READERS)
def show(uid: str) -> ResponseReturnValue:
    """Show a slip beside what is due."""
    return _page(uid, RefuseSlipForm(formdata=None))


@bp.post("/<uid>/confirm")
@staff(*SLIP_READERS)
def confirm(uid: str) -> ResponseReturnValue:
    """Confirm that the money has arrived."""
    form = KeyedForm()
    refused = RefuseSlipForm(formdata=None)
    if form.validate_on_submit():
        key = form.idempotency_key()
        try:
            return redirect(idempotency.once(key, lambda: _confirm(uid, key)))
        except Invalid as refusal:
            refused.form_errors.append(refusal.sentence())
    return _page(uid, refused), 422


def _confirm(uid: str, key: str) -> str:
    slips.confirm(uid, actor=acting(), key=key)
    flash(_("The payment is confirmed. The citizen is told and gets a receipt."), "success")
    return url_for(".index")


@bp.post("/<uid>/refuse")
@staff(*SLIP_READERS)
def refuse(uid: str) -> ResponseReturnValue:
    """Refuse a slip, with the reason for the citizen."""
    form = RefuseSlipForm()
    if form.validate_on_submit():
        return redirect(idempotency.once(form.idempotency_key(), lambda: _refuse(uid, form)))
    return _page(uid, form), 422


def _refuse(uid: str, form: RefuseSlipForm) -> str:
    slips.refuse(uid, reason=form.reason.data, actor=acting())
    flash(_("The slip is refused, and the citizen is told."), "success")
    return url_for(".index")


def _page(uid: str, form: RefuseSlipForm) -> str:
    slip = payments.get_slip(uid, acting())
    case: Case = looking.opened(slip.case.reference, acting())
    together = shares.owed(case, acting()) if slip.filing_id is not None else None
    return render_template(
        "desk/slip.html",
        head=headline.of(case),
        money=presenting.of(case) if together is None else shares.money(case, together, acting()),
        together=together,
        slip=slip,
        view=presenting.slip_view(slip),
        pages=_pages(slip),
        is_checked=slip.document.state is DocumentState.CLEAN,
        form=form,
        act=KeyedForm(formdata=None),
    )


def _pages(slip: Slip) -> list[str]:
    count = slip.document.pages if slip.document.state is DocumentState.CLEAN else 0
    return [url_for(".image", uid=slip.uid, number=n) for n in range(1, count + 1)]


@bp.get("/<uid>/<int:number>.jpg")
@staff(*SLIP_READERS)
def image(uid: str, number: int) -> ResponseReturnValue:
    """Return one page of a slip, when it is clean; record who looked."""
    slip = payments.get_slip(uid, acting())
    looking.note(looking.PAPER, slip.document.uid, acting())
    return viewing.page_response(slip.case.reference, slip.document, number, acting())
