"""Addresses and phones that do not work any more, as far as those who carry messages say."""

from datetime import datetime

from sqlalchemy import update

from app.accounts.models import Contact, ContactKind
from app.core import clock
from app.core.db import db


def mark_bounced(account_id: int, kind: ContactKind, *, told_at: datetime) -> None:
    """Note that the address of an account is none, unless it was confirmed after `told_at`."""
    db.session.execute(
        update(Contact)
        .where(
            Contact.account_id == account_id,
            Contact.kind == kind,
            Contact.verified_at <= told_at,
            Contact.bounced_at.is_(None),
        )
        .values(bounced_at=clock.now())
    )


def note_alive(account_id: int, kind: ContactKind) -> None:
    """Note that a code which was sent to the address of an account arrived."""
    db.session.execute(
        update(Contact)
        .where(
            Contact.account_id == account_id,
            Contact.kind == kind,
            Contact.bounced_at.is_not(None),
        )
        .values(bounced_at=None)
    )
