"""Short messages by HTTP: one call of a gateway, and how it ended."""

from dataclasses import dataclass

from app.notifications import letters
from app.notifications.channels.calling import Broken, Connection
from app.notifications.gateways import Gateway
from app.notifications.models import Message
from app.notifications.rules import Provider, Reply, Result

PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """What is sent to whom."""

    to: str
    text: str


class Line:
    """A connection to a gateway, opened when needed and used for several messages."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._connection = Connection(gateway.request.url, name=gateway.name)

    @property
    def provider(self) -> Provider:
        """Return the gateway."""
        gateway = self._gateway
        return Provider(
            name=gateway.name,
            key_life=gateway.key_life,
            gives_receipts=gateway.receipt is not None,
            weight=gateway.weight,
        )

    @property
    def is_open(self) -> bool:
        """Return whether it is connected."""
        return self._connection.is_open

    def compose(self, message: Message) -> Short:
        """Return what is sent; raise NoAddress, or Unreadable when its key is gone."""
        to, text = letters.compose_short(message)
        return Short(to=to, text=text)

    def ready(self) -> None:
        """Connect unless it is connected; raise Unreached when that fails."""
        self._connection.ready()

    def send(self, letter: Short, key: str) -> Reply:
        """Hand one message over; return how that ended, never raise for it.

        As soon as a byte of the request may have left, a broken line is ambiguous.
        """
        gateway = self._gateway
        body = gateway.body(to=letter.to, text=letter.text, key=key)
        try:
            answer = self._connection.call(
                gateway.request.method,
                gateway.target(key),
                body,
                gateway.headers(key),
                patience_s=PATIENCE_S,
                keeps=bool(key),
            )
        except Broken:
            return Reply(result=Result.AMBIGUOUS)
        return gateway.reply(answer.status, answer.content, answer.retry_after)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()
