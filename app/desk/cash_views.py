"""The cash desks of a day: opened with a float, reported, counted and closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.catalogue import queries as catalogue
from app.core import clock, i18n
from app.core.errors import Invalid
from app.desk import queries
from app.desk.views import post_of
from app.payments import presenting
from app.payments import queries as payments
from app.payments.forms import CloseForm, OpenForm
from app.payments.models import CashDesk, Receipt
from app.payments.rules import CURRENCIES, TAKERS, Tally
from app.payments.services import desks
from app.web import days, idempotency
from app.web.access import acting, safe_next, staff

PATH = "/desk/payments/cash"
bp = Blueprint("desk_cash", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    """A cash desk with its figures in words."""

    desk: CashDesk
    tally: Tally
    cashier: str

    def words(self, amount: int) -> str:
        """Return an amount of this desk; below zero it says that so much lacks."""
        said = i18n.money(abs(amount), self.desk.currency)
        return _("minus %(amount)s", amount=said) if amount < 0 else said

    @property
    def difference(self) -> int | None:
        """Return how much more was counted than expected, None before."""
        counted = self.desk.counted
        return None if counted is None else self.tally.difference(counted)

    @property
    def figures(self) -> list[tuple[str, str]]:
        """Return the lines of the report."""
        desk, tally = self.desk, self.tally
        lines = [
            (_("Float at opening"), self.words(desk.opening)),
            (_("Received"), self.words(tally.received)),
            (_("Given back for voided receipts"), self.words(tally.voided)),
            (_("Expected in the desk"), self.words(tally.expected)),
        ]
        if desk.counted is not None and self.difference is not None:
            lines.append((_("Counted"), self.words(desk.counted)))
            lines.append((_("Difference"), self.words(self.difference)))
        return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """Money of a provider that was given back: whose, how much in words, by whom and why."""

    reference: str
    amount: str
    by: str
    reason: str


@bp.route("", methods=["GET", "POST"])
@staff(*TAKERS)
def index() -> ResponseReturnValue:
    """Show the desks of a day, for the head those of everybody, and open one for today."""
    form = OpenForm()
    form.offer([(code, i18n.currency_name(code)) for code in CURRENCIES])
    if not form.is_submitted() and request.args.get("currency") in CURRENCIES:
        form.currency.data = request.args["currency"]
    if form.validate_on_submit():
        try:
            return redirect(idempotency.once(form.idempotency_key(), lambda: _open(form)))
        except Invalid as refusal:
            form.currency.errors = [refusal.sentence()]
    today = clock.today(catalogue.current_zone())
    day = _day(today)
    page = render_template(
        "desk/cash.html",
        form=form,
        day=day,
        is_today=day == today,
        desks=_views(payments.list_desks(acting(), day)),
        returned=_returned(day),
    )
    return page, 422 if form.errors else 200


def _returned(day: date) -> list[Returned]:
    """Return the stray money that was given back on a day; no desk of it holds less."""
    zone = ZoneInfo(catalogue.current_zone())
    begin, end = (datetime.combine(on, time.min, zone) for on in (day, day + timedelta(days=1)))
    found = payments.list_returned(post_of(acting()), begin, end)
    names = queries.names_of_staff(one.returned_by for one in found)
    return [
        Returned(
            reference=one.case.reference,
            amount=i18n.money(*one.received),
            by=names.get(one.returned_by or 0, ""),
            reason=presenting.reason_of(one),
        )
        for one in found
    ]


def _day(today: date) -> date:
    return min(days.read(request.args.get("day", "")) or today, today)


def _open(form: OpenForm) -> str:
    desks.open_desk(form.currency.data, form.opening.minor, actor=acting())
    flash(_("The cash desk is open."), "success")
    return safe_next(request.args.get("next"), default=url_for(".index"))


def opening_url(currency: str | None) -> str:
    """Return where the reader opens the desk that this page lacks, empty when it lacks none.

    The address leads back to this page. Without a currency any desk of today will do.
    """
    own = payments.list_own_desks(acting(), clock.today(catalogue.current_zone()))
    if any(currency is None or one.currency == currency for one in own):
        return ""
    return url_for("desk_cash.index", currency=currency, next=request.path, _anchor="open")


def is_shut(currency: str) -> bool:
    """Return whether the reader's desk in a currency is closed for today."""
    return payments.has_shut_desk(acting(), clock.today(catalogue.current_zone()), currency)


@bp.route("/<uid>", methods=["GET", "POST"])
@staff(*TAKERS)
def show(uid: str) -> ResponseReturnValue:
    """Show the report of a desk, and close it with what was counted, which is asked once more."""
    desk = payments.get_desk(uid, acting())
    form = CloseForm()
    is_counted = form.validate_on_submit()
    if is_counted and "confirmed" in request.form:
        try:
            return redirect(idempotency.once(form.idempotency_key(), lambda: _close(uid, form)))
        except Invalid as refusal:
            form[refusal.field].errors = [refusal.sentence()]
    view = _views([desk])[0]
    page = render_template(
        "desk/cash_desk.html",
        view=view,
        form=form,
        asked=view.tally.difference(form.counted.minor) if is_counted else None,
        rows=_movements(payments.list_movements(desk)),
    )
    return page, 422 if form.errors else 200


def _movements(
    rows: Sequence[Receipt],
) -> list[tuple[list[tuple[str, str]], presenting.ReceiptView, str]]:
    """Return each receipt once: reference and address of all whom it names, view, its address.

    A request that another post has by now has no page here; its receipt leads to where it is
    voided, unless it was.
    """
    totals = payments.totals_of(rows)
    numbers = {(one.year, one.number): one for one in rows if one.line == 1}
    named: dict[tuple[int, int], list[tuple[str, str]]] = {}
    for one in rows:
        reference = one.case.reference
        url = url_for("desk_paying.take", reference=reference) if is_here(one) else ""
        named.setdefault((one.year, one.number), []).append((reference, url))
    return [
        (named[number], presenting.receipt_view(first, totals), _address_of(first))
        for number, first in numbers.items()
    ]


def is_here(receipt: Receipt) -> bool:
    """Return whether the request of a receipt is still at the post that took its money."""
    return receipt.case.post_id == receipt.post_id


def _address_of(receipt: Receipt) -> str:
    if is_here(receipt):
        return url_for("desk_paying.receipt", uid=receipt.uid)
    return "" if receipt.voided_at else url_for("desk_paying.void", uid=receipt.uid)


def _close(uid: str, form: CloseForm) -> str:
    desks.close(uid, form.counted.minor, actor=acting(), remark=form.remark.data or "")
    flash(_("The cash desk is closed."), "success")
    return url_for(".show", uid=uid)


def _views(found: Sequence[CashDesk]) -> list[DeskView]:
    names = queries.names_of_staff(desk.cashier_id for desk in found)
    tallies = payments.tallies_of(found)
    return [
        DeskView(desk=desk, tally=tallies[desk.id], cashier=names.get(desk.cashier_id, ""))
        for desk in found
    ]
