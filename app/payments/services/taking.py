"""Taking money and giving it back: a receipt with a number, the charge paid, the step ended.

Each function works in the caller's transaction. The cases are locked first, in the order of their
keys, then the cash desk, then the counter of numbers, and a consignment last: nobody waits for the
other in a circle.
"""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.audit import services as audit
from app.cases import changing, telling
from app.cases import queries as cases
from app.cases import rules as case_rules
from app.cases.consignments import packing
from app.cases.consignments import queries as consignments
from app.cases.models import Case
from app.cases.rules import Action, StepKind
from app.catalogue.models import Post
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.db import add_once, db
from app.core.errors import Invalid, NotAllowed
from app.payments import queries, rules
from app.payments.models import CashDesk, Receipt, ReceiptCounter
from app.payments.rules import ChargeState, Method
from app.payments.services import charging, debts, desks
from app.payments.services.debts import Debt

LONGEST_REASON = 500


def take_cash(reference: str, currency: str, given: int, *, actor: Actor, key: str) -> Receipt:
    """Take the whole amount that is due in a currency, in minor units, and give a receipt.

    Raises Invalid when nothing is due, something else was given, or the desk is not open;
    NotAllowed for somebody who takes no money. The same key again gives the same receipt.
    """
    _check_taker(actor)
    case = changing.lock_named(reference, actor)
    return _take([case], currency, given, actor=actor, key=key)[0]


def take_together(
    reference: str, currency: str, given: int, *, actor: Actor, key: str
) -> Sequence[Receipt]:
    """Take what all cases of a filing owe in a currency, and give one receipt with their lines.

    Raises as take_cash, and NotFound for a case that goes by itself.
    """
    _check_taker(actor)
    locked = debts.lock_filing(reference, actor)
    return _take(locked, currency, given, actor=actor, key=key)


def _check_taker(actor: Actor) -> None:
    if not actor.has_role(*rules.TAKERS):
        raise NotAllowed()


def _take(
    locked: Sequence[Case], currency: str, given: int, *, actor: Actor, key: str
) -> Sequence[Receipt]:
    known = queries.find_receipt([case.id for case in locked], key)
    if known is not None:
        return queries.lines_of(known)
    debt = debts.due(locked, currency)
    if given != debt.amount:
        raise Invalid(
            _l("This is not the amount that is due. Take the whole of it, or nothing."),
            field="given",
        )
    desk = desks.lock_open(locked[0].service.post, currency, actor)
    return settle(debt, Method.CASH, actor=actor, key=key, desk=desk)


def settle(
    debt: Debt, method: Method, *, actor: Actor, key: str, desk: CashDesk | None = None
) -> Sequence[Receipt]:
    """Give one receipt for all that is due, tell the citizen, and let each case go on."""
    receipts = _issue(debt, method, actor, key, desk)
    for receipt in receipts:
        receipt.charge.state, receipt.charge.settled_at = ChargeState.PAID, receipt.taken_at
    db.session.flush()
    for receipt in receipts:
        _record("receipt_issued", receipt, actor)
    _tell("payment_received", receipts, dedupe=f"receipt/{receipts[0].uid}")
    live = queries.live_charges_of([receipt.case_id for receipt in receipts])
    for receipt in receipts:
        if not any(one.state is ChargeState.DUE for one in live.get(receipt.case_id, ())):
            _go_on(receipt.case, receipt, actor)
    return receipts


def _tell(news: str, receipts: Sequence[Receipt], *, dedupe: str) -> None:
    """Tell of a receipt once, however many persons it names."""
    first, *others = [receipt.case for receipt in receipts]
    telling.send(first, news, dedupe=dedupe, others=others)


