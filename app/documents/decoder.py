"""Runs the child that looks at untrusted files, a few at a time."""

import logging
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError
from app.documents.rules import FileKind, Measures, Reason, reason_of

logger = logging.getLogger(__name__)

CHILD = Path(__file__).with_name("child.py")
SECONDS = 40
AT_ONCE = 2
PATIENCE_S = 15
REFUSED = 3

_places = threading.BoundedSemaphore(AT_ONCE)


class Busy(DomainError):
    """As many files as this machine can look at are being looked at."""

    message = _l("Many files are arriving at this moment. Please send yours again in a minute.")
    status = 503


class Refused(Exception):
    """The file cannot be shown, for a reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def probe(data: bytes, kind: FileKind, *, max_pages: int, folder: Path) -> Measures | None:
    """Return the measures of a picture, None of a PDF; raise Refused when a file does not open.

    Temporary bytes go into `folder`, unnamed.
    """
    frames = _run("probe", data, kind, max_pages=max_pages, folder=folder)
    if not frames:
        return None
    width, height, spread = struct.unpack(">IIf", frames[0])
    return Measures(width=width, height=height, spread=spread)


def sample(data: bytes, kind: FileKind, *, folder: Path) -> bytes:
    """Return a JPEG of the first page, for everybody to see, or raise Refused."""
    return _run("sample", data, kind, max_pages=1, folder=folder)[0]


def pages(data: bytes, kind: FileKind, *, max_pages: int, folder: Path) -> list[bytes]:
    """Return JPEG images, first the small one and then one for each page, or raise Refused."""
    return _run("pages", data, kind, max_pages=max_pages, folder=folder)


def _run(mode: str, data: bytes, kind: FileKind, *, max_pages: int, folder: Path) -> list[bytes]:
    with _place(), _unnamed(folder) as source, _unnamed(folder) as target:
        source.write(data)
        source.flush()
        source.seek(0)
        _refuse_unless_done(_call([mode, kind.value, str(max_pages)], source, target))
        target.seek(0)
        return list(_frames(target.read()))


def _call(
    words: list[str], source: IO[bytes], target: IO[bytes]
) -> subprocess.CompletedProcess[bytes]:
    # An empty environment: no key of ours is in it, whatever happens in there.
    try:
        return subprocess.run(  # noqa: S603  (our own program and fixed words)
            [sys.executable, "-I", str(CHILD), *words],
            stdin=source,
            stdout=target,
            stderr=subprocess.PIPE,
            env={},
            cwd="/",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused(Reason.TOO_COMPLEX) from None


def _refuse_unless_done(child: subprocess.CompletedProcess[bytes]) -> None:
    if child.returncode == 0:
        return
    if child.returncode == REFUSED:
        raise Refused(reason_of(child.stderr.decode("ascii", "replace")))
    logger.warning("file not decoded", extra={"exit_code": child.returncode})
    raise Refused(Reason.TOO_COMPLEX)


def _frames(body: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(body):
        (length,) = struct.unpack_from(">I", body, at)
        yield body[at + 4 : at + 4 + length]
        at += 4 + length


def _unnamed(folder: Path) -> IO[bytes]:
    # Without a name there is nothing that a killed process could leave behind.
    return tempfile.TemporaryFile(dir=folder)


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=PATIENCE_S):
        raise Busy()
    try:
        yield
    finally:
        _places.release()
