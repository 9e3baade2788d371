"""Writing slots as a plan wants them: new ones, and a new plan for those that are there."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import and_, case, update

from app.appointments import claiming, rules, withholding
from app.appointments.models import Lane, Pool, Slot
from app.core.db import db, insert_new

BATCH = 500


def insert(pool: Pool, slots: Sequence[rules.PlannedSlot]) -> None:
    """Insert slots; one that another worker made meanwhile is left to it.

    Those of days that a draw or a queue gives out are marked so.
    """
    marks_of = withholding.marks_of(pool.id)
    statement = insert_new(Slot, "pool_id", "lane", "starts_at")
    rows = [
        {
            "pool_id": pool.id,
            "lane": Lane(slot.lane),
            "starts_at": slot.starts_at,
            "local_on": slot.local_on,
            "wall_time": slot.wall.strftime("%H:%M"),
            "planned": slot.planned,
            "taken": 0,
            **marks_of(slot),
        }
        for slot in slots
    ]
    for begin in range(0, len(rows), BATCH):
        db.session.execute(statement, rows[begin : begin + BATCH])


def apply(changes: Sequence[rules.Change]) -> None:
    """Give slots their new plan, locked in order; the capacity is reckoned by the database."""
    by_plan: dict[int, list[int]] = defaultdict(list)
    for change in changes:
        by_plan[change.planned].append(change.id)
    for begin in range(0, len(changes), BATCH):
        claiming.lock_slots([change.id for change in changes[begin : begin + BATCH]])
    for planned, ids in sorted(by_plan.items()):
        for begin in range(0, len(ids), BATCH):
            _set_plan(ids[begin : begin + BATCH], planned)


def _set_plan(ids: Collection[int], planned: int) -> None:
    most = case((and_(Slot.is_withheld, Slot.capacity < planned), Slot.capacity), else_=planned)
    capacity = case((Slot.taken > most, Slot.taken), else_=most)
    db.session.execute(
        update(Slot)
        .where(Slot.id.in_(ids))
        .values(planned=planned, capacity=capacity)
        .execution_options(synchronize_session=False)
    )
