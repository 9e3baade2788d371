"""A gateway that honours keys and a mail server, in a process of their own beside the bench."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.demo.gateway import Gateway
from tests import servers
from tests.servers import ROOT, MailServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where they listen."""

    gateway: int
    mail: int


@contextmanager
def beside() -> Iterator[Ports]:
    """Run both until the end."""
    argv = [sys.executable, "-m", __name__]
    process = subprocess.Popen(  # noqa: S603  (our own program)
        argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("no pipes")
    try:
        yield Ports(**json.loads(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(timeout=10)
        process.stdout.close()


def main() -> None:
    """Listen, say where, and wait for the end of the input."""
    mail = MailServer()
    mail.start()
    with servers.gateway() as gateway:
        print(json.dumps({"gateway": port_of(gateway), "mail": mail.port}), flush=True)
        sys.stdin.read()
    mail.stop()


def port_of(gateway: Gateway) -> int:
    """Return where a gateway listens."""
    return int(gateway.server_port)


if __name__ == "__main__":
    main()
