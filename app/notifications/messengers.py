"""The text of a message in a chat and on the screen of a browser: one line and where it leads."""

from collections.abc import Mapping

from app.accounts import queries as accounts
from app.core import i18n
from app.notifications import letters
from app.notifications.channels.protocol import NoAddress
from app.notifications.models import Message


def compose_chat(message: Message) -> tuple[str, str]:
    """Return chat and text of a message of the bot; raise NoAddress, or Unreadable."""
    chat = accounts.chat_of(message.account_id) if message.account_id else None
    if not chat:
        raise NoAddress
    with i18n.speaking(message.language):
        return chat, write_chat(message.event, message.payload or {})


def write_chat(event: str, payload: Mapping[str, str]) -> str:
    """Return an event as a message of a chat in the language that is spoken now, with its link."""
    parts = letters.line_and_link(event, payload, letters.isolated)
    return "\n".join(part for part in parts if part)


def write_notice(event: str, payload: Mapping[str, str]) -> str:
    """Return an event as a browser shows it, which leads on by itself."""
    line, _link = letters.line_and_link(event, payload, letters.isolated)
    return line
