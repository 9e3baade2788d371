"""Reads the messages that the local SMTP server accepted."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from pathlib import Path

from app.core.errors import NotFound

NEWEST = 50
NAME = re.compile(r"[0-9]{17}-[0-9]{1,10}-[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a message."""

    number: int
    kind: str
    filename: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message."""

    name: str
    to: str
    subject: str
    sent_at: datetime | None
    text: str
    parts: tuple[Part, ...]


def list_letters(folder: Path) -> list[Letter]:
    """Return the newest messages, the last to arrive first."""
    files = sorted(folder.glob("*.eml"), reverse=True)[:NEWEST]
    return [_read(path) for path in files]


def get_letter(folder: Path, name: str) -> Letter:
    """Return one message, or raise NotFound."""
    path = folder / f"{name}.eml"
    if not NAME.fullmatch(name) or not path.is_file():
        raise NotFound()
    return _read(path)


def get_part(letter: Letter, number: int) -> Part:
    """Return one part of a message, or raise NotFound."""
    for part in letter.parts:
        if part.number == number:
            return part
    raise NotFound()


def _read(path: Path) -> Letter:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    return Letter(
        name=path.stem,
        to=str(message["X-Envelope-To"] or ""),
        subject=str(message["Subject"] or ""),
        sent_at=parsedate_to_datetime(message["Date"]) if message["Date"] else None,
        text=str(body.get_content()) if body is not None else "",
        parts=tuple(_parts(message)),
    )


def _parts(message: EmailMessage) -> list[Part]:
    leaves = [part for part in message.walk() if not part.is_multipart()]
    return [
        Part(
            number=number,
            kind=leaf.get_content_type(),
            filename=leaf.get_filename() or "",
            content=_bytes_of(leaf),
        )
        for number, leaf in enumerate(leaves, 1)
    ]


def _bytes_of(leaf: Message) -> bytes:
    content = leaf.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
