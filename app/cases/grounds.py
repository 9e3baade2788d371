"""Why an officer did what is out of the usual, in their words, for other staff to read."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models import Case, CaseEvent
from app.core.crypto import DataKey, Sealed, cannot_be_read
from app.core.db import Model, Named, db
from app.core.errors import Invalid

LONGEST = 1000


class EventGround(Named, Model):
    """The reason that was given for one event of a case, sealed with its key."""

    __tablename__ = "event_ground"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    number: Mapped[int]
    """The number of the event."""
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    sealed_text: Mapped[bytes] = mapped_column(LargeBinary)

    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    text = Sealed[str](cannot_be_read)


def checked(text: str, *, field: str = "ground") -> str:
    """Return a reason as it is kept; Invalid when none was given."""
    if not text.strip():
        raise Invalid(_l("Say why, in a sentence that a colleague understands."), field=field)
    return text.strip()[:LONGEST]


def keep(case: Case, text: str) -> None:
    """Keep a checked reason with the event that a locked case has just had."""
    last = select(func.max(CaseEvent.number)).where(CaseEvent.case_id == case.id)
    row = EventGround(case_id=case.id, number=db.session.scalar(last) or 0, data_key=case.data_key)
    row.text = text
    db.session.add(row)
    db.session.flush()


def of(case_id: int) -> Mapping[int, str]:
    """Return the reasons that were given, by number of the event."""
    rows = db.session.scalars(select(EventGround).where(EventGround.case_id == case_id))
    return {row.number: row.text or "" for row in rows}
