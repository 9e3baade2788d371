"""Setting up an authenticator app: its secret is known to one browser until a code of it came.

The browser keeps it sealed, bound to its session, and no row has it before. So whoever else knows
the password, or has another session of the account, is shown another secret, which is worth
nothing once an app was confirmed.
"""

import json

import pyotp
from flask import session
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete

from app.accounts import telling
from app.accounts.models import Owner, SignIn, StaffMember
from app.accounts.rules import SecurityChange
from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.crypto import Unreadable, seal_for_browser, unseal_from_browser
from app.core.db import count_changed, db
from app.core.errors import Conflict, Invalid

KEY = "app_secret"
PENDING = "totp_setup"


class NewSecret(Invalid):
    """The code belongs to a secret that was shown before, in this session or another one."""

    message = _l("The key on this page is a new one. Scan it, and enter the code that it gives.")


def secret_of(session_id: int | None) -> str:
    """Return the secret that this session sets up, a new one when it had none yet."""
    return _kept(session_id) or _keep(session_id)


def kept_secret(session_id: int | None) -> str:
    """Return the secret that this session has been shown; raise NewSecret when it was none."""
    kept = _kept(session_id)
    if not kept:
        raise NewSecret()
    return kept


def forget() -> None:
    """Have the browser forget the secret: it was confirmed, or another one shall be made."""
    session.pop(KEY, None)


def adopt(owner: Owner, secret: str) -> None:
    """Give an owner the secret whose code follows; raise Conflict when one was confirmed meanwhile.

    In the caller's transaction: a code that is wrong takes it away again.
    """
    db.session.refresh(owner, with_for_update=True)
    if owner.has_second_factor:
        raise Conflict()
    owner.totp = secret


def end_others(staff: StaffMember) -> bool:
    """End the half sessions in which somebody else sets up an app for the same person.

    Returns whether there was one. The person is told: two browsers know the password, and who
    comes first with a code has the account.
    """
    ended = count_changed(
        delete(SignIn).where(
            SignIn.staff_id == staff.id,
            SignIn.pending == PENDING,
            SignIn.expires_at > clock.now(),
        )
    )
    if not ended:
        return False
    actor = Actor(kind=ActorKind.STAFF, id=staff.id)
    audit.record("app_begun_twice", actor=actor, object_kind="staff", object_uid=staff.uid)
    telling.tell(staff, SecurityChange.APP_BEGUN_TWICE)
    return True


def _keep(session_id: int | None) -> str:
    secret = pyotp.random_base32()
    plain = json.dumps({"session": session_id, "secret": secret}).encode()
    session[KEY] = seal_for_browser(plain, KEY)
    return secret


def _kept(session_id: int | None) -> str:
    try:
        kept = json.loads(unseal_from_browser(session.get(KEY, ""), KEY))
    except Unreadable:
        return ""
    return str(kept["secret"]) if kept["session"] == session_id else ""
