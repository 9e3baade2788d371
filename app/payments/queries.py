"""Finding charges, receipts, cash desks and slips; every query is bounded or of one case."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from app.cases import access
from app.cases.models import Case
from app.core.actor import Actor, Role
from app.core.db import db
from app.core.errors import NotFound
from app.payments import rules
from app.payments.models import CashDesk, Charge, OnlinePayment, Receipt, Slip
from app.payments.rules import ChargeState, OnlineState, SlipState, Tally

MOST_WAITING = 50
MOST_DESKS = 40


def live_charges(case_id: int) -> list[Charge]:
    """Return the charges of a case that stand, at most one in each currency."""
    return live_charges_of([case_id]).get(case_id, [])


def live_charges_of(case_ids: Collection[int]) -> Mapping[int, list[Charge]]:
    """Return the charges that stand of some cases, by key of the case, in one question."""
    found: dict[int, list[Charge]] = {}
    rows = db.session.scalars(
        select(Charge)
        .where(Charge.case_id.in_(case_ids), Charge.state != ChargeState.VOID)
        .order_by(Charge.id)
    )
    for charge in rows:
        found.setdefault(charge.case_id, []).append(charge)
    return found


def list_receipts(case_id: int) -> Sequence[Receipt]:
    """Return the receipts of a case, voided ones too, the newest first."""
    return db.session.scalars(
        select(Receipt).where(Receipt.case_id == case_id).order_by(Receipt.id.desc())
    ).all()


def find_receipt(case_ids: Collection[int], key: str) -> Receipt | None:
    """Return the receipt that some cases were given for an idempotency key, or None."""
    return db.session.scalar(
        select(Receipt)
        .where(Receipt.case_id.in_(case_ids), Receipt.key == key)
        .order_by(Receipt.id)
        .limit(1)
    )


def lines_of(receipt: Receipt) -> Sequence[Receipt]:
    """Return all lines of a receipt, one for each person that it names."""
    return db.session.scalars(_lines(receipt)).all()


def visible_lines_of(receipt: Receipt, actor: Actor) -> Sequence[Receipt]:
    """Return the lines of a receipt of cases that the actor may see."""
    return db.session.scalars(
        _lines(receipt)
        .join(Case, Case.id == Receipt.case_id)
        .options(joinedload(Receipt.case))
        .where(access.is_visible(actor))
    ).all()


def _lines(receipt: Receipt) -> Select[Receipt]:
    return (
        select(Receipt)
        .where(
            Receipt.post_id == receipt.post_id,
            Receipt.year == receipt.year,
            Receipt.number == receipt.number,
        )
        .order_by(Receipt.line)
    )


def totals_of(receipts: Collection[Receipt]) -> Mapping[str, int]:
    """Return what some receipts came to in all, by their printed numbers, in one question.

    Only those that name several persons are in it.
    """
    shared = [one for one in receipts if one.case.filing_id is not None]
    if not shared:
        return {}
    number = (Receipt.post_id, Receipt.year, Receipt.number)
    rows = db.session.execute(
        select(func.max(Receipt.prefix), *number[1:], func.sum(Receipt.amount))
        .where(tuple_(*number).in_({(one.post_id, one.year, one.number) for one in shared}))
        .group_by(*number)
        .having(func.count() > 1)
    )
    return {rules.receipt_number(prefix, year, n): int(total) for prefix, year, n, total in rows}


def get_receipt(uid: str, actor: Actor) -> Receipt:
    """Return a receipt of a case that the actor may see; raise NotFound."""
    receipt = db.session.scalar(
        select(Receipt)
        .join(Case, Case.id == Receipt.case_id)
        .options(joinedload(Receipt.case))
        .where(Receipt.uid == uid, access.is_visible(actor))
    )
    if receipt is None:
        raise NotFound()
    return receipt


def get_given(uid: str, actor: Actor) -> Receipt:
    """Return a receipt that the actor's post gave, wherever its case is now; raise NotFound.

    What a post took it gives back itself: another has not got that money in a desk.
    """
    receipt = db.session.scalar(
        select(Receipt)
        .options(joinedload(Receipt.case))
        .where(Receipt.uid == uid, Receipt.post_id == actor.post_id)
    )
    if receipt is None:
        raise NotFound()
    return receipt


def list_slips(case_ids: Collection[int], filing_id: int | None) -> Sequence[Slip]:
    """Return the bank slips of some cases and those of their whole filing, the newest first."""
    return db.session.scalars(
        select(Slip).where(_is_of(case_ids, filing_id)).order_by(Slip.id.desc())
    ).all()


def has_waiting_slip(case_ids: Collection[int], filing_id: int | None) -> bool:
    """Return whether a slip of some cases, or of their whole filing, waits to be confirmed."""
    waiting = select(Slip.id).where(Slip.state == SlipState.SENT, _is_of(case_ids, filing_id))
    return db.session.scalar(waiting.limit(1)) is not None


def _is_of(case_ids: Collection[int], filing_id: int | None) -> ColumnElement[bool]:
    own = Slip.case_id.in_(case_ids)
    if filing_id is None:
        return own
    # By the cases of the filing: on one of them such a slip hangs, and they have an index.
    filed = select(Case.id).where(Case.filing_id == filing_id)
    return and_(Slip.case_id.in_(filed), or_(own, Slip.filing_id.is_not(None)))


def get_slip(uid: str, actor: Actor) -> Slip:
    """Return a slip of a case that the actor may see; raise NotFound."""
    slip = db.session.scalar(
        select(Slip)
        .join(Case, Case.id == Slip.case_id)
        .options(joinedload(Slip.case))
        .where(Slip.uid == uid, access.is_visible(actor))
    )
    if slip is None:
        raise NotFound()
    return slip


def list_waiting_slips(post_id: int) -> Sequence[Slip]:
    """Return the slips of a post that wait to be confirmed, the oldest first, fifty at most."""
    return db.session.scalars(
        select(Slip)
        .options(joinedload(Slip.case))
        .where(Slip.post_id == post_id, Slip.state == SlipState.SENT)
        .order_by(Slip.id)
        .limit(MOST_WAITING)
    ).all()


def count_waiting_slips(post_id: int) -> int:
    """Return how many slips of a post wait to be confirmed."""
    waiting = select(func.count()).where(Slip.post_id == post_id, Slip.state == SlipState.SENT)
    return db.session.scalar(waiting) or 0


def list_stray(post_id: int) -> Sequence[OnlinePayment]:
    """Return money of a provider that is not what was due, the newest first."""
    return db.session.scalars(
        select(OnlinePayment)
        .options(joinedload(OnlinePayment.case))
        .where(OnlinePayment.post_id == post_id, OnlinePayment.state == OnlineState.STRAY)
        .order_by(OnlinePayment.id.desc())
        .limit(MOST_WAITING)
    ).all()


def get_stray(uid: str, actor: Actor) -> OnlinePayment:
    """Return stray money of the actor's post, given back or not; NotFound."""
    payment = db.session.scalar(
        select(OnlinePayment)
        .options(joinedload(OnlinePayment.case))
        .where(
            OnlinePayment.uid == uid,
            OnlinePayment.post_id == actor.post_id,
            OnlinePayment.state.in_((OnlineState.STRAY, OnlineState.RETURNED)),
        )
    )
    if payment is None:
        raise NotFound()
    return payment


