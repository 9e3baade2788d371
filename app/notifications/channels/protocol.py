"""What sending asks of a way by which messages leave, such as e-mail."""

from typing import Any, Protocol

from app.notifications.models import Message
from app.notifications.rules import Provider, Reply


class Unreached(Exception):
    """No conversation with the provider came about; surely nothing was sent."""


class NoAddress(Exception):
    """The recipient cannot be reached this way (any more)."""


class Way(Protocol):
    """A conversation with a provider, opened when needed and used for several messages."""

    @property
    def provider(self) -> Provider:
        """Return who is called."""

    def compose(self, message: Message) -> Any:
        """Return what is sent for a message (Any: whatever `send` of this way takes).

        Raise NoAddress, or Unreadable when its key is gone.
        """

    def ready(self) -> None:
        """Open the conversation unless it is open; raise Unreached when that fails."""

    def send(self, letter: Any, key: str) -> Reply:
        """Hand one message over; return how that ended, never raise for it (Any: as above).

        `key` is that by which the provider takes it once, empty where it knows no keys.
        """

    def close(self) -> None:
        """End the conversation; whatever goes wrong now changes nothing."""
