"""How the provider of this machine speaks: short messages, a push service, the Bot API.

Each says in its own words what happens on bad days; what happens is the gateway's.
"""

import base64
import hashlib
import json
import re
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

from app.notifications.telegram import rules

BOT = re.compile(r"/bot([^/]+)/(sendMessage|setWebhook)")
PUSH = "/push/"
TOKEN, NAME = "1:the-bot-of-the-demonstration", "JaliyaDemoBot"
Headers = Mapping[str, str]
Answer = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Speech:
    """The way of gateways for short messages."""

    def read(self, path: str, headers: Headers, body: bytes) -> tuple[str, str, str]:
        """Return key, recipient and text of a call."""
        said = json.loads(body)
        return headers.get("Idempotency-Key", ""), said["to"], said["text"]

    def fine(self, name: str) -> Answer:
        """Return what is answered when a message was taken."""
        return 201, json.dumps({"id": name, "status": "queued"}).encode()

    def refusal(self, mode: str, wait_s: int) -> Answer | None:
        """Return what is answered in a mode, None for what the gateway says itself."""
        return None


class Push(Speech):
    """The way of push services (RFC 8030); what it takes it cannot read, and shows in base64."""

    def read(self, path: str, headers: Headers, body: bytes) -> tuple[str, str, str]:
        """Return topic and browser, by which a message that waits is replaced, and the body."""
        device = path.removeprefix(PUSH)
        return f"{device}:{headers.get('Topic', '')}", device, base64.b64encode(body).decode()

    def fine(self, name: str) -> Answer:
        """Return what is answered when a message was taken: a place, and nothing to read."""
        return 201, b""

    def refusal(self, mode: str, wait_s: int) -> Answer | None:
        """Return what is answered in a mode."""
        known = {"no such number": (400, b""), "number gone": (410, b""), "no credit": (403, b"")}
        return known.get(mode)


class Bot(Speech):
    """The way of the Bot API of Telegram, which knows no keys."""

    def read(self, path: str, headers: Headers, body: bytes) -> tuple[str, str, str]:
        """Return no key, the chat and the text."""
        said = json.loads(body)
        return "", str(said.get("chat_id", "hook")), said.get("text", said.get("url", ""))

    def fine(self, name: str) -> Answer:
        """Return what is answered when a message was taken."""
        number = int(re.sub(r"\D", "", name) or 0)
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
    return Bot() if BOT.fullmatch(path) else Speech()


def answer(speech: Speech, mode: str, usual: Answer, wait_s: int) -> Answer:
    """Return what is answered in a mode."""
    return speech.refusal(mode, wait_s) or usual
