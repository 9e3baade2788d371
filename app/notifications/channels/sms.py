"""Short messages by HTTP: one call of a gateway, and how it ended."""

import http.client
import logging
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.notifications import letters
from app.notifications.channels.protocol import Unreached
from app.notifications.gateways import Gateway
from app.notifications.models import Message
from app.notifications.rules import Provider, Reply, Result

logger = logging.getLogger(__name__)

CONNECT_S = 5.0
PATIENCE_S = 15.0
LONGEST_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """What is sent to whom."""

    to: str
    text: str


class Line:
    """A connection to a gateway, opened when needed and used for several messages."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._client: http.client.HTTPConnection | None = None

    @property
    def provider(self) -> Provider:
        """Return the gateway."""
        gateway = self._gateway
        return Provider(
            name=gateway.name,
            key_life=gateway.key_life,
            gives_receipts=gateway.receipt is not None,
            weight=gateway.weight,
        )

    def compose(self, message: Message) -> Short:
        """Return what is sent; raise NoAddress, or Unreadable when its key is gone."""
        to, text = letters.compose_short(message)
        return Short(to=to, text=text)

    def ready(self) -> None:
        """Connect unless it is connected; raise Unreached when that fails."""
        if self._client is not None:
            return
        client = self._open()
        try:
            client.connect()
        except (OSError, http.client.HTTPException) as error:
            client.close()
            reason = {"provider": self._gateway.name, "reason": type(error).__name__}
            logger.warning("gateway not reached", extra=reason)
            raise Unreached from None
        client.auto_open = 0
        self._client = client

    def _open(self) -> http.client.HTTPConnection:
        parts = urlsplit(self._gateway.request.url)
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=CONNECT_S)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=CONNECT_S, context=context)

    def send(self, letter: Short, key: str) -> Reply:
        """Hand one message over; return how that ended, never raise for it.

        As soon as a byte of the request may have left, a broken line is ambiguous.
        """
        if self._client is None:
            raise RuntimeError("ready() comes first")
        try:
            return self._call(self._client, letter, key)
        except (OSError, http.client.HTTPException):
            self._drop()
            return Reply(result=Result.AMBIGUOUS)

    def _call(self, client: http.client.HTTPConnection, letter: Short, key: str) -> Reply:
        gateway, until = self._gateway, time.monotonic() + PATIENCE_S
        client.sock.settimeout(PATIENCE_S)
        body = gateway.body(to=letter.to, text=letter.text, key=key)
        client.request(gateway.request.method, gateway.target(key), body, gateway.headers(key))
        answer = client.getresponse()
        content = b""
        # Piece by piece, as a gateway that drips would otherwise be waited for at each drop.
        while answer.length != 0 and (part := answer.read1(LONGEST_ANSWER)):
            content += part
            if time.monotonic() > until or len(content) > LONGEST_ANSWER:
                raise TimeoutError
        if answer.length == 0:
            answer.close()
        # A connection that the gateway gave up meanwhile looks like a lost message: without a key
        # each has its own.
        if not answer.isclosed() or answer.will_close or not key:
            self._drop()
        return gateway.reply(answer.status, content, answer.headers.get("Retry-After", ""))

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None

    def close(self) -> None:
        """End the connection."""
        self._drop()
