"""Signatures that a paper carries and that only this deployment can have made.

The key is derived from a master key and named by its id, so that a new master key signs from then
on while an older one, as long as it stands in the settings, still proves what it signed.
"""

import base64
import hashlib
import hmac

from app.core.crypto import keyring

BYTES = 16
"""Of a signature: 128 bits, 22 characters in a code to scan."""


def current_key() -> str:
    """Return the id of the key that signs now."""
    return keyring().current


def sign(purpose: str, text: str, *, key_id: str) -> str:
    """Return the signature of a text in 22 URL-safe characters; KeyError for an unknown key."""
    return _signature(keyring().masters[key_id], purpose, text)


def is_genuine(purpose: str, text: str, *, key_id: str, signature: str) -> bool:
    """Return whether a signature is ours; an unknown key costs as much time as a known one."""
    ring = keyring()
    master = ring.masters.get(key_id)
    expected = _signature(master or ring.masters[ring.current], purpose, text)
    is_equal = hmac.compare_digest(expected.encode(), signature.encode())
    return is_equal and master is not None


def _signature(master: bytes, purpose: str, text: str) -> str:
    key = hmac.new(master, f"signature\x00{purpose}".encode(), hashlib.sha256).digest()
    digest = hmac.new(key, text.encode(), hashlib.sha256).digest()[:BYTES]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
