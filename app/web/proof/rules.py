"""A small task for a browser: who has to solve how much, and whether it was solved; no I/O here.

A task is asked for one purpose and one session, and its signature is what is hashed. So a program
can neither choose a task nor keep a store of them for longer than they count.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LIFETIME = timedelta(minutes=30)
"""So long an answer counts: nobody reads a page of times for longer without looking again."""
SKEW = timedelta(minutes=1)
"""Clocks of our own machines may differ by this."""
WAIT = timedelta(seconds=15)
"""So long somebody waits whose browser solves nothing."""
WAIT_COUNTS = timedelta(minutes=10)
"""For so long after a wait its owner may send the form."""
CALM = 60
"""Up to so many forms in a minute, of one process, the task is as small as the setting says."""
MOST_MORE = 3
"""By so many bits the task grows at most: eight times the work, which is less than the wait."""
MOST_BITS = 24
MINUTE = timedelta(minutes=1)
_NUMBER = re.compile(r"[0-9]{1,12}")
_TASK = re.compile(r"([0-9]{1,2})\.([0-9]{1,12})\.([0-9a-f]{16})\.([0-9a-f]{8})\.([\w-]{22})", re.A)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as it stands in a page."""

    bits: int
    issued: int
    """Seconds since 1970, UTC."""
    chance: str
    key_id: str
    signature: str

    def signed_text(self, owner: str) -> str:
        """Return what the signature is of; the owner is the session that was asked."""
        return f"{owner}\n{self.bits}.{self.issued}.{self.chance}"

    def token(self) -> str:
        """Return the task as a form carries it."""
        return f"{self.bits}.{self.issued}.{self.chance}.{self.key_id}.{self.signature}"

    def is_current(self, now: datetime) -> bool:
        """Return whether an answer counts still."""
        age = now - datetime.fromtimestamp(self.issued, UTC)
        return -SKEW <= age <= LIFETIME

    def is_solved_by(self, answer: str) -> bool:
        """Return whether the SHA-256 of signature, point and number begins with enough zeros."""
        if _NUMBER.fullmatch(answer) is None:
            return False
        digest = hashlib.sha256(f"{self.signature}.{answer}".encode()).digest()
        return leading_zeros(digest) >= self.bits


def find_task(token: str) -> Task | None:
    """Return the task of a token, None for what has not its form."""
    found = _TASK.fullmatch(token)
    if found is None:
        return None
    bits, issued, chance, key_id, signature = found.groups()
    return Task(
        bits=int(bits), issued=int(issued), chance=chance, key_id=key_id, signature=signature
    )


def leading_zeros(digest: bytes) -> int:
    """Return how many bits are zero in front of the first that is not."""
    return len(digest) * 8 - int.from_bytes(digest).bit_length()


def bits_for(base: int, per_minute: int) -> int:
    """Return how many bits are asked when so many forms come in a minute; 0 asks for nothing.

    Each doubling of the demand beyond the calm doubles the work, up to a limit.
    """
    if base == 0:
        return 0
    more = max(per_minute // CALM, 1).bit_length() - 1
    return min(base + min(more, MOST_MORE), MOST_BITS)


class Demand:
    """How many forms came to this process, in the minute before and in the present one.

    A process measures what comes to itself, so that measuring asks no database. Two threads that
    count at the same moment may lose one: it is a measure, not a limit.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._minute = 0
        self._counts = (0, 0)

    def note(self, now: datetime) -> None:
        """Count a form."""
        before, present = self._at(now)
        self._counts = before, present + 1

    def per_minute(self, now: datetime) -> int:
        """Return the higher of both minutes: a rush is noticed at once and forgotten slowly."""
        return max(self._at(now))

    def _at(self, now: datetime) -> tuple[int, int]:
        minute = int(now.timestamp() // MINUTE.total_seconds())
        passed = minute - self._minute
        if passed:
            self._minute = minute
            self._counts = (self._counts[1] if passed == 1 else 0, 0)
        return self._counts
