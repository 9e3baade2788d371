"""Charges of a case: made when money is due, replaced when the bill changes, void when it ends.

Each function works in the caller's transaction on a case that is locked.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import update

from app.audit import services as audit
from app.cases import bills, changing
from app.cases.models import Case
from app.cases.rules import Action
from app.catalogue.fees import Bill
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.db import db
from app.payments import queries, rules
from app.payments.models import Charge, OnlinePayment, Slip
from app.payments.rules import ChargeState, OnlineState, SlipState
from app.payments.services import asking

_PRICING = frozenset(
    {
        Action.SUBMITTED,
        Action.RESUBMITTED,
        Action.REVIVED,
        Action.REOPENED,
        Action.TRANSFERRED,
        Action.WAIVER_GRANTED,
        Action.WAIVER_REVOKED,
    }
)
"""After these the bill of a case may be another one, owed to another post, or its first."""


def follow(case: Case, action: Action, _actor: Actor) -> None:
    """Charge a case that has come to where its fee is due; connected to cases.signals."""
    if action is Action.TRANSFERRED:
        _take_along(case)
    if action in {Action.PAID, Action.PAYMENT_VOIDED}:
        return  # Whoever took the money, or gave it back, brings the charges in line.
    if action in _PRICING or rules.is_at_payment(changing.standing(case)):
        settle_bill(case)


def settle_bill(case: Case) -> None:
    """Bring the charges in line; where the case waits for its money, ask for it or go on."""
    charges = sync(case)
    if rules.is_at_payment(changing.standing(case)):
        _ask_or_go_on(case, charges)


def _take_along(case: Case) -> None:
    """Have the new post of a case see what still waits; what was paid stays with who took it."""
    waiting = ((Slip, SlipState.SENT), (OnlinePayment, OnlineState.STARTED))
    for kind, state in waiting:
        db.session.execute(
            update(kind)
            .where(kind.case_id == case.id, kind.state == state)
            .values(post_id=case.post_id)
        )


def give_up(case: Case, actor: Actor) -> None:
    """Let go of what a case that was broken off still owed; what was paid stays on record."""
    for charge in queries.live_charges(case.id):
        if charge.state is not ChargeState.PAID:
            _void(charge, actor)


def sync(case: Case) -> list[Charge]:
    """Bring the charges in line with the bill of today, and return those that stand.

    The rule of the service says which day's fees count. What was paid is not priced again; a
    fee that is not known leaves the charges as they are.
    """
    live = queries.live_charges(case.id)
    if not rules.is_chargeable(changing.standing(case)):
        return live
    bill = bills.bill_of(case)
    if not bill.is_covered:
        return live
    wanted = {currency: _priced(case, bill, currency) for currency in bill.total}
    kept = []
    for charge in live:
        if charge.state is ChargeState.PAID or _is_same(charge, wanted.get(charge.currency)):
            wanted.pop(charge.currency, None)
            kept.append(charge)
        else:
            _void(charge, SYSTEM)
    # A void charge must be written before another of its currency is: one of them is live.
    db.session.flush()
    db.session.add_all(wanted.values())
    db.session.flush()
    return kept + list(wanted.values())


def due_of(case: Case) -> Mapping[str, int]:
    """Return what is to be paid for a case now, by currency in minor units; writes nothing.

    As `sync` would charge it; empty where nothing is due or the fee is not known.
    """
    return dues_of([case])[case.id]


def dues_of(cases: Sequence[Case]) -> Mapping[int, Mapping[str, int]]:
    """Return what is to be paid for each of some cases, by key of the case; as due_of."""
    live = queries.live_charges_of([case.id for case in cases])
    return {case.id: _due(case, live.get(case.id, [])) for case in cases}


def _due(case: Case, live: Sequence[Charge]) -> Mapping[str, int]:
    if not rules.is_chargeable(changing.standing(case)):
        return {}
    bill = bills.bill_of(case)
    paid = {one.currency for one in live if one.state is ChargeState.PAID}
    if not bill.is_covered:
        return {}
    return {key: amount for key, amount in bill.total.items() if amount and key not in paid}


def _priced(case: Case, bill: Bill, currency: str) -> Charge:
    amount = bill.total[currency]
    return Charge(
        case_id=case.id,
        post_id=case.post_id,
        currency=currency,
        amount=amount,
        lines=_lines(bill, currency),
        state=ChargeState.DUE if amount else ChargeState.WAIVED,
        priced_on=bill.on,
        created_at=clock.now(),
        settled_at=None if amount else clock.now(),
    )


def _lines(bill: Bill, currency: str) -> list[dict[str, object]]:
    return [
        {
            "kind": line.kind.value,
            "key": line.key,
            "label": dict(line.label),
            "amount": line.amount,
            "legal_basis": dict(line.legal_basis),
        }
        for line in bill.lines
        if line.currency == currency
    ]


def _is_same(charge: Charge, priced: Charge | None) -> bool:
    if priced is None or charge.post_id != priced.post_id:
        return False
    return (charge.amount, charge.lines) == (priced.amount, priced.lines)


def _void(charge: Charge, actor: Actor) -> None:
    charge.state, charge.settled_at = ChargeState.VOID, clock.now()
    audit.record(
        "charge_void",
        actor=actor,
        object_kind="charge",
        object_uid=charge.uid,
        post_id=charge.post_id,
    )


def _ask_or_go_on(case: Case, charges: list[Charge]) -> None:
    """Ask for the money, or go on by itself where nothing is to be paid."""
    due = [one for one in charges if one.state is ChargeState.DUE]
    if due:
        asking.ask(case, due[0])
    elif charges or bills.bill_of(case).is_covered:
        # Nothing to pay: the step ends by itself, under a key that no form can have.
        key = f"nothing-due/{case.version}"
        changing.change(case, Action.PAID, actor=SYSTEM, key=key, details={"ends_step": True})
