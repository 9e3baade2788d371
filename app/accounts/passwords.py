"""Passwords of staff: Argon2id, a dummy for names that do not exist, two at a time."""

import unicodedata
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import TooMany

SHORTEST = 12
LONGEST = 256
"""Characters; a second factor is always asked as well."""

AT_ONCE = 2
PATIENCE_S = 10.0

hasher = PasswordHasher()
# Each check takes a tenth of a second and 64 MB: a flood of them waits here, not in memory.
_slots = BoundedSemaphore(AT_ONCE)


def hash_of(password: str) -> str:
    """Return the hash to store; the password counts as typed, in NFC, never trimmed."""
    return hasher.hash(_as_bytes(password))


def is_right(password: str, stored: str | None) -> bool:
    """Return whether the password is the stored one; with nothing stored the work is the same.

    Raises TooMany when others are being checked for longer than anybody waits.
    """
    if not _slots.acquire(timeout=PATIENCE_S):
        raise TooMany()
    try:
        dummy = _dummy()
        return _verify(password, stored or dummy) and stored is not None
    finally:
        _slots.release()


def _verify(password: str, stored: str) -> bool:
    try:
        return hasher.verify(stored, _as_bytes(password))
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _dummy() -> str:
    return hasher.hash(b"nobody's password")


def _as_bytes(password: str) -> bytes:
    return unicodedata.normalize("NFC", password[: LONGEST + 1]).encode("utf-8", "surrogatepass")
