"""What is remembered of tasks: which were used, and who waits in place of solving one."""

from datetime import datetime

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, count_changed, db, insert_new
from app.web.proof import rules


class UsedTask(Model):
    """A task whose answer was accepted; its signature tells it from all others."""

    __tablename__ = "proof_used"

    signature: Mapped[str] = mapped_column(String(22), primary_key=True)
    used_at: Mapped[datetime]


class Wait(Model):
    """Somebody whose browser solves nothing waits; one wait for each account and purpose."""

    __tablename__ = "proof_wait"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    ready_at: Mapped[datetime]


def use(signature: str, now: datetime) -> bool:
    """Note a task as used, with what it was used for; return whether it was not used before."""
    row = {"signature": signature, "used_at": now}
    noted = insert_new(UsedTask, "signature").values(row).returning(UsedTask.signature)
    return db.session.scalar(noted) is not None


def end_wait(owner: str, now: datetime) -> bool:
    """Use up a wait that is over and counts still; return whether there was one."""
    over = delete(Wait).where(
        Wait.owner == owner,
        Wait.ready_at <= now,
        Wait.ready_at > now - rules.WAIT_COUNTS,
    )
    return count_changed(over) == 1


def begin_wait(owner: str, now: datetime) -> datetime:
    """Return when the wait of somebody is over; one that goes on is not begun anew."""
    db.session.execute(
        delete(Wait).where(Wait.owner == owner, Wait.ready_at <= now - rules.WAIT_COUNTS)
    )
    row = {"owner": owner, "ready_at": now + rules.WAIT}
    db.session.execute(insert_new(Wait, "owner").values(row))
    return db.session.scalars(select(Wait.ready_at).where(Wait.owner == owner)).one()


def forget_old(now: datetime) -> None:
    """Delete tasks and waits that count no more."""
    used_before = now - rules.LIFETIME - 2 * rules.SKEW
    db.session.execute(delete(UsedTask).where(UsedTask.used_at < used_before))
    db.session.execute(delete(Wait).where(Wait.ready_at <= now - rules.WAIT_COUNTS))
