"""What a copy says of an account besides its requests: what its owner chose, and who is signed in.

No secret is among it: no hash of a password, no key of an app, nothing that lets anybody in.
"""

from typing import Any

from app.accounts import passkeys
from app.accounts import queries as accounts
from app.accounts.models import Account
from app.core import clock
from app.notifications import wording
from app.notifications.models import Message
from app.notifications.preferences import queries as preferences
from app.notifications.push import queries as push

Json = dict[str, Any]
"""What goes into the file (Any: JSON)."""


def of_account(account: Account) -> Json:
    """Return what was chosen, and the browsers, passkeys and sessions of an account."""
    wishes = preferences.get_wishes(account.id)
    return {
        "preferences": {
            "order": [str(wording.CHANNELS[channel]) for channel in wishes.order],
            "quiet_from": wishes.quiet.begins.isoformat() if wishes.quiet else None,
            "quiet_until": wishes.quiet.ends.isoformat() if wishes.quiet else None,
            "unwanted": sorted(str(wording.TOPICS[topic]) for topic in wishes.unwanted),
            "discreet": wishes.is_discreet,
        },
        "sign_in": {
            "password": account.password_hash is not None,
            "authenticator_app": account.has_second_factor,
            "passkeys": [
                {"name": one.name, "since": one.created_at.isoformat()}
                for one in passkeys.list_passkeys(account)
            ],
        },
        "browsers": [
            {"device": one.device, "since": one.created_at.isoformat()}
            for one in push.list_devices(account.id)
        ],
        "sessions": [
            {"device": one.device, "since": one.created_at.isoformat()}
            for one in accounts.list_sessions(clock.now(), account_id=account.id)
        ],
    }


def message(one: Message) -> Json:
    """Return when, how and of what somebody was told, in the words of the reader."""
    return {
        "at": one.created_at.isoformat(),
        "channel": str(wording.CHANNELS[one.channel]),
        "about": str(wording.EVENTS.get(one.event, one.event)),
    }
