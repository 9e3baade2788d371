"""What a service costs: dated fees, what is added to them, and what is waived."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.catalogue.definition.conditions import Condition
from app.catalogue.definition.texts import Text

ANY_CATEGORY = "any"


class FeeRule(StrEnum):
    """Which day's fees count when they change after a request was sent."""

    SUBMISSION = "submission"
    PAYMENT = "payment"
    LOWER = "lower"


class Variant(StrEnum):
    """The ways of a service that have a name of their own."""

    REGULAR = "regular"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dated:
    """What is in force from the first to the last day, both included."""

    valid_from: date
    valid_to: date | None = None

    def is_in_force(self, on: date) -> bool:
        """Return whether the line is valid on the day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee(_Dated):
    """An amount in minor units, due from the first to the last day, both included."""

    key: str
    variant: str | None = None
    label: Text
    amount: int
    currency: str
    category: str = ANY_CATEGORY
    legal_basis: Text
    target_days: int | None = None
    """Working days that its variant takes; None for those of the service."""

    def overlaps(self, other: "Fee") -> bool:
        """Return whether both lines would be due for the same thing on one day."""
        if (self.variant, self.category) != (other.variant, other.category):
            return False
        return self.valid_from <= (other.valid_to or date.max) and other.valid_from <= (
            self.valid_to or date.max
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOn(_Dated):
    """What is due beside the fee when a condition holds, such as a fine for being late.

    An amount in minor units, from the first to the last day, both included.
    """

    key: str
    when: Condition
    label: Text
    amount: int
    currency: str
    legal_basis: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver(_Dated):
    """Why less is due: by a condition, in a campaign, or by an officer's decision.

    `percent` of the fees is waived, and of the add-ons too where `with_add_ons` says so.
    An officer's waiver needs a reason and holds for nobody by itself.
    """

    key: str
    label: Text
    percent: int
    when: Condition | None = None
    by_officer: bool = False
    with_add_ons: bool = False
    legal_basis: Text