def void(uid: str, *, reason: str, actor: Actor) -> Receipt:
    """Void a receipt: its number stays, all the money goes back; what the bills ask for is due.

    For the head of the post that gave it, wherever the case is now, and for the cashier who took
    it on the same day. Raises NotFound at another post, NotAllowed for others, Invalid without a
    reason, or when it was voided before or no desk is open.
    """
    named = queries.get_given(uid, actor)
    lines = queries.lines_of(named)
    # Kept, because the session forgets whole cases that nobody holds.
    locked = {one: changing.lock(one) for one in sorted(line.case_id for line in lines)}
    for line in lines:
        db.session.refresh(line)
    post = db.session.get_one(Post, named.post_id)
    _check_void(post, lines[0], reason, actor)
    desk = desks.lock_for_return(post, named, actor) if named.method is Method.CASH else None
    for line in lines:
        _void_line(line, reason, actor, desk)
    db.session.flush()

    _tell("payment_voided", lines, dedupe=f"receipt/{lines[0].uid}/void")
    for line in lines:
        _record("receipt_voided", line, actor)
        _note_void(locked[line.case_id], line, actor)
        charging.settle_bill(locked[line.case_id])
    return named


def _void_line(line: Receipt, reason: str, actor: Actor, desk: CashDesk | None) -> None:
    line.void_desk_id = desk.id if desk else None
    line.reason = reason.strip()[:LONGEST_REASON]
    line.voided_at, line.voided_by = clock.now(), actor.id
    is_over = line.case.state in case_rules.BROKEN_OFF
    line.charge.state = ChargeState.VOID if is_over else ChargeState.DUE
    line.charge.settled_at = clock.now() if is_over else None


def _note_void(case: Case, receipt: Receipt, actor: Actor) -> None:
    """Note on the case that its money went back; this leads it back to the payment.

    Unless a seat is booked or the papers are sealed in a consignment: the citizen waited for the
    one and the list of the other is signed, so neither is given up for a slip of the cashier.
    The step stays then, without an event, and the fee is owed beside it.
    """
    standing, action = changing.standing(case), Action.PAYMENT_VOIDED
    if not case_rules.is_possible(standing, action):
        return
    if case_rules.after(standing, action) != standing:
        packing.let_go(case, actor)
        if _has_begun(case):
            return
    key, details = f"void/{receipt.uid}", {"receipt": receipt.label}
    changing.change(case, action, actor=actor, key=key, details=details)


def _has_begun(case: Case) -> bool:
    """Return whether what comes after the payment of a locked case has begun."""
    if changing.standing(case).current is StepKind.APPOINTMENT:
        return case.id in cases.booked_among([case.id])
    return consignments.find_out(case.id) is not None


def _check_void(post: Post, receipt: Receipt, reason: str, actor: Actor) -> None:
    today = clock.today(post.zone)
    if not rules.may_void(actor, taken_by=receipt.taken_by, taken_on=receipt.taken_on, today=today):
        raise NotAllowed()
    if receipt.voided_at is not None:
        raise Invalid(_l("This receipt is voided already."), field="reason")
    if not reason.strip():
        raise Invalid(_l("Say why the receipt is voided."), field="reason")


def _issue(
    debt: Debt, method: Method, actor: Actor, key: str, desk: CashDesk | None
) -> Sequence[Receipt]:
    """Write one receipt: a line for each charge, under the next number of the post."""
    post = debt.charges[0].case.service.post
    today = clock.today(post.zone)
    number = _next_number(post.id, today.year)
    lines = [
        Receipt(
            post_id=post.id,
            year=today.year,
            number=number,
            line=line,
            prefix=post.prefix,
            key=key[:64],
            case=charge.case,
            charge=charge,
            data_key=charge.case.data_key,
            method=method,
            currency=charge.currency,
            amount=charge.amount,
            desk_id=desk.id if desk else None,
            taken_by=actor.id if actor.kind is ActorKind.STAFF else None,
            taken_on=today,
            taken_at=clock.now(),
        )
        for line, charge in enumerate(debt.charges, 1)
    ]
    db.session.add_all(lines)
    db.session.flush()
    return lines


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
