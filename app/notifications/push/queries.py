"""Finding the browsers of an account."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from app.core.db import db
from app.notifications.push.models import PushDevice


def list_devices(account_id: int) -> Sequence[PushDevice]:
    """Return the browsers in which an account is told, the oldest first."""
    return db.session.scalars(
        select(PushDevice)
        .where(PushDevice.account_id == account_id, PushDevice.gone_at.is_(None))
        .order_by(PushDevice.id)
    ).all()


def reached_by_push(account_ids: Collection[int]) -> frozenset[int]:
    """Return which of some accounts have a browser to be told in."""
    alive = (PushDevice.account_id.in_(account_ids), PushDevice.gone_at.is_(None))
    return frozenset(db.session.scalars(select(PushDevice.account_id).where(*alive).distinct()))
