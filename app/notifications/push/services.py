"""Browsers in which somebody wants to be told: added, removed, and gone."""

from collections.abc import Collection
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, delete, or_, select, update

from app.accounts import throttle
from app.accounts.models import Account
from app.accounts.throttle import Limit
from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor
from app.core.crypto import keyed_hash
from app.core.db import count_changed, db
from app.core.errors import Invalid, NotFound
from app.notifications.preferences import services as preferences
from app.notifications.push import queries, rules, sealing
from app.notifications.push.models import PushDevice
from app.notifications.push.rules import Subscription
from app.notifications.rules import Channel

ADDED_BY_ACCOUNT = Limit(name="push:account", most=20, window=timedelta(hours=1))


def add(account: Account, to: Subscription, *, device: str, actor: Actor) -> PushDevice:
    """Have an account told in a browser from now on, before any other way.

    A browser that somebody else used before is theirs no more. Raises Invalid for an address
    that is not called (rules.is_allowed) and for keys that are none, TooMany.
    """
    throttle.count(ADDED_BY_ACCOUNT, account.uid)
    # Of a button that is pressed twice the second press finds what the first one wrote.
    db.session.execute(select(Account.id).where(Account.id == account.id).with_for_update())
    _check(to)
    endpoint_hash = keyed_hash("push_endpoint", to.endpoint)
    is_over = and_(PushDevice.account_id == account.id, PushDevice.gone_at.is_not(None))
    same = PushDevice.endpoint_hash == endpoint_hash
    db.session.execute(delete(PushDevice).where(or_(same, is_over)))
    row = PushDevice(
        account=account,
        account_id=account.id,
        endpoint_hash=endpoint_hash,
        device=device,
        created_at=clock.now(),
    )
    row.subscription = {"endpoint": to.endpoint, "p256dh": to.p256dh, "auth": to.auth}
    db.session.add(row)
    db.session.flush()
    _leave_the_newest(account.id)
    preferences.put_first(account, Channel.PUSH)
    audit.record("push.added", actor=actor, object_kind="account", object_uid=account.uid)
    return row


def _check(to: Subscription) -> None:
    refusal = Invalid(_l("This browser names a push service that is not used here."))
    if not rules.is_allowed(to.endpoint, current_app.config["SETTINGS"].push_hosts):
        raise refusal
    try:
        is_whole = len(rules.raw(to.auth)) == rules.SECRET_BYTES
        sealing.seal(b"", to)
    except ValueError:
        raise refusal from None
    if not is_whole:
        raise refusal


def _leave_the_newest(account_id: int) -> None:
    for row in queries.list_devices(account_id)[: -rules.MOST_DEVICES]:
        db.session.delete(row)


def remove(account: Account, uid: str, *, actor: Actor) -> None:
    """Tell nothing in a browser any more; raise NotFound for anybody else's."""
    own = (PushDevice.account_id == account.id, PushDevice.uid == uid)
    if count_changed(delete(PushDevice).where(*own)) != 1:
        raise NotFound()
    audit.record("push.removed", actor=actor, object_kind="account", object_uid=account.uid)


def forget_young(account: Account, since: datetime) -> None:
    """Tell nothing any more in browsers that were added after a moment."""
    young = (PushDevice.account_id == account.id, PushDevice.created_at > since)
    db.session.execute(delete(PushDevice).where(*young))


def mark_gone(uids: Collection[str]) -> None:
    """Note that there are no such browsers any more, as their push services say."""
    if uids:
        db.session.execute(
            update(PushDevice)
            .where(PushDevice.uid.in_(uids), PushDevice.gone_at.is_(None))
            .values(gone_at=clock.now())
        )
