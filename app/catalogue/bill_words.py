"""A bill as its reader sees it: the lines that made the sum, and what it comes to elsewhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.catalogue import presenting, rates
from app.catalogue.definition.charges import FeeRule
from app.catalogue.fees import Bill, Line, LineKind
from app.core import i18n
from app.web.templating import text_of

# Any: lazy strings of Flask-Babel have no public type.
RULES: Mapping[FeeRule, Any] = {
    FeeRule.SUBMISSION: _l("The fee of the day on which you send the request stays yours."),
    FeeRule.PAYMENT: _l("The fee of the day on which you pay counts."),
    FeeRule.LOWER: _l(
        "When the fee changes between sending and paying, the lower of the two counts."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """A line: what it is for, on what legal basis, how much; a waived one is below zero."""

    label: Markup
    basis: Markup
    amount: str
    is_waived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BillView:
    """What somebody owes, in words."""

    lines: tuple[BillLine, ...]
    total: str
    orientations: tuple[str, ...]
    """What the sum is about in other currencies, each with the day of its rate."""
    rule: Any = ""
    """Which day's fee counts, empty where nothing is paid (Any: a lazy string)."""


def view(
    bill: Bill, rule: FeeRule, stored_rates: Iterable[Mapping[str, Any]], *, today: date
) -> BillView:
    """Return a bill in the reader's language, with the rule by which its day was found.

    `stored_rates` are those of the post (Any: JSON, see rates); without one nothing is converted.
    """
    known = rates.parse(stored_rates) if bill.is_covered else ()
    oriented = rates.oriented(bill.total, known, today=today)
    return BillView(
        lines=tuple(_line(one) for one in bill.lines),
        total=presenting.total_in_words(bill),
        orientations=tuple(_orientation(one) for one in oriented),
        rule=RULES[rule] if any(one.amount for one in bill.lines) else "",
    )


def _line(one: Line) -> BillLine:
    return BillLine(
        label=text_of(one.label),
        basis=text_of(one.legal_basis),
        amount=amount_in_words(one.amount, one.currency),
        is_waived=one.kind is LineKind.WAIVER,
    )


def amount_in_words(minor: int, currency: str) -> str:
    """Return the amount of a line, in minor units, which may be nothing or below zero."""
    if not minor:
        return _("free of charge")
    amount = i18n.money(abs(minor), currency)
    # As a word: amid Arabic a sign would stand on either side of the figure.
    return _("minus %(amount)s", amount=amount) if minor < 0 else amount


def _orientation(one: rates.Orientation) -> str:
    return _(
        "about %(amount)s at the post’s rate of %(day)s, for orientation only",
        amount=i18n.money(one.amount, one.currency),
        day=i18n.short_day(one.on),
    )
