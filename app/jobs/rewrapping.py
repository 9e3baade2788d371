"""Changing the master key while everything runs: data keys are wrapped anew, some at a time.

Both master keys stand in MASTER_KEYS meanwhile and open what either wrapped. A part that its worker
did not finish is done again, and passes over what the current key wraps already.
"""

import logging
from collections.abc import Sequence

from sqlalchemy import ColumnElement, LargeBinary, func, literal, select

from app.core import clock
from app.core.crypto import KEY_ID, DataKey, Keyring, Unreadable, keyring
from app.core.db import db, transaction
from app.jobs import handlers, services
from app.jobs.models import Job

logger = logging.getLogger(__name__)

REWRAP = "jobs.rewrap_keys"
AT_ONCE = 500
PARTS = 20
"""So many transactions are one job; the rest is the next one."""


def register_jobs() -> None:
    """Have the worker wrap keys anew."""
    handlers.register_slow(REWRAP, carry_out)


def begin() -> None:
    """Have all data keys that hang on another master key wrapped by the current one."""
    services.schedule_anew(
        REWRAP,
        dedupe=f"{REWRAP}/{keyring().current}/0",
        due_at=clock.now(),
        arguments={"after": 0},
    )


def count_by_master() -> dict[str, int]:
    """Return how many data keys hang on which master key, by its id."""
    kid = _wrapped_by().label("kid")
    wrapped = DataKey.wrapped.is_not(None)
    rows = db.session.execute(select(kid, func.count()).where(wrapped).group_by(kid))
    return {bytes(name).decode("ascii", "replace"): count for name, count in rows}


def carry_out(job: Job) -> None:
    """Wrap the next keys anew, a transaction for some hundred, and see to the rest."""
    after = int(job.arguments["after"])
    for _part in range(PARTS):
        with transaction():
            last = rewrap_next(after)
            if last is None or not services.go_on(job):
                return
        after = last
    with transaction():
        services.schedule(
            REWRAP,
            dedupe=f"{REWRAP}/{keyring().current}/{after}/{job.uid}",
            due_at=clock.now(),
            arguments={"after": after},
        )


def rewrap_next(after: int) -> int | None:
    """Wrap the keys behind one anew; return the last of them, None when there are no more.

    Their rows are locked, so that a key which is destroyed meanwhile is not brought back.
    """
    ring = keyring()
    keys = db.session.scalars(
        select(DataKey)
        .where(
            DataKey.id > after, DataKey.wrapped.is_not(None), _wrapped_by() != _bytes(ring.current)
        )
        .order_by(DataKey.id)
        .limit(AT_ONCE)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    _rewrap(keys, ring)
    return keys[-1].id if keys else None


def _rewrap(keys: Sequence[DataKey], ring: Keyring) -> None:
    for key in keys:
        try:
            key.wrapped = ring.rewrap(key.wrapped or b"", key.uid)
        except Unreadable:
            logger.error("data key cannot be opened", extra={"data_key": key.uid})


def _wrapped_by() -> ColumnElement[bytes]:
    return func.substr(DataKey.wrapped, 1, KEY_ID, type_=LargeBinary)


def _bytes(kid: str) -> ColumnElement[bytes]:
    return literal(kid.encode(), LargeBinary)
