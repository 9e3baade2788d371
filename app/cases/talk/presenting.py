"""The thread as its two sides read it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.cases.talk.models import ThreadMessage
from app.cases.talk.rules import Side
from app.documents.models import Document, DocumentState

FileUrl = Callable[[Document, int], str]

# Any: lazy strings of Flask-Babel have no public type.
_STATES: Mapping[DocumentState, Any] = {
    DocumentState.QUARANTINED: _l("This file is being checked."),
    DocumentState.REFUSED: _l("This file could not be used."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """A file with an address for each page that may be looked at."""

    name: str
    remark: Any
    """Why there are no pages, if there are none (Any: a lazy string)."""
    pages: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """One message, from the side of its reader."""

    uid: str
    who: str
    at: datetime
    text: str
    is_mine: bool
    is_new: bool
    """Whether the reader has not read it."""
    waits: bool
    """Whether its writer still waits for an answer."""
    files: Sequence[FileView]


def views(
    messages: Sequence[ThreadMessage],
    reader: Side,
    *,
    name_of: Callable[[ThreadMessage], str],
    url_of: FileUrl,
) -> list[MessageView]:
    """Return the messages as one side reads them."""
    return [_view(one, reader, name_of(one), url_of) for one in messages]


def _view(message: ThreadMessage, reader: Side, who: str, url_of: FileUrl) -> MessageView:
    is_mine = message.side is reader
    return MessageView(
        uid=message.uid,
        who=who,
        at=message.sent_at,
        text=message.text or "",
        is_mine=is_mine,
        is_new=not is_mine and message.read_at is None,
        waits=message.expects_answer and message.settled_at is None,
        files=[file_view(one.document, url_of) for one in message.files],
    )


def file_view(document: Document, url_of: FileUrl) -> FileView:
    """Return a file with the addresses of its pages, none before it was found clean."""
    is_clean = document.state is DocumentState.CLEAN
    return FileView(
        name=document.name or "",
        remark=_STATES.get(document.state, ""),
        pages=[url_of(document, n) for n in range(1, document.pages + 1)] if is_clean else [],
    )
