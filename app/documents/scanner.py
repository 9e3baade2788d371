"""Asks the virus scanner; without an answer a file stays in quarantine."""

import io
from urllib.parse import urlsplit

from clamav_client.clamd import ClamdNetworkSocket, ClamdUnixSocket
from flask import Flask, current_app

SECONDS = 30


class NoAnswer(Exception):
    """The scanner said neither yes nor no."""


def init_app(app: Flask, *, address: str) -> None:
    """Name the scanner: `clamd://host:port`, `clamd+unix:///path`, or `none` (the demo)."""
    app.extensions["scanner"] = address


def is_infected(data: bytes) -> bool:
    """Return what the scanner says; raise when it cannot be asked (OSError, NoAnswer)."""
    address: str = current_app.extensions["scanner"]
    if address == "none":
        return False
    (name, detail), *_ = _client(address).instream(io.BytesIO(data)).values() or [("", "")]
    if name == "OK":
        return False
    if name == "FOUND":
        return True
    raise NoAnswer(detail or name)


def _client(address: str) -> ClamdNetworkSocket:
    parts = urlsplit(address)
    if parts.scheme == "clamd+unix":
        return ClamdUnixSocket(path=parts.path, timeout=SECONDS)
    return ClamdNetworkSocket(
        host=parts.hostname or "127.0.0.1", port=parts.port or 3310, timeout=SECONDS
    )
