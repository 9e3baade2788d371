"""Addresses by which a mail lets its reader unsubscribe: signed, and good for ever."""

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from app.accounts.models import Account
from app.core.db import db
from app.notifications.rules import Topic

SALT = "unsubscribe"
LONGEST = 300


def token_for(account_id: int, topic: Topic) -> str:
    """Return what an address names a wish by; without our key nobody makes one."""
    account = db.session.get_one(Account, account_id)
    return str(_serializer().dumps([account.uid, topic.value]))


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
    # The last one signs, all of them are believed.
    keys = [*reversed(config["SECRET_KEY_FALLBACKS"]), config["SECRET_KEY"]]
    return URLSafeSerializer(keys, salt=SALT)
