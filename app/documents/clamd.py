"""Speaks with clamd: one stream and one answer, in a span of time that nothing prolongs.

The protocol is that of the manual, `man 8 clamd`: INSTREAM, chunks behind their length, a chunk
of no length, and one line of answer. The client that exists waits anew at each byte of an answer
without an end, and reads "stream: not OK" as a clean file.
"""

import select
import socket
import struct
import time
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

CHUNK = 128 * 1024
LONGEST_ANSWER = 1024
"""Bytes; a signature has a name of a few dozen."""
PORT = 3310


def ask(address: str, data: bytes, *, seconds: float) -> str:
    """Return what a scanner says of these bytes, the end of its line taken off.

    An answer that came before the bytes were there is returned with "early: " before it. Raises
    TimeoutError when there is none in time, and OSError when there is no scanner.
    """
    until = time.monotonic() + seconds
    with _connected(urlsplit(address), until) as line:
        is_early = _sent(line, data, until)
        answer = _answer(line, until)
    return f"early: {answer}" if is_early else answer


def _connected(parts: SplitResult, until: float) -> socket.socket:
    if parts.scheme == "clamd+unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.settimeout(_left(until))
            line.connect(parts.path)
        except OSError:
            line.close()
            raise
        return line
    place = (parts.hostname or "127.0.0.1", parts.port or PORT)
    return socket.create_connection(place, timeout=_left(until))


def _sent(line: socket.socket, data: bytes, until: float) -> bool:
    """Send a stream; return whether the other side spoke before its end."""
    try:
        for piece in _pieces(data):
            if _has_spoken(line):
                return True
            _send(line, piece, until)
    except ConnectionError:
        # It has closed, and what it said before that is here to be read, if it said anything.
        return True
    return False


def _pieces(data: bytes) -> Iterator[bytes]:
    yield b"zINSTREAM\0"
    for place in range(0, len(data), CHUNK):
        chunk = data[place : place + CHUNK]
        yield struct.pack(">L", len(chunk)) + chunk
    yield struct.pack(">L", 0)


def _send(line: socket.socket, data: bytes, until: float) -> None:
    line.settimeout(_left(until))
    line.sendall(data)


def _has_spoken(line: socket.socket) -> bool:
    return bool(select.select([line], [], [], 0)[0])


def _answer(line: socket.socket, until: float) -> str:
    answer = b""
    while len(answer) < LONGEST_ANSWER:
        line.settimeout(_left(until))
        piece = line.recv(LONGEST_ANSWER - len(answer))
        answer += piece
        if not answer:
            raise ConnectionError("the scanner hung up")
        if not piece or b"\0" in piece:
            break
    # A line that was cut off says nothing: "OK" may be the beginning of a name.
    whole, end, _rest = answer.partition(b"\0")
    return whole.decode("ascii", "replace") if end else ""


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the scanner takes too long")
    return left
