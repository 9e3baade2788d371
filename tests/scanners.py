"""Virus scanners for the tests: Debian's clamd with a signature of our own, and some that lie."""

import shutil
import socket
import socketserver
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from flask import Flask

from app.documents.scanner import TEST_VIRUS, Scanner
from tests.servers import free_port, wait_until

SIGNATURE = f"Eicar-Test-Signature:0:*:{TEST_VIRUS.hex()}\n"
"""Written by hand, so that nothing has to be fetched; see ClamAV's manual on .ndb files."""
SETTINGS = """
Foreground yes
DatabaseDirectory {folder}/signatures
TemporaryDirectory {folder}
TCPAddr 127.0.0.1
TCPSocket {port}
LocalSocket {folder}/clamd.sock
StreamMaxLength {longest}
MaxThreads 4
"""
LOUD = "NO CLAMD: apt-get install clamav-daemon, or nothing proves that viruses are found"


class Clamd:
    """The real scanner, which a test may stop, freeze and start again."""

    def __init__(self, folder: Path) -> None:
        """Write what it needs; nothing runs yet."""
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "signatures").mkdir()
        (folder / "signatures" / "eicar.ndb").write_text(SIGNATURE)
        self.address = f"clamd://127.0.0.1:{self._port}"
        self.unix_address = f"clamd+unix://{folder}/clamd.sock"

    def start(self, *, longest: str = "11M") -> None:
        """Start it and wait until it answers; it takes files of so many bytes."""
        program = shutil.which(
            "clamd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/opt/homebrew/sbin"
        )
        if program is None:
            pytest.skip(LOUD)
        settings = self._folder / "clamd.conf"
        settings.write_text(SETTINGS.format(folder=self._folder, port=self._port, longest=longest))
        self._process = subprocess.Popen(
            [program, f"--config-file={settings}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._answers, what="clamd")

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def clamd() -> Iterator[Clamd]:
    """Run the scanner; the test is skipped, loudly, where its package is not installed."""
    # A path of a socket may have no more than 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="jaliya-", dir="/tmp"))
    server = Clamd(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@contextmanager
def scanner_at(app: Flask, address: str) -> Iterator[Scanner]:
    """Set the app to a scanner for a while."""
    before, app.extensions["scanner"] = app.extensions["scanner"], Scanner(address)
    try:
        yield app.extensions["scanner"]
    finally:
        app.extensions["scanner"] = before


Answering = Callable[[socket.socket], None]


@contextmanager
def impostor(answering: Answering) -> Iterator[str]:
    """Run something at the port of a scanner that is none; yield its address."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                answering(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"clamd://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def stream_of(line: socket.socket) -> bytes:
    """Read the stream that a scanner is sent, to its end."""
    with line.makefile("rb") as file:
        file.read(len(b"zINSTREAM\0"))
        body = b""
        while length := struct.unpack(">L", file.read(4))[0]:
            body += file.read(length)
    return body


def says(answer: bytes) -> Answering:
    """Return what reads a stream and gives one answer, whatever was in it."""

    def answering(line: socket.socket) -> None:
        stream_of(line)
        line.sendall(answer)

    return answering


def sees(then: Answering) -> Answering:
    """Return what finds the test virus, as a scanner does, and is something else with files."""

    def answering(line: socket.socket) -> None:
        head = line.recv(82, socket.MSG_PEEK | socket.MSG_WAITALL)
        if TEST_VIRUS in head:
            says(b"stream: Eicar FOUND\0")(line)
        else:
            then(line)

    return answering


def drips(line: socket.socket) -> None:
    """Answer one byte at a time, without an end."""
    stream_of(line)
    while True:
        line.sendall(b"s")
        time.sleep(0.02)


def sleeps(line: socket.socket) -> None:
    """Take everything and say nothing until the other side has gone."""
    stream_of(line)
    line.recv(1)


def hangs_up(line: socket.socket) -> None:
    """Take the beginning of a stream and close."""
    line.recv(64)


def hurries(line: socket.socket) -> None:
    """Call a file clean before having seen it."""
    line.sendall(b"stream: OK\0")
    stream_of(line)
