"""Signing in with a one-time code: counted down before it is compared, burnt when it was right.

A code goes to a mail address or, by text, to a phone; both are an address here. One is treated the
same whether an account has it or not: one row, one message, the same answer. The account comes
into being when its first code is redeemed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from app.accounts import (
    addresses,
    contacts,
    doors,
    one_time,
    queries,
    rules,
    signals,
    texting,
    throttle,
    undoing,
)
from app.accounts.models import (
    Account,
    Attempt,
    ContactKind,
    OneTimeCode,
    PasskeyChallenge,
    PasswordReset,
    SignIn,
)
from app.accounts.one_time import BURNT, LIFETIME, CodeSpent
from app.accounts.throttle import Limit
from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.crypto import DataKey, keyed_hash, new_data_key
from app.core.db import constraint_of, count_changed, db, new_uid
from app.core.errors import TooMany

RESEND_AFTER = timedelta(seconds=60)

# What one network may ask for one address, so that it cannot use up what the address has.
ASKED_FROM_THERE = Limit(name="code:there", most=5, window=timedelta(minutes=15))
ASKED_FROM_THERE_IN_A_DAY = Limit(name="code:there:day", most=15, window=timedelta(days=1))
# Messages that were sent to an address, and tries that were spent on it: a code is one of a
# million, so whoever has many networks guesses it in a day with a chance of 300 in a million.
SENT_IN_A_DAY = Limit(name="code:address:day", most=60, window=timedelta(days=1))
TRIED_BY_ADDRESS = Limit(name="redeem:address", most=50, window=timedelta(minutes=15))
TRIED_IN_A_DAY = Limit(name="redeem:address:day", most=300, window=timedelta(days=1))
ASKED_BY_NETWORK = Limit(name="code:network", most=30, window=timedelta(minutes=15))
ASKED_BY_ALL = Limit(name="code:all", most=3000, window=timedelta(minutes=15))
TRIED_BY_NETWORK = Limit(name="redeem:network", most=60, window=timedelta(minutes=15))

_SIGN_IN = "sign_in"


class AskedTooSoon(TooMany):
    """The last code was sent a moment ago."""

    message = _l("A code was sent less than a minute ago. Look for the message, also among spam.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One try that has been taken off a code, and committed; redeeming needs one."""

    uid: str
    code_hash: str
    left: int
    network: str | None
    apart: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Whom a code let in; the account may have come into being with it."""

    account: Account
    is_new: bool
    is_enough: bool
    """False where the account has a passkey and the code came by text: no session may begin."""


def ask_code(
    typed: str, language: str, *, network: str | None = None, apart: str = ""
) -> OneTimeCode:
    """Make a code for an address or a phone and have it sent; raise Invalid or TooMany.

    An address that got a code less than a minute ago, which has let nobody in since, gets no
    second message, whoever asks: the code that was sent is good for this asking as well. So
    somebody who asks on a phone and then on a computer has one message, whose code is good on
    either, once; and an address, known or not, is sent no more than one message a minute.

    Each asking has tries of its own, so that a stranger who asks for the same address cannot
    use up those of its owner. One network may ask for an address five times in a quarter of an
    hour, and an asking that sends nothing takes nothing from what the address has.

    With a word in `apart` all this is counted apart from what others ask: for a browser in which
    the owner of the address has been before, so that nobody can use up what it may ask (S05).
    """
    address = addresses.read(typed)
    _count_asking(address, apart, network)
    newest = queries.find_newest_code(_SIGN_IN, address)
    if newest is not None and newest.left != BURNT and _is_fresh(newest):
        _forgive_sent(address, apart)
        return _wait_along(newest, address)
    return _issue(address, language)


def ask_again(
    uid: str, language: str, *, network: str | None = None, apart: str = ""
) -> OneTimeCode:
    """Make another code for the address of an earlier one, at the earliest after a minute.

    When another browser asked a moment ago, the code sent for it counts, as ask_code says.
    """
    earlier = queries.find_code(uid)
    if earlier is None or earlier.address is None or not is_recent(earlier):
        raise CodeSpent()
    if _is_fresh(earlier):
        raise AskedTooSoon()
    return ask_code(earlier.address, language, network=network, apart=apart)


def is_phone(address: str) -> bool:
    """Return whether codes for a normalised address go by text."""
    return ContactKind.of(address) is ContactKind.PHONE


def is_recent(code: OneTimeCode) -> bool:
    """Return whether signing in with this code may still be under way."""
    return code.left != BURNT and clock.now() < code.expires_at + LIFETIME


def spend_try(uid: str, *, network: str | None = None, apart: str = "") -> Try:
    """Take one try off a code; raise CodeSpent, or TooMany for an address that is guessed at.

    Commit this before the code is compared: a refusal must not give the try back.
    """
    throttle.count_network(TRIED_BY_NETWORK, network)
    code_hash, left, address_hash = one_time.take_try(uid, _SIGN_IN)
    throttle.count(TRIED_BY_ADDRESS, address_hash + apart)
    throttle.count(TRIED_IN_A_DAY, address_hash + apart)
    return Try(uid=uid, code_hash=code_hash, left=left, network=network, apart=apart)


def redeem_code(tried: Try, typed: str, *, language: str) -> Entered:
    """Return whom the code lets in, and burn it.

    Raises WrongCode, or CodeSpent when that was the last try.
    """
    code = rules.code_of(typed)
    row = queries.find_code(tried.uid)
    if row is None or row.address is None:
        raise CodeSpent()
    one_time.check(_hash(row.sent_uid, row.address, code), tried.code_hash, left=tried.left)
    _burn(row.sent_uid)
    _take_back(row, row.address, tried)
    return _let_in(row.address, language)


def tell_of_new_device(account: Account) -> None:
    """Have the owner told that the account was entered from a device not seen before."""
    signals.signed_in_elsewhere.send(None, account_id=account.id, uid=new_uid())


def forget_expired(now: datetime) -> None:
    """Delete codes, sessions and counters that mean nothing any more."""
    keys = db.session.scalars(
        delete(OneTimeCode)
        .where(OneTimeCode.expires_at < now - LIFETIME)
        .returning(OneTimeCode.data_key_id)
    ).all()
    undoing.forget_old(now)
    for statement in (
        delete(DataKey).where(DataKey.id.in_(keys)),
        delete(SignIn).where(SignIn.expires_at < now),
        delete(PasswordReset).where(PasswordReset.expires_at < now),
        delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < now),
        delete(Attempt).where(Attempt.window_at < now - 2 * TRIED_IN_A_DAY.window),
    ):
        db.session.execute(statement)


def _is_fresh(code: OneTimeCode) -> bool:
    return clock.now() < code.created_at + RESEND_AFTER


def _count_asking(address: str, apart: str, network: str | None) -> None:
    # Counted before it is known whether one is sent: those who ask for one address at once
    # wait for each other here, and then see each other's message.
    if is_phone(address):
        texting.count(address, apart, network)
        return
    throttle.count_network(ASKED_BY_NETWORK, network)
    throttle.count_from(ASKED_FROM_THERE, address + apart, network)
    throttle.count_from(ASKED_FROM_THERE_IN_A_DAY, address + apart, network)
    throttle.count(SENT_IN_A_DAY, address + apart, texting.CodesUsedUp)
    throttle.count(ASKED_BY_ALL, throttle.EVERYBODY)


def _forgive_sent(address: str, apart: str) -> None:
    if is_phone(address):
        texting.forgive_sent(address, apart)
    else:
        throttle.forgive(SENT_IN_A_DAY, address + apart)


def _take_back(code: OneTimeCode, address: str, tried: Try) -> None:
    """Take back what an owner used who signed in: doing it often is no offence."""
    if is_phone(address):
        texting.forgive(address, tried.apart, tried.network)
    else:
        throttle.forgive_from(ASKED_FROM_THERE, address + tried.apart, tried.network)
        throttle.forgive_from(ASKED_FROM_THERE_IN_A_DAY, address + tried.apart, tried.network)
        throttle.forgive(SENT_IN_A_DAY, address + tried.apart)
    throttle.forgive(TRIED_BY_ADDRESS, code.address_hash + tried.apart)
    throttle.forgive(TRIED_IN_A_DAY, code.address_hash + tried.apart)


def _issue(address: str, language: str) -> OneTimeCode:
    code, row = one_time.new_code(), one_time.new_row(_SIGN_IN, address, made_at=clock.now())
    one_time.add(row, _hash(row.uid, address, code))
    signals.code_issued.send(None, code=code, address=address, language=language, uid=row.uid)
    return row


def _wait_along(sent: OneTimeCode, address: str) -> OneTimeCode:
    """Return another asking that waits for a message which is under way already."""
    row = one_time.new_row(_SIGN_IN, address, made_at=sent.created_at)
    row.first_uid = sent.sent_uid
    return one_time.add(row, sent.code_hash)


def _hash(uid: str, address: str, code: str) -> str:
    return keyed_hash("one_time_code", f"{uid}\x00{address}\x00{code}")


def _burn(uid: str) -> None:
    """Let one of those who come with the same code win, and end what waited along with it."""
    burnt = count_changed(
        update(OneTimeCode)
        .where(OneTimeCode.uid == uid, OneTimeCode.left >= 0)
        .values({OneTimeCode.left: BURNT})
    )
    if burnt != 1:
        raise CodeSpent()
    along = update(OneTimeCode).where(OneTimeCode.first_uid == uid)
    db.session.execute(along.values({OneTimeCode.left: BURNT}))


def _let_in(address: str, language: str) -> Entered:
    known = queries.find_account_by_address(address)
    account = known or open_account(address, language)
    contacts.note_alive(account.id, ContactKind.of(address))
    is_enough = doors.is_enough(account, address)
    if known is None:
        _record("account_opened", account)
    else:
        _record("signed_in" if is_enough else "passkey_asked", account)
    return Entered(account=account, is_new=known is None, is_enough=is_enough)


def _record(action: str, account: Account) -> None:
    actor = Actor(kind=ActorKind.CITIZEN, id=account.id)
    audit.record(action, actor=actor, object_kind="account", object_uid=account.uid)


def open_account(address: str, language: str) -> Account:
    """Open an account for an address or a phone, unless another code of it did so a moment ago."""
    now = clock.now()
    account = Account(data_key=new_data_key(now), language=language, created_at=now)
    contact = contacts.confirmed(account, address)
    try:
        with db.session.begin_nested():
            db.session.add_all([account, contact])
    except IntegrityError as error:
        if constraint_of(error) != "uq_contact_kind_address_hash":
            raise
        found = queries.find_account_by_address(address)
        if found is None:
            raise
        return found
    return account
