"""The local SMTP server of the demonstration: each message becomes one file.

Usage: python -m app.demo.mailsink PORT FOLDER
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST_MESSAGE = 30 * 1024 * 1024


class Files:
    """Writes each accepted message into a folder, named so that names sort by arrival."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Store a mail."""
        body = envelope.content or b""
        self.store(body if isinstance(body, bytes) else body.encode(), *envelope.rcpt_tos)
        return "250 OK"

    def store(self, raw: bytes, *recipients: str) -> None:
        """Store a message, whole or not at all."""
        self._count += 1
        name = f"{time.time_ns() // 1000:017d}-{os.getpid()}-{self._count}"
        # The recipients of the envelope are what SMTP delivers to, whatever the headers say.
        to = "X-Envelope-To: " + ", ".join(recipients) + "\r\n"
        part = self._folder / f".{name}"
        part.write_bytes(to.encode("utf-8", "replace") + raw)
        part.rename(self._folder / f"{name}.eml")


async def serve(port: int, folder: Path) -> None:
    """Serve on the loopback interface until SIGTERM or SIGINT."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    handler = Files(folder)
    server = await loop.create_server(
        lambda: SMTP(handler, data_size_limit=LARGEST_MESSAGE, enable_SMTPUTF8=True),
        "127.0.0.1",
        port,
    )
    await done.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
