"""Setting a password by a link that is mailed: good once, for half an hour, and for nothing else.

It signs nobody in, so that it goes round no second factor. Whether an address has an account, and
that one a password, is told to its mailbox alone: the work is the same for all.
"""

import secrets
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from app.accounts import addresses, protecting, queries, sessions, signals, staff_mail, throttle
from app.accounts.models import Account, Owner, PasswordReset, StaffMember
from app.accounts.throttle import Limit
from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor
from app.core.crypto import keyed_hash
from app.core.db import db
from app.core.errors import Conflict, Invalid, TooMany

LIFETIME = timedelta(minutes=30)
LONGEST_TOKEN = 64
ASKED_FROM_THERE = Limit(name="reset:there", most=3, window=timedelta(minutes=30))
ASKED_FROM_THERE_IN_A_DAY = Limit(name="reset:there:day", most=6, window=timedelta(days=1))
ASKED_BY_ADDRESS = Limit(name="reset:address", most=20, window=timedelta(days=1))
ASKED_BY_NETWORK = Limit(name="reset:network", most=15, window=timedelta(minutes=15))
ASKED_BY_ALL = Limit(name="reset:all", most=1000, window=timedelta(minutes=15))


class LinkSpent(Invalid):
    """The link is too old, was used, or never was one: all look the same."""

    message = _l("This link is no longer valid. Ask for a new one.")


class LinksUsedUp(TooMany):
    """An address was sent all links of a day, by whomever they were asked for."""

    message = _l(
        "So many links were asked for here, perhaps by somebody else, that no more are sent today."
        " You need none: sign in with a code, or ask on a device on which you have signed in"
        " before."
    )


def ask(typed: str, language: str, *, network: str | None, apart: str = "") -> None:
    """Have a link mailed to an address, or word that it has no password; raise Invalid.

    With a word in `apart`, for a browser in which its owner has been before, it is counted by
    itself, so that strangers use nothing of it up (S05).
    """
    address = addresses.read_mail(typed)
    throttle.count_network(ASKED_BY_NETWORK, network)
    throttle.count_from(ASKED_FROM_THERE, address, network)
    throttle.count_from(ASKED_FROM_THERE_IN_A_DAY, address, network)
    throttle.count(ASKED_BY_ADDRESS, address + apart, LinksUsedUp)
    throttle.count(ASKED_BY_ALL, throttle.EVERYBODY)
    account = queries.find_account_by_address(address)
    known = account if account is not None and account.password_hash else None
    _issue(known, address, language)


def send_to_colleague(staff: StaffMember, *, actor: Actor) -> None:
    """Have a link mailed to a member of staff, which nobody else sees.

    Raises Conflict for one who has no address.
    """
    address = staff_mail.address_of(staff)
    if address is None:
        raise Conflict(
            _l("Your colleague has no mail address. Only who runs the server can set the password.")
        )
    _issue(staff, address, staff.language)
    audit.record("password_link_sent", actor=actor, object_kind="staff", object_uid=staff.uid)


def _issue(owner: Owner | None, address: str, language: str) -> None:
    token = secrets.token_urlsafe(32)
    row = PasswordReset(token_hash=_hash(token), expires_at=clock.now() + LIFETIME)
    if owner is not None:
        row.give_to(owner)
    db.session.add(row)
    db.session.flush()
    signals.reset_asked.send(
        None,
        address=address,
        language=language,
        token=token if owner is not None else "",
        uid=row.uid,
    )


def find_owner(token: str) -> Owner | None:
    """Return whose password a link sets, None for a link that is none any more."""
    row = db.session.scalar(
        select(PasswordReset).where(
            PasswordReset.token_hash == _hash(token), PasswordReset.expires_at > clock.now()
        )
    )
    return _owner_of(row.account_id, row.staff_id) if row is not None else None


def redeem(token: str, password: str) -> Owner:
    """Set a password by a link, and end all sessions of its owner; raise LinkSpent or Invalid."""
    row = db.session.execute(
        delete(PasswordReset)
        .where(PasswordReset.token_hash == _hash(token), PasswordReset.expires_at > clock.now())
        .returning(PasswordReset.account_id, PasswordReset.staff_id)
    ).first()
    owner = _owner_of(row[0], row[1]) if row is not None else None
    if owner is None:
        raise LinkSpent()
    protecting.write_password(owner, password)
    sessions.end_all(owner)
    kind = owner.object_kind
    audit.record("password_reset", actor=owner.actor, object_kind=kind, object_uid=owner.uid)
    return owner


def _owner_of(account_id: int | None, staff_id: int | None) -> Owner | None:
    owner: Owner | None = None
    if account_id is not None:
        owner = db.session.get(Account, account_id)
    elif staff_id is not None:
        owner = db.session.get(StaffMember, staff_id)
    return None if owner is None or queries.has_left(owner) else owner


def _hash(token: str) -> str:
    return keyed_hash("password_reset", token[:LONGEST_TOKEN])