def list_returned(post_id: int, begin: datetime, end: datetime) -> Sequence[OnlinePayment]:
    """Return stray money that a post gave back from one moment to before another, in order."""
    return db.session.scalars(
        select(OnlinePayment)
        .options(joinedload(OnlinePayment.case))
        .where(
            OnlinePayment.post_id == post_id,
            OnlinePayment.state == OnlineState.RETURNED,
            OnlinePayment.returned_at >= begin,
            OnlinePayment.returned_at < end,
        )
        .order_by(OnlinePayment.returned_at)
        .limit(MOST_WAITING)
    ).all()


def get_online(uid: str, case_id: int) -> OnlinePayment:
    """Return a payment at a provider of a case, or raise NotFound."""
    payment = db.session.scalar(
        select(OnlinePayment).where(OnlinePayment.uid == uid, OnlinePayment.case_id == case_id)
    )
    if payment is None:
        raise NotFound()
    return payment


def list_desks(actor: Actor, on_day: date) -> Sequence[CashDesk]:
    """Return the cash desks of a day that the actor may see, and their own that are still open."""
    own = CashDesk.cashier_id == actor.id
    left_open = own & CashDesk.closed_at.is_(None) & (CashDesk.on_day < on_day)
    seen = CashDesk.on_day == on_day
    if not actor.has_role(Role.HEAD):
        seen = seen & own
    return db.session.scalars(
        select(CashDesk)
        .where(CashDesk.post_id == actor.post_id, seen | left_open)
        .order_by(CashDesk.on_day, CashDesk.cashier_id, CashDesk.currency)
        .limit(MOST_DESKS)
    ).all()


def list_own_desks(actor: Actor, on_day: date) -> Sequence[CashDesk]:
    """Return the cash desks that the actor opened on a day, one for each currency."""
    return db.session.scalars(
        select(CashDesk).where(
            CashDesk.post_id == actor.post_id,
            CashDesk.cashier_id == actor.id,
            CashDesk.on_day == on_day,
        )
    ).all()


def has_shut_desk(actor: Actor, on_day: date, currency: str) -> bool:
    """Return whether the actor closed their cash desk of a day in a currency."""
    own = list_own_desks(actor, on_day)
    return any(one.currency == currency and one.closed_at is not None for one in own)


def get_desk(uid: str, actor: Actor) -> CashDesk:
    """Return a cash desk: one's own, for the head any of the post; raise NotFound."""
    desk = db.session.scalar(
        select(CashDesk).where(CashDesk.uid == uid, CashDesk.post_id == actor.post_id)
    )
    if desk is None or not (desk.cashier_id == actor.id or actor.has_role(Role.HEAD)):
        raise NotFound()
    return desk


def tally_of(desk: CashDesk) -> Tally:
    """Return what went through a desk: as it was closed, else by its receipts so far."""
    return tallies_of([desk])[desk.id]


def tallies_of(desks: Collection[CashDesk]) -> Mapping[int, Tally]:
    """Return what went through some desks, by key, in two questions however many they are."""
    still_open = [desk.id for desk in desks if desk.closed is None]
    received = _sums(Receipt.desk_id, still_open) if still_open else {}
    voided = _sums(Receipt.void_desk_id, still_open) if still_open else {}
    return {
        desk.id: desk.closed
        or Tally(
            opening=desk.opening,
            received=received.get(desk.id, 0),
            voided=voided.get(desk.id, 0),
        )
        for desk in desks
    }


def _sums(column: InstrumentedAttribute[int | None], desk_ids: list[int]) -> dict[int, int]:
    rows = db.session.execute(
        select(column, func.sum(Receipt.amount)).where(column.in_(desk_ids)).group_by(column)
    )
    return {key: int(total) for key, total in rows if key is not None}


def list_movements(desk: CashDesk) -> Sequence[Receipt]:
    """Return the receipts whose cash went into or out of a desk, in order of their numbers."""
    return db.session.scalars(
        select(Receipt)
        .options(joinedload(Receipt.case))
        .where((Receipt.desk_id == desk.id) | (Receipt.void_desk_id == desk.id))
        .order_by(Receipt.year, Receipt.number, Receipt.line)
    ).all()
