"""The phone of an account: it counts once a code that was sent to it has been entered.

Sending costs money, and a stranger's phone must not ring: codes are counted by account, by phone
and by network. What is answered does not tell whether another account has the phone.
"""

import hmac
import secrets
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, update

from app.accounts import queries, rules, signals, telling, throttle
from app.accounts.codes import CodeSpent, WrongCode
from app.accounts.models import Account, Contact, ContactKind, OneTimeCode
from app.accounts.rules import SecurityChange
from app.accounts.throttle import Limit
from app.audit import services as audit
from app.core import clock, phones
from app.core.actor import Actor
from app.core.crypto import keyed_hash, new_data_key
from app.core.db import add_once, db
from app.core.errors import Conflict, Invalid

LIFETIME = timedelta(minutes=10)
TRIES = 5
PURPOSE = "phone"

ASKED_BY_ACCOUNT = Limit(name="phone:account", most=5, window=timedelta(hours=1))
SENT_TO_PHONE = Limit(name="phone:sent", most=5, window=timedelta(days=1))
ASKED_BY_NETWORK = Limit(name="phone:network", most=20, window=timedelta(hours=1))


def ask(account: Account, typed: str, *, network: str | None = None) -> OneTimeCode:
    """Have a code sent to a phone; raise Invalid for what is none, TooMany past the limits."""
    phone = phones.find(typed)
    if phone is None or not phones.takes_texts(phone):
        raise Invalid(
            _l(
                "Enter the number of a mobile phone with its country code,"
                " such as +7 916 123 45 67."
            ),
            field="phone",
        )
    throttle.count_network(ASKED_BY_NETWORK, network)
    throttle.count(ASKED_BY_ACCOUNT, account.uid)
    throttle.count(SENT_TO_PHONE, phone)
    now = clock.now()
    code = f"{secrets.randbelow(10**rules.CODE_LENGTH):0{rules.CODE_LENGTH}}"
    row = OneTimeCode(
        purpose=PURPOSE,
        address_hash=queries.contact_hash(ContactKind.PHONE, phone),
        data_key=new_data_key(now),
        left=TRIES,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    row.code_hash = _hash(account, phone, row.uid, code)
    row.address = phone
    db.session.add(row)
    db.session.flush()
    signals.phone_code_issued.send(
        None, code=code, phone=phone, language=account.language, uid=row.uid
    )
    return row


def spend_try(uid: str) -> None:
    """Take one try off a code; raise CodeSpent. Commit this before the code is compared."""
    spent = db.session.scalar(
        update(OneTimeCode)
        .where(
            OneTimeCode.uid == uid,
            OneTimeCode.purpose == PURPOSE,
            OneTimeCode.left > 0,
            OneTimeCode.expires_at > clock.now(),
        )
        .values({OneTimeCode.left: OneTimeCode.left - 1})
        .returning(OneTimeCode.left)
        .execution_options(synchronize_session=False)
    )
    if spent is None:
        raise CodeSpent()


def confirm(account: Account, uid: str, typed: str, *, actor: Actor) -> None:
    """Make the phone that a code was sent to the account's own, in place of an earlier one.

    Raises WrongCode, CodeSpent, or Conflict when another account has confirmed the phone.
    """
    row = queries.find_code(uid)
    if row is None or row.address is None:
        raise CodeSpent()
    expected = _hash(account, row.address, uid, rules.code_of(typed))
    if not hmac.compare_digest(expected, row.code_hash):
        raise WrongCode() if row.left > 0 else CodeSpent()
    row.left, phone = 0, row.address
    _remove(account)
    contact = Contact(
        account=account,
        kind=ContactKind.PHONE,
        address_hash=row.address_hash,
        verified_at=clock.now(),
    )
    contact.address = phone
    if not add_once(contact):
        raise Conflict(_l("This phone is confirmed for another account. Remove it there first."))
    audit.record("phone.confirmed", actor=actor, object_kind="account", object_uid=account.uid)
    telling.tell(account, SecurityChange.PHONE_CONFIRMED)


def remove(account: Account, *, actor: Actor) -> None:
    """Forget the phone of an account; nothing happens without one."""
    if _remove(account):
        audit.record("phone.removed", actor=actor, object_kind="account", object_uid=account.uid)
        telling.tell(account, SecurityChange.PHONE_REMOVED)


def _remove(account: Account) -> bool:
    gone = db.session.scalars(
        delete(Contact)
        .where(Contact.account_id == account.id, Contact.kind == ContactKind.PHONE)
        .returning(Contact.id)
    )
    return bool(gone.all())


def _hash(account: Account, phone: str, uid: str, code: str) -> str:
    return keyed_hash("phone_code", f"{account.uid}\x00{phone}\x00{uid}\x00{code}")
