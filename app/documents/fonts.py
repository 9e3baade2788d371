"""What the fonts of documents can show: a whole document fails on one sign that they lack."""

import struct
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from app.core import text as texts

FOLDER = Path(__file__).parent / "templates" / "fonts"
LACKING = "\ufffd"
"""Stands for a sign that cannot be shown; the fonts have it, and not the empty box."""

_KEPT = frozenset("\t\n\r\u200c\u200d\u2028\u2029\u2060")
"""What needs no glyph: blanks, line ends, joiners, and what keeps a reference on one line."""
_FAMILIES = ("IBMPlexSans", "IBMPlexSansArabic")
_WEIGHTS = ("Regular", "SemiBold")


def shown(text: str) -> str:
    """Return the text with U+FFFD for each sign that the fonts lack, and no sign that is unseen."""
    return "".join(map(_shown, text))


def _shown(sign: str) -> str:
    # A letter that is lacking as a whole is put together from its parts.
    parts = unicodedata.normalize("NFD", sign)
    if sign in _KEPT or sign in _signs() or all(part in _signs() for part in parts):
        return sign
    if sign.isspace():
        return " "
    return LACKING if texts.without_unseen(sign) else ""


@cache
def _signs() -> frozenset[str]:
    """Return the signs that each weight has in one of the families."""
    by_weight = [
        {chr(sign) for family in _FAMILIES for sign in _mapped(f"{family}-{weight}.ttf")}
        for weight in _WEIGHTS
    ]
    # PDF/A takes no sign that stands for nothing (category C), such as those of private use.
    return frozenset(
        sign for sign in set.intersection(*by_weight) if unicodedata.category(sign)[0] != "C"
    )


def _mapped(name: str) -> Iterator[int]:
    """Yield the signs for which a font has a glyph: the segments of its "cmap", of format 4."""
    font = (FOLDER / name).read_bytes()
    at = _segments_at(font)
    (doubled,) = struct.unpack_from(">H", font, at + 6)
    ends, starts, _steps, offsets = (
        struct.unpack_from(f">{doubled // 2}H", font, at + place)
        for place in (14, 16 + doubled, 16 + 2 * doubled, 16 + 3 * doubled)
    )
    for n, (start, end, offset) in enumerate(zip(starts, ends, offsets, strict=True)):
        glyphs = at + 16 + 3 * doubled + 2 * n + offset
        for sign in range(start, end + 1):
            if not offset or struct.unpack_from(">H", font, glyphs + 2 * (sign - start))[0]:
                yield sign


def _segments_at(font: bytes) -> int:
    (count,) = struct.unpack_from(">H", font, 4)
    tables = (struct.unpack_from(">4s4xI", font, 12 + 16 * n) for n in range(count))
    cmap: int = next(at for tag, at in tables if tag == b"cmap")
    # The first of its subtables is for Unicode.
    (place,) = struct.unpack_from(">I", font, cmap + 8)
    return cmap + int(place)
