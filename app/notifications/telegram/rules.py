"""What the Bot API of Telegram answers, and what its bot is told (core.telegram.org/bots/api)."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from app.notifications.gateways import LONGEST_ID, at, parsed, result_of_status, seconds
from app.notifications.rules import Reply, Result

GONE = ("chat not found", "user is deactivated", "bot was blocked", "bot was kicked")
"""Parts of its descriptions which say that nobody is there any more."""
START = re.compile(r"/start(?:@\w{1,64})? ([A-Za-z0-9_-]{1,64})")
STOP = re.compile(r"/stop(?:@\w{1,64})?")
CHAT = re.compile(r"[1-9][0-9]{0,18}")
"""The number of a chat with one person; those of groups are negative."""


def hook_secret(token: str) -> str:
    """Return what Telegram says with each update, so that only it and its bot know (setWebhook)."""
    return hmac.new(token.encode(), b"hook", hashlib.sha256).hexdigest()


def reply(status: int, content: bytes, retry_after: str) -> Reply:
    """Return what an answer of sendMessage says of the message.

    Telegram knows no keys: what may have gone out is not sent again by itself (docs/adr/0015).
    """
    said = parsed(content)
    number, text = at(said, "result.message_id")[:LONGEST_ID], at(said, "description")
    wait = at(said, "parameters.retry_after") or retry_after
    if 200 <= status < 300:
        result = Result.ACCEPTED if _is_ok(said) and number else Result.AMBIGUOUS
        return Reply(result=result, code=status, reference=number)
    if status in (400, 403):
        is_gone = status == 403 or any(one in text.casefold() for one in GONE)
        return Reply(result=Result.REFUSED, code=status, is_gone=is_gone)
    return Reply(
        result=result_of_status(status), code=status, wait=timedelta(seconds=seconds(wait))
    )


def _is_ok(said: object) -> bool:
    return isinstance(said, Mapping) and said.get("ok") is True


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody told the bot: the code of a link, or that nothing is wanted any more."""

    chat: str
    code: str = ""
    wants_to_stop: bool = False


def told(content: bytes) -> Told | None:
    """Return what an update says, None for what the bot does not listen to.

    Only a chat with one person counts: in a group others would read along. Blocking the bot says
    the same as /stop.
    """
    said = parsed(content)
    for part in ("message", "my_chat_member"):
        chat = at(said, f"{part}.chat.id")
        if CHAT.fullmatch(chat) and at(said, f"{part}.chat.type") == "private":
            return _of_chat(said, part, chat)
    return None


def _of_chat(said: object, part: str, chat: str) -> Told | None:
    if part == "my_chat_member":
        is_out = at(said, "my_chat_member.new_chat_member.status") == "kicked"
        return Told(chat=chat, wants_to_stop=True) if is_out else None
    text = at(said, "message.text")
    if STOP.fullmatch(text):
        return Told(chat=chat, wants_to_stop=True)
    started = START.fullmatch(text)
    return Told(chat=chat, code=started[1]) if started else None
