"""What a message makes untrue or useless of those before it: they are not sent any more.

Only what no provider has in hand is cancelled, and only what the newer message tells as well: the
same reader, the same request, the same appointment or draw. In the inbox everything stays.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from app.core import clock
from app.core.db import db
from app.notifications import delivery, outdated, rules
from app.notifications.models import Channel, Message

_WAITING = (
    select(Message.id)
    .where(
        Message.account_id.in_(bindparam("account_ids", expanding=True)),
        Message.channel != Channel.PORTAL,
        Message.event.in_(bindparam("events", expanding=True)),
        Message.state.in_(rules.NOT_CALLED),
    )
    .order_by(Message.id)
    .with_for_update(of=Message)
)
"""Put together once, as it is asked with every booking (ADR 0022)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody is told now, and by what they are told it once."""

    account_id: int
    dedupe: str
    payload: Mapping[str, str]


def cancel_older(event: str, told: Iterable[Told]) -> None:
    """Cancel what waits to be sent and what the messages of an event make untrue or useless."""
    older = outdated.OLDER.get(event, ())
    about: dict[int, list[Told]] = defaultdict(list)
    for one in told:
        about[one.account_id].append(one)
    if not older or not about:
        return
    # Mostly there are none, and keys alone are asked for at a fraction of the price.
    waiting = db.session.scalars(
        _WAITING, {"account_ids": list(about), "events": list(older)}
    ).all()
    rows = _read_anew(waiting) if waiting else ()
    now = clock.now()
    for row in rows:
        if any(_tells_instead(row, one) for one in about[row.account_id or 0]):
            left = rules.cancelled(in_doubt=row.in_doubt)
            delivery.settle(row, left, now, error=rules.SUPERSEDED)


def _read_anew(ids: Sequence[int]) -> Sequence[Message]:
    return db.session.scalars(
        select(Message)
        .where(Message.id.in_(ids))
        .order_by(Message.id)
        .execution_options(populate_existing=True)
    ).all()


def _tells_instead(older: Message, newer: Told) -> bool:
    # What is told once more under its own name is told by nobody else.
    is_itself = outdated.stem_of(older) == newer.dedupe
    return not is_itself and outdated.tells_no_more(outdated.payload_of(older), newer.payload)
