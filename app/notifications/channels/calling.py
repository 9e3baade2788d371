"""One connection over HTTP, as all ways that speak it use it: no redirect, no doubt unsaid."""

import http.client
import logging
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.notifications.channels.protocol import Unreached

logger = logging.getLogger(__name__)

CONNECT_S = 5.0
LONGEST_ANSWER = 512 * 1024


class Broken(Exception):
    """The line broke when a byte of the request may have left: nobody knows whether it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered."""

    status: int
    content: bytes
    retry_after: str


class Connection:
    """A connection to the host of an address, opened when needed and used for several calls."""

    longest_answer = LONGEST_ANSWER

    def __init__(self, url: str, *, name: str) -> None:
        """Take where it leads, and what it is called in the log: an address may hold a secret."""
        self._parts, self._name = urlsplit(url), name
        self._client: http.client.HTTPConnection | None = None

    @property
    def is_open(self) -> bool:
        """Return whether it is connected."""
        return self._client is not None

    def ready(self) -> None:
        """Connect unless it is connected; raise Unreached when that fails."""
        if self._client is not None:
            return
        client = self._open()
        try:
            client.connect()
        except (OSError, ValueError, http.client.HTTPException) as error:
            # ValueError: what cannot be the name of a host, however it came here.
            client.close()
            reason = {"provider": self._name, "reason": type(error).__name__}
            logger.warning("provider not reached", extra=reason)
            raise Unreached from None
        client.auto_open = 0
        self._client = client

    def _open(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=CONNECT_S)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=CONNECT_S, context=context)

    def call(
        self,
        method: str,
        target: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        patience_s: float,
        keeps: bool,
    ) -> Answer:
        """Return what is answered within so many seconds; raise Broken when nobody knows.

        A connection that the server gave up meanwhile looks like a lost message: where that
        could not be sent again, `keeps` is false and each call has its own.
        """
        if self._client is None:
            raise RuntimeError("ready() comes first")
        try:
            return self._ask(self._client, method, target, body, headers, patience_s, keeps=keeps)
        except (OSError, http.client.HTTPException):
            self.close()
            raise Broken from None

    def _ask(
        self,
        client: http.client.HTTPConnection,
        method: str,
        target: str,
        body: bytes,
        headers: Mapping[str, str],
        patience_s: float,
        *,
        keeps: bool,
    ) -> Answer:
        until = time.monotonic() + patience_s
        client.sock.settimeout(patience_s)
        client.request(method, target, body, dict(headers))
        answer = client.getresponse()
        content = b""
        # Piece by piece, as a server that drips would otherwise be waited for at each drop.
        while answer.length != 0 and (part := answer.read1(LONGEST_ANSWER)):
            content += part
            if time.monotonic() > until or len(content) > self.longest_answer:
                raise TimeoutError
        if answer.length == 0:
            answer.close()
        if not answer.isclosed() or answer.will_close or not keeps:
            self.close()
        retry_after = answer.headers.get("Retry-After", "")
        return Answer(status=answer.status, content=content, retry_after=retry_after)

    def close(self) -> None:
        """End the connection."""
        if self._client is not None:
            self._client.close()
        self._client = None
