"""Services with a step of payment, cashiers with an open desk, and cases that owe a fee."""

from collections.abc import Sequence

from app.accounts.models import Account
from app.cases.models import Case
from app.core.actor import Actor, Role
from app.core.db import new_uid
from app.payments.models import Receipt
from app.payments.services import desks, taking
from tests.factories import cases as factory
from tests.factories import versions
from tests.factories.versions import Document

FEE = 20000
"""What the regular renewal costs in the examples, in minor units of USD."""


def fee(amount: int, **more: object) -> Document:
    """Return the one line of a fee, in minor units of USD, that every applicant pays."""
    line = {**versions.RENEWAL["fees"][0], "amount": amount, "variant": None, "category": "any"}
    line.pop("target_days", None)
    return {**line, **more}


def publish(*, path: Sequence[str], fees: Sequence[Document] = (), **more: object) -> None:
    """Offer the renewal on another path, with other fees where some are given."""

    def edit(edited: Document) -> None:
        edited["path"] = [{"kind": kind} for kind in path]
        edited["appointment"] = None
        if fees:
            edited |= {"fees": list(fees), "add_ons": [], "waivers": []}
        edited |= more

    versions.publish(edit)


def cashier(*, opening: int = 0, role: Role = Role.CASHIER) -> Actor:
    """Return somebody who takes money, with an open desk in USD."""
    actor = factory.officer(role=role)
    desks.open_desk("USD", opening, actor=actor)
    return actor


def to_pay(account: Account, by: Actor) -> Case:
    """Return a case at its step of payment: review, payment, hand-over."""
    publish(path=("review", "payment", "hand_over"))
    return factory.accepted(account, by)


def paid(case: Case, by: Actor, *, amount: int = FEE) -> Receipt:
    """Take the fee of a case in cash."""
    return taking.take_cash(case.reference, "USD", amount, actor=by, key=new_uid())


def paid_together(case: Case, by: Actor, *, amount: int) -> Sequence[Receipt]:
    """Take what a whole filing owes in cash."""
    return paid_together_of(case.reference, by, amount=amount)


def paid_together_of(reference: str, by: Actor, *, amount: int) -> Sequence[Receipt]:
    """Take in cash what the filing of a request owes, known by its reference alone."""
    return taking.take_together(reference, "USD", amount, actor=by, key=new_uid())
