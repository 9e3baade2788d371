"""What it means for wishes and requests that a change of address or phone is taken back."""

from datetime import datetime

from sqlalchemy import exists, select

from app.accounts import signals
from app.accounts.models import Account
from app.cases.models import Case
from app.core.actor import Actor, ActorKind
from app.core.db import db
from app.reporting.wishes import rules, services
from app.reporting.wishes.models import ErasureWish


def connect() -> None:
    """Listen to what sign-in says; what follows is of its own transaction."""
    signals.change_stopped.connect(_withdraw)
    signals.shutting.connect(_holds_requests)


def _withdraw(_sender: object, *, account: Account, since: datetime) -> None:
    """Take back what was asked for since somebody else was in an account; its owner is told."""
    asked = select(ErasureWish.uid).where(
        ErasureWish.account_id == account.id,
        ErasureWish.state.in_(rules.UNDECIDED),
        ErasureWish.asked_at >= since,
    )
    actor = Actor(kind=ActorKind.CITIZEN, id=account.id)
    for uid in db.session.scalars(asked.order_by(ErasureWish.id)).all():
        services.withdraw(uid, actor=actor)


def _holds_requests(_sender: object, *, account: Account) -> bool:
    return bool(db.session.scalar(select(exists().where(Case.account_id == account.id))))
