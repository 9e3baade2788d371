"""Somebody who asks a running server over real connections, as a browser does."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

HOST = "127.0.0.1"
LONGEST_WAIT_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: the status, where it leads, and the whole body."""

    status: int
    location: str
    body: bytes


class Asker:
    """Somebody with a session who keeps cookies; each request has a connection of its own."""

    def __init__(self, port: int, token: str, cookies: Mapping[str, str] | None = None) -> None:
        """Ask at a port of this machine with the token of a session, and more cookies."""
        self._port = port
        self._cookies = {"jaliya-id": token, **(cookies or {})}

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self._ask("GET", path)

    def post(self, path: str, values: Mapping[str, object]) -> Answer:
        """Send a form."""
        return self._ask("POST", path, urlencode(values, doseq=True).encode())

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=LONGEST_WAIT_S)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie", ()):
                name, _, value = line.partition(";")[0].partition("=")
                self._cookies[name] = value
            location = answer.headers.get("Location", "")
            return Answer(status=answer.status, location=location, body=answer.read())
        finally:
            connection.close()
