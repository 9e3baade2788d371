"""Linking an account with a chat: by a code that is good once, for ten minutes."""

import hmac
import secrets
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select

from app.accounts import queries as accounts
from app.accounts import throttle
from app.accounts.models import Account, Contact, ContactKind, OneTimeCode
from app.accounts.throttle import Limit
from app.audit import services as audit
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.crypto import keyed_hash, new_data_key
from app.core.db import count_changed, db
from app.notifications.preferences import services as preferences
from app.notifications.rules import Channel

PURPOSE = "telegram"
LIFETIME = timedelta(minutes=10)
ASKED_BY_ACCOUNT = Limit(name="telegram:account", most=10, window=timedelta(hours=1))
UID_SIGNS = 32


def ask(account: Account) -> str:
    """Return a code that links the chat in which it is sent to the bot; raise TooMany."""
    throttle.count(ASKED_BY_ACCOUNT, account.uid)
    now, secret = clock.now(), secrets.token_urlsafe(18)
    row = OneTimeCode(
        purpose=PURPOSE,
        address_hash=keyed_hash("telegram_account", account.uid),
        data_key=new_data_key(now),
        left=1,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    row.code_hash = keyed_hash("telegram_code", f"{row.uid}\x00{secret}")
    row.address = account.uid
    db.session.add(row)
    db.session.flush()
    return f"{row.uid}{secret}"


def link(code: str, chat: str) -> Account | None:
    """Link a chat with the account that a code was made for; return that account.

    None for a code that is none, or spent. The same code from the same chat is answered again:
    Telegram repeats what it got no answer for. A chat is linked with one account, the last.
    """
    account = _account_of(code, chat)
    if account is None:
        return None
    chat_hash = accounts.contact_hash(ContactKind.TELEGRAM, chat)
    _remove(Contact.address_hash == chat_hash)
    _remove(Contact.account_id == account.id)
    contact = Contact(
        account=account,
        kind=ContactKind.TELEGRAM,
        address_hash=chat_hash,
        verified_at=clock.now(),
    )
    contact.address = chat
    db.session.add(contact)
    db.session.flush()
    preferences.put_first(account, Channel.TELEGRAM)
    audit.record("telegram.linked", actor=SYSTEM, object_kind="account", object_uid=account.uid)
    return account


def _account_of(code: str, chat: str) -> Account | None:
    row = db.session.scalar(
        select(OneTimeCode)
        .where(OneTimeCode.uid == code[:UID_SIGNS], OneTimeCode.purpose == PURPOSE)
        .with_for_update(of=OneTimeCode)
    )
    if row is None or row.expires_at <= clock.now() or not row.address:
        return None
    expected = keyed_hash("telegram_code", f"{row.uid}\x00{code[UID_SIGNS:]}")
    if not hmac.compare_digest(expected, row.code_hash):
        return None
    account = accounts.find_account(row.address)
    if account is None or (row.left < 1 and accounts.chat_of(account.id) != chat):
        return None
    row.left = 0
    return account


def stop(chat: str) -> None:
    """Forget a chat whose owner wants nothing more there."""
    _remove(Contact.address_hash == accounts.contact_hash(ContactKind.TELEGRAM, chat))


def remove(account: Account, *, actor: Actor) -> None:
    """Forget the chat of an account; nothing happens without one."""
    if _remove(Contact.account_id == account.id):
        audit.record("telegram.removed", actor=actor, object_kind="account", object_uid=account.uid)


def _remove(which: ColumnElement[bool]) -> bool:
    kind = Contact.kind == ContactKind.TELEGRAM
    return count_changed(delete(Contact).where(kind, which)) > 0
