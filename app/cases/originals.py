"""Originals that a post keeps for a case: received and returned against a signed receipt."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    ScalarSelect,
    String,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.audit import services as audit
from app.cases import changing
from app.cases.models import Case
from app.core import clock
from app.core.actor import Actor
from app.core.crypto import DataKey, Sealed, cannot_be_read
from app.core.db import BigKey, Model, Named, db
from app.core.errors import Conflict, Invalid

LONGEST = 200
HELD = "returned_at IS NULL"


class Original(Named, Model):
    """One original; what it is stands sealed, because it tells of its owner."""

    __tablename__ = "original"
    __table_args__ = (
        CheckConstraint(
            "(returned_at IS NULL) = (return_sheet IS NULL)"
            " AND (returned_at IS NULL) = (returned_by IS NULL)",
            name="returned_whole",
        ),
        Index(None, "case_id", "id"),
        Index(
            "ix_original_held",
            "case_id",
            sqlite_where=text(HELD),
            postgresql_where=text(HELD),
            postgresql_using="hash",
        ),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    sheet: Mapped[str] = mapped_column(String(32))
    """The number of the receipt that the citizen was given."""
    sealed_description: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_condition: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_place: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_by: Mapped[int] = mapped_column(BigKey)
    received_at: Mapped[datetime]
    return_sheet: Mapped[str | None] = mapped_column(String(32))
    """The number of the receipt that was signed at the return."""
    returned_by: Mapped[int | None] = mapped_column(BigKey)
    returned_at: Mapped[datetime | None]
    key: Mapped[str] = mapped_column(String(64))
    """The idempotency key of the form that brought it."""

    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    description = Sealed[str](cannot_be_read)
    condition = Sealed[str](cannot_be_read)
    """In what state it came, such as "torn at the fold"."""
    place = Sealed[str](cannot_be_read)
    """Where it lies at the post."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """An original as it is put on the counter."""

    description: str
    condition: str = ""
    place: str = ""


def list_of(case_id: int) -> Sequence[Original]:
    """Return all originals of a case, in the order in which they came."""
    return db.session.scalars(
        select(Original).where(Original.case_id == case_id).order_by(Original.id)
    ).all()


def list_on(case_id: int, sheet: str) -> Sequence[Original]:
    """Return the originals on one receipt of a case, of receiving or of returning."""
    return [one for one in list_of(case_id) if sheet in {one.sheet, one.return_sheet}]


def count_held(case_id: int) -> int:
    """Return how many originals of a case the post still keeps."""
    kept = select(func.count()).where(Original.case_id == case_id, Original.returned_at.is_(None))
    return db.session.scalar(kept) or 0


def count_kept() -> ScalarSelect[int]:
    """Return a column for queries of cases: how many originals the post keeps."""
    return (
        select(func.count())
        .where(Original.case_id == Case.id, Original.returned_at.is_(None))
        .correlate(Case)
        .scalar_subquery()
    )


def receive(reference: str, brought: Sequence[Brought], *, actor: Actor, key: str) -> str:
    """Note originals that the post keeps from now on; return the number of the receipt.

    The same key again notes nothing. Raises Invalid when nothing is described.
    """
    case = changing.lock_named(reference, actor)
    known = db.session.scalar(
        select(Original.sheet).where(Original.case_id == case.id, Original.key == key).limit(1)
    )
    if known is not None:
        return known
    brought = [one for one in brought if one.description.strip()]
    if not brought:
        raise Invalid(_l("Describe at least one original."), field="description_1")
    sheet = _next_sheet(case, "O", Original.sheet)
    for one in brought:
        db.session.add(_row(case, one, sheet, actor, key))
    db.session.flush()
    _record("originals_received", case, sheet, len(brought), actor)
    return sheet


def give_back(
    reference: str, uids: Collection[str], *, is_signed: bool, actor: Actor, key: str
) -> str:
    """Note that originals were returned against a signature; return the number of the receipt.

    Raises Invalid when none was chosen or nothing was signed, Conflict for one that is not here.
    """
    case = changing.lock_named(reference, actor)
    rows = [one for one in list_of(case.id) if one.uid in set(uids)]
    if not rows:
        raise Invalid(_l("Choose what is returned."), field="chosen")
    if any(one.returned_at is not None for one in rows):
        raise Conflict(_l("Something of this was returned already."))
    if not is_signed:
        raise Invalid(
            _l("The receipt is signed before the originals are returned."), field="signed"
        )
    sheet = _next_sheet(case, "B", Original.return_sheet)
    for one in rows:
        one.return_sheet, one.returned_by, one.returned_at = sheet, actor.id, clock.now()
    db.session.flush()
    _record("originals_returned", case, sheet, len(rows), actor)
    return sheet


def next_return_sheet(case: Case) -> str:
    """Return the number of the receipt that is printed and signed at the next return."""
    return _next_sheet(case, "B", Original.return_sheet)


def _next_sheet(case: Case, letter: str, column: object) -> str:
    counted = select(func.count(func.distinct(column))).where(Original.case_id == case.id)
    return f"{case.reference}/{letter}{(db.session.scalar(counted) or 0) + 1}"


def _row(case: Case, one: Brought, sheet: str, actor: Actor, key: str) -> Original:
    row = Original(
        case_id=case.id,
        data_key=case.data_key,
        sheet=sheet,
        received_by=actor.id,
        received_at=clock.now(),
        key=key,
    )
    row.description = one.description.strip()[:LONGEST]
    row.condition = one.condition.strip()[:LONGEST] or None
    row.place = one.place.strip()[:LONGEST] or None
    return row


def _record(action: str, case: Case, sheet: str, count: int, actor: Actor) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="case",
        object_uid=case.uid,
        post_id=case.post_id,
        fields={"sheet": sheet, "count": count},
    )
