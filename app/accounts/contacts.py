"""Addresses and phones of accounts: confirmed, or not working any more, as carriers say."""

from datetime import datetime

from sqlalchemy import select, update

from app.accounts import queries, telling
from app.accounts.models import Account, Contact, ContactKind
from app.accounts.rules import SecurityChange
from app.core import clock
from app.core.db import count_changed, db


def confirmed(account: Account, address: str) -> Contact:
    """Return a new row: an address or a phone that is an account's own from now on."""
    contact = Contact(
        account=account,
        kind=ContactKind.of(address),
        address_hash=queries.address_hash(address),
        verified_at=clock.now(),
    )
    contact.address = address
    return contact


def find(account_id: int, kind: ContactKind) -> Contact | None:
    """Return the confirmed contact of an account that is of a kind."""
    return db.session.scalar(
        select(Contact).where(
            Contact.account_id == account_id,
            Contact.kind == kind,
            Contact.verified_at.is_not(None),
        )
    )


def mark_bounced(account_id: int, kind: ContactKind, *, told_at: datetime) -> None:
    """Note that the address of an account is none, unless it was confirmed after `told_at`.

    Its owner is told the first time: in the inbox, and by another way where there is one.
    """
    is_new = count_changed(
        update(Contact)
        .where(
            Contact.account_id == account_id,
            Contact.kind == kind,
            Contact.verified_at <= told_at,
            Contact.bounced_at.is_(None),
        )
        .values(bounced_at=clock.now())
    )
    account = db.session.get(Account, account_id) if is_new else None
    if account is not None and kind is ContactKind.EMAIL:
        telling.tell(account, SecurityChange.ADDRESS_BOUNCED)


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
