"""Finding accounts, persons, staff and their sessions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import BindParameter, ColumnElement, Select, String, bindparam, exists, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.accounts import rules, sessions
from app.accounts.models import (
    Account,
    Authority,
    AuthorityKind,
    Contact,
    ContactKind,
    OneTimeCode,
    Owner,
    Person,
    PersonTerm,
    SignIn,
    StaffMember,
    StaffRole,
    unreadable_details,
)
from app.core import text as texts
from app.core.actor import Actor, ActorKind, Role
from app.core.crypto import Sealed, WrappedKey, keyed_hash
from app.core.db import db
from app.core.errors import NotFound

LONGEST_LOGIN = 200

PersonKey = InstrumentedAttribute[int]
"""A column that holds the key of a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A person as a list reads them; the details are opened where they are shown."""

    __tablename__ = Person.__tablename__

    uid: str
    sealed_details: bytes
    data_key: WrappedKey
    details = Sealed[dict[str, Any]](unreadable_details)
    """As those of the Person (Any: JSON)."""


def address_hash(address: str) -> str:
    """Return the keyed hash under which a normalised mail address or phone is looked up."""
    return contact_hash(ContactKind.of(address), address)


def contact_hash(kind: ContactKind, address: str) -> str:
    """Return the keyed hash under which an address or a phone is looked up."""
    return keyed_hash(f"contact:{kind.value}", address)


def fingerprint(details: rules.Details) -> str:
    """Return the keyed hash of what makes a person one and the same."""
    return keyed_hash("fingerprint", rules.identity(details))


def fingerprint_of(person: Person) -> str:
    """Return the fingerprint of a person; of one who was disowned, a mark that nobody else has."""
    if person.disowned_at is not None:
        return keyed_hash("fingerprint", f"disowned:{person.uid}")
    return fingerprint(rules.Details.from_json(person.details or {}))


def is_doubted(person: Person) -> bool:
    """Return whether staff have to see who a person is before they get a time online.

    So it is with one who was disowned, and with one of whom staff saw another with the number.
    """
    if person.disowned_at is not None:
        return True
    if person.verified_at is not None:
        return False
    another = exists().where(
        Person.fingerprint == person.fingerprint,
        Person.verified_at.is_not(None),
        Person.id != person.id,
    )
    return db.session.scalar(select(another)) or False


def get_account(account_id: int) -> Account:
    """Return an account that is not erased, or raise NotFound."""
    account = db.session.get(Account, account_id)
    if account is None or account.erased_at is not None:
        raise NotFound()
    return account


def lock_account(account_id: int) -> None:
    """Lock an account, so that what it does at once elsewhere is counted one after another."""
    db.session.execute(
        select(Account.id).where(Account.id == account_id).with_for_update(key_share=True)
    ).all()


def find_account(uid: str) -> Account | None:
    """Return the account of a uid, None for one that is erased."""
    return db.session.scalar(select(Account).where(Account.uid == uid, Account.erased_at.is_(None)))


def find_account_by_address(address: str) -> Account | None:
    """Return the account that is reached at a normalised mail address or phone."""
    kind = ContactKind.of(address)
    return db.session.scalar(
        select(Account)
        .join(Contact, Contact.account_id == Account.id)
        .where(Contact.kind == kind, Contact.address_hash == address_hash(address))
    )


def address_of(account_id: int) -> str | None:
    """Return the verified mail address of an account."""
    return verified_address(account_id, ContactKind.EMAIL)


def phone_of(account_id: int) -> str | None:
    """Return the verified phone of an account, as E.164."""
    return verified_address(account_id, ContactKind.PHONE)


def chat_of(account_id: int) -> str | None:
    """Return the number of the verified Telegram chat of an account."""
    return verified_address(account_id, ContactKind.TELEGRAM)


def verified_address(account_id: int, kind: ContactKind) -> str | None:
    """Return the verified contact of an account that is of a kind."""
    contact = db.session.scalar(
        select(Contact).where(
            Contact.account_id == account_id,
            Contact.kind == kind,
            Contact.verified_at.is_not(None),
        )
    )
    return contact.address if contact else None


def verified_contacts(account_ids: Collection[int]) -> list[tuple[int, ContactKind, bool]]:
    """Return whose, of what kind, and whether it bounced, of each verified address of accounts."""
    rows = db.session.execute(
        select(Contact.account_id, Contact.kind, Contact.bounced_at).where(
            Contact.account_id.in_(account_ids), Contact.verified_at.is_not(None)
        )
    )
    return [(account_id, kind, bounced_at is not None) for account_id, kind, bounced_at in rows]


def has_bounced(account_id: int, kind: ContactKind) -> bool:
    """Return whether messages to an address of an account came back."""
    return (account_id, kind, True) in verified_contacts([account_id])


def find_code(uid: str) -> OneTimeCode | None:
    """Return a code that was sent, used or not."""
    return db.session.scalar(select(OneTimeCode).where(OneTimeCode.uid == uid))


def find_newest_code(purpose: str, address: str) -> OneTimeCode | None:
    """Return the code that was made last for an address or a phone, used or not."""
    return db.session.scalar(
        select(OneTimeCode)
        .where(OneTimeCode.purpose == purpose, OneTimeCode.address_hash == address_hash(address))
        .order_by(OneTimeCode.id.desc())
        .limit(1)
    )


def list_persons(account_id: int) -> list[tuple[Person, AuthorityKind]]:
    """Return the persons for whom an account acts, in the order of entry."""
    rows = db.session.execute(
        select(Person, Authority.kind)
        .join(Authority, Authority.person_id == Person.id)
        .where(Authority.account_id == account_id, Authority.ends_at.is_(None))
        .order_by(Authority.id)
    )
    return [(person, kind) for person, kind in rows]


def get_person(account_id: int, uid: str) -> Person:
    """Return a person for whom the account acts; raise NotFound for anybody else."""
    return get_authority(account_id, uid).person


def is_ward(person_id: int) -> bool:
    """Return whether an account acts for a person as their guardian now."""
    return (
        db.session.scalar(
            select(
                exists().where(
                    Authority.person_id == person_id,
                    Authority.kind == AuthorityKind.GUARDIAN,
                    Authority.ends_at.is_(None),
                )
            )
        )
        or False
    )


def get_authority(account_id: int, uid: str) -> Authority:
    """Return the right of an account to act for a person; raise NotFound without one."""
    authority = db.session.scalar(
        select(Authority)
        .join(Person, Authority.person_id == Person.id)
        .where(
            Authority.account_id == account_id,
            Authority.ends_at.is_(None),
            Person.uid == uid,
        )
    )
    if authority is None:
        raise NotFound()
    return authority


def find_same_person(account_id: int, mark: str, *, but: int | None) -> Person | None:
    """Return another person of this account with a fingerprint."""
    return db.session.scalar(
        select(Person)
        .join(Authority, Authority.person_id == Person.id)
        .where(
            Authority.account_id == account_id,
            Authority.ends_at.is_(None),
            Person.fingerprint == mark,
            Person.id != (but or 0),
        )
        .limit(1)
    )


def is_known(details: rules.Details) -> bool:
    """Return whether anybody with this number, or these names and birth, was entered before."""
    known = select(Person.id).where(Person.fingerprint == fingerprint(details))
    return db.session.scalar(known.limit(1)) is not None


def has_words(typed: str, person_id: PersonKey) -> list[ColumnElement[bool]]:
    """Return conditions that a person has every typed word; empty without a word.

    `person_id` is the column in which a query has the key of the person. For a search that
    narrows down before it counts: how many such persons there are is not known.
    """
    return [_has_term(term, person_id) for term in _terms_of(typed)]


def newest_having(typed: str) -> Select[int] | None:
    """Return the query for the keys of persons who have every typed word, None without a word.

    Read from the end, its index gives the newest first, however many bear a name.
    """
    terms = _terms_of(typed)
    if not terms:
        return None
    others = [_has_term(term, PersonTerm.person_id) for term in terms[1:]]
    return select(PersonTerm.person_id).where(PersonTerm.term == _known(terms[0]), *others)


def _terms_of(typed: str) -> list[str]:
    """Return the keyed hashes of the typed words, the longest word first: it finds the fewest."""
    words = dict.fromkeys(sorted(texts.match_key(typed[:200]).split(), key=len, reverse=True))
    return [keyed_hash("person", word) for word in words]


def _has_term(term: str, person_id: PersonKey) -> ColumnElement[bool]:
    one = aliased(PersonTerm)
    return (
        select(one.person_id).where(one.term == _known(term), one.person_id == person_id).exists()
    )


def _known(term: str) -> BindParameter[str]:
    """Return a keyed hash that stands in the statement itself: as a parameter it gets a plan for
    any word, and the database knows which names are common."""
    return bindparam(None, term, String, literal_execute=True)


def find_staff(login: str) -> StaffMember | None:
    """Return a member of staff by login, disabled or not."""
    return db.session.scalar(select(StaffMember).where(StaffMember.login == normal_login(login)))


def get_staff_by_login(login: str) -> StaffMember:
    """Return a member of staff by login, or raise NotFound."""
    staff = find_staff(login)
    if staff is None:
        raise NotFound(_l("Nobody has this login."))
    return staff


def get_staff(staff_id: int) -> StaffMember:
    """Return a member of staff, or raise NotFound."""
    staff = db.session.get(StaffMember, staff_id)
    if staff is None:
        raise NotFound()
    return staff


def acting_staff(staff_id: int, post_id: int) -> Actor:
    """Return who began work that a worker goes on with, with the rights that they have by now."""
    staff = get_staff(staff_id)
    held = {one.role for one in staff.roles if one.post_id == post_id}
    return Actor(
        kind=ActorKind.STAFF,
        id=staff.id,
        post_id=post_id,
        roles=frozenset() if staff.disabled_at else frozenset(held),
    )


def list_colleagues(post_id: int, roles: Collection[Role]) -> list[StaffMember]:
    """Return who acts at a post in one of these roles and was not shut out, in a fixed order."""
    there = select(StaffRole.staff_id).where(
        StaffRole.post_id == post_id, StaffRole.role.in_(roles)
    )
    rows = db.session.scalars(
        select(StaffMember)
        .where(StaffMember.id.in_(there), StaffMember.disabled_at.is_(None))
        .order_by(StaffMember.id)
    )
    return [one for one in rows if _post_of(one) == post_id]


def _post_of(staff: StaffMember) -> int | None:
    return rules.rights_of((held.post_id, held.role) for held in staff.roles)[0]


def has_left(owner: Owner) -> bool:
    """Return whether an account was erased, or a member of staff was shut out."""
    return owner.left_at is not None


def normal_login(login: str) -> str:
    """Return a login as it is compared, case folded; empty for what nobody types."""
    try:
        return texts.clean_line(login[:LONGEST_LOGIN]).casefold()
    except texts.UnreadableText:
        return ""


def list_sessions(
    now: datetime, *, account_id: int | None = None, staff_id: int | None = None
) -> Sequence[SignIn]:
    """Return the living sessions of an account or a member of staff, newest first.

    What rested too long is over as well, though its row stands until it would have ended.
    """
    owner = SignIn.account_id == account_id if account_id else SignIn.staff_id == staff_id
    rest = sessions.IDLE_CITIZEN if account_id else sessions.IDLE_STAFF
    return db.session.scalars(
        select(SignIn)
        .where(owner, SignIn.expires_at > now, SignIn.seen_at > now - rest, SignIn.pending == "")
        .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
    ).all()
