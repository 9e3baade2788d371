"""Seats that are kept back until something gives them out: a draw, or a queue at its hour."""

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, select, update

from app.appointments import claiming, rules
from app.appointments.draw import queries as draws
from app.appointments.draw.queries import Span
from app.appointments.line import queries as openings
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


def marks_of(pool_id: int) -> Callable[[rules.PlannedSlot], dict[str, object]]:
    """Return what gives for a new slot of a pool the columns by which it is withheld or gated."""
    drawn, lined = draws.spans_of(pool_id), openings.spans_of(pool_id)

    def marks(slot: rules.PlannedSlot) -> dict[str, object]:
        draw, line = _covering(slot, drawn), _covering(slot, lined)
        span = draw or line
        is_withheld = span is not None and span.is_withheld
        return {
            "release_id": draw.id if draw else None,
            "opening_id": line.id if line else None,
            "is_gated": line is not None,
            "is_withheld": is_withheld,
            "capacity": 0 if is_withheld else slot.planned,
        }

    return marks


def _covering(slot: rules.PlannedSlot, spans: Sequence[Span]) -> Span | None:
    of_public = spans if slot.lane == Lane.PUBLIC else ()
    return next((one for one in of_public if one.first <= slot.local_on <= one.last), None)
