"""Signatures of what goes to a provider and of its callbacks: HMAC over moment and content."""

import hashlib
import hmac
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
"""How far the clocks may be apart; an older message may have been recorded by somebody."""


def sign(secret: str, at: int, content: bytes) -> str:
    """Return the signature of content at a moment in seconds since 1970, in hex."""
    message = str(at).encode() + b"." + content
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def is_genuine(secret: str, at: str, content: bytes, signature: str, *, now: datetime) -> bool:
    """Return whether content was signed with the secret a moment ago."""
    if not (secret and at.isascii() and at.isdigit() and len(at) < 12):
        return False
    right = sign(secret, int(at), content)
    is_equal = hmac.compare_digest(right.encode(), signature.encode("utf-8", "replace"))
    return is_equal and abs(int(now.timestamp()) - int(at)) <= TOLERANCE.total_seconds()
