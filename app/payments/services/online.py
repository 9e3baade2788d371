"""Payments at a provider: begun by the citizen, settled by the provider's signed word alone.

Each function works in the caller's transaction; no connection is opened.
"""

import logging
from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.audit import services as audit
from app.cases import changing
from app.cases import queries as cases
from app.cases.models import Case
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.db import db
from app.core.errors import Invalid, InvalidTransition, NotAllowed, NotFound
from app.payments import queries, rules
from app.payments.models import OnlinePayment
from app.payments.providers import Word
from app.payments.rules import Method, OnlineState
from app.payments.services import debts, taking
from app.payments.services.debts import Debt

logger = logging.getLogger(__name__)

LONGEST_REASON = 500
SETTLED = frozenset({OnlineState.PAID, OnlineState.STRAY, OnlineState.RETURNED})


def begin(reference: str, currency: str, *, provider: str, actor: Actor) -> OnlinePayment:
    """Return a payment of what is due in a currency, the one begun before where it still fits."""
    case = changing.lock_named(reference, actor)
    return _begin(case, debts.due([case], currency), None, provider, actor)


def begin_together(reference: str, currency: str, *, provider: str, actor: Actor) -> OnlinePayment:
    """Return a payment of all that a filing owes in a currency; as begin."""
    locked = debts.lock_filing(reference, actor)
    case = cases.get_case(reference, actor)
    return _begin(case, debts.due(locked, currency), case.filing_id, provider, actor)


def _begin(
    case: Case, debt: Debt, filing_id: int | None, provider: str, actor: Actor
) -> OnlinePayment:
    charge = debt.charges[0]
    begun = db.session.scalar(
        select(OnlinePayment)
        .where(
            OnlinePayment.case_id == case.id,
            OnlinePayment.charge_id == charge.id,
            OnlinePayment.filing_id == filing_id,
            OnlinePayment.amount == debt.amount,
            OnlinePayment.provider == provider,
            OnlinePayment.state == OnlineState.STARTED,
        )
        .limit(1)
    )
    if begun is not None:
        return begun
    payment = OnlinePayment(
        case_id=case.id,
        post_id=case.post_id,
        charge_id=charge.id,
        filing_id=filing_id,
        provider=provider,
        currency=charge.currency,
        amount=debt.amount,
        state=OnlineState.STARTED,
        started_at=clock.now(),
    )
    db.session.add(payment)
    db.session.flush()
    _record("online_payment_started", payment, actor)
    return payment


def settle(word: Word, *, provider: str) -> OnlinePayment:
    """Write down what the provider says of a payment, once; raise NotFound for an unknown one.

    Said again it changes nothing. Money that is not what is due is not lost: it stands in a list
    for the staff, who give back what came.
    """
    known = OnlinePayment.uid == word.uid, OnlinePayment.provider == provider
    payment = db.session.scalar(select(OnlinePayment).where(*known))
    if payment is None:
        raise NotFound()
    locked = debts.lock_paid_by(payment)
    db.session.refresh(payment)
    if payment.state in SETTLED:
        return payment
    if not word.is_paid:
        return _end(payment, OnlineState.FAILED)
    payment.received_amount, payment.received_currency = word.amount, word.currency
    debt = _find_fitting(locked, payment, word)
    if debt is None:
        return _end(payment, OnlineState.STRAY)
    taking.settle(debt, Method.ONLINE, actor=SYSTEM, key=f"online/{payment.uid}")
    return _end(payment, OnlineState.PAID)


def give_back(uid: str, *, reason: str, actor: Actor) -> OnlinePayment:
    """Note that stray money went back by the way it came, with how and why; once.

    For who takes money at its post. Raises NotFound for money of another post, NotAllowed,
    Invalid without a reason, and InvalidTransition when it was noted before.
    """
    if not actor.has_role(*rules.TAKERS):
        raise NotAllowed()
    payment = queries.get_stray(uid, actor)
    changing.lock(payment.case_id)
    db.session.refresh(payment)
    if payment.state is not OnlineState.STRAY:
        raise InvalidTransition(_l("This money was given back already."))
    if not reason.strip():
        raise Invalid(_l("Say how and why the money was given back."), field="reason")
    payment.reason = reason.strip()[:LONGEST_REASON]
    payment.state, payment.returned_at = OnlineState.RETURNED, clock.now()
    payment.returned_by = actor.id
    db.session.flush()
    _record("online_payment_returned", payment, actor)
    return payment


def _find_fitting(locked: Sequence[Case], payment: OnlinePayment, word: Word) -> Debt | None:
    """Return what is due where the money is just that, or say in the log why it is not."""
    try:
        debt = debts.due(locked, payment.currency)
    except Invalid:
        logger.warning("money came for which nothing is due", extra={"payment": payment.uid})
        return None
    if (word.amount, word.currency) == (debt.amount, payment.currency):
        return debt
    logger.warning("money came in another amount than is due", extra={"payment": payment.uid})
    return None


def _end(payment: OnlinePayment, state: OnlineState) -> OnlinePayment:
    payment.state, payment.settled_at = state, clock.now()
    db.session.flush()
    _record(f"online_payment_{state.value}", payment, SYSTEM)
    return payment


def _record(action: str, payment: OnlinePayment, actor: Actor) -> None:
    amount, currency = payment.received
    audit.record(
        action,
        actor=actor,
        object_kind="online_payment",
        object_uid=payment.uid,
        post_id=payment.post_id,
        fields={"currency": currency, "amount": amount},
    )
