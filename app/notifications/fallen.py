"""Batches whose worker died: any message may have been the cause, so they go in smaller ones.

Those of a batch go in batches of its root, and those of such a small one by themselves. So the
message that kills is found with the third death, which ends it (rules.Deaths), and most of those
beside it never go alone.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Integer, insert, literal, select, update

from app.core.bulk import table_of
from app.core.db import UtcDateTime, db
from app.notifications import queries
from app.notifications.models import Channel, Message, MessageAttempt, MessageState


def let_wait(channel: Channel, now: datetime) -> None:
    """Have what workers that died had claimed in batches wait again, to go in smaller ones."""
    left = db.session.scalars(
        select(Message.id)
        .where(queries.is_stranded(channel, MessageState.CLAIMED, now), ~Message.is_alone)
        .with_for_update(skip_locked=True, of=Message)
    ).all()
    if left:
        _note_deaths(_let_fall(left, now), now)


def _let_fall(ids: Sequence[int], now: datetime) -> Sequence[dict[str, int]]:
    table = table_of([{"id": one} for one in ids], "left_behind", id=BigInteger())
    fallen = (
        update(Message)
        .where(Message.id.in_(select(table.c.id)))
        .values(
            state=MessageState.RETRY_WAIT,
            attempts=Message.attempts + 1,
            is_alone=Message.has_fallen,
            has_fallen=True,
            lease_until=None,
            updated_at=now,
        )
        .returning(Message.id, Message.attempts)
    )
    # What is changed here is in no session.
    rows = db.session.execute(fallen, execution_options={"synchronize_session": False}).all()
    return [{"id": row.id, "number": row.attempts} for row in rows]


def _note_deaths(died: Sequence[dict[str, int]], now: datetime) -> None:
    table = table_of(died, "died", id=BigInteger(), number=Integer())
    at, outcome = literal(now, UtcDateTime()), literal(queries.AMONG[queries.DIED])
    rows = select(table.c.id, table.c.number, at, at, outcome)
    columns = ["message_id", "number", "started_at", "ended_at", "outcome"]
    db.session.execute(insert(MessageAttempt).from_select(columns, rows))
