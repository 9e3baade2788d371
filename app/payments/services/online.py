"""Payments at a provider: begun by the citizen, settled by the provider's signed word alone.

Each function works in the caller's transaction; no connection is opened.
"""

import logging

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.audit import services as audit
from app.cases import changing
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.payments.models import Charge, OnlinePayment
from app.payments.providers import Word
from app.payments.rules import Method, OnlineState
from app.payments.services import taking

logger = logging.getLogger(__name__)

SETTLED = frozenset({OnlineState.PAID, OnlineState.STRAY})
OTHER_AMOUNT = _l("This payment is for another amount than what is due.")


def begin(reference: str, currency: str, *, provider: str, actor: Actor) -> OnlinePayment:
    """Return a payment of what is due in a currency, the one begun before where it still fits."""
    case = changing.lock_named(reference, actor)
    charge = taking.get_due(case, currency)
    begun = db.session.scalar(
        select(OnlinePayment).where(
            OnlinePayment.charge_id == charge.id,
            OnlinePayment.provider == provider,
            OnlinePayment.state == OnlineState.STARTED,
        )
    )
    if begun is not None:
        return begun
    payment = OnlinePayment(
        case_id=case.id,
        post_id=case.post_id,
        charge_id=charge.id,
        provider=provider,
        currency=currency,
        amount=charge.amount,
        state=OnlineState.STARTED,
        started_at=clock.now(),
    )
    db.session.add(payment)
    db.session.flush()
    _record("online_payment_started", payment, actor)
    return payment


def settle(word: Word, *, provider: str) -> OnlinePayment:
    """Write down what the provider says of a payment, once; raise NotFound for an unknown one.

    Said again it changes nothing. Money for which nothing is due any more is not lost: it stands
    in a list for the staff, who give it back.
    """
    known = OnlinePayment.uid == word.uid, OnlinePayment.provider == provider
    case_id = db.session.scalar(select(OnlinePayment.case_id).where(*known))
    if case_id is None:
        raise NotFound()
    case = changing.lock(case_id)
    payment = db.session.scalars(
        select(OnlinePayment).where(*known).execution_options(populate_existing=True)
    ).one()
    if payment.state in SETTLED:
        return payment
    if not word.is_paid:
        return _end(payment, OnlineState.FAILED)
    try:
        charge = _fitting(taking.get_due(case, payment.currency), payment, word)
    except Invalid:
        logger.warning("money came for which nothing is due", extra={"payment": payment.uid})
        return _end(payment, OnlineState.STRAY)
    taking.settle(case, charge, Method.ONLINE, actor=SYSTEM, key=f"online/{payment.uid}")
    return _end(payment, OnlineState.PAID)


def _fitting(charge: Charge, payment: OnlinePayment, word: Word) -> Charge:
    if (word.amount, word.currency) != (payment.amount, payment.currency):
        raise Invalid(OTHER_AMOUNT)
    if charge.amount != payment.amount:
        raise Invalid(OTHER_AMOUNT)
    return charge


def _end(payment: OnlinePayment, state: OnlineState) -> OnlinePayment:
    payment.state, payment.settled_at = state, clock.now()
    db.session.flush()
    _record(f"online_payment_{state.value}", payment, SYSTEM)
    return payment


def _record(action: str, payment: OnlinePayment, actor: Actor) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="online_payment",
        object_uid=payment.uid,
        post_id=payment.post_id,
        fields={"currency": payment.currency, "amount": payment.amount},
    )
