"""Passwords: Argon2id, a dummy for names that do not exist, two at a time, none that is guessed."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import lazy_gettext as _l

from app.core.actor import ActorKind
from app.core.errors import Invalid, TooMany

SHORTEST = 12
"""Characters, where a second factor is always asked as well (staff)."""
SHORTEST_ALONE = 15
"""Where a password may be all that is asked (NIST SP 800-63B-4, 3.1.1.2)."""
LONGEST = 256

FEWEST_GUESSES = 10**9
"""What somebody tries who knows the words that people use; online, a hundred tries take an hour."""
LOOKED_AT = 72
"""So many characters are judged, at most; the time it takes grows with their square."""
CONTEXT = (
    *("jaliya", "consulate", "embassy", "syria", "passport", "moscow", "damascus"),
    *("جالية", "سفارة", "سوريا", "السفارة", "السورية", "قنصلية", "دمشق", "موسكو", "كلمة", "المرور"),
    *("посольство", "консульство", "сирия", "москва", "дамаск", "паспорт", "пароль", "йцукен"),
)
"""Words that anybody tries first here; those of English and of keyboards the library knows."""

AT_ONCE = 2
PATIENCE_S = 10.0

hasher = PasswordHasher()
# Each check takes a tenth of a second and 64 MB: a flood of them waits here, not in memory.
_slots = BoundedSemaphore(AT_ONCE)


def shortest_of(kind: ActorKind) -> int:
    """Return how many characters a password needs, by whose it is."""
    return SHORTEST_ALONE if kind is ActorKind.CITIZEN else SHORTEST


def check(password: str, *, shortest: int, known: Iterable[str] = ()) -> None:
    """Raise Invalid for a password that is out of bounds or easily guessed.

    Nothing else is asked of it. `known` are words that stand near its owner, such as the address.
    """
    if not shortest <= len(password) <= LONGEST:
        raise Invalid(
            _l("A password has %(least)d to %(most)d characters."),
            field="password",
            least=shortest,
            most=LONGEST,
        )
    if _count_guesses(password, known) < FEWEST_GUESSES:
        raise Invalid(
            _l(
                "This password is easily guessed: it is a common word, a row of keys or a"
                " repetition. Join several words that only you would put together."
            ),
            field="password",
        )


def _count_guesses(password: str, known: Iterable[str]) -> int:
    # A megabyte of words, which only the process reads that is told a new password.
    from zxcvbn import zxcvbn

    words = [*CONTEXT, *(word.casefold() for word in known)]
    parts = [part for word in words for part in word.replace("@", " ").replace(".", " ").split()]
    judged = unicodedata.normalize("NFC", password)[:LOOKED_AT]
    return int(zxcvbn(judged, user_inputs=[*words, *parts], max_length=LOOKED_AT)["guesses"])


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
