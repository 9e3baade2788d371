"""Addresses by which a mail lets its reader unsubscribe: signed, and good for ever.

They are signed by a key made of that which is never changed, the one of the search hashes: who
unsubscribes by an old mail must not be told that its link was good only until a key was changed.
"""

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from app.accounts.models import Account
from app.core import crypto
from app.core.db import db
from app.notifications.rules import Topic

SALT = "unsubscribe"
LONGEST = 300


def token_for(account_id: int, topic: Topic) -> str:
    """Return what an address names a wish by; without our key nobody makes one."""
    return signed(db.session.get_one(Account, account_id).uid, topic)


def signed(uid: str, topic: Topic) -> str:
    """Return the same for the uid of an account."""
    return str(_serializer().dumps([uid, topic.value]))


def read(token: str) -> tuple[str, Topic] | None:
    """Return the uid of an account and a topic, None for what we did not sign."""
    if len(token) > LONGEST:
        return None
    try:
        uid, topic = _serializer().loads(token)
        return str(uid), Topic(topic)
    except (BadData, ValueError, TypeError):
        return None


def _serializer() -> URLSafeSerializer:
    config = current_app.config
    own = crypto.keyed_hash(SALT, "")
    # The last one signs, all of them are believed: former releases signed by the secret key.
    former = [*reversed(config["SECRET_KEY_FALLBACKS"]), config["SECRET_KEY"]]
    return URLSafeSerializer([*former, own], salt=SALT)
