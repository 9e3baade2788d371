"""How the provider of this machine speaks: short messages, a push service, the Bot API.

Each says in its own words what happens on bad days; what happens is the gateway's.
"""

import base64
import hashlib
import json
import re
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.notifications.telegram import rules

BOT = re.compile(r"/bot([^/]+)/(sendMessage|setWebhook)")
PUSH, BATCHES = "/push/", "/batches"
TOKEN, NAME = "1:the-bot-of-the-demonstration", "JaliyaDemoBot"
Headers = Mapping[str, str]
Answer = tuple[int, bytes]
Letter = tuple[str, str, str]
"""Key, recipient and text of a message."""
Names = Sequence[tuple[str, str]]
"""The key of each message that was taken, and what it is called."""


@dataclass(frozen=True, slots=True)
class Speech:
    """The way of gateways for short messages."""

    def read(self, path: str, headers: Headers, body: bytes) -> list[Letter]:
        """Return key, recipient and text of each message of a call."""
        said = json.loads(body)
        return [(headers.get("Idempotency-Key", ""), said["to"], said["text"])]

    def fine(self, names: Names) -> Answer:
        """Return what is answered when messages were taken: keys, and what they are called."""
        name = names[0][1] if names else ""
        return 201, json.dumps({"id": name, "status": "queued"}).encode()

    def refusal(self, mode: str, wait_s: int) -> Answer | None:
        """Return what is answered in a mode, None for what the gateway says itself."""
        return None


class Many(Speech):
    """The same way for many messages in one call."""

    def read(self, path: str, headers: Headers, body: bytes) -> list[Letter]:
        """Return key, recipient and text of each."""
        return [(one["key"], one["to"], one["text"]) for one in json.loads(body)["messages"]]

    def fine(self, names: Names) -> Answer:
        """Return what is answered: a word on each, by its key."""
        said = [{"key": key, "id": name, "status": "queued"} for key, name in names]
        return 202, json.dumps({"messages": said}).encode()


class Push(Speech):
    """The way of push services (RFC 8030); what it takes it cannot read, and shows in base64."""

    def read(self, path: str, headers: Headers, body: bytes) -> list[Letter]:
        """Return topic and browser, by which a message that waits is replaced, and the body."""
        device = path.removeprefix(PUSH)
        topic = f"{device}:{headers.get('Topic', '')}"
        return [(topic, device, base64.b64encode(body).decode())]

    def fine(self, names: Names) -> Answer:
        """Return what is answered when a message was taken: a place, and nothing to read."""
        return 201, b""

    def refusal(self, mode: str, wait_s: int) -> Answer | None:
        """Return what is answered in a mode."""
        known = {"no such number": (400, b""), "number gone": (410, b""), "no credit": (403, b"")}
        return known.get(mode)


class Bot(Speech):
    """The way of the Bot API of Telegram, which knows no keys."""

    def read(self, path: str, headers: Headers, body: bytes) -> list[Letter]:
        """Return no key, the chat and the text."""
        said = json.loads(body)
        return [("", str(said.get("chat_id", "hook")), said.get("text", said.get("url", "")))]

    def fine(self, names: Names) -> Answer:
        """Return what is answered when a message was taken."""
        number = int(re.sub(r"\D", "", names[0][1] if names else "") or 0)
        return 200, json.dumps({"ok": True, "result": {"message_id": number}}).encode()

    def refusal(self, mode: str, wait_s: int) -> Answer | None:
        """Return what is answered in a mode."""
        patience = f"Too Many Requests: retry after {wait_s}"
        known = {
            "429": (429, patience, {"parameters": {"retry_after": wait_s}}),
            "no such number": (400, "Bad Request: message text is empty", {}),
            "number gone": (403, "Forbidden: bot was blocked by the user", {}),
            "no credit": (401, "Unauthorized", {}),
        }
        if mode not in known:
            return None
        status, text, more = known[mode]
        said = {"ok": False, "error_code": status, "description": text, **more}
        return status, json.dumps(said).encode()


def press_start(code: str, base: str) -> str:
    """Do what Telegram does when somebody presses Start; return what the bot answers."""
    chat = int(hashlib.sha256(code.encode()).hexdigest()[:8], 16) + 1
    said = {"message": {"chat": {"id": chat, "type": "private"}, "text": f"/start {code}"}}
    headers = {
        "Content-Type": "application/json",
        "X-Telegram-Bot-Api-Secret-Token": rules.hook_secret(TOKEN),
    }
    body, address = json.dumps(said).encode(), f"{base}/telegram/hook"
    call = urllib.request.Request(address, body, headers, method="POST")  # noqa: S310  (ours)
    try:
        with urllib.request.urlopen(call, timeout=5) as answer:  # noqa: S310  (this machine)
            return str(json.loads(answer.read() or b"{}").get("text", ""))
    except (OSError, ValueError):
        return ""


def speech_of(path: str) -> Speech:
    """Return how whoever calls an address speaks."""
    if path.startswith(PUSH):
        return Push()
    if path == BATCHES:
        return Many()
    return Bot() if BOT.fullmatch(path) else Speech()


def answer(speech: Speech, mode: str, usual: Answer, wait_s: int) -> Answer:
    """Return what is answered in a mode."""
    return speech.refusal(mode, wait_s) or usual
