"""What is owed and was paid, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_pgettext
from markupsafe import Markup

from app.cases import changing
from app.cases.models import Case
from app.cases.rules import State, StepKind, StepState
from app.cases.wording import Status
from app.catalogue import bill_words
from app.catalogue.bill_words import BillLine
from app.core import i18n
from app.core.crypto import Unreadable
from app.payments import queries, rules
from app.payments.models import Charge, OnlinePayment, Receipt, Slip
from app.payments.rules import Method, SlipState
from app.payments.services import charging
from app.web.templating import text_of

TO_PAY = Status("waits", lazy_pgettext("fee", "To be paid"))
TO_PAY_LATER = Status("work", lazy_pgettext("fee", "To be paid at the visit"))
UNPAID = Status("waits", lazy_pgettext("fee", "Not paid"))
PAID = Status("done", lazy_pgettext("fee", "Paid"))
FREE = Status("done", lazy_pgettext("fee", "Nothing to be paid"))
VOID = Status("stopped", lazy_pgettext("receipt", "Voided"))
METHODS: Mapping[Method, Any] = {
    # Any: lazy strings have no public type.
    Method.CASH: lazy_pgettext("payment", "in cash at the counter"),
    Method.SLIP: lazy_pgettext("payment", "by bank, with a slip"),
    Method.ONLINE: lazy_pgettext("payment", "online"),
}
SLIPS: Mapping[SlipState, Status] = {
    SlipState.SENT: Status("work", lazy_pgettext("slip", "Being checked")),
    SlipState.CONFIRMED: Status("done", lazy_pgettext("slip", "Confirmed")),
    SlipState.REFUSED: Status("waits", lazy_pgettext("slip", "Not accepted")),
}
_CODE = Markup('<bdi dir="ltr" class="j-code">{}</bdi>')


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptView:
    """A receipt as it is listed (Any: lazy string)."""

    uid: str
    label: Markup
    amount: str
    on: date
    method: Any
    is_void: bool
    reason: str
    in_all: str = ""
    """What the whole receipt came to, where it names other persons as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipView:
    """A bank slip as it is listed; `amount` is in words."""

    uid: str
    amount: str
    paid_on: date
    status: Status
    reason: str
    is_waiting: bool
    is_together: bool
    """Whether it is for all that were filed together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyView:
    """How a case stands with its fee."""

    status: Status | None
    """None while nothing can be paid yet."""
    due: Sequence[tuple[str, str]]
    """Currency and amount in words of what is to be paid now."""
    receipts: Sequence[ReceiptView]
    slips: Sequence[SlipView]

    @property
    def is_due(self) -> bool:
        """Return whether something is to be paid now."""
        return bool(self.due)

    @property
    def is_owed_now(self) -> bool:
        """Return whether something is to be paid, and not at a visit that is still to come."""
        return self.is_due and self.status is not TO_PAY_LATER

    @property
    def is_settled(self) -> bool:
        """Return whether money was taken and nothing more is to be paid now."""
        return not self.due and any(not one.is_void for one in self.receipts)

    @property
    def has_waiting_slip(self) -> bool:
        """Return whether a slip waits to be confirmed."""
        return any(slip.is_waiting for slip in self.slips)

    @property
    def is_worth_a_page(self) -> bool:
        """Return whether there is something to pay or to show."""
        return bool(self.due or self.receipts or self.slips)


def of(case: Case) -> MoneyView:
    """Return how a case stands with its fee."""
    due = charging.due_of(case)
    receipts = queries.list_receipts(case.id)
    totals = queries.totals_of(receipts)
    is_paid = any(one.voided_at is None for one in receipts)
    return MoneyView(
        status=_status(case, is_due=bool(due), is_paid=is_paid),
        due=[(currency, i18n.money(amount, currency)) for currency, amount in due.items()],
        receipts=[receipt_view(one, totals) for one in receipts],
        slips=[slip_view(one) for one in queries.list_slips([case.id], case.filing_id)],
    )


def _status(case: Case, *, is_due: bool, is_paid: bool) -> Status | None:
    if is_due and case.state is State.COMPLETED:
        return UNPAID
    if is_due:
        return TO_PAY_LATER if _is_before_visit(case) else TO_PAY
    if is_paid:
        return PAID
    return FREE if rules.is_chargeable(changing.standing(case)) else None


def _is_before_visit(case: Case) -> bool:
    """Return whether a visit is still to come, and nothing is asked for before it."""
    standing = changing.standing(case)
    steps = dict(zip(standing.path, standing.steps, strict=True))
    is_ahead = steps.get(StepKind.APPOINTMENT) in {StepState.WAITING, StepState.CURRENT}
    return is_ahead and not rules.is_at_payment(standing)


def receipt_view(receipt: Receipt, totals: Mapping[str, int]) -> ReceiptView:
    """Return a receipt as it is listed; `totals` are queries.totals_of it."""
    in_all = totals.get(receipt.label)
    return ReceiptView(
        uid=receipt.uid,
        label=_CODE.format(receipt.label),
        amount=i18n.money(receipt.amount, receipt.currency),
        on=receipt.taken_on,
        method=METHODS[receipt.method],
        is_void=receipt.voided_at is not None,
        reason=reason_of(receipt),
        in_all=i18n.money(in_all, receipt.currency) if in_all is not None else "",
    )


def slip_view(slip: Slip) -> SlipView:
    """Return a bank slip as it is listed."""
    return SlipView(
        uid=slip.uid,
        amount=i18n.money(slip.amount, slip.currency),
        paid_on=slip.paid_on,
        status=SLIPS[slip.state],
        reason=reason_of(slip),
        is_waiting=slip.state is SlipState.SENT,
        is_together=slip.filing_id is not None,
    )


def reason_of(row: Receipt | Slip | OnlinePayment) -> str:
    """Return why it was done, empty where nothing was said or the person was erased."""
    try:
        return row.reason or ""
    except Unreadable:
        return ""


def lines_of(charge: Charge) -> list[BillLine]:
    """Return the lines that made a charge."""
    return [
        BillLine(
            label=text_of(line["label"]),
            basis=text_of(line["legal_basis"]),
            amount=bill_words.amount_in_words(line["amount"], charge.currency),
            is_waived=line["amount"] < 0,
        )
        for line in charge.lines
    ]
