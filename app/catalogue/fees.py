"""What a service costs on a given day, in minor units, never as a float."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.catalogue.definition.elements import ANY_CATEGORY, Definition, Fee


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeResult:
    """The lines in force and their sum per currency, in minor units.

    `is_covered` is false when the service has fees but none for the day, the
    variant and the category: the amount is then unknown, not zero.
    """

    lines: tuple[Fee, ...]
    total: Mapping[str, int]
    is_covered: bool


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


def variants_on(fees: Sequence[Fee], on: date) -> tuple[str, ...]:
    """Return the variants that can be chosen on the day, in the order of the lines."""
    return tuple(dict.fromkeys(fee.variant for fee in fees if fee.variant and fee.is_in_force(on)))


def days_of(service: Definition, variant: str | None) -> int:
    """Return the working days that a service promises for a variant."""
    named = (fee.target_days for fee in service.fees if fee.variant and fee.variant == variant)
    return next((days for days in named if days is not None), service.target_days)


def _sum(lines: Sequence[Fee]) -> dict[str, int]:
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
