"""Taking money and giving it back: a receipt with a number, the charge paid, the step ended.

Each function works in the caller's transaction. The case is locked first, then the cash desk,
then the counter of numbers: two cashiers never wait for each other in a circle.
"""

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.audit import services as audit
from app.cases import changing, telling
from app.cases import rules as case_rules
from app.cases.models import Case
from app.cases.rules import Action
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.db import add_once, db
from app.core.errors import Invalid, NotAllowed
from app.payments import queries, rules
from app.payments.models import CashDesk, Charge, Receipt, ReceiptCounter
from app.payments.rules import ChargeState, Method
from app.payments.services import charging, desks

LONGEST_REASON = 500
NOTHING_DUE = _l("Nothing is to be paid for this request now.")


def take_cash(reference: str, currency: str, given: int, *, actor: Actor, key: str) -> Receipt:
    """Take the whole amount that is due in a currency, in minor units, and give a receipt.

    Raises Invalid when nothing is due, something else was given, or the desk is not open;
    NotAllowed for somebody who takes no money. The same key again gives the same receipt.
    """
    if not actor.has_role(*rules.TAKERS):
        raise NotAllowed()
    case = changing.lock_named(reference, actor)
    known = queries.find_receipt(case.id, key)
    if known is not None:
        return known
    charge = get_due(case, currency)
    if given != charge.amount:
        raise Invalid(
            _l("This is not the amount that is due. Take the whole of it, or nothing."),
            field="given",
        )
    desk = desks.lock_open(case.service.post, currency, actor)
    return settle(case, charge, Method.CASH, actor=actor, key=key, desk=desk)


def get_due(case: Case, currency: str) -> Charge:
    """Return the charge that is due for a locked case, priced by today; Invalid without one."""
    for charge in charging.sync(case):
        if charge.currency == currency and charge.state is ChargeState.DUE:
            return charge
    raise Invalid(NOTHING_DUE, field="given")


def settle(
    case: Case,
    charge: Charge,
    method: Method,
    *,
    actor: Actor,
    key: str,
    desk: CashDesk | None = None,
) -> Receipt:
    """Give a receipt for a charge that is due, tell the citizen, and let the case go on."""
    receipt = _issue(case, charge, method, actor, key, desk)
    charge.state, charge.settled_at = ChargeState.PAID, receipt.taken_at
    db.session.flush()
    _record("receipt_issued", receipt, actor)
    telling.send(case, "payment_received", dedupe=f"receipt/{receipt.uid}")
    if not any(one.state is ChargeState.DUE for one in queries.live_charges(case.id)):
        _go_on(case, receipt, actor)
    return receipt


def void(uid: str, *, reason: str, actor: Actor) -> Receipt:
    """Void a receipt: its number stays, the money goes back, and the charge is due again.

    For the head, and for the cashier who took it on the same day. Raises NotAllowed for
    others, Invalid without a reason, or when it was voided before or no desk is open.
    """
    case_id = queries.get_receipt(uid, actor).case_id
    case = changing.lock(case_id)
    receipt = queries.get_receipt(uid, actor)
    db.session.refresh(receipt)
    _check_void(case, receipt, reason, actor)
    if receipt.method is Method.CASH:
        receipt.void_desk_id = desks.lock_for_return(case.service.post, receipt, actor).id
    receipt.reason = reason.strip()[:LONGEST_REASON]
    receipt.voided_at, receipt.voided_by = clock.now(), actor.id
    is_over = case.state in case_rules.BROKEN_OFF
    receipt.charge.state = ChargeState.VOID if is_over else ChargeState.DUE
    receipt.charge.settled_at = clock.now() if is_over else None
    db.session.flush()

    _record("receipt_voided", receipt, actor)
    telling.send(case, "payment_voided", dedupe=f"receipt/{receipt.uid}/void")
    if case_rules.is_possible(changing.standing(case), Action.PAYMENT_VOIDED):
        details = {"receipt": receipt.label}
        action, key = Action.PAYMENT_VOIDED, f"void/{receipt.uid}"
        case = changing.change(case, action, actor=actor, key=key, details=details)
    charging.sync(case)
    return receipt


def _check_void(case: Case, receipt: Receipt, reason: str, actor: Actor) -> None:
    today = clock.today(case.service.post.zone)
    if not rules.may_void(actor, taken_by=receipt.taken_by, taken_on=receipt.taken_on, today=today):
        raise NotAllowed()
    if receipt.voided_at is not None:
        raise Invalid(_l("This receipt is voided already."), field="reason")
    if not reason.strip():
        raise Invalid(_l("Say why the receipt is voided."), field="reason")


def _issue(
    case: Case, charge: Charge, method: Method, actor: Actor, key: str, desk: CashDesk | None
) -> Receipt:
    post = case.service.post
    today = clock.today(post.zone)
    receipt = Receipt(
        post_id=case.post_id,
        year=today.year,
        number=_next_number(case.post_id, today.year),
        prefix=post.prefix,
        key=key[:64],
        case_id=case.id,
        charge=charge,
        data_key=case.data_key,
        method=method,
        currency=charge.currency,
        amount=charge.amount,
        desk_id=desk.id if desk else None,
        taken_by=actor.id if actor.kind is ActorKind.STAFF else None,
        taken_on=today,
        taken_at=clock.now(),
    )
    db.session.add(receipt)
    db.session.flush()
    return receipt


def _next_number(post_id: int, year: int) -> int:
    """Return the next number of a post and year.

    Its row stays locked until the transaction ends. A sequence would leave a gap where one is
    undone; here the number is undone with it.
    """
    counter = _lock_counter(post_id, year)
    if counter is None:
        add_once(ReceiptCounter(post_id=post_id, year=year, last=0))
        counter = _lock_counter(post_id, year)
    if counter is None:
        raise LookupError("the counter of receipts is not there")
    counter.last += 1
    return counter.last


def _lock_counter(post_id: int, year: int) -> ReceiptCounter | None:
    return db.session.scalar(
        select(ReceiptCounter)
        .where(ReceiptCounter.post_id == post_id, ReceiptCounter.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _go_on(case: Case, receipt: Receipt, actor: Actor) -> None:
    """Note on the case that it is paid; this ends the step, where it waits for its money."""
    standing = changing.standing(case)
    if not case_rules.is_possible(standing, Action.PAID):
        return  # It was handed over before it was paid.
    details = {"receipt": receipt.label, "ends_step": rules.is_at_payment(standing)}
    key = f"receipt/{receipt.uid}"
    changing.change(case, Action.PAID, actor=actor, key=key, details=details)


def _record(action: str, receipt: Receipt, actor: Actor) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="receipt",
        object_uid=receipt.uid,
        post_id=receipt.post_id,
        fields={
            "number": receipt.label,
            "method": receipt.method.value,
            "currency": receipt.currency,
            "amount": receipt.amount,
        },
    )
