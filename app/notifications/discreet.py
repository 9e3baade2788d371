"""Messages for readers whose phone or mailbox others look into: they name no service and no matter.

Whoever wishes so is told that there is something, and reads it after signing in (reliability S56).
What holds a code or a link of its own goes as ever, because nobody could do anything without it;
what warns of a change of the account says so.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr

from flask import current_app
from flask_babel import gettext

from app.core import i18n
from app.core.crypto import Unreadable
from app.notifications import events, letters, messengers
from app.notifications.events import Event
from app.notifications.models import Message

KEY = "discreet"
"""In the payload of what goes so."""
_NEEDED = frozenset({"code", "path"})


def as_wished(payload: Mapping[str, str], event: Event, *, is_wished: bool) -> dict[str, str]:
    """Return a payload with the mark of a discreet message where its reader wishes for one now.

    Without it where not: what was written before may be marked by a wish that is over.
    """
    bare = {key: value for key, value in payload.items() if key != KEY}
    is_so = is_wished and not event.needs & _NEEDED
    return {**bare, KEY: "yes"} if is_so else bare


def mark_anew(message: Message, *, is_wished: bool) -> None:
    """Have a message that leaves the house go as its reader wishes now; not without its key."""
    event = events.EVENTS.get(message.event)
    if event is None:
        return
    with suppress(Unreadable):
        before = message.payload or {}
        after = as_wished(before, event, is_wished=is_wished)
        if after != before:
            message.payload = after


def is_so(payload: Mapping[str, str]) -> bool:
    """Return whether a message names neither service nor matter."""
    return KEY in payload


def line(event: str) -> str:
    """Return all that is said, in the language that is spoken now.

    A warning says that it is one: else whoever sits at an open session would silence it by this.
    """
    if events.EVENTS[event].is_warning:
        return gettext(
            "Something was changed in the security of your account. Please sign in and see whether "
            "that was you."
        )
    return gettext("There is something new for you. You can read it after signing in.")


def _subject(event: str) -> str:
    if events.EVENTS[event].is_warning:
        return gettext("About the security of your account")
    return gettext("A new message")


def compose(message: Message) -> EmailMessage:
    """Return the mail for a message; raise NoAddress, or Unreadable when its key is gone."""
    letter = letters.compose(message)
    if not is_so(message.payload or {}):
        return letter
    with i18n.speaking(message.language):
        _hide_sender(letter, message)
        letter.replace_header("Subject", _subject(message.event))
        # With all that hangs on it, such as an entry for a calendar.
        letter.clear_content()
        for name in ("List-Unsubscribe", "List-Unsubscribe-Post"):
            # It holds the address of the site.
            del letter[name]
        letter.set_content(line(message.event) + "\n")
    letter["Content-Language"] = message.language
    return letter


def _hide_sender(letter: EmailMessage, message: Message) -> None:
    """Have a mail come from who names nobody, as far as the operator has such an address."""
    name, own = parseaddr(current_app.config["SETTINGS"].discreet_from)
    sender = own or letter["From"].addresses[0].addr_spec
    letter.replace_header("From", Address(name or gettext("Messages"), addr_spec=sender))
    if own:
        # It holds the host of the site.
        letter.replace_header("Message-ID", f"<{message.uid}@{own.rpartition('@')[2]}>")


def compose_short(message: Message, to: str | None = None) -> tuple[str, str]:
    """Return phone (`to` if known) and text; raise NoAddress, or Unreadable without its key."""
    payload = dict(message.payload or {})  # opened once: a crowd of texts is written in one go
    with i18n.speaking(message.language):
        phone = letters.phone_of(message, payload, to)
        return phone, _text(message, payload, letters.text_of)


def compose_chat(message: Message) -> tuple[str, str]:
    """Return chat and text of a message of the bot; raise NoAddress, or Unreadable."""
    payload = dict(message.payload or {})
    with i18n.speaking(message.language):
        return messengers.chat_of(message), _text(message, payload, messengers.text_of)


def _text(
    message: Message,
    payload: Mapping[str, str],
    openly: Callable[[Message, Mapping[str, str]], str],
) -> str:
    return line(message.event) if is_so(payload) else openly(message, payload)
