"""Recovery codes: ten that are shown once, each good once, for when the app is lost.

Each has 80 bits, so that a keyed hash keeps it as well as a slow one would.
"""

import secrets

from sqlalchemy import delete, func, select

from app.accounts import rules, telling
from app.accounts.models import Owner, RecoveryCode
from app.accounts.rules import SecurityChange
from app.core.crypto import keyed_hash
from app.core.db import count_changed, db

MANY = 10


def make(owner: Owner) -> list[str]:
    """Return new codes for an owner, whose former ones are worth nothing from now on."""
    forget(owner)
    codes = [_new_code() for _number in range(MANY)]
    for code in codes:
        row = RecoveryCode(code_hash=_hash(owner, code))
        row.give_to(owner)
        db.session.add(row)
    db.session.flush()
    return [rules.grouped(code) for code in codes]


def use(owner: Owner, typed: str) -> bool:
    """Use a code up, if it is one of the owner's, and have the owner told."""
    spent = delete(RecoveryCode).where(
        RecoveryCode.of(owner),
        RecoveryCode.code_hash == _hash(owner, rules.recovery_code_of(typed)),
    )
    if count_changed(spent) != 1:
        return False
    telling.tell(owner, SecurityChange.RECOVERY_CODE_USED)
    return True


def count_left(owner: Owner) -> int:
    """Return how many codes an owner has."""
    return db.session.scalar(select(func.count(RecoveryCode.id)).where(RecoveryCode.of(owner))) or 0


def forget(owner: Owner) -> None:
    """Make all codes of an owner worthless."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.of(owner)))


def _new_code() -> str:
    return "".join(secrets.choice(rules.RECOVERY_SIGNS) for _sign in range(rules.RECOVERY_LENGTH))


def _hash(owner: Owner, code: str) -> str:
    return keyed_hash("recovery_code", f"{owner.uid}\x00{code}")
