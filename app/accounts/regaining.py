"""Getting back into an account whose app and recovery codes are lost: by waiting, in the open.

Whoever gave the code by mail may ask. The owner is told by every way there is, and for seven days
any whole sign-in stops it. Then whoever gives a code by mail once more is asked for no app.
docs/security.md says why it is not done at once, and not at a counter.
"""

from datetime import datetime, timedelta

from app.accounts import factors, sessions, telling, throttle
from app.accounts.models import Account
from app.accounts.rules import SecurityChange
from app.accounts.throttle import Limit
from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.db import db
from app.core.errors import Conflict

WAIT = timedelta(days=7)
"""So long the owner has to hear of it and to stop it."""
GOOD_FOR = timedelta(days=30)
"""So long after the wait it can be made use of."""
ASKED = Limit(name="regain:account", most=2, window=timedelta(days=1))


def due_at(account: Account) -> datetime | None:
    """Return from when the app is not asked for any more, None when nobody asked for that."""
    asked_at = account.recovery_asked_at
    if asked_at is None or clock.now() > asked_at + WAIT + GOOD_FOR:
        return None
    return asked_at + WAIT


def count_asking(account: Account) -> None:
    """Count an asking in a transaction that commits; raise TooMany."""
    throttle.count(ASKED, account.uid)


def ask(account: Account) -> None:
    """Begin the wait, unless it has begun, and have the owner told everywhere."""
    _lock(account)
    if not account.has_second_factor or due_at(account) is not None:
        return
    account.recovery_asked_at = clock.now()
    _record("recovery_asked", account)
    telling.tell(account, SecurityChange.RECOVERY_ASKED)


def stop(account: Account) -> None:
    """End the wait: whoever got in whole has the second factor, or another way in."""
    if account.recovery_asked_at is None:
        return
    account.recovery_asked_at = None
    _record("recovery_stopped", account)
    telling.tell(account, SecurityChange.RECOVERY_STOPPED)


def finish(account: Account) -> None:
    """Ask for the app no more and end all sessions; raise Conflict before the wait is over."""
    _lock(account)
    due = due_at(account)
    if due is None or clock.now() < due:
        raise Conflict()
    account.recovery_asked_at = None
    factors.forget(account)
    sessions.end_all(account)
    _record("recovery_done", account)
    telling.tell(account, SecurityChange.RECOVERY_DONE)


def _lock(account: Account) -> None:
    db.session.refresh(account, with_for_update=True)


def _record(action: str, account: Account) -> None:
    actor = Actor(kind=ActorKind.CITIZEN, id=account.id)
    audit.record(action, actor=actor, object_kind="account", object_uid=account.uid)
