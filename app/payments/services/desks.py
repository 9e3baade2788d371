"""The cash desk of a day: opened with a float, counted and closed once; amounts in minor units."""

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
        raise Invalid(_l("This cash desk was opened today already."), field="currency")
    _record("cash_desk_opened", desk, actor, {"opening": opening})
    return desk


def close(uid: str, counted: int, *, actor: Actor) -> CashDesk:
    """Close a desk with what was counted in it; Invalid when it is closed already."""
    queries.get_desk(uid, actor)
    desk = _lock(CashDesk.uid == uid)
    if desk is None:
        raise NotFound()
    if desk.closed_at is not None:
        raise Invalid(CLOSED, field="counted")
    tally = queries.tally_of(desk)
    desk.received, desk.voided, desk.counted = tally.received, tally.voided, counted
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
