"""A provider of messages on this machine: for the demonstration, and for tests.

Usage: python -m app.demo.gateway PORT FOLDER BASE

It takes `POST /messages` with JSON `{"to", "text"}` and an `Idempotency-Key`, and answers 201 with
an id; or many of them, each with its key, by `POST /batches`. It also speaks as a push service and
as the Bot API of Telegram (messengers). Whatever it accepts stands in its ledger. In other modes it
behaves as providers do on bad days. BASE is where it calls back to say that a message arrived.
"""

import json
import signal
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from app.core import callbacks, clock
from app.demo import messengers
from app.demo.mailsink import Files

DESCRIPTION = """
[[gateway]]
name = "%(name)s"
key_hours = %(key_hours)s

[gateway.request]
url = "http://127.0.0.1:%(port)s/messages"
headers = { Idempotency-Key = "{key}" }
body = '{"to": "{to}", "text": "{text}"}'

[gateway.answer]
id = "id"
error = "error.code"
refused = ["no_such_number"]
gone = ["number_gone"]
shut_out = ["no_credit"]

[gateway.receipt]
secret = "%(secret)s"
signature = "X-Signature"
time = "X-Time"
id = "message"
key = "key"
event = "event"
status = "status"
delivered = ["delivered"]
failed = ["undelivered"]
gone = ["no_such_number"]
"""
BATCH = """
[gateway.batch]
url = "http://127.0.0.1:%(port)s/batches"
item = '{"to": "{to}", "text": "{text}", "key": "{key}"}'
body = '{"messages": [{items}]}'
answers = "messages"
key = "key"
size = %(size)s
"""
KEY_HOURS, RECEIPT_AFTER_S = 24, 1.0
SECRET = "a secret of tests and of the demonstration, which signs nothing else"  # noqa: S105  (none)


def describe(
    port: int, *, name: str = "demo", key_hours: float = KEY_HOURS, at_once: int = 1
) -> str:
    """Return how the file of the settings describes it, and how many it takes in one call."""
    described = DESCRIPTION + (BATCH if at_once > 1 else "")
    values = {"name": name, "port": port, "key_hours": key_hours, "secret": SECRET}
    return described % {**values, "size": at_once}


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A receipt as it is posted."""

    body: bytes
    headers: Mapping[str, str]


def receipt(
    *, event: str, status: str = "delivered", message: str = "", key: str = "", at: datetime
) -> Callback:
    """Return a signed receipt of a message, by its id or by our key."""
    said = {"event": event, "status": status, "message": message, "key": key}
    body = json.dumps({name: value for name, value in said.items() if value}).encode()
    moment = int(at.timestamp())
    headers = {"X-Time": str(moment), "X-Signature": callbacks.sign(SECRET, moment, body)}
    return Callback(body=body, headers={**headers, "Content-Type": "application/json"})


class Mode(StrEnum):
    """How it behaves."""

    OK = "ok"
    SLOW = "slow"
    """It answers after `slow_s`."""
    PATIENCE = "429"
    """It asks for patience, for `retry_after` seconds."""
    BROKEN = "500"
    """It breaks before it takes the message."""
    BROKEN_LATE = "500 after accept"
    AWAY = "503"
    RESET = "reset"
    """It takes the message and breaks the line."""
    SILENT = "time-out after accept"
    """It takes the message and says nothing, until the caller goes."""
    GARBAGE = "garbage"
    """It takes the message and answers what nobody can read."""
    NAMELESS = "accepted without id"
    REFUSING = "no such number"
    GONE = "number gone"
    SHUT = "no credit"


ANSWERS: dict[Mode, tuple[int, bytes]] = {
    Mode.PATIENCE: (429, b'{"error": {"code": "too_many"}}'),
    Mode.BROKEN: (500, b"oops"),
    Mode.BROKEN_LATE: (500, b"oops"),
    Mode.AWAY: (503, b""),
    Mode.GARBAGE: (200, b"\x00\xff<html>fine</html>"),
    Mode.NAMELESS: (200, b"{}"),
    Mode.REFUSING: (422, b'{"error": {"code": "no_such_number"}}'),
    Mode.GONE: (404, b'{"error": {"code": "number_gone"}}'),
    Mode.SHUT: (403, b'{"error": {"code": "no_credit"}}'),
}
TAKES_NOTHING = frozenset(
    {Mode.PATIENCE, Mode.BROKEN, Mode.AWAY, Mode.REFUSING, Mode.GONE, Mode.SHUT}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message that it accepted."""

    id: str
    key: str
    to: str
    text: str


