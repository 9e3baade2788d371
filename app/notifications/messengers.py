"""The text of a message in a chat and on the screen of a browser: one line and where it leads."""

from collections.abc import Mapping

from app.accounts import queries as accounts
from app.notifications import letters
from app.notifications.channels.protocol import NoAddress
from app.notifications.models import Message
from app.notifications.templates import applying
from app.notifications.templates.rules import Words

LONGEST_NOTICE = 3000
"""So many bytes leave room for the rest in the 4096 that every push service takes (RFC 8030)."""


def chat_of(message: Message) -> str:
    """Return the chat of the bot in which its recipient reads a message; raise NoAddress."""
    chat = accounts.chat_of(message.account_id) if message.account_id else None
    if not chat:
        raise NoAddress
    return chat


def text_of(message: Message, payload: Mapping[str, str]) -> str:
    """Return a message of a chat in the language that is spoken now."""
    return write_chat(message.event, payload, applying.words_of(message.template))


def write_chat(event: str, payload: Mapping[str, str], words: Words | None = None) -> str:
    """Return an event as a message of a chat in the language that is spoken now, with its link.

    In the words of the post for short messages, where there are some.
    """
    if words and (own := applying.short(words, _values(event, payload))):
        return own
    parts = letters.line_and_link(event, payload, letters.isolated)
    return "\n".join(part for part in parts if part)


def write_notice(event: str, payload: Mapping[str, str], words: Words | None = None) -> str:
    """Return an event as a browser shows it, which leads on by itself.

    In the words of the post for the inbox, where there are some and a push service takes them.
    """
    own = applying.plain(words, _values(event, payload)) if words else None
    if own and len(own.encode()) <= LONGEST_NOTICE:
        return own
    line, _link = letters.line_and_link(event, payload, letters.isolated)
    return line


def _values(event: str, payload: Mapping[str, str]) -> Mapping[str, str]:
    bare = {**payload, "others": ""}
    context = letters.context_of(event, bare, letters.isolated)
    return letters.values_of(event, bare, context, letters.isolated)
