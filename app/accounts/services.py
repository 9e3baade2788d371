"""The persons for whom an account acts, the account's own settings, and staff with their roles."""

from collections.abc import Callable, Iterable
from dataclasses import asdict

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from app.accounts import marks, passwords, queries, rules, sessions, telling
from app.accounts.models import (
    Account,
    Authority,
    AuthorityKind,
    Person,
    PersonTerm,
    SignIn,
    StaffMember,
    StaffRole,
)
from app.accounts.rights.rules import RightsChange
from app.audit import services as audit
from app.core import clock
from app.core.actor import SYSTEM, Actor, Role
from app.core.crypto import keyed_hash, new_data_key
from app.core.db import Texts, constraint_of, count_changed, db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.i18n import LANGUAGES

ENROLLED_BY_OPERATOR = 1
"""A time step long past: the secret counts as set up, and every code of today is new."""


class SamePerson(Invalid):
    """The account has this person in its list already."""

    message = _l("This person is already in your list. Look there before you enter them again.")


class IdentityLocked(Conflict):
    """A request of this person is with the post."""

    message = _l(
        "These details are fixed, because a request for this person is with the post. "
        "If something is wrong, its staff can correct it: write to the post with the number of "
        "the request, or bring the document that shows what is right."
    )


def save_person(
    details: rules.Details,
    *,
    account_id: int,
    kind: AuthorityKind,
    actor: Actor,
    uid: str | None = None,
) -> Person:
    """Add a person to an account's list, or with a uid change one that is there.

    Raises NotFound for a person of somebody else, SamePerson for one who is in
    the list already, IdentityLocked while a request of the person is with the post.
    """
    authority = queries.get_authority(account_id, uid) if uid else None
    person = lock_person(authority.person_id) if authority else None
    if person is not None and person.locked_at is not None:
        raise IdentityLocked()
    _refuse_second_entry(details, kind, account_id, person)

    if authority is None:
        return _add_person(details, account_id, kind, actor)
    authority.kind = kind
    _write(authority.person, details, actor)
    return authority.person


def add_visitor(details: rules.Details, *, actor: Actor) -> Person:
    """Add a person for whom no account acts yet: somebody at the counter."""
    person = Person(data_key=new_data_key(clock.now()), created_at=clock.now())
    _write(person, details, actor)
    return person


def entrust(person: Person, *, account_id: int, kind: AuthorityKind) -> None:
    """Let an account act for a person from now on, unless the same one is in its list already.

    For the service of a case, which asked for proof. Raises Invalid, with the field, for a second
    "myself".
    """
    if queries.find_same_person(account_id, person.fingerprint, but=None) is not None:
        return
    _refuse_second_self(kind, account_id, but=None)
    _let_act(account_id, person, kind)


def correct_person(person_id: int, details: rules.Details, *, actor: Actor) -> list[str]:
    """Write what staff found to be right, locked or not; return the names of what changed.

    For the service of a case, which asks who may and leaves the event.
    """
    person = lock_person(person_id)
    changed = _changed(rules.Details.from_json(person.details or {}), details)
    if changed:
        person.disowned_at = None
        _write(person, details, actor)
    return changed


def lock_identity(person_id: int) -> None:
    """Fix a person's details from now on: what an officer reviews must stay who it was."""
    person = lock_person(person_id)
    person.locked_at = person.locked_at or clock.now()


def unlock_identity(person_id: int, *, unless: Callable[[], bool]) -> None:
    """Let a person's details be changed again, unless something else depends on them.

    `unless` is asked once the person's row is locked, so that it sees every lock_identity that
    came before.
    """
    person = lock_person(person_id)
    if not unless():
        person.locked_at = None


def set_language(account_id: int, language: str) -> Account:
    """Have an account's messages written in a language from now on."""
    account = queries.get_account(account_id)
    if language not in LANGUAGES:
        raise Invalid(field="language")
    account.language = language
    return account


def end_session(mark: str, *, actor: Actor) -> None:
    """End one of the actor's own sessions; raise NotFound for any other."""
    named = SignIn.token_hash.startswith(mark, autoescape=True)
    if count_changed(delete(SignIn).where(named, SignIn.of(actor))) != 1:
        raise NotFound()
    audit.record("session_ended", actor=actor, object_kind="session", object_uid=mark)


def end_other_sessions(*, actor: Actor) -> None:
    """End all sessions of the actor but the present one."""
    db.session.execute(delete(SignIn).where(SignIn.of(actor), SignIn.id != actor.session_id))
    audit.record(
        "sessions_ended", actor=actor, object_kind="session", object_uid=str(actor.session_id)
    )


def create_staff(
    login: str,
    *,
    name: Texts,
    language: str,
    password: str,
    roles: Iterable[tuple[int, Role]] = (),
    totp: str | None = None,
    actor: Actor = SYSTEM,
) -> StaffMember:
    """Add a member of staff with (post id, role) pairs.

    Without a `totp` secret they set up their second factor when they first sign in.
    Raises Invalid for a password out of bounds, Conflict for a login that is taken.
    """
    passwords.check(password, shortest=passwords.SHORTEST, known=[login, *name.values()])
    staff = StaffMember(
        login=queries.normal_login(login),
        name=name,
        language=language,
        password_hash=passwords.hash_of(password),
        data_key=new_data_key(clock.now()),
        totp_counter=ENROLLED_BY_OPERATOR if totp else 0,
        created_at=clock.now(),
    )
    staff.totp = totp
    _add_staff(staff)
    audit.record("staff_created", actor=actor, object_kind="staff", object_uid=staff.uid)
    for post_id, role in roles:
        grant(staff, post_id, role, actor=actor)
    return staff


