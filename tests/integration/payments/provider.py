"""A payment provider on a port of its own: reads where a citizen is led, and calls back."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

from app.core import callbacks, clock
from app.payments.providers import AT, SIGNATURE

SECRET = "a secret of the test provider, 32 characters"
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Bank:
    """What the provider knows, and how it behaves."""

    url: str = ""
    status: str = "paid"
    asked: list[dict[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    is_silent: bool = False
    """Whether it leads back without having called first."""

    def call(self, order: dict[str, str], **changed: object) -> int:
        """Say to the site what became of an order, signed; return the status of the answer."""
        body = {
            "payment": order["payment"],
            "status": self.status,
            "amount": int(order["amount"]),
            "currency": order["currency"],
        }
        content = json.dumps(body | changed).encode()
        at = int(clock.now().timestamp())
        signature = callbacks.sign(SECRET, at, content)
        answer = post(order["notify"], content, {AT: str(at), SIGNATURE: signature})
        self.answers.append(answer)
        return answer


def post(url: str, content: bytes, headers: dict[str, str]) -> int:
    """Send a POST and return the status."""
    return answer_to(url, content, headers)[0]


def answer_to(url: str, content: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Send a POST and return status and body."""
    request = urllib.request.Request(url, content, headers, method="POST")
    try:
        with NO_PROXY.open(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()


@contextmanager
def running() -> Iterator[Bank]:
    """Run a provider."""
    bank = Bank()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = urlsplit(self.path).query
            signed, _mark, signature = query.rpartition("&signature=")
            order = {key: values[0] for key, values in parse_qs(signed).items()}
            if callbacks.sign(SECRET, int(order["at"]), signed.encode()) != signature:
                self.send_error(403)
                return
            bank.asked.append(order)
            if not bank.is_silent:
                bank.call(order)
            self.send_response(302)
            self.send_header("Location", order["back"])
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Page)
    bank.url = f"http://127.0.0.1:{server.server_port}/pay"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield bank
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
