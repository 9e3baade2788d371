"""The ways into an account: which of them is enough by itself, and which of them has to stay."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select

from app.accounts import rules
from app.accounts.models import Account, Contact, ContactKind, Owner, Passkey
from app.core.db import db
from app.core.errors import Conflict


class LastWayIn(Conflict):
    """Without this address or phone nobody could get into the account any more."""

    message = _l(
        "This is the last way into your account. Add another one first: an e-mail address or a"
        " phone."
    )


class PasskeyNeedsAddress(Conflict):
    """A passkey shuts the account to codes by text, so that there has to be another way back."""

    message = _l(
        "With a passkey, a code by text is no longer enough to sign in. So your account needs an"
        " e-mail address, for the day when the device is lost."
    )


def is_enough(account: Account, address: str) -> bool:
    """Return whether a code sent to an address or a phone lets somebody in as the first factor.

    A number can be moved to another card behind the back of its owner: where there is a passkey
    and no app to ask for, a code by text alone would go round it.
    """
    kind = ContactKind.of(address)
    return rules.is_way_in(kind.value, has_passkey=_has_passkey(account)) or (
        account.has_second_factor
    )


def check_stays_open(account: Account, without: ContactKind) -> None:
    """Raise LastWayIn, or PasskeyNeedsAddress, when an account cannot do without a contact."""
    rest = _kinds(account) - {without.value}
    has_passkey = _has_passkey(account)
    if rules.has_way_back(rest, has_passkey=has_passkey):
        return
    if rules.has_way_back(rest, has_passkey=False):
        raise PasskeyNeedsAddress()
    raise LastWayIn()


def check_may_add_passkey(owner: Owner) -> None:
    """Raise PasskeyNeedsAddress for a citizen whose other way in is a code by text alone."""
    kinds = _kinds(owner) if isinstance(owner, Account) else set()
    if rules.has_way_back(kinds, has_passkey=False) and not rules.has_way_back(
        kinds, has_passkey=True
    ):
        raise PasskeyNeedsAddress()


def _kinds(account: Account) -> set[str]:
    found = select(Contact.kind).where(
        Contact.account_id == account.id, Contact.verified_at.is_not(None)
    )
    return {kind.value for kind in db.session.scalars(found)}


def _has_passkey(account: Account) -> bool:
    one = exists().where(Passkey.account_id == account.id)
    return db.session.scalar(select(one)) or False
