"""What may be taken, by whom, and what a cash desk must hold; amounts are minor units."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.cases.rules import OPEN, Standing, State, StepKind, StepState
from app.catalogue import rates
from app.core import text as texts
from app.core.actor import Actor, Role

LARGEST_AMOUNT = 1_000_000_00
"""No consular fee comes near it; more is a slip of the finger."""
CURRENCIES = rates.CURRENCIES
"""In which cash is kept."""
TAKERS = (Role.CASHIER, Role.HEAD)
"""Who takes money at the counter."""
SLIP_READERS = (Role.CASHIER, Role.OFFICER, Role.HEAD)
"""Who confirms that money has arrived at the bank."""

_AMOUNT = re.compile(r"(\d{1,9})(?:[.,](\d{1,2}))?")
_GROUPS = re.compile(r"[\s\u00a0\u202f’']")


class ChargeState(StrEnum):
    """What became of a charge; `waived` has nothing to be paid, `void` was replaced."""

    DUE = "due"
    PAID = "paid"
    WAIVED = "waived"
    VOID = "void"


class Method(StrEnum):
    """How money came."""

    CASH = "cash"
    SLIP = "slip"
    ONLINE = "online"


class SlipState(StrEnum):
    """What became of a bank slip."""

    SENT = "sent"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class OnlineState(StrEnum):
    """What became of a payment at a provider.

    `stray` money is not what was due; once it was given back it is `returned`.
    """

    STARTED = "started"
    PAID = "paid"
    STRAY = "stray"
    RETURNED = "returned"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What went through a cash desk on a day, in minor units."""

    opening: int
    received: int
    voided: int

    @property
    def expected(self) -> int:
        """Return what must lie in the desk."""
        return self.opening + self.received - self.voided

    def difference(self, counted: int) -> int:
        """Return how much more was counted than must be there; below zero when some lacks."""
        return counted - self.expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A receipt of a desk, or the return of its money, in minor units."""

    amount: int
    is_return: bool = False


def tally(opening: int, movements: Iterable[Movement]) -> Tally:
    """Return what went through a desk."""
    known = list(movements)
    return Tally(
        opening=opening,
        received=sum(one.amount for one in known if not one.is_return),
        voided=sum(one.amount for one in known if one.is_return),
    )


def receipt_number(prefix: str, year: int, number: int) -> str:
    """Return the number of a receipt as it is printed: JM-2026-000123."""
    return f"{prefix}-{year}-{number:06d}"


def amount_of(typed: str) -> int:
    """Return a typed amount in minor units: "1 200", "12.50", "١٢٫٥٠"; ValueError otherwise."""
    folded = texts.fold_digits(typed).replace("٫", ".").replace("٬", "")
    found = _AMOUNT.fullmatch(_GROUPS.sub("", folded))
    if found is None:
        raise ValueError("not an amount")
    amount = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    if amount > LARGEST_AMOUNT:
        raise ValueError("not an amount that anybody pays")
    return amount


def is_at_payment(standing: Standing) -> bool:
    """Return whether the case waits for its money."""
    return standing.state in OPEN and standing.current is StepKind.PAYMENT


def is_chargeable(standing: Standing) -> bool:
    """Return whether a case has come to where its fee is charged and may be paid.

    That is its step of payment, and where the path has none, any time after it was sent. What
    was handed over unpaid is still owed.
    """
    if standing.state not in OPEN | {State.COMPLETED}:
        return False
    steps = dict(zip(standing.path, standing.steps, strict=True))
    return steps.get(StepKind.PAYMENT) in {None, StepState.CURRENT, StepState.DONE}


def may_void(actor: Actor, *, taken_by: int | None, taken_on: date, today: date) -> bool:
    """Return whether somebody may void a receipt: the head, or who took it on the same day."""
    if actor.has_role(Role.HEAD):
        return True
    return actor.has_role(Role.CASHIER) and actor.id == taken_by and taken_on == today
