"""What sending asks of a way by which messages leave, such as e-mail."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

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


@runtime_checkable
class Broad(Way, Protocol):
    """A way by which several messages may go at once, each under a key of its own."""

    @property
    def at_once(self) -> int:
        """Return how many go at once; 1 where the provider knows no keys."""

    def recipients(self, account_ids: Collection[int]) -> Mapping[int, str]:
        """Return where accounts are reached this way, in as many statements as one."""

    def compose(self, message: Message, to: str | None = None) -> Any:
        """Return what is sent for a message, to an address where it is known (Any: as above)."""

    def send_all(self, letters: Sequence[tuple[Any, str]]) -> Sequence[Reply]:
        """Hand messages over, each with its key; return how that ended for each, in this order.

        Ends well before a lease does, and never raises for how it ended (Any: as above).
        """
