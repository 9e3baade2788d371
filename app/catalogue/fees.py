"""What a service costs on a given day, in minor units, never as a float."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.catalogue.definition import conditions
from app.catalogue.definition.charges import ANY_CATEGORY, AddOn, Fee, FeeRule, Waiver
from app.catalogue.definition.conditions import Applicant
from app.catalogue.definition.elements import Definition
from app.catalogue.definition.texts import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeResult:
    """The lines in force and their sum per currency, in minor units.

    `is_covered` is false when the service has fees but none for the day, the
    variant and the category: the amount is then unknown, not zero.
    """

    lines: tuple[Fee, ...]
    total: Mapping[str, int]
    is_covered: bool


class LineKind(StrEnum):
    """What a line of a bill is."""

    FEE = "fee"
    ADD_ON = "add_on"
    WAIVER = "waiver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a bill, in minor units; a waiver is below zero."""

    kind: LineKind
    key: str
    label: Text
    amount: int
    currency: str
    legal_basis: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What somebody owes, with the lines that made it; see FeeResult for `is_covered`."""

    on: date
    lines: tuple[Line, ...]
    is_covered: bool

    @property
    def total(self) -> Mapping[str, int]:
        """Return the sum per currency in minor units, never below zero."""
        return _sum(self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """For whom and on what grounds a bill is made out.

    `granted` are the keys of the officer's waivers that were decided for this case.
    """

    variant: str | None
    category: str
    answers: Mapping[str, object]
    applicant: Applicant | None = None
    granted: Collection[str] = ()


def due(fees: Sequence[Fee], on: date, *, variant: str | None, category: str) -> FeeResult:
    """Return what is due on the day for the variant and the applicant's category.

    A line of the applicant's own category takes the place of the line for any
    category. A line without a variant is due with every variant.
    """
    in_force = [fee for fee in fees if fee.is_in_force(on) and fee.variant in {None, variant}]
    own = [fee for fee in in_force if fee.category == category]
    replaced = {fee.variant for fee in own}
    lines = tuple(
        fee
        for fee in in_force
        if fee in own or (fee.category == ANY_CATEGORY and fee.variant not in replaced)
    )
    return FeeResult(lines=lines, total=_sum(lines), is_covered=_covers(fees, lines, variant))


def bill(definition: Definition, claim: Claim, *, on: date) -> Bill:
    """Return what is due on a day: fees, what is added to them, what is waived."""
    fees = due(definition.fees, on, variant=claim.variant, category=claim.category)
    charged = [_charged(LineKind.FEE, fee) for fee in fees.lines]
    charged += [_charged(LineKind.ADD_ON, one) for one in _added(definition.add_ons, claim, on)]
    waived = _waived(definition.waivers, charged, claim, on)
    return Bill(on=on, lines=(*charged, *waived), is_covered=fees.is_covered)


def bill_by_rule(
    definition: Definition, claim: Claim, *, submitted_on: date, paid_on: date
) -> Bill:
    """Return what is due for a request that was sent on one day and is paid on another.

    The service names the rule by which a fee that changed meanwhile counts (issue 3).
    """
    when_sent = bill(definition, claim, on=submitted_on)
    if definition.fee_rule is FeeRule.SUBMISSION:
        return when_sent
    when_paid = bill(definition, claim, on=paid_on)
    if definition.fee_rule is FeeRule.PAYMENT:
        return when_paid
    return when_paid if _is_lower(when_paid, when_sent) else when_sent


def variants_on(fees: Sequence[Fee], on: date) -> tuple[str, ...]:
    """Return the variants that can be chosen on the day, in the order of the lines."""
    return tuple(dict.fromkeys(fee.variant for fee in fees if fee.variant and fee.is_in_force(on)))


def days_of(service: Definition, variant: str | None) -> int:
    """Return the working days that a service promises for a variant."""
    named = (fee.target_days for fee in service.fees if fee.variant and fee.variant == variant)
    return next((days for days in named if days is not None), service.target_days)


def _charged(kind: LineKind, one: Fee | AddOn) -> Line:
    return Line(
        kind=kind,
        key=one.key,
        label=one.label,
        amount=one.amount,
        currency=one.currency,
        legal_basis=one.legal_basis,
    )


def _added(add_ons: Sequence[AddOn], claim: Claim, on: date) -> Iterator[AddOn]:
    for one in add_ons:
        if one.is_in_force(on) and conditions.evaluate(one.when, claim.answers, claim.applicant):
            yield one


def _waived(
    waivers: Sequence[Waiver], charged: Sequence[Line], claim: Claim, on: date
) -> Iterator[Line]:
    """Yield a line below zero for each charge, by the waiver that gives the applicant most."""
    held = [one for one in waivers if one.is_in_force(on) and _holds(one, claim)]
    for line in charged:
        fitting = [one for one in held if line.kind is LineKind.FEE or one.with_add_ons]
        if fitting and line.amount:
            best = max(fitting, key=lambda one: one.percent)
            yield _waiver_line(best, line)


def _holds(waiver: Waiver, claim: Claim) -> bool:
    if waiver.by_officer and waiver.key not in claim.granted:
        return False
    return waiver.when is None or conditions.evaluate(waiver.when, claim.answers, claim.applicant)


def _waiver_line(waiver: Waiver, line: Line) -> Line:
    return Line(
        kind=LineKind.WAIVER,
        key=f"{waiver.key}/{line.key}",
        label=waiver.label,
        # Half a minor unit goes to the citizen.
        amount=(-line.amount * waiver.percent) // 100,
        currency=line.currency,
        legal_basis=waiver.legal_basis,
    )


def _is_lower(one: Bill, other: Bill) -> bool:
    """Return whether one bill is lower; bills in several currencies cannot be compared."""
    if not one.is_covered or set(one.total) != set(other.total) or len(one.total) != 1:
        return False
    return sum(one.total.values()) < sum(other.total.values())


def _sum(lines: Sequence[Fee] | Sequence[Line]) -> dict[str, int]:
    total: dict[str, int] = {}
    for line in lines:
        total[line.currency] = total.get(line.currency, 0) + line.amount
    return total


def _covers(fees: Sequence[Fee], lines: Sequence[Fee], variant: str | None) -> bool:
    if not fees:
        return True
    if any(fee.variant for fee in fees):
        return variant is not None and any(line.variant == variant for line in lines)
    return bool(lines)
