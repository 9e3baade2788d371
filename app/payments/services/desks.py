"""The cash desk of a day: opened with a float, counted and closed once; amounts in minor units."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select

from app.audit import services as audit
from app.catalogue.models import Post
from app.core import clock
from app.core.actor import Actor
from app.core.db import add_once, db
from app.core.errors import Invalid, NotAllowed, NotFound
from app.payments import queries, rules
from app.payments.models import CashDesk, Receipt

NOT_OPEN = _l("Open your cash desk of today in this currency first.")
CLOSED = _l("This cash desk is closed.")
OPEN_ALREADY = _l("This cash desk was opened today already.")
SHUT = _l("This cash desk is closed for today.")
LONGEST_REMARK = 500


def open_desk(currency: str, opening: int, *, actor: Actor) -> CashDesk:
    """Open a desk of today with the float that lies in it.

    Raises Invalid for a currency that is not kept or a desk that was opened before.
    """
    if not actor.has_role(*rules.TAKERS):
        raise NotAllowed()
    if currency not in rules.CURRENCIES:
        raise Invalid(_l("Cash in this currency is not kept."), field="currency")
    desk = CashDesk(
        post_id=actor.post_id,
        cashier_id=actor.id,
        on_day=clock.today(_post(actor).zone),
        currency=currency,
        opening=opening,
        opened_at=clock.now(),
    )
    if not add_once(desk):
        is_shut = queries.has_shut_desk(actor, desk.on_day, currency)
        raise Invalid(SHUT if is_shut else OPEN_ALREADY, field="currency")
    _record("cash_desk_opened", desk, actor, {"opening": opening})
    return desk


def close(uid: str, counted: int, *, actor: Actor, remark: str = "") -> CashDesk:
    """Close a desk with what was counted in it.

    Raises Invalid when it is closed already, and without a remark for more or less than must lie
    in it.
    """
    queries.get_desk(uid, actor)
    desk = _lock(CashDesk.uid == uid)
    if desk is None:
        raise NotFound()
    if desk.closed_at is not None:
        raise Invalid(CLOSED, field="counted")
    tally = queries.tally_of(desk)
    if tally.difference(counted) and not remark.strip():
        raise Invalid(_l("Say how the difference comes about."), field="remark")
    desk.received, desk.voided, desk.counted = tally.received, tally.voided, counted
    desk.remark = remark.strip()[:LONGEST_REMARK] or None
    desk.closed_at = clock.now()
    db.session.flush()
    difference = tally.difference(counted)
    _record("cash_desk_closed", desk, actor, {"counted": counted, "difference": difference})
    return desk


def lock_open(post: Post, currency: str, actor: Actor) -> CashDesk:
    """Return the actor's own desk of today, locked until the transaction ends; Invalid if shut."""
    desk = _lock(
        (CashDesk.post_id == post.id)
        & (CashDesk.cashier_id == actor.id)
        & (CashDesk.on_day == clock.today(post.zone))
        & (CashDesk.currency == currency)
    )
    if desk is None:
        raise Invalid(NOT_OPEN, field="given")
    if desk.closed_at is not None:
        raise Invalid(CLOSED, field="given")
    return desk


def lock_for_return(post: Post, receipt: Receipt, actor: Actor) -> CashDesk:
    """Return the desk out of which cash goes back: that of the receipt, once closed the actor's."""
    desk = _lock(CashDesk.id == receipt.desk_id)
    if desk is not None and desk.closed_at is None:
        return desk
    try:
        return lock_open(post, receipt.currency, actor)
    except Invalid as refusal:
        raise Invalid(refusal.message, field="reason") from None


def refusal_of_return(receipt: Receipt, actor: Actor) -> Any:
    """Return why no desk can give cash of a receipt back now, None where one can.

    As lock_for_return will find it; nothing is locked. (Any: a lazy string.)
    """
    taken_at = db.session.get(CashDesk, receipt.desk_id) if receipt.desk_id else None
    if taken_at is None or taken_at.closed_at is None:
        return None
    today = clock.today(_post(actor).zone)
    own = [one for one in queries.list_own_desks(actor, today) if one.currency == receipt.currency]
    if not own:
        return NOT_OPEN
    return SHUT if own[0].closed_at is not None else None


def _lock(which: ColumnElement[bool]) -> CashDesk | None:
    return db.session.scalar(
        select(CashDesk).where(which).with_for_update().execution_options(populate_existing=True)
    )


def _post(actor: Actor) -> Post:
    post = db.session.get(Post, actor.post_id) if actor.post_id else None
    if post is None:
        raise NotFound()
    return post


def _record(action: str, desk: CashDesk, actor: Actor, fields: dict[str, object]) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="cash_desk",
        object_uid=desk.uid,
        post_id=desk.post_id,
        fields={"currency": desk.currency, **fields},
    )
