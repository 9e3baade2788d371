"""What is paid in one act: the fee of a case, or of all that were filed together with it.

Each function works in the caller's transaction. Cases are locked in the order of their keys, so
that two who take the money of one household never wait for each other in a circle.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from app.cases import changing
from app.cases import queries as cases
from app.cases.family import queries as families
from app.cases.models import Case
from app.core.actor import SYSTEM, Actor
from app.core.errors import Invalid, NotFound
from app.payments.models import Charge, OnlinePayment, Slip
from app.payments.rules import ChargeState
from app.payments.services import charging

NOTHING_DUE = _l("Nothing is to be paid for this request now.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """What is due now in one currency, a charge for each person."""

    charges: tuple[Charge, ...]

    @property
    def amount(self) -> int:
        """Return the sum, in minor units."""
        return sum(charge.amount for charge in self.charges)


def lock_filing(reference: str, actor: Actor) -> list[Case]:
    """Return, locked, what was filed together with a case and is at its post, itself among it.

    Raises NotFound for a case that the actor may not see or that goes by itself.
    """
    named = cases.get_case(reference, actor)
    if named.filing_id is None:
        raise NotFound()
    found = [changing.lock(key) for key in families.ids_of(named, actor)]
    return [one for one in found if one.post_id == named.post_id]


def lock_paid_by(payment: Slip | OnlinePayment) -> list[Case]:
    """Return, locked, the cases whose fee a slip or a payment is for, whoever acts."""
    if payment.filing_id is None:
        return [changing.lock(payment.case_id)]
    return lock_filing(payment.case.reference, SYSTEM)


def due(locked: Sequence[Case], currency: str) -> Debt:
    """Return what locked cases owe in a currency, priced by today; Invalid for nothing."""
    charges = tuple(
        charge
        for case in locked
        for charge in charging.sync(case)
        if charge.currency == currency and charge.state is ChargeState.DUE
    )
    if not charges:
        raise Invalid(NOTHING_DUE, field="given")
    return Debt(charges=charges)
