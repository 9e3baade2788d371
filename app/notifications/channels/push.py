"""Notifications in browsers: one call of the push service of each browser of a recipient."""

import base64
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parseaddr

from flask_babel import gettext

from app.core import clock, i18n
from app.core.crypto import Unreadable
from app.notifications import discreet, events, letters, messengers
from app.notifications.channels.calling import Broken, Connection
from app.notifications.channels.protocol import NoAddress, Unreached
from app.notifications.channels.reaching import PublicConnection
from app.notifications.models import Message
from app.notifications.push import queries, rules, sealing
from app.notifications.push.rules import Subscription
from app.notifications.rules import Provider, Reply, Result
from app.notifications.templates import applying
from config import Settings

CONNECTS = 6
"""So many connections are kept: push services are few, and each has its own."""
PATIENCE_S = 7.0
ALL_PATIENCE_S = 30.0
"""For all browsers of a recipient together: half the lease of a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What one browser is sent."""

    device_uid: str
    endpoint: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What the browsers of a recipient are sent, and for how many seconds it is worth keeping."""

    calls: Sequence[Call]
    life_s: int
    is_urgent: bool


class Line:
    """Conversations with push services, each opened when a browser names it."""

    def __init__(self, settings: Settings) -> None:
        self._key = sealing.key_of(base64.b64decode(settings.vapid_key))
        self._contact = parseaddr(settings.mail_from)[1]
        self._allowed = settings.push_hosts
        self._open: dict[str, Connection] = {}
        self._away: set[str] = set()
        """Those that could not be reached: in one drain nobody waits for them twice."""

    @property
    def provider(self) -> Provider:
        """Return push services as one provider.

        A message has a topic, by which a service replaces one that waits, and a tag, by which a
        browser replaces one that it shows: that is a key, for as long as the service keeps it.
        """
        return Provider(name="push", key_life=rules.LONGEST_LIFE)

    def compose(self, message: Message) -> Letter:
        """Return what is sent; raise NoAddress, or Unreadable when its key is gone."""
        content = _content(message)
        devices = queries.list_devices(message.account_id) if message.account_id else ()
        calls = []
        for device in devices:
            try:
                to = Subscription(**(device.subscription or {}))
                calls.append(
                    Call(
                        device_uid=device.uid,
                        endpoint=to.endpoint,
                        body=sealing.seal(content, to),
                    )
                )
            except (TypeError, ValueError, Unreadable):
                continue
        if not calls:
            raise NoAddress
        is_urgent = message.priority <= events.NOW
        return Letter(calls=calls, life_s=_life_s(message, clock.now()), is_urgent=is_urgent)

    def ready(self) -> None:
        """Do nothing: which services there are to be called is known with the message."""

    def send(self, letter: Letter, key: str) -> Reply:
        """Hand one message over for each browser; return how that ended, never raise for it."""
        until = time.monotonic() + ALL_PATIENCE_S
        replies = []
        for call in letter.calls:
            is_late = time.monotonic() > until
            late = Reply(result=Result.UNREACHED)
            replies.append(late if is_late else self._call(call, letter, key))
        pairs = zip(letter.calls, replies, strict=True)
        gone = tuple(call.device_uid for call, reply in pairs if reply.is_gone)
        return replace(rules.of_all(replies), gone=gone)

    def _call(self, call: Call, letter: Letter, key: str) -> Reply:
        if not rules.is_allowed(call.endpoint, self._allowed):
            return Reply(result=Result.REFUSED, is_gone=True)
        origin = rules.origin_of(call.endpoint)
        if origin in self._away:
            return Reply(result=Result.UNREACHED)
        connection = self._connection(origin)
        try:
            connection.ready()
            answer = connection.call(
                "POST",
                rules.target_of(call.endpoint),
                call.body,
                self._headers(call, letter, key),
                patience_s=PATIENCE_S,
                keeps=True,
            )
        except Unreached:
            self._away.add(origin)
            return Reply(result=Result.UNREACHED)
        except Broken:
            return Reply(result=Result.AMBIGUOUS)
        return rules.reply(answer.status, answer.retry_after)

    def _connection(self, origin: str) -> Connection:
        if origin not in self._open:
            if len(self._open) >= CONNECTS:
                self.close()
            # Without TLS only a whole origin is called that the settings name.
            kind = PublicConnection if origin.startswith("https://") else Connection
            self._open[origin] = kind(origin, name="push")
        return self._open[origin]

    def _headers(self, call: Call, letter: Letter, key: str) -> dict[str, str]:
        origin = rules.origin_of(call.endpoint)
        return {
            "Authorization": sealing.proof(
                self._key, origin=origin, contact=self._contact, now=clock.now()
            ),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(letter.life_s),
            "Topic": topic_of(key),
            "Urgency": "high" if letter.is_urgent else "normal",
        }

    def close(self) -> None:
        """End the conversations."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()


def topic_of(key: str) -> str:
    """Return a key as a topic, which has 32 signs of base64url at most (RFC 8030, 5.4)."""
    return rules.text_of(hashlib.sha256(key.encode()).digest()[:24])


def _content(message: Message) -> bytes:
    """Return what the service worker shows: what stands in the inbox, and where it leads."""
    with i18n.speaking(message.language):
        payload, words = message.payload or {}, applying.words_of(message.template)
        path = letters.path_of(message.event, payload)
        title, body = gettext("Messages"), discreet.line(message.event)
        if not discreet.is_so(payload):
            title = gettext("Jaliya")
            body = messengers.write_notice(message.event, payload, words)
        shown = {
            "title": title,
            "body": body,
            "tag": message.uid,
            "url": f"/{message.language}{path or '/inbox'}",
            "lang": message.language,
            "dir": i18n.direction(),
        }
    return json.dumps(shown, ensure_ascii=False).encode()


def _life_s(message: Message, now: datetime) -> int:
    """Return for how many seconds a browser that is away may still be told."""
    event = events.EVENTS[message.event]
    left = rules.LONGEST_LIFE
    if event.is_timely and message.not_after is not None:
        left = min(left, message.not_after - now)
    return max(0, int(left.total_seconds()))
