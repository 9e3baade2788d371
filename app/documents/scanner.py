"""Asks the virus scanner; without an answer that can be trusted a file stays in quarantine."""

import threading
import time

from flask import Flask, current_app

from app.documents import clamd
from app.documents.rules import Trouble, Verdict, verdict_of

SECONDS = 20.0
"""For one file, whatever the scanner does meanwhile."""
SIGHT_S = 600.0
"""So long a scanner that found the test virus is believed to find others."""
REST_S = 5.0
LONGEST_REST_S = 300.0
TEST_VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""Harmless, and known to every scanner (eicar.org); apart, so that none finds this module."""


class NoAnswer(Exception):
    """The scanner said neither yes nor no, for a reason."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


class Scanner:
    """A scanner as this process knows it: whether it is left alone, and when it saw last."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._lock = threading.Lock()
        self._silence: Trouble | None = None
        self._rest_s = 0.0
        self._alone_until = 0.0
        self._seen_until = 0.0

    def is_infected(self, data: bytes) -> bool:
        """Return what the scanner says of a file; raise NoAnswer.

        One that did not answer is left alone for a while, longer each time, so that a thousand
        files that wait for it hold nothing else up.
        """
        self._check_patience()
        try:
            self._check_sight()
            is_infected = _asked(self.address, data)
        except NoAnswer as silence:
            if silence.trouble is not Trouble.LIMIT:
                self._leave_alone(silence.trouble)
            raise
        self._rest_s = 0.0
        return is_infected

    def _check_patience(self) -> None:
        if self._silence is not None and time.monotonic() < self._alone_until:
            raise NoAnswer(self._silence)

    def _leave_alone(self, trouble: Trouble) -> None:
        with self._lock:
            self._rest_s = min(max(self._rest_s * 2, REST_S), LONGEST_REST_S)
            self._silence, self._alone_until = trouble, time.monotonic() + self._rest_s
            self._seen_until = 0.0

    def _check_sight(self) -> None:
        """Have the scanner find the test virus: one without its database finds nothing."""
        if time.monotonic() < self._seen_until:
            return
        if not _asked(self.address, TEST_VIRUS):
            raise NoAnswer(Trouble.BLIND)
        self._seen_until = time.monotonic() + SIGHT_S


def _asked(address: str, data: bytes) -> bool:
    try:
        verdict = verdict_of(clamd.ask(address, data, seconds=SECONDS))
    except TimeoutError:
        raise NoAnswer(Trouble.SLOW) from None
    except OSError:
        raise NoAnswer(Trouble.AWAY) from None
    if isinstance(verdict, Trouble):
        raise NoAnswer(verdict)
    return verdict is Verdict.INFECTED


def init_app(app: Flask, *, address: str) -> None:
    """Name the scanner: `clamd://host:port`, `clamd+unix:///path`, or `none` (the demo)."""
    app.extensions["scanner"] = Scanner(address)


def is_infected(data: bytes) -> bool:
    """Return what the scanner says; raise NoAnswer. Where there is none nothing is infected."""
    scanner: Scanner = current_app.extensions["scanner"]
    return scanner.address != "none" and scanner.is_infected(data)
