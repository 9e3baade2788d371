"""The head of the chain, kept where whoever holds the database cannot reach it."""

import logging
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from flask import Flask, current_app

from app.audit import rules, sealing
from app.audit.rules import Anchor
from app.core import clock

logger = logging.getLogger(__name__)


def init_app(app: Flask, *, path: Path | None) -> None:
    """Give the app the file of its anchors, None for none."""
    app.extensions["audit_anchor"] = path


def current() -> Anchor | None:
    """Return the head as it stands, None before the first entry was sealed."""
    head = sealing.head()
    return Anchor(head.seq, head.mac) if head else None


def on_tick(_period_at: datetime) -> None:
    """Anchor the head, as periodic work."""
    write()


def write() -> None:
    """Append the head to the file of anchors: the moment, a blank, the place and its seal.

    The line is on the disk before this returns. One that stands there twice does no harm.
    """
    path, head = _path(), current()
    if path is None or head is None:
        return
    with path.open("a", encoding="ascii") as file:
        file.write(f"{clock.now().isoformat(timespec='seconds')} {head}\n")
        file.flush()
        os.fsync(file.fileno())
    logger.info("record anchored", extra={"seq": head.seq})


def kept() -> Iterator[Anchor]:
    """Yield the heads of the file of anchors; raise ValueError for a line that is none."""
    path = _path()
    if path is not None and path.exists():
        with path.open(encoding="ascii") as lines:
            yield from rules.read_anchors(lines)


def _path() -> Path | None:
    path: Path | None = current_app.extensions["audit_anchor"]
    return path
