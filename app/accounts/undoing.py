"""Taking back, from the former address, that an address or a phone of an account was changed.

Whoever steals an open session, or sits at an open screen, takes an account over by changing where
its codes go. So the former address is told, with a link that stops it for seven days, without
signing in: the former one is back, every session is over, and what was added meanwhile is gone.

The link must not become the tool of the thief. What keeps it from that (docs/adr/0024):
- Only what has stood for a week, or as long as the account, gets a link. An address that a thief
  brought in gets none when its owner throws it out.
- One link of an account takes back all changes that are younger than a week, and ends the others:
  there is none left for the addresses between. After that, address and phone stay for a week as
  they are, and no link is made for a month: two who both hold one do not go on for ever.
- A second factor that was there before the change stays. The link signs nobody in; whoever holds
  the former mailbox gets as far as before the change, and not further.
- A number of a phone changes hands. Where the account has an address of long standing, the link
  goes there and not to the former phone.
- The link stands in no inbox and no page, and looking at its page uses nothing up.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update

from app.accounts import contacts, factors, freeing, protecting, queries, sessions, signals, telling
from app.accounts.change_models import ContactChange
from app.accounts.models import Account, Contact, ContactKind, Passkey
from app.accounts.rules import SecurityChange
from app.audit import services as audit
from app.core import clock, i18n
from app.core.actor import Actor, ActorKind
from app.core.crypto import keyed_hash
from app.core.db import add_once, db
from app.core.errors import Conflict, Invalid

WEEK = timedelta(days=7)
"""So long a link is good, so long what it put back stays, and so old is what counts as settled."""
ONCE_IN = timedelta(days=30)
"""In this time an account takes back once; so long the rows are kept."""
AT_FIRST = timedelta(minutes=1)
"""What was confirmed so soon after the account was opened is what it was opened with."""
LONGEST_TOKEN = 64


class LinkSpent(Invalid):
    """The link is too old or never was one, which look the same, or it was used."""


class Frozen(Conflict):
    """A change was taken back a moment ago."""

    message = _l(
        "A change of address or phone was stopped. Until %(day)s both stay as they are, so that"
        " nobody does it again at once."
    )


def check_may_change(account: Account) -> None:
    """Lock an account; raise Frozen while its address and phone stay as they are."""
    db.session.refresh(account, with_for_update=True)
    until = _frozen_until(account)
    if until is not None:
        raise _frozen(until)


def check_may_remove(account: Account, kind: ContactKind) -> None:
    """Lock an account; raise Frozen for what was put back, and for what stood longer than that.

    What is younger may be the thief's, who brought it in so early that it counted as settled.
    """
    db.session.refresh(account, with_for_update=True)
    until, contact = _frozen_until(account), contacts.find(account.id, kind)
    if until is None or contact is None:
        return
    back = db.session.execute(
        select(ContactChange.kind, ContactChange.former_since).where(
            ContactChange.account_id == account.id, ContactChange.stopped_at == until - WEEK
        )
    ).all()
    is_back = kind in {one for one, _since in back}
    since = contact.verified_at
    if is_back or since is None or since <= min(one for _kind, one in back):
        raise _frozen(until)


def refusal(account: Account) -> str:
    """Return what is to be said before anything is typed; empty where all may be changed."""
    until = _frozen_until(account)
    return _frozen(until).sentence() if until is not None else ""


def _frozen(until: datetime) -> Frozen:
    return Frozen(day=i18n.short_day(until.date()))


def _frozen_until(account: Account) -> datetime | None:
    """Return until when address and phone stay as they are, None where they may be changed."""
    stopped_at = _stopped_at(account)
    if stopped_at is None or clock.now() >= stopped_at + WEEK:
        return None
    return stopped_at + WEEK


def stoppable_until(account: Account) -> datetime | None:
    """Lock an account; return until when a change of it can be stopped, None where none can."""
    db.session.refresh(account, with_for_update=True)
    made_at = db.session.scalar(
        select(ContactChange.made_at)
        .where(
            ContactChange.account_id == account.id,
            ContactChange.stopped_at.is_(None),
            ContactChange.made_at > clock.now() - WEEK,
        )
        .order_by(ContactChange.made_at.desc())
        .limit(1)
    )
    return made_at + WEEK if made_at is not None else None


def offer(account: Account, former: Contact, change: SecurityChange) -> bool:
    """Have whoever had a contact until now told, with a link that takes it back.

    Returns whether the contact itself was told; where not, the caller has to. No link is made for
    what has not stood long enough (see above).
    """
    now, address = clock.now(), former.address
    lately = _stopped_at(account)
    if address is None or not _is_settled(former, account, now) or lately is not None:
        return False
    token = secrets.token_urlsafe(16)
    row = ContactChange(
        account=account,
        kind=former.kind,
        former_since=former.verified_at,
        had_app=account.has_second_factor,
        token_hash=_hash(token),
        made_at=now,
    )
    row.former = address
    db.session.add(row)
    db.session.flush()
    mailbox = _mailbox(account, now) if former.kind is ContactKind.PHONE else None
    signals.contact_left.send(
        None, account=account, address=mailbox or address, change=change, token=token, uid=row.uid
    )
    return mailbox is None


def find(token: str) -> ContactChange | None:
    """Return the change that a link takes back, None for a link that is none any more."""
    return db.session.scalar(
        select(ContactChange)
        .join(Account)
        .where(
            ContactChange.token_hash == _hash(token),
            ContactChange.stopped_at.is_(None),
            ContactChange.made_at > clock.now() - WEEK,
            Account.erased_at.is_(None),
        )
    )


def used_at(token: str) -> datetime | None:
    """Return when a change was stopped, to whoever holds its link; None where it was not."""
    return db.session.scalar(
        select(ContactChange.stopped_at)
        .join(Account)
        .where(ContactChange.token_hash == _hash(token), Account.erased_at.is_(None))
    )


def stop(token: str, *, freed_by: int | None = None) -> None:
    """Put back what an account had, end what came since; raise LinkSpent, and as freeing.free.

    `freed_by` is the account whose owner, signed in to it, gives the former address back.
    """
    found = find(token)
    if found is None:
        raise LinkSpent()
    account = found.account
    db.session.refresh(account, with_for_update=True)
    changes = _take_all(account)
    if account.erased_at is not None or found.id not in {one.id for one in changes}:
        raise LinkSpent()
    first = changes[0]
    thrown_out = _put_back(account, changes, freed_by)
    _forget_what_came(account, first)
    sessions.end_all(account)
    actor = Actor(kind=ActorKind.CITIZEN, id=account.id)
    audit.record(
        "contact.change_stopped", actor=actor, object_kind="account", object_uid=account.uid
    )
    telling.tell(account, SecurityChange.CHANGE_STOPPED, also=thrown_out)
    signals.change_stopped.send(None, account=account, since=first.made_at)


def forget_old(now: datetime) -> None:
    """Delete what nobody can take back any more."""
    db.session.execute(delete(ContactChange).where(ContactChange.made_at < now - WEEK - ONCE_IN))


def _take_all(account: Account) -> Sequence[ContactChange]:
    """End every link of an account that is good; return the changes, the oldest first."""
    now = clock.now()
    good = (
        ContactChange.account_id == account.id,
        ContactChange.stopped_at.is_(None),
        ContactChange.made_at > now - WEEK,
    )
    changes = db.session.scalars(select(ContactChange).where(*good).order_by(ContactChange.id))
    found = changes.all()
    db.session.execute(update(ContactChange).where(*good).values(stopped_at=now))
    return found


def _put_back(account: Account, changes: Sequence[ContactChange], by: int | None) -> list[str]:
    """Give an account what it had before the changes; return the addresses that go."""
    before: dict[ContactKind, ContactChange] = {}
    for one in changes:
        before.setdefault(one.kind, one)
    kept = {one.former for one in before.values()}
    thrown_out = []
    rows = db.session.scalars(select(Contact).where(Contact.account_id == account.id))
    for contact in rows.all():
        if contact.kind in before or not _is_settled(contact, account, changes[0].made_at):
            if contact.kind is not ContactKind.TELEGRAM and contact.address not in kept:
                thrown_out.append(contact.address or "")
            db.session.delete(contact)
    db.session.flush()
    for one in before.values():
        _restore(account, one, by)
    return [address for address in thrown_out if address]


def _restore(account: Account, change: ContactChange, by: int | None) -> None:
    address = change.former or ""
    freeing.free(account, change.kind, address, by=by)
    contact = Contact(
        account=account,
        kind=change.kind,
        address_hash=queries.address_hash(address),
        verified_at=change.former_since,
    )
    contact.address = address
    if not add_once(contact):
        raise freeing.TakenMeanwhile()


def _forget_what_came(account: Account, first: ContactChange) -> None:
    """Forget ways in that are younger than the first change, or were asked for since.

    A password goes in any case: a code does instead, and nobody knows who set it.
    """
    young = Passkey.created_at > first.made_at - WEEK
    db.session.execute(delete(Passkey).where(Passkey.account_id == account.id, young))
    account.password_hash = account.recovery_asked_at = None
    protecting.forget_links(account)
    if account.has_second_factor and not first.had_app:
        factors.forget(account)


def _is_settled(contact: Contact, account: Account, at: datetime) -> bool:
    """Return whether somebody had time to object to a contact, or it began the account."""
    since = contact.verified_at
    return since is not None and (since <= at - WEEK or since <= account.created_at + AT_FIRST)


def _mailbox(account: Account, at: datetime) -> str | None:
    contact = contacts.find(account.id, ContactKind.EMAIL)
    is_good = contact is not None and contact.bounced_at is None
    return contact.address if contact and is_good and _is_settled(contact, account, at) else None


def _stopped_at(account: Account) -> datetime | None:
    """Return when a change of an account was taken back lately."""
    return db.session.scalar(
        select(ContactChange.stopped_at)
        .where(
            ContactChange.account_id == account.id,
            ContactChange.stopped_at > clock.now() - ONCE_IN,
        )
        .order_by(ContactChange.stopped_at.desc())
        .limit(1)
    )


def _hash(token: str) -> str:
    return keyed_hash("contact_change", token[:LONGEST_TOKEN])
