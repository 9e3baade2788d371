"""Seats that are kept back until something gives them out, such as a draw."""

from datetime import date

from sqlalchemy import ColumnElement, select, update

from app.appointments import claiming
from app.appointments.models import Lane, Slot
from app.core.db import db


def withhold(pool_id: int, first: date, last: date, **marks: object) -> None:
    """Take what is free of the public's seats of some days out of its reach, and mark the slots.

    What is taken stays taken.
    """
    public = (
        Slot.pool_id == pool_id,
        Slot.lane == Lane.PUBLIC,
        Slot.local_on.between(first, last),
    )
    claiming.lock_slots(db.session.scalars(select(Slot.id).where(*public)).all())
    db.session.execute(
        update(Slot)
        .where(*public)
        .values(is_withheld=True, capacity=Slot.taken, **marks)
        .execution_options(synchronize_session=False)
    )


def let_out(which: ColumnElement[bool]) -> None:
    """Let all seats be taken of those slots that are withheld among some."""
    ids = select(Slot.id).where(which, Slot.is_withheld)
    claiming.lock_slots(db.session.scalars(ids).all())
    db.session.execute(
        update(Slot)
        .where(which, Slot.is_withheld, Slot.capacity < Slot.planned)
        .values(capacity=Slot.planned)
        .execution_options(synchronize_session=False)
    )


def mark(which: ColumnElement[bool], **marks: object) -> None:
    """Set marks of some slots."""
    db.session.execute(
        update(Slot).where(which).values(**marks).execution_options(synchronize_session=False)
    )
