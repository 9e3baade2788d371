"""One-time codes, whatever they are for: made, and counted down before one is compared."""

import hmac
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import Row, update

from app.accounts import queries, rules
from app.accounts.models import OneTimeCode
from app.core import clock
from app.core.crypto import new_data_key, new_digits
from app.core.db import count_changed, db
from app.core.errors import Invalid

LIFETIME = timedelta(minutes=10)
TRIES = 5
BURNT = -1
"""What stands in `left` of a code that was right."""


class CodeSpent(Invalid):
    """The code is too old, was used, or was tried too often."""

    message = _l("This code is no longer valid. Ask for a new one.")


class WrongCode(Invalid):
    """The code is not the one that was sent; it may be tried again."""

    message = _l("This is not the code of the newest message. Check it and try again.")


def new_code() -> str:
    """Return what is sent, and entered."""
    return new_digits(rules.CODE_LENGTH)


def new_row(purpose: str, address: str, *, made_at: datetime) -> OneTimeCode:
    """Return a row for a code to an address or a phone, which lacks the hash of the code."""
    row = OneTimeCode(
        purpose=purpose,
        address_hash=queries.address_hash(address),
        data_key=new_data_key(clock.now()),
        left=TRIES,
        created_at=made_at,
        expires_at=made_at + LIFETIME,
    )
    row.address = address
    return row


def add(row: OneTimeCode, code_hash: str) -> OneTimeCode:
    """Keep a row under the hash of its code, and return it."""
    row.code_hash = code_hash
    db.session.add(row)
    db.session.flush()
    return row


def take_try(uid: str, purpose: str) -> Row[str, int, str]:
    """Take one try off a code; return hash, tries left and hash of the address, or raise CodeSpent.

    Commit this before the code is compared: a refusal must not give the try back.
    """
    row = db.session.execute(
        update(OneTimeCode)
        .where(
            OneTimeCode.uid == uid,
            OneTimeCode.purpose == purpose,
            OneTimeCode.left > 0,
            OneTimeCode.expires_at > clock.now(),
        )
        .values({OneTimeCode.left: OneTimeCode.left - 1})
        .returning(OneTimeCode.code_hash, OneTimeCode.left, OneTimeCode.address_hash)
        .execution_options(synchronize_session=False)
    ).first()
    if row is None:
        raise CodeSpent()
    return row


def burn(row: OneTimeCode) -> None:
    """Use a code up that was right; raise CodeSpent when that has happened meanwhile."""
    burnt = count_changed(
        update(OneTimeCode)
        .where(OneTimeCode.id == row.id, OneTimeCode.left >= 0)
        .values({OneTimeCode.left: BURNT})
    )
    if burnt != 1:
        raise CodeSpent()


def check(given: str, expected: str, *, left: int) -> None:
    """Compare two hashes; raise WrongCode, or CodeSpent when that was the last try."""
    if not hmac.compare_digest(given, expected):
        raise WrongCode() if left > 0 else CodeSpent()
