"""A mail server that answers as it is told to, line by line, on a real socket."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Answer = Callable[[str], str | None]
"""The command to the reply; None hangs up without one."""


class RudeServer:
    """Speaks just enough SMTP, and counts what it took in whole."""

    def __init__(self, answers: dict[str, str | None]) -> None:
        """Take the reply for each verb ("MAIL", "RCPT", "DATA", "." ...); the rest is polite."""
        self._answers = answers
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self._socket.getsockname()[1]}"
        self.taken: list[bytes] = []

    def serve(self) -> None:
        """Serve one client after the other until the socket is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                with client, suppress(OSError):
                    self._talk(client)

    def _talk(self, client: socket.socket) -> None:
        lines = client.makefile("rb")
        self._say(client, self._answers.get("HELLO", "220 rude"))
        for line in lines:
            verb = line.decode("latin-1").strip().split(" ")[0].upper()
            reply = self._answers.get(verb, "354 go on" if verb == "DATA" else "250 fine")
            if reply is None:
                return
            self._say(client, reply)
            if verb == "QUIT":
                return
            if verb == "DATA" and reply.startswith("354") and not self._take(client, lines):
                return

    def _take(self, client: socket.socket, lines: Iterator[bytes]) -> bool:
        content = b""
        for line in lines:
            if line == b".\r\n":
                break
            content += line
        self.taken.append(content)
        reply = self._answers.get(".", "250 taken")
        if reply is None:
            return False
        self._say(client, reply)
        return True

    @staticmethod
    def _say(client: socket.socket, reply: str | None) -> None:
        if reply is None:
            raise OSError
        client.sendall(reply.encode() + b"\r\n")

    def close(self) -> None:
        """Stop listening."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@contextmanager
def rude(**answers: str | None) -> Iterator[RudeServer]:
    """Run a rude server; `DOT` stands for the reply to the end of the content."""
    server = RudeServer({"." if verb == "DOT" else verb: text for verb, text in answers.items()})
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join(timeout=5)
