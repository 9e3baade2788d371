"""Short messages by HTTP: one call of a gateway, or many at once, and how each ended."""

import hashlib
import queue
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from app.notifications import discreet, queries
from app.notifications.channels.calling import Answer, Broken, Connection
from app.notifications.channels.protocol import Unreached
from app.notifications.gateways import Gateway
from app.notifications.models import Message
from app.notifications.rules import Provider, Reply, Result

PATIENCE_S = 15.0
SIDE_BY_SIDE = 8
"""So many connections to a gateway that takes one message at a time."""
FOR_EACH = 4
"""So many messages for each of them, so that none of a batch waits long."""
ALL_PATIENCE_S = 20.0
"""For a batch: with the call that began last, less than its lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """What is sent to whom."""

    to: str
    text: str


class Line:
    """Connections to a gateway, opened when needed and used for several messages."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._connection = Connection(gateway.request.url, name=gateway.name)
        self._free: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        self._pool: ThreadPoolExecutor | None = None
        self._beside: list[Connection] = []

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
    def at_once(self) -> int:
        """Return how many go at once: in one call, side by side, or one without keys."""
        if self._gateway.batch is not None:
            return self._gateway.batch.size
        return SIDE_BY_SIDE * FOR_EACH if self._gateway.key_life else 1

    @property
    def is_open(self) -> bool:
        """Return whether it is connected."""
        return self._connection.is_open

    def recipients(self, account_ids: Collection[int]) -> Mapping[int, str]:
        """Return the phones of accounts, in as many statements as one."""
        return queries.phones_of(account_ids) if account_ids else {}

    def compose(self, message: Message, to: str | None = None) -> Short:
        """Return what is sent; raise NoAddress, or Unreadable when its key is gone."""
        to, text = discreet.compose_short(message, to)
        return Short(to=to, text=text)

    def ready(self) -> None:
        """Connect unless it is connected; raise Unreached when that fails."""
        self._connection.ready()

    def send(self, letter: Short, key: str) -> Reply:
        """Hand one message over; return how that ended, never raise for it.

        As soon as a byte of the request may have left, a broken line is ambiguous.
        """
        return self._send(self._connection, letter, key)

    def _send(self, connection: Connection, letter: Short, key: str) -> Reply:
        gateway = self._gateway
        body = gateway.body(to=letter.to, text=letter.text, key=key)
        try:
            answer = self._call(connection, gateway.target(key), body, key)
        except Broken:
            return Reply(result=Result.AMBIGUOUS)
        return gateway.reply(answer.status, answer.content, answer.retry_after)

    def _call(self, connection: Connection, target: str, body: bytes, key: str) -> Answer:
        return connection.call(
            self._gateway.request.method,
            target,
            body,
            self._gateway.headers(key),
            patience_s=PATIENCE_S,
            keeps=bool(key),
        )

    def send_all(self, letters: Sequence[tuple[Short, str]]) -> Sequence[Reply]:
        """Hand messages over, each under its key; return how that ended for each."""
        if len(letters) == 1:
            return [self.send(*letters[0])]
        until = time.monotonic() + ALL_PATIENCE_S
        if self._gateway.batch is None:
            return self._side_by_side(letters, until)
        replies = self._in_one_call(letters)
        if all(reply.result is Result.REFUSED for reply in replies):
            # Of one that it will never take, a gateway may refuse the whole call.
            return [self._in_time(self._connection, *one, until) for one in letters]
        return replies

    def _in_one_call(self, letters: Sequence[tuple[Short, str]]) -> Sequence[Reply]:
        keys = [key for _letter, key in letters]
        whole = ((letter.to, letter.text, key) for letter, key in letters)
        target, body = self._gateway.batch_of(whole)
        try:
            # The call has a key of its own, made of theirs: another batch is another call.
            name = hashlib.sha256(" ".join(keys).encode()).hexdigest()[:32]
            answer = self._call(self._connection, target, body, name)
        except Broken:
            return [Reply(result=Result.AMBIGUOUS)] * len(keys)
        return self._gateway.replies(keys, answer.status, answer.content, answer.retry_after)

    def _side_by_side(self, letters: Sequence[tuple[Short, str]], until: float) -> Sequence[Reply]:
        def hand_over(one: tuple[Short, str]) -> Reply:
            with self._borrowed() as connection:
                return self._in_time(connection, *one, until)

        if self._pool is None:
            self._pool = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="sms")
            url = self._gateway.request.url
            more = (Connection(url, name=self._gateway.name) for _ in range(SIDE_BY_SIDE - 1))
            self._beside = [self._connection, *more]
            for connection in self._beside:
                self._free.put(connection)
        return list(self._pool.map(hand_over, letters))

    @contextmanager
    def _borrowed(self) -> Iterator[Connection]:
        connection = self._free.get()
        try:
            yield connection
        finally:
            self._free.put(connection)

    def _in_time(self, connection: Connection, letter: Short, key: str, until: float) -> Reply:
        """Hand one message over unless it is too late for it: then it surely did not go."""
        if time.monotonic() > until:
            return Reply(result=Result.UNREACHED)
        try:
            connection.ready()
        except Unreached:
            return Reply(result=Result.UNREACHED)
        return self._send(connection, letter, key)

    def close(self) -> None:
        """End the connections."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = None
        for connection in (self._connection, *self._beside):
            connection.close()
