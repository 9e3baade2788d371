"""The address and the phone of an account: each counts once a code sent to it has been entered.

Sending costs money, and a stranger's phone must not ring: codes are counted by account, by address
or phone and by network. What is answered does not tell whether another account has it.
"""

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete

from app.accounts import (
    addresses,
    contacts,
    doors,
    one_time,
    protecting,
    queries,
    rules,
    services,
    signals,
    telling,
    texting,
    throttle,
    undoing,
)
from app.accounts.models import Account, Contact, ContactKind, OneTimeCode, Owner
from app.accounts.one_time import CodeSpent
from app.accounts.rules import SecurityChange
from app.accounts.throttle import Limit
from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor
from app.core.crypto import keyed_hash
from app.core.db import add_once, db
from app.core.errors import Conflict

PURPOSE = "contact"
ADDING = ":adding"
"""What is asked here is counted apart from what anybody may ask who signs in: this takes an
account."""

ASKED_BY_ACCOUNT = Limit(name="contact:account", most=5, window=timedelta(hours=1))
MAILED_TO_ADDRESS = Limit(name="contact:address", most=12, window=timedelta(days=1))
MAILED_BY_NETWORK = Limit(name="contact:network", most=20, window=timedelta(hours=1))

CONFIRMED = {
    ContactKind.EMAIL: SecurityChange.ADDRESS_CONFIRMED,
    ContactKind.PHONE: SecurityChange.PHONE_CONFIRMED,
}
REMOVED = {
    ContactKind.EMAIL: SecurityChange.ADDRESS_REMOVED,
    ContactKind.PHONE: SecurityChange.PHONE_REMOVED,
}
TAKEN = {
    ContactKind.EMAIL: _l(
        "This address is confirmed for another account. Sign in with it to get there, or remove it"
        " there first."
    ),
    ContactKind.PHONE: _l("This phone is confirmed for another account. Remove it there first."),
}


def ask_phone(account: Account, typed: str, *, network: str | None = None) -> OneTimeCode:
    """Have a code sent to a phone; raise Invalid for what is none, TooMany past the limits."""
    undoing.check_may_change(account)
    phone = texting.read_phone(typed)
    throttle.count(ASKED_BY_ACCOUNT, account.uid)
    texting.count(phone, ADDING, network)
    return _issue(account, phone)


def ask_address(account: Account, typed: str, *, network: str | None = None) -> OneTimeCode:
    """Have a code mailed to an address of a citizen; raise Frozen, and as ask_mail."""
    undoing.check_may_change(account)
    return ask_mail(account, typed, network=network)


def ask_mail(owner: Owner, typed: str, *, network: str | None = None) -> OneTimeCode:
    """Have a code mailed to an address; raise Invalid for what is none, TooMany past the limits."""
    address = addresses.read_mail(typed)
    throttle.count_network(MAILED_BY_NETWORK, network)
    throttle.count(ASKED_BY_ACCOUNT, owner.uid)
    throttle.count(MAILED_TO_ADDRESS, address, texting.CodesUsedUp)
    return _issue(owner, address)


def _issue(owner: Owner, address: str) -> OneTimeCode:
    code, row = one_time.new_code(), one_time.new_row(PURPOSE, address, made_at=clock.now())
    one_time.add(row, _hash(owner, address, row.uid, code))
    signals.contact_code_issued.send(
        None, code=code, address=address, language=owner.language, uid=row.uid
    )
    return row


def spend_try(uid: str) -> None:
    """Take one try off a code; raise CodeSpent. Commit this before the code is compared."""
    one_time.take_try(uid, PURPOSE)


def read_sent(owner: Owner, uid: str, typed: str) -> str:
    """Return the address or the phone that the typed code was sent to, for this owner.

    Raises WrongCode or CodeSpent; what was read once is not read again.
    """
    row = queries.find_code(uid)
    if row is None or row.address is None:
        raise CodeSpent()
    given = _hash(owner, row.address, uid, rules.code_of(typed))
    one_time.check(given, row.code_hash, left=row.left)
    one_time.burn(row)
    return row.address


def confirm(account: Account, uid: str, typed: str, *, actor: Actor) -> None:
    """Make what a code was sent to the account's own, in place of an earlier one of its kind.

    Raises WrongCode, CodeSpent, Frozen, or Conflict when another account has confirmed it. The one
    that was there before is told with a link that stops it: whoever takes an account over begins
    so (undoing). The account is locked, so that of two at once one comes after the other.
    """
    undoing.check_may_change(account)
    address = read_sent(account, uid, typed)
    kind = ContactKind.of(address)
    former = contacts.find(account.id, kind)
    is_other = former is not None and former.address != address
    also = _tell_former(account, former, CONFIRMED[kind]) if former and is_other else []
    _replace(account, kind, address)
    _note(account, "confirmed", kind, actor)
    if former is not None:
        _end_what_came_by(kind, account, actor)
    telling.tell(account, CONFIRMED[kind], also=also)


def remove(account: Account, kind: ContactKind, *, actor: Actor) -> None:
    """Forget the address or the phone of an account; nothing happens without one.

    Raises LastWayIn or PasskeyNeedsAddress where nobody could get in without it, and Frozen.
    """
    undoing.check_may_remove(account, kind)
    former = contacts.find(account.id, kind)
    if former is None:
        return
    doors.check_stays_open(account, without=kind)
    also = _tell_former(account, former, REMOVED[kind])
    _remove(account, kind)
    _end_what_came_by(kind, account, actor)
    _note(account, "removed", kind, actor)
    telling.tell(account, REMOVED[kind], also=also)


def _end_what_came_by(kind: ContactKind, account: Account, actor: Actor) -> None:
    """End what came by a mailbox or a phone that is theirs no more: a thief may have had it."""
    if kind is ContactKind.EMAIL:
        protecting.forget_links(account)
    services.end_other_sessions(actor=actor)


def _tell_former(account: Account, former: Contact, change: SecurityChange) -> list[str]:
    """Have a contact that goes told with a link; return it where it is to be told without one."""
    if undoing.offer(account, former, change) or former.address is None:
        return []
    is_reached = former.kind is ContactKind.EMAIL or texting.is_offered()
    return [former.address] if is_reached else []


def _replace(account: Account, kind: ContactKind, address: str) -> None:
    _remove(account, kind)
    if not add_once(contacts.confirmed(account, address)):
        raise Conflict(TAKEN[kind])


def _note(account: Account, what: str, kind: ContactKind, actor: Actor) -> None:
    audit.record(f"{kind}.{what}", actor=actor, object_kind="account", object_uid=account.uid)


def _remove(account: Account, kind: ContactKind) -> None:
    db.session.execute(
        delete(Contact).where(Contact.account_id == account.id, Contact.kind == kind)
    )


def _hash(owner: Owner, address: str, uid: str, code: str) -> str:
    return keyed_hash("contact_code", f"{owner.uid}\x00{address}\x00{uid}\x00{code}")
