"""Messages of a Telegram bot: one call of sendMessage, and how it ended."""

import json
from urllib.parse import urlsplit

from app.notifications import discreet
from app.notifications.channels.calling import Broken, Connection
from app.notifications.channels.sms import Short
from app.notifications.models import Message
from app.notifications.rules import Provider, Reply, Result
from app.notifications.telegram import rules
from config import Settings

PATIENCE_S = 15.0
HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


def set_hook(settings: Settings) -> bool:
    """Tell Telegram where our bot is told things; return whether it took it, or raise Unreached."""
    connection = Connection(settings.telegram_api, name="telegram")
    content = {
        "url": f"{settings.base_url}/telegram/hook",
        "secret_token": rules.hook_secret(settings.telegram_token),
        "allowed_updates": ["message", "my_chat_member"],
    }
    connection.ready()
    try:
        answer = connection.call(
            "POST",
            _target(settings, "setWebhook"),
            json.dumps(content).encode(),
            HEADERS,
            patience_s=PATIENCE_S,
            keeps=False,
        )
    except Broken:
        return False
    return answer.status == 200


def _target(settings: Settings, method: str) -> str:
    # The token stands in the address: that is how its API is made. No log of ours has it.
    base = urlsplit(settings.telegram_api).path.rstrip("/")
    return f"{base}/bot{settings.telegram_token}/{method}"


class Line:
    """A connection to the Bot API, opened when needed and used for one message."""

    def __init__(self, settings: Settings) -> None:
        self._target = _target(settings, "sendMessage")
        self._connection = Connection(settings.telegram_api, name="telegram")

    @property
    def provider(self) -> Provider:
        """Return the bot; its API knows no keys."""
        return Provider(name="telegram")

    def compose(self, message: Message) -> Short:
        """Return what is sent; raise NoAddress, or Unreadable when its key is gone."""
        to, text = discreet.compose_chat(message)
        return Short(to=to, text=text)

    def ready(self) -> None:
        """Connect unless it is connected; raise Unreached when that fails."""
        self._connection.ready()

    def send(self, letter: Short, key: str = "") -> Reply:
        """Hand one message over; return how that ended, never raise for it."""
        content = {
            "chat_id": int(letter.to),
            "text": letter.text,
            # A preview would have Telegram's servers open the link.
            "link_preview_options": {"is_disabled": True},
        }
        try:
            answer = self._connection.call(
                "POST",
                self._target,
                json.dumps(content).encode(),
                HEADERS,
                patience_s=PATIENCE_S,
                keeps=False,
            )
        except Broken:
            return Reply(result=Result.AMBIGUOUS)
        return rules.reply(answer.status, answer.content, answer.retry_after)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()
