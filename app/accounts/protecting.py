"""Changing how an account is protected: its password and its second factor.

Whoever calls has asked for the one who owns it a moment ago (securing.confirmed). Every change
ends the other sessions and is told to the owner.
"""

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete

from app.accounts import enrolling, factors, passwords, queries, recovery, services, telling
from app.accounts.models import Account, Owner, PasswordReset
from app.accounts.rules import SecurityChange
from app.audit import services as audit
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import Invalid


class NotThePassword(Invalid):
    """The present password was asked for, and it is another one."""

    message = _l("This is not your present password.")


def check_present(owner: Owner, password: str) -> None:
    """Raise NotThePassword for another one than the owner has, if there is any."""
    if owner.password_hash and not factors.check_password(owner, password):
        raise NotThePassword(field="present")


def set_password(owner: Owner, password: str, *, actor: Actor) -> None:
    """Have an owner sign in with this password from now on; raise Invalid for a weak one."""
    write_password(owner, password)
    services.end_other_sessions(actor=actor)
    audit.record("password_set", actor=actor, object_kind=owner.object_kind, object_uid=owner.uid)


def write_password(owner: Owner, password: str) -> None:
    """Store a password, make links that would set another one worthless, and tell the owner."""
    shortest = passwords.shortest_of(owner.kind)
    passwords.check(password, shortest=shortest, known=_known(owner))
    owner.password_hash = passwords.hash_of(password)
    forget_links(owner)
    telling.tell(owner, SecurityChange.PASSWORD_SET)


def remove_password(account: Account, *, actor: Actor) -> None:
    """Have a citizen sign in without a password again."""
    account.password_hash = None
    forget_links(account)
    services.end_other_sessions(actor=actor)
    audit.record("password_removed", actor=actor, object_kind="account", object_uid=account.uid)
    telling.tell(account, SecurityChange.PASSWORD_REMOVED)


def forget_links(owner: Owner) -> None:
    """Make the links that would set a password of an owner worthless."""
    db.session.execute(delete(PasswordReset).where(PasswordReset.of(owner)))


def confirm_app(
    account: Account, secret: str, typed: str, *, network: str | None, actor: Actor
) -> list[str]:
    """Ask for the app from now on; return the recovery codes, or raise WrongSecondFactor."""
    enrolling.adopt(account, secret)
    factors.check_second_factor(account, typed, network=network)
    services.end_other_sessions(actor=actor)
    audit.record("app_added", actor=actor, object_kind="account", object_uid=account.uid)
    telling.tell(account, SecurityChange.APP_ADDED)
    return recovery.make(account)


def remove_app(account: Account, *, actor: Actor) -> None:
    """Ask a citizen for no second factor any more."""
    factors.forget(account)
    services.end_other_sessions(actor=actor)
    audit.record("app_removed", actor=actor, object_kind="account", object_uid=account.uid)
    telling.tell(account, SecurityChange.APP_REMOVED)


def make_codes(owner: Owner, *, actor: Actor) -> list[str]:
    """Return new recovery codes in place of all former ones."""
    codes = recovery.make(owner)
    audit.record(
        "recovery_codes_made", actor=actor, object_kind=owner.object_kind, object_uid=owner.uid
    )
    telling.tell(owner, SecurityChange.RECOVERY_CODES_MADE)
    return codes


def _known(owner: Owner) -> list[str]:
    if isinstance(owner, Account):
        return [queries.address_of(owner.id) or "", queries.phone_of(owner.id) or ""]
    return [owner.login, *owner.name.values()]
