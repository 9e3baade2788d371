"""Walking the chain from its beginning, and comparing it with the heads that are kept outside."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from app.audit import rules, sealing
from app.audit.models import SEALED, AuditEntry, AuditSeal
from app.audit.rules import Anchor, Finding, Seal, Walk, Wrong
from app.core import clock
from app.core.db import db

AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How a verification went."""

    finding: Finding | None
    """The first bad row; None when there is none."""
    verified: int
    seconds: float
    waiting: int
    """How many entries are not sealed yet."""
    head: Anchor
    """Where what is good ends."""

    @property
    def per_second(self) -> int:
        """Return how many entries a second were verified."""
        return round(self.verified / self.seconds) if self.seconds else 0


def verify(anchors: Iterable[Anchor] = ()) -> Report:
    """Verify the whole record as it stands now; what is sealed meanwhile is left to the next."""
    began = time.perf_counter()
    walk = Walk(sealing.keys(), rules.by_place(anchors))
    last = sealing.head()
    until = last.seq if last else 0
    for seals in _pages(until):
        if walk.go_on(seals):
            break
    finding = walk.finding or walk.end() or _inserted(walk.seq, clock.now())
    return Report(
        finding=finding,
        verified=walk.seq,
        seconds=time.perf_counter() - began,
        waiting=_count_waiting(),
        head=Anchor(walk.seq, walk.mac),
    )


def _pages(until: int) -> Iterator[list[Seal]]:
    after = 0
    place = (AuditSeal.seq, AuditSeal.entry_id, AuditSeal.kid, AuditSeal.mac)
    query = select(*place, *SEALED).outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
    while after < until:
        page = query.where(AuditSeal.seq > after, AuditSeal.seq <= until)
        rows = db.session.execute(page.order_by(AuditSeal.seq).limit(AT_ONCE)).all()
        if not rows:
            return
        yield [
            Seal(row[0], row[1], row[2], row[3], None if row[4] is None else tuple(row[4:]))
            for row in rows
        ]
        after = rows[-1][0]


def _inserted(seq: int, now: datetime) -> Finding | None:
    """Return an entry that stands before sealed ones and has no seal itself, or None."""
    behind = aliased(AuditSeal)
    newest = select(func.max(behind.entry_id)).scalar_subquery()
    found = db.session.scalar(
        select(func.min(AuditEntry.id)).where(
            AuditEntry.id < newest,
            AuditEntry.at < now - rules.PATIENCE,
            ~exists().where(AuditSeal.entry_id == AuditEntry.id),
        )
    )
    if found is None:
        return None
    return Finding(wrong=Wrong.INSERTED, seq=seq, entry_id=found)


def _count_waiting() -> int:
    entries = db.session.scalar(select(func.count(AuditEntry.id))) or 0
    sealed = db.session.scalar(select(func.count(AuditSeal.seq))) or 0
    return max(0, entries - sealed)
