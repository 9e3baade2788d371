"""Which addresses of push services are called, and what their answers say (RFC 8030, 8292)."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import SplitResult, urlsplit

from app.notifications.gateways import result_of_status, seconds
from app.notifications.rules import Reply, Result

LONGEST_ENDPOINT = 1000
LONGEST_HOST = 253
POINT_BYTES, SECRET_BYTES = 65, 16
"""An uncompressed point of P-256, and the secret that goes with it (RFC 8291, 3.1)."""
LONGEST_LIFE = timedelta(hours=24)
"""So long a push service keeps a message for a browser that is away."""
MOST_DEVICES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Where a browser is reached, and by what only it can read it."""

    endpoint: str
    p256dh: str
    auth: str


def is_allowed(endpoint: str, allowed: Sequence[str]) -> bool:
    """Return whether an address that a browser named is one that we call.

    A browser may name anything, such as a machine of our own network. So only hosts that the
    settings name are called, over TLS at its own port; "*.example.org" is any host below. A
    setting that begins with http:// is a whole origin, for tests and the demonstration.
    """
    parts = _parts(endpoint)
    if parts is None:
        return False
    origin = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme == "http":
        return origin in allowed
    host = parts.hostname or ""
    return parts.port in (None, 443) and any(_fits(host, one) for one in allowed)


def _parts(endpoint: str) -> SplitResult | None:
    is_plain = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint
    if not is_plain or "\\" in endpoint or len(endpoint) > LONGEST_ENDPOINT:
        return None
    try:
        parts = urlsplit(endpoint)
        is_bare = parts.username is None and parts.password is None and not parts.fragment
        is_known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if is_bare and is_known else None


_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE)


def _fits(host: str, allowed: str) -> bool:
    if not _HOST.fullmatch(host) or len(host) > LONGEST_HOST:
        return False
    if allowed.startswith("*."):
        return host.endswith(allowed[1:]) and len(host) > len(allowed[1:])
    return host == allowed


def origin_of(endpoint: str) -> str:
    """Return scheme, host and port of an address: for whom a signature is made."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"


def target_of(endpoint: str) -> str:
    """Return what is asked for at that origin."""
    parts = urlsplit(endpoint)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def raw(text: str) -> bytes:
    """Return the bytes of base64url without padding; raise ValueError for anything else."""
    if not text.isascii():
        raise ValueError("not base64url")
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def text_of(content: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def reply(status: int, retry_after: str) -> Reply:
    """Return what the answer of a push service says of a message.

    404 and 410: the browser has ended its subscription; 401 and 403: it was made for another key
    than ours, as it was before ours changed. Neither says anything of other browsers. 413 and 400
    will not change.
    """
    if status in (201, 202):
        return Reply(result=Result.ACCEPTED, code=status)
    if 200 <= status < 300:
        # Whoever says so is no push service, such as a proxy on the way.
        return Reply(result=Result.AMBIGUOUS, code=status)
    if status in (401, 403, 404, 410):
        return Reply(result=Result.REFUSED, code=status, is_gone=True)
    wait = timedelta(seconds=seconds(retry_after))
    return Reply(result=result_of_status(status), code=status, wait=wait)


RANK = (
    Result.ACCEPTED,
    Result.AMBIGUOUS,
    Result.FAILED,
    Result.BUSY,
    Result.DEFERRED,
    Result.SHUT_OUT,
    Result.UNREACHED,
    Result.REFUSED,
)
"""What the answers for several browsers come to: one that took it is enough, a doubt stays one,
and it is refused only where all refused."""


def of_all(replies: Sequence[Reply]) -> Reply:
    """Return what the answers for the browsers of one recipient come to; of none: refused."""
    if not replies:
        return Reply(result=Result.REFUSED, is_gone=True)
    best = min(replies, key=lambda one: RANK.index(one.result))
    is_gone = all(one.is_gone for one in replies)
    return Reply(result=best.result, code=best.code, wait=best.wait, is_gone=is_gone)
