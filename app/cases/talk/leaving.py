"""What staff of a post still ask each other about a case that leaves it."""

from sqlalchemy import select, update

from app.cases.models import Case
from app.cases.talk.models import CaseNote, NoteMention, Opinion
from app.core import clock
from app.core.db import db


def close(case: Case) -> None:
    """Withdraw open opinions and unread mentions: those asked cannot open the case any more."""
    now = clock.now()
    db.session.execute(
        update(Opinion)
        .where(
            Opinion.case_id == case.id,
            Opinion.answered_at.is_(None),
            Opinion.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    notes = select(CaseNote.id).where(CaseNote.case_id == case.id)
    db.session.execute(
        update(NoteMention)
        .where(NoteMention.note_id.in_(notes), NoteMention.read_at.is_(None))
        .values(read_at=now)
    )
