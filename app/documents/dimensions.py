"""How large a picture is, read from its head without decoding it."""

from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers that begin a frame; the three left out are tables (ITU T.81, table B.1)."""
_BARE = frozenset({0x01, *range(0xD0, 0xDA)})
"""Markers without a length."""
_FILL = 0xFF


def shorter_side(data: bytes) -> int | None:
    """Return the pixels of the shorter side of a JPEG or PNG, None for anything else."""
    if data.startswith(_PNG):
        return min(int.from_bytes(data[16:20]), int.from_bytes(data[20:24]))
    for marker, segment in _segments(data):
        if marker in _FRAMES:
            return min(int.from_bytes(segment[1:3]), int.from_bytes(segment[3:5]))
    return None


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (marker, content) of a JPEG; nothing for what is none."""
    place = 2 if data.startswith(b"\xff\xd8") else len(data)
    while place + 4 <= len(data) and data[place] == _FILL:
        marker = data[place + 1]
        if marker == _FILL:
            place += 1
        elif marker in _BARE:
            place += 2
        else:
            length = int.from_bytes(data[place + 2 : place + 4])
            yield marker, data[place + 4 : place + 2 + length]
            place += 2 + length