class Gateway(ThreadingHTTPServer):
    """The provider; `behave` says for each call how it goes."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int = 0, *, name: str = "demo", knows_keys: bool = True) -> None:
        super().__init__(("127.0.0.1", port), _Call)
        self.name, self.knows_keys = name, knows_keys
        self.mode = Mode.OK
        self.behave: Callable[[int], Mode] = lambda _call: self.mode
        self.slow_s, self.silent_s, self.retry_after = 0.2, 30.0, 1
        self.key_life_s = KEY_HOURS * 3600.0
        self.at_once = 1
        self.ledger: list[Taken] = []
        self.calls = 0
        self.on_taken: Callable[[Taken], None] = lambda _taken: None
        self.on_start: Callable[[str], str] = lambda _code: ""
        self._known: dict[str, tuple[float, Taken]] = {}
        self._lock = threading.Lock()

    @property
    def settings(self) -> str:
        """Return how the settings describe it."""
        hours = self.key_life_s / 3600 if self.knows_keys else 0
        at_once = self.at_once if self.knows_keys else 1
        return describe(self.server_port, name=self.name, key_hours=hours, at_once=at_once)

    def next_mode(self) -> Mode:
        """Return how the call that has come goes."""
        with self._lock:
            self.calls += 1
            return self.behave(self.calls)

    def take(self, key: str, to: str, text: str) -> Taken:
        """Accept a message, once for each key that is known still."""
        with self._lock:
            since, known = self._known.get(key, (0.0, None))
            if key and known and self.knows_keys and time.monotonic() < since + self.key_life_s:
                return known
            taken = Taken(id=f"{self.name}-{len(self.ledger) + 1}", key=key, to=to, text=text)
            self.ledger.append(taken)
            self._known[key] = (time.monotonic(), taken)
        self.on_taken(taken)
        return taken

    def texts_to(self, phone: str) -> list[str]:
        """Return what a phone got, oldest first."""
        return [taken.text for taken in self.ledger if taken.to == phone]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of callers who went away."""


class _Call(BaseHTTPRequestHandler):
    """One caller."""

    server: Gateway
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        mode, said = self.server.next_mode(), messengers.speech_of(self.path)
        names = []
        if mode not in TAKES_NOTHING:
            letters = said.read(self.path, dict(self.headers), body)
            names = [(one[0], self.server.take(*one).id) for one in letters]
        if mode is Mode.RESET:
            self._hang_up()
        elif mode is Mode.SILENT:
            self._wait_for_the_caller()
        else:
            if mode is Mode.SLOW:
                time.sleep(self.server.slow_s)
            fine = said.fine(names)
            wait = self.server.retry_after
            self._answer(*messengers.answer(said, mode.value, ANSWERS.get(mode, fine), wait))

    def do_GET(self) -> None:
        """Press Start in the chat of the bot, as its link has one do."""
        code = parse_qs(urlsplit(self.path).query).get("start", [""])[0]
        text = self.server.on_start(code).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == 429:
            self.send_header("Retry-After", str(self.server.retry_after))
        self.end_headers()
        self.wfile.write(content)

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _wait_for_the_caller(self) -> None:
        self.close_connection = True
        self.connection.settimeout(self.server.silent_s)
        with suppress(OSError):
            self.connection.recv(1)

    def log_message(self, *arguments: object) -> None:
        """Write nothing: a line of an access log would be nothing to anybody here."""


def as_letter(taken: Taken) -> bytes:
    """Return a short message as the outbox of the demonstration shows it."""
    letter = EmailMessage()
    # The text of a chat has its link on a line of its own.
    letter["Subject"] = taken.text.partition("\n")[0].partition(" http")[0]
    letter["Date"] = format_datetime(clock.now())
    letter.set_content(taken.text)
    return letter.as_bytes()


def confirm(taken: Taken, base: str) -> None:
    """Say a moment later that a message arrived."""
    time.sleep(RECEIPT_AFTER_S)
    said = receipt(event=f"{taken.key}-1", message=taken.id, at=clock.now())
    address = f"{base}/messages/receipts/demo"
    call = urllib.request.Request(address, said.body, dict(said.headers), method="POST")  # noqa: S310
    with suppress(OSError), urllib.request.urlopen(call, timeout=5):  # noqa: S310  (this machine)
        pass


def main(port: int, folder: Path, base: str) -> None:
    """Serve until SIGTERM or SIGINT, and put what is taken beside the mails."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = Files(folder)
    server = Gateway(port)

    def on_taken(taken: Taken) -> None:
        files.store(as_letter(taken), taken.to)
        if taken.key:
            threading.Thread(target=confirm, args=(taken, base), daemon=True).start()

    server.on_taken = on_taken
    server.on_start = lambda code: messengers.press_start(code, base)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_about: done.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    done.wait()
    server.shutdown()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