def grant(staff: StaffMember, post_id: int, role: Role, *, actor: Actor = SYSTEM) -> None:
    """Give a role at a post; having it already is no error."""
    has_it = select(StaffRole.id).where(
        StaffRole.staff_id == staff.id, StaffRole.post_id == post_id, StaffRole.role == role
    )
    if db.session.scalar(has_it) is not None:
        return
    db.session.add(StaffRole(staff_id=staff.id, post_id=post_id, role=role))
    # What was signed in before has fewer rights: whoever holds its token shall not have more.
    sessions.end_all(staff)
    db.session.flush()
    db.session.expire(staff, ["roles"])
    _record("role_granted", staff, post_id, role, actor)
    telling.tell_of_rights(staff, RightsChange.GIVEN)


def take_role(staff: StaffMember, post_id: int, role: Role, *, actor: Actor = SYSTEM) -> None:
    """Take a role at a post; raise Conflict for the last admin, NotFound for who has it not.

    One person is enough for it, who is recorded: it only takes rights away. The sessions end.
    """
    if role is Role.ADMIN and lock_admins(post_id) <= {staff.id}:
        raise Conflict(_l("This is the last administrator of the post."))
    taken = delete(StaffRole).where(
        StaffRole.staff_id == staff.id, StaffRole.post_id == post_id, StaffRole.role == role
    )
    if count_changed(taken) != 1:
        raise NotFound()
    sessions.end_all(staff)
    db.session.expire(staff, ["roles"])
    _record("role_taken", staff, post_id, role, actor)
    telling.tell_of_rights(staff, RightsChange.TAKEN)


def _record(action: str, staff: StaffMember, post_id: int, role: Role, actor: Actor) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="staff",
        object_uid=staff.uid,
        post_id=post_id,
        fields={"role": role.value},
    )


def lock_admins(post_id: int) -> set[int]:
    """Return the keys of the admins of a post; none of them can be changed meanwhile.

    So that two do not take each other's rights at once.
    """
    admins = (
        select(StaffRole.staff_id)
        .join(StaffMember, StaffMember.id == StaffRole.staff_id)
        .where(
            StaffRole.post_id == post_id,
            StaffRole.role == Role.ADMIN,
            StaffMember.disabled_at.is_(None),
        )
        .order_by(StaffRole.id)
        .with_for_update(of=(StaffRole, StaffMember))
    )
    return set(db.session.scalars(admins))


def disable_staff(staff: StaffMember, *, actor: Actor) -> None:
    """Let somebody in no more, and end what sessions they have."""
    staff.disabled_at = clock.now()
    sessions.end_all(staff)
    audit.record("staff_disabled", actor=actor, object_kind="staff", object_uid=staff.uid)
    telling.tell_of_rights(staff, RightsChange.SHUT_OUT)


def enable_staff(staff: StaffMember, *, actor: Actor) -> None:
    """Let somebody in again who was shut out, with the roles that were left to them."""
    staff.disabled_at = None
    audit.record("staff.enabled", actor=actor, object_kind="staff", object_uid=staff.uid)
    telling.tell_of_rights(staff, RightsChange.LET_IN)


def lock_person(person_id: int) -> Person:
    """Return a person as they stand now, locked."""
    return db.session.scalars(
        select(Person)
        .where(Person.id == person_id)
        .with_for_update(of=Person)
        .execution_options(populate_existing=True)
    ).one()


def _refuse_second_entry(
    details: rules.Details, kind: AuthorityKind, account_id: int, person: Person | None
) -> None:
    known_id = person.id if person else None
    if queries.find_same_person(account_id, queries.fingerprint(details), but=known_id):
        field = "national_number" if rules.digits_of(details.national_number) else "first_ar"
        raise SamePerson(field=field)
    _refuse_second_self(kind, account_id, but=known_id)


def _refuse_second_self(kind: AuthorityKind, account_id: int, *, but: int | None) -> None:
    if kind is not AuthorityKind.SELF:
        return
    others = [p for p, k in queries.list_persons(account_id) if k is kind and p.id != but]
    if others:
        raise Invalid(
            _l("You have entered yourself already. Say what this person is to you."), field="kind"
        )


def _add_person(
    details: rules.Details, account_id: int, kind: AuthorityKind, actor: Actor
) -> Person:
    person = add_visitor(details, actor=actor)
    _let_act(account_id, person, kind)
    return person


def _let_act(account_id: int, person: Person, kind: AuthorityKind) -> None:
    row = Authority(account_id=account_id, person=person, kind=kind, created_at=clock.now())
    db.session.add(row)
    db.session.flush()


def _write(person: Person, details: rules.Details, actor: Actor) -> None:
    before = rules.Details.from_json(person.details or {}) if person.id else rules.Details()
    person.details = details.to_json()
    person.fingerprint = queries.fingerprint_of(person)
    person.updated_at = clock.now()
    db.session.add(person)
    db.session.flush()
    _index(person, details)
    marks.write(person, details)
    audit.record(
        "person_saved",
        actor=actor,
        object_kind="person",
        object_uid=person.uid,
        fields={"fields": _changed(before, details)},
    )


def _index(person: Person, details: rules.Details) -> None:
    db.session.execute(delete(PersonTerm).where(PersonTerm.person_id == person.id))
    terms = {keyed_hash("person", word) for word in rules.search_words(details)}
    if terms:
        rows = [{"term": term, "person_id": person.id} for term in sorted(terms)]
        db.session.execute(insert(PersonTerm), rows)


def _changed(before: rules.Details, after: rules.Details) -> list[str]:
    old, new = asdict(before), asdict(after)
    return [name for name in new if new[name] != old[name]]


def _add_staff(staff: StaffMember) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(staff)
    except IntegrityError as error:
        if constraint_of(error) != "uq_staff_member_login":
            raise
        raise Conflict(_l("This login is taken.")) from None
