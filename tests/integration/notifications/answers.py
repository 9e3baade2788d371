"""What every provider over HTTP can answer, and what is known of the message then."""

from app.demo.gateway import Mode
from app.notifications.rules import Result

OUTCOMES: tuple[tuple[Mode, Result, int], ...] = (
    (Mode.OK, Result.ACCEPTED, 1),
    (Mode.SLOW, Result.ACCEPTED, 1),
    (Mode.PATIENCE, Result.BUSY, 0),
    (Mode.BROKEN, Result.FAILED, 0),
    (Mode.BROKEN_LATE, Result.FAILED, 1),
    (Mode.AWAY, Result.DEFERRED, 0),
    (Mode.RESET, Result.AMBIGUOUS, 1),
    (Mode.SILENT, Result.AMBIGUOUS, 1),
    (Mode.GARBAGE, Result.AMBIGUOUS, 1),
    (Mode.REFUSING, Result.REFUSED, 0),
)
"""How the provider behaves, what the call came to, and how many messages it took."""
