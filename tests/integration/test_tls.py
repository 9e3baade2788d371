"""Whoever cannot prove its name over TLS is told nothing, be it mail, provider or database."""

import datetime
import ipaddress
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import obstore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from obstore.exceptions import BaseError
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from app.core import celery as doorbells
from app.core import clock
from app.core.db import engine_for
from app.documents import storage
from app.notifications.channels import email, reaching
from app.notifications.channels.calling import Connection
from app.notifications.channels.protocol import Unreached
from app.notifications.channels.reaching import PublicConnection

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Be the certificate and key of this machine, signed by nobody but themselves."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")])
    day = datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(clock.now() - day)
        .not_valid_after(clock.now() + day)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "self-signed.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


class Heard:
    """What a fake server was told after its handshake."""

    def __init__(self) -> None:
        self.port = 0
        self.asked = 0
        self.told = b""


def none(line: socket.socket) -> None:
    """Speak TLS from the first byte."""


def smtp(line: socket.socket) -> None:
    """Speak SMTP until STARTTLS."""
    line.sendall(b"220 fake\r\n")
    line.recv(1000)
    line.sendall(b"250-fake\r\n250 STARTTLS\r\n")
    line.recv(1000)
    line.sendall(b"220 go on\r\n")


def postgresql(line: socket.socket) -> None:
    """Agree to what a client of PostgreSQL asks first: TLS."""
    line.recv(8)
    line.sendall(b"S")


@contextmanager
def fake(certificate: Path, prelude: Callable[[socket.socket], None]) -> Iterator[Heard]:
    """Run a server whose certificate nobody knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["postgresql", "http/1.1"])
    heard = Heard()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            heard.asked += 1
            try:
                prelude(self.request)
                with context.wrap_socket(self.request, server_side=True) as line:
                    heard.told += line.recv(1000)
            except OSError:
                return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server((HOST, 0), Handler) as server:
        heard.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield heard
        finally:
            server.shutdown()


def mail(port: int, scheme: str) -> None:
    email.Line(f"{scheme}://user:secret@{HOST}:{port}").ready()


def provider(port: int) -> None:
    connection = Connection(f"https://{HOST}:{port}/messages", name="fake")
    try:
        connection.ready()
    finally:
        connection.close()


def push_service(port: int) -> None:
    connection = PublicConnection(f"https://{HOST}:{port}/push", name="fake")
    try:
        connection.ready()
    finally:
        connection.close()


def database(port: int) -> None:
    mode = "sslmode=verify-full&sslrootcert=system"
    url = f"postgresql+psycopg://user:secret@{HOST}:{port}/none?{mode}"
    create_engine(str(engine_for(url)["url"])).connect()


def broker(port: int) -> None:
    made = doorbells.init_app(Flask("fake"), broker_url=f"rediss://:secret@{HOST}:{port}/0")
    made.connection_for_write().ensure_connection(max_retries=0, timeout=2)


def store(port: int, folder: Path) -> None:
    url = f"s3://papers?endpoint=https://{HOST}:{port}"
    kept = storage.open_storage(url, instance=folder).store
    obstore.put(kept, "files/x", b"sealed")


CALLS: dict[str, tuple[Callable[[socket.socket], None], Callable[..., None]]] = {
    "smtps": (none, lambda port, _folder: mail(port, "smtps")),
    "smtp, TLS asked for": (smtp, lambda port, _folder: mail(port, "smtp+tls")),
    "provider": (none, lambda port, _folder: provider(port)),
    "push service": (none, lambda port, _folder: push_service(port)),
    "database": (postgresql, lambda port, _folder: database(port)),
    "broker": (none, lambda port, _folder: broker(port)),
}
REFUSALS = (Unreached, OperationalError, BaseError, OSError)


@pytest.mark.proves("S50")
@pytest.mark.parametrize("name", CALLS)
def test_a_server_whose_name_nobody_signed_is_told_nothing(
    certificate: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaching, "is_public", lambda _address: True)
    prelude, call = CALLS[name]

    with fake(certificate, prelude) as heard, pytest.raises(Exception) as refused:
        call(heard.port, tmp_path)

    assert isinstance(refused.value, REFUSALS) or "CERTIFICATE" in str(refused.value).upper()
    assert (heard.asked > 0, heard.told) == (True, b"")


@pytest.mark.proves("S50")
@pytest.mark.grid
def test_a_store_whose_name_nobody_signed_is_told_nothing(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "example")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    with fake(certificate, none) as heard, pytest.raises(BaseError):
        store(heard.port, tmp_path)

    assert (heard.asked > 0, heard.told) == (True, b"")


def test_the_same_server_is_spoken_to_once_its_name_is_known(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: it is the name that is refused above, and nothing else."""
    monkeypatch.setattr(reaching, "is_public", lambda _address: True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    with fake(certificate, none) as heard:
        provider(heard.port)
        push_service(heard.port)

    assert heard.asked == 2
