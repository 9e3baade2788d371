"""What may be uploaded, how a file is known by its content, and why one is refused."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.core import text as texts

LARGEST_FILE = 10 * 1024 * 1024
"""Bytes; what no definition can exceed (reliability S25)."""
MOST_PAGES = 50
"""Of a PDF; a paper may ask for fewer."""
LONGEST_NAME = 120
NAMELESS = "document"
"""What a file is called that came without a name."""
HEAD = 1024
"""As many bytes as are needed to know what a file is."""


class FileKind(StrEnum):
    """The kinds that can be made into page images."""

    JPEG = "jpeg"
    PNG = "png"
    PDF = "pdf"


MEDIA_TYPES = {
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.PDF: "application/pdf",
}


ENDINGS = {
    FileKind.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    FileKind.PNG: (".png",),
    FileKind.PDF: (".pdf",),
}
"""The first is given to a file whose name ends otherwise."""


class Reason(StrEnum):
    """Why a file is refused; `child.py` prints these very words, but for the last two."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    WRONG_KIND = "wrong_kind"
    UNREADABLE = "unreadable"
    LOCKED = "locked"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_COMPLEX = "too_complex"
    INFECTED = "infected"
    LOST = "lost"


class Verdict(StrEnum):
    """What a scanner says of a file."""

    CLEAN = "clean"
    INFECTED = "infected"


class Trouble(StrEnum):
    """Why a file still waits: what was wrong when the scanner was asked last."""

    AWAY = "scanner_away"
    SLOW = "scanner_slow"
    NONSENSE = "scanner_nonsense"
    BLIND = "scanner_blind"
    LIMIT = "scanner_limit"


OVERDUE = timedelta(minutes=10)
"""A file that was not looked at for so long is an alarm: usually it takes a second."""

LONGEST_PHOTO = 1.8
"""The long side over the short one: cameras make at most 16:9, the screens of phones are longer."""
LEAST_SPREAD = 12.0
"""Of a photo: a face before a white wall has over 30, an empty screen with its clock under 10."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """A picture: its sides in pixels, and how far its greys lie apart (standard deviation)."""

    width: int
    height: int
    spread: float


PREFIXES = tuple(f"{number:02x}" for number in range(256))
"""The folders of the store: the beginnings of the names of documents, which are random."""
HOURS = 24

_SPACE_BEFORE_PDF = b"\xef\xbb\xbf\x00 \t\r\n"


def kind_of(head: bytes) -> FileKind | None:
    """Return what the first bytes say a file is; its name and declared type are not asked."""
    if head.startswith(b"\xff\xd8\xff"):
        return FileKind.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if head.lstrip(_SPACE_BEFORE_PDF).startswith(b"%PDF-"):
        return FileKind.PDF
    return None


def kind_of_media_type(media_type: str) -> FileKind:
    """Return the kind that a stored media type stands for."""
    return next(kind for kind, text in MEDIA_TYPES.items() if text == media_type)


def size_refusal(size: int, *, max_bytes: int) -> Reason | None:
    """Return why a file of this many bytes is refused, or None."""
    if size == 0:
        return Reason.EMPTY
    if size > min(max_bytes, LARGEST_FILE):
        return Reason.TOO_LARGE
    return None


def kind_refusal(kind: FileKind | None, allowed: Iterable[str]) -> Reason | None:
    """Return why a file of this kind is refused where `allowed` are asked for, or None."""
    return None if kind is not None and kind.value in set(allowed) else Reason.WRONG_KIND


def is_unlike_photo(picture: Measures) -> bool:
    """Return whether a picture is nearly of one colour or as long as the screen of a phone."""
    long, short = max(picture.width, picture.height), min(picture.width, picture.height)
    return picture.spread < LEAST_SPREAD or long > LONGEST_PHOTO * short


def verdict_of(answer: str) -> Verdict | Trouble:
    """Return what clamd's line of answer means; whatever is not exactly a yes or no is trouble."""
    if answer == "stream: OK":
        return Verdict.CLEAN
    if re.fullmatch(r"stream: .{1,200} FOUND", answer):
        return Verdict.INFECTED
    if "size limit exceeded" in answer:
        return Trouble.LIMIT
    return Trouble.NONSENSE


def clean_name(name: str | None) -> str:
    """Return a file's name as a person would write it: no folders, no control characters.

    Letters of every script stay; a name that is too long keeps its ending.
    """
    seen = texts.without_unseen(re.split(r"[\\/]", name or "")[-1])
    line = "".join(seen.splitlines()).replace("\t", "")
    text = unicodedata.normalize("NFC", line).strip()
    if len(text) <= LONGEST_NAME:
        return text
    stem, dot, ending = text.rpartition(".")
    if not dot or len(ending) > 8:
        return text[:LONGEST_NAME]
    return stem[: LONGEST_NAME - len(ending) - 1] + dot + ending


def name_of(given: str | None, kind: FileKind) -> str:
    """Return the name under which a file is kept: cleaned, with an ending that is true."""
    name = clean_name(given)
    stem, dot, ending = name.rpartition(".")
    if (dot + ending).lower() in ENDINGS[kind] and stem.strip("._- "):
        return name
    # An ending is short and has Latin letters; whatever else follows a dot, as a year does, stays.
    has_ending = bool(re.fullmatch(r"[0-9]{0,3}[A-Za-z][A-Za-z0-9]{0,4}", ending))
    kept = (stem if dot and has_ending else name).strip("._- ") or NAMELESS
    return kept[: LONGEST_NAME - 4] + ENDINGS[kind][0]


def prefixes_at(hour: int) -> tuple[str, ...]:
    """Return the share of the store that is swept in an hour of the day; 24 of them are all."""
    return PREFIXES[hour % HOURS :: HOURS]


def reason_of(word: str) -> Reason:
    """Return the reason that the child printed; any other end of it is "too complex"."""
    try:
        return Reason(word)
    except ValueError:
        return Reason.TOO_COMPLEX
