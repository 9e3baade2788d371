"""Erasing a whole account: its requests first, then its persons, and all that hangs on it.

The row of the account stays, as an empty shell with the moment at which it went: what is on record
names it, and after an older copy came back it says what has to go again.
"""

from collections.abc import Sequence

from sqlalchemy import exists, select

from app.accounts.models import Account, Authority, Contact, OneTimeCode, Person
from app.audit import services as audit
from app.cases import filing
from app.cases.models import Case
from app.cases.rules import State
from app.core import clock
from app.core.actor import SYSTEM
from app.core.crypto import DataKey
from app.core.db import Model, db
from app.reporting.copies.models import DataCopy
from app.reporting.retention import erasing, services
from app.reporting.retention.models import Retention

AT_ONCE = 50
HAS_NO_REQUEST = ~exists().where(Case.account_id == Account.id)
"""The condition on an account: none of its requests, drafts included, is left."""


def next_case(account_id: int) -> int | None:
    """Return the next request of an account that may go: a draft, or one that was closed.

    What a head keeps is open again by that, and goes with the retention once it is let go.
    """
    held = exists().where(Retention.case_id == Case.id, Retention.held_at.is_not(None))
    goes = (Case.state == State.DRAFT) | Case.closed_at.is_not(None)
    return db.session.scalar(
        select(Case.id).where(Case.account_id == account_id, goes, ~held).order_by(Case.id).limit(1)
    )


def erase_case(case_id: int) -> list[str]:
    """Erase a request or delete a draft; return the uids of the files to remove after."""
    case = db.session.get_one(Case, case_id)
    return discard(case) if case.state is State.DRAFT else services.erase(case_id)


def discard(case: Case) -> list[str]:
    """Delete a draft that was never sent; return the uids of the files to remove after."""
    erasing.let_go(case)
    return filing.remove(case)


def erase_account(account_id: int) -> list[str]:
    """Erase an account in the open transaction; return the uids of the files to remove after it.

    The key is destroyed unless a request needs the account still: one that a head keeps.
    """
    account = db.session.get_one(Account, account_id, with_for_update={"of": Account})
    files = _forget_persons(account_id)
    _forget_copies(account_id)
    _forget_codes(account_id)
    for table, column in erasing.referring(Account.__table__):
        if table is not Case.__table__:
            erasing.remove(table, column.name, [account_id])
    account.password_hash = account.sealed_totp = None
    account.erased_at = account.erased_at or clock.now()
    _destroy(account)
    audit.record("account_erased", actor=SYSTEM, object_kind="account", object_uid=account.uid)
    db.session.flush()
    return files


def erase_whole(account_id: int) -> list[str]:
    """Erase an account with all of its requests that may go; return the uids of the files."""
    files: list[str] = []
    while (case_id := next_case(account_id)) is not None:
        files += erase_case(case_id)
    return [*files, *erase_account(account_id)]


def _destroy(account: Account) -> None:
    if db.session.scalar(select(HAS_NO_REQUEST).where(Account.id == account.id)):
        account.data_key.destroy(clock.now())


def _forget_persons(account_id: int) -> list[str]:
    """Forget the persons of an account on whom nobody else depends."""
    acts_for = select(Authority.person_id).where(Authority.account_id == account_id)
    persons = db.session.scalars(select(Person).where(Person.id.in_(acts_for))).all()
    files: list[str] = []
    for person in persons:
        files += erasing.forget_person(person, account_id)
    return files


def _forget_copies(account_id: int) -> None:
    """Destroy the keys of copies that were built; their files go with their time."""
    keys = select(DataCopy.data_key_id).where(DataCopy.account_id == account_id)
    for key in db.session.scalars(select(DataKey).where(DataKey.id.in_(keys))):
        key.destroy(clock.now())


def _forget_codes(account_id: int) -> None:
    hashes = select(Contact.address_hash).where(Contact.account_id == account_id)
    erasing.remove(Model.metadata.tables[OneTimeCode.__tablename__], "address_hash", hashes)


def list_shells() -> Sequence[str]:
    """Return the uids of all accounts that were erased, in the order in which they were."""
    return db.session.scalars(
        select(Account.uid)
        .where(Account.erased_at.is_not(None))
        .order_by(Account.erased_at, Account.id)
    ).all()


def finish_shells() -> int:
    """Destroy the keys of erased accounts whose last request went; return how many."""
    query = (
        select(Account)
        .join(Account.data_key)
        .where(Account.erased_at.is_not(None), DataKey.destroyed_at.is_(None))
        .where(HAS_NO_REQUEST, ~exists().where(Contact.account_id == Account.id))
    )
    shells = db.session.scalars(query.order_by(Account.id).limit(AT_ONCE)).all()
    for account in shells:
        _destroy(account)
    return len(shells)


def find_to_replay(uid: str) -> int | None:
    """Return the key of an account that came back with an older copy, None for none."""
    return db.session.scalar(
        select(Account.id).where(Account.uid == uid, Account.erased_at.is_(None))
    )
