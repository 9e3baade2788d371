"""Who is signed in: a random token in a cookie, everything else in a row on the server.

Sessions are written back only while they exist, so that ending one cannot be undone by a
request in flight (ADR 0002).
"""

import secrets
from datetime import datetime, timedelta

from flask import Request, current_app, g, request
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from app.accounts import rules
from app.accounts.models import Account, Owner, SignIn, StaffMember
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.crypto import keyed_hash
from app.core.db import count_changed, db, transaction
from app.core.errors import NotFound
from app.core.i18n import text_in

ABSOLUTE = timedelta(hours=12)
HALF_SIGNED_IN = timedelta(minutes=10)
"""How long the second factor is waited for."""
IDLE_CITIZEN = timedelta(minutes=30)
IDLE_STAFF = timedelta(minutes=15)
TOUCH_AFTER = timedelta(minutes=1)
LONGEST_TOKEN = 64
MARK_SIGNS = 16


def cookie_name() -> str:
    """Return the cookie's name; `__Host-` where the site is served over TLS."""
    return "__Host-jaliya-id" if current_app.config["SESSION_COOKIE_SECURE"] else "jaliya-id"


def begin(
    *,
    account: Account | None = None,
    staff: StaffMember | None = None,
    pending: str = "",
) -> str:
    """Add a session for one of the two and return its token, which only the cookie keeps.

    The token is always new, and the session that the browser had before ends: nobody can
    have planted it.
    """
    end_current()
    token = secrets.token_urlsafe(32)
    now = clock.now()
    if account is not None:
        account.seen_on = now.date()
    db.session.add(
        SignIn(
            token_hash=keyed_hash("session", token),
            account=account,
            staff=staff,
            pending=pending,
            created_at=now,
            seen_at=now,
            expires_at=now + (HALF_SIGNED_IN if pending else ABSOLUTE),
            confirmed_at=None if pending else now,
            device=device_of(request) if request else "",
        )
    )
    return token


def begin_for(owner: Owner, *, pending: str = "") -> str:
    """Begin a session for whoever it is; see begin."""
    if isinstance(owner, Account):
        return begin(account=owner, pending=pending)
    return begin(staff=owner, pending=pending)


def renew(session_id: int) -> str:
    """Give a session another token, now that its owner showed who they are; return it.

    The old one means nothing any more, and the session ends when it would have ended. Raises
    NotFound when it was ended meanwhile.
    """
    token = secrets.token_urlsafe(32)
    renewed = count_changed(
        update(SignIn)
        .where(SignIn.id == session_id)
        .values(token_hash=keyed_hash("session", token), confirmed_at=clock.now())
    )
    if renewed != 1:
        raise NotFound()
    return token


def set_cookie(response: Response, token: str, kind: ActorKind) -> None:
    """Hand the token to the browser, until it is closed.

    That of staff goes with no request that another site began (docs/adr/0023).
    """
    response.set_cookie(
        cookie_name(),
        token,
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        samesite="Strict" if kind is ActorKind.STAFF else "Lax",
        path="/",
    )


def clear_cookie(response: Response) -> None:
    """Take the token back, and have the browser forget what it has seen of the pages."""
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    response.delete_cookie(
        cookie_name(),
        path="/",
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        samesite="Lax",
    )


def end(session_id: int) -> None:
    """Delete a session; its token means nothing from now on."""
    db.session.execute(delete(SignIn).where(SignIn.id == session_id))


def end_all(owner: Owner) -> None:
    """Delete every session of an owner, whole or not."""
    db.session.execute(delete(SignIn).where(SignIn.of(owner)))


def end_current() -> None:
    """Delete the session whose token came with this request, alive or not."""
    token_hash = _sent_hash()
    if token_hash:
        db.session.execute(delete(SignIn).where(SignIn.token_hash == token_hash))


# Without the key of the staff, which no request needs: to join it, the database read through the
# keys of all persons when somebody was hired after it had counted them last.
_BY_TOKEN = (
    select(SignIn)
    .options(joinedload(SignIn.staff).lazyload(StaffMember.data_key))
    .where(SignIn.token_hash == bindparam("token_hash"))
)


def identify() -> Actor | None:
    """Return who sent this request, or None; a session that is over counts as none."""
    token_hash = _sent_hash()
    if not token_hash:
        return None
    row = db.session.scalar(_BY_TOKEN, {"token_hash": token_hash})
    now = clock.now()
    if row is None or not _is_alive(row, now):
        return None
    actor = actor_of(row)
    if actor and now - row.seen_at > TOUCH_AFTER:
        touch(row.id, now)
    return actor


def _sent_hash() -> str:
    """Return the hash of the token that came with this request, empty when there is none."""
    token = request.cookies.get(cookie_name(), "")
    if not token or len(token) > LONGEST_TOKEN:
        return ""
    return keyed_hash("session", token)


def mark_of(token: str) -> str:
    """Return what names the session of a token; it lets nobody in."""
    return keyed_hash("session", token)[:MARK_SIGNS]


def current_mark() -> str:
    """Return what names the session whose token came with this request, empty for none."""
    return _sent_hash()[:MARK_SIGNS]


def touch(session_id: int, now: datetime) -> None:
    """Note that a session was used, if it still exists; the one write that a GET makes."""
    with transaction() as session:
        session.execute(update(SignIn).where(SignIn.id == session_id).values(seen_at=now))


def _is_alive(row: SignIn, now: datetime) -> bool:
    idle = IDLE_CITIZEN if row.account_id else IDLE_STAFF
    return row.expires_at > now and row.seen_at + idle > now


def actor_of(row: SignIn) -> Actor | None:
    """Return the actor behind a session, or None when the account or the person left."""
    if row.account is not None:
        if row.account.erased_at is not None:
            return None
        g.account = row.account
        return Actor(
            kind=ActorKind.CITIZEN,
            id=row.account.id,
            session_id=row.id,
            pending=row.pending,
        )
    staff = row.staff
    if staff is None or staff.disabled_at is not None:
        return None
    post_id, roles = rules.rights_of((role.post_id, role.role) for role in staff.roles)
    return Actor(
        kind=ActorKind.STAFF,
        id=staff.id,
        name=text_in(staff.name),
        post_id=post_id,
        roles=roles,
        session_id=row.id,
        pending=row.pending,
    )


def device_of(asked: Request) -> str:
    """Return what kind of device a request comes from, empty for unknown."""
    agent = asked.user_agent.string
    for word in ("Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux"):
        if word in agent:
            return word
    return ""
