"""Sealing the record: every entry gets its place in a chain within a minute.

Entries may never change, so the chain is a table beside them. Whoever holds the one row of
AuditChain seals; that they take turns is seen to by the tick.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Flask, current_app
from sqlalchemy import ColumnElement, Row, exists, func, insert, select

from app.audit import rules
from app.audit.models import SEALED, AuditChain, AuditEntry, AuditSeal
from app.audit.rules import BEGINNING, Keys
from app.core import clock
from app.core.db import db, insert_new

logger = logging.getLogger(__name__)

AT_ONCE = 2_000
MOST = 20_000
"""So many are sealed in one transaction; the rest at the next tick."""
COUNTED = 1_000
"""More than this are not counted one by one."""


def init_app(app: Flask, *, keys: tuple[str, ...]) -> None:
    """Give the app the keys of the seals; without any nothing is sealed."""
    app.extensions["audit_keys"] = Keys.of(keys)


def keys() -> Keys:
    """Return the keys of the running app."""
    found: Keys = current_app.extensions["audit_keys"]
    return found


def on_tick(_period_at: datetime) -> None:
    """Seal what is new, as periodic work."""
    seal()


def seal() -> int:
    """Seal what is new in the open transaction; return how many entries that was."""
    ring = keys()
    if not ring.current:
        return 0
    now, done = clock.now(), 0
    chain = _hold()
    chain.settled_id = min(chain.settled_id, _newest())
    while done < MOST and (entries := _unsealed(chain.settled_id, now)):
        _append(entries, ring, now)
        done += len(entries)
    settled = select(func.max(AuditSeal.entry_id)).where(
        AuditSeal.entry_id > chain.settled_id,
        AuditSeal.sealed_at <= now - rules.LONGEST_TRANSACTION,
    )
    chain.settled_id = db.session.scalar(settled) or chain.settled_id
    if done:
        logger.info("record sealed", extra={"entries": done})
    return done


def head() -> AuditSeal | None:
    """Return the end of the chain, None before its first entry."""
    return db.session.scalar(select(AuditSeal).order_by(AuditSeal.seq.desc()).limit(1))


def count_late(now: datetime) -> int:
    """Return how many entries should have been sealed by now, 1,000 at most."""
    # The row that says how far all is settled is no row of the chain: it is not believed further.
    settled = min(db.session.scalar(select(AuditChain.settled_id)) or 0, _newest())
    late = (
        select(AuditEntry.id)
        .where(_is_unsealed(settled), AuditEntry.at < now - rules.PATIENCE)
        .limit(COUNTED)
    )
    return db.session.scalar(select(func.count()).select_from(late.subquery())) or 0


def _newest() -> int:
    return db.session.scalar(select(func.max(AuditSeal.entry_id))) or 0


def _hold() -> AuditChain:
    db.session.execute(insert_new(AuditChain, "id"), [{"id": 1, "settled_id": 0}])
    return db.session.scalars(select(AuditChain).with_for_update()).one()


def _is_unsealed(after: int) -> ColumnElement[bool]:
    return (AuditEntry.id > after) & ~exists().where(AuditSeal.entry_id == AuditEntry.id)


def _unsealed(after: int, now: datetime) -> Sequence[Row[Any]]:
    """Return the next entries without a seal, but those that were put among sealed ones."""
    last = head()
    query = select(*SEALED).where(_is_unsealed(after)).order_by(AuditEntry.id).limit(AT_ONCE)
    if last is not None:
        real = AuditEntry.at >= now - rules.LONGEST_TRANSACTION
        query = query.where((AuditEntry.id > last.entry_id) | real)
    return db.session.execute(query).all()


def _append(entries: Sequence[Row[Any]], ring: Keys, now: datetime) -> None:
    last = head()
    seq, mac = (last.seq, last.mac) if last else (0, BEGINNING)
    rows = []
    for entry in entries:
        seq += 1
        mac = rules.mac_of(ring.known[ring.current], mac, seq, tuple(entry))
        rows.append(
            {"seq": seq, "entry_id": entry.id, "kid": ring.current, "mac": mac, "sealed_at": now}
        )
    db.session.execute(insert(AuditSeal), rows)
