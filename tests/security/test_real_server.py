"""What no client library sends, written byte by byte to the web server of production."""

import socket
from collections.abc import Callable, Iterator

import pytest

from config import Settings
from tests import storm
from tests.databases import Databases

pytestmark = [pytest.mark.security, pytest.mark.grid]

USUAL = "Host: localhost\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
CLOSE = "Connection: close\r\n"
SECOND = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def port(databases: Databases, make_settings: Callable[[str], Settings]) -> Iterator[int]:
    """Be the port of a running server."""
    with storm.web(make_settings(databases.migrated("sqlite"))) as web:
        yield web.port


def said(port: int, request: str) -> list[str]:
    """Send bytes as they stand; return the lines that begin an answer, until it is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(request.encode("latin-1"))
        line.shutdown(socket.SHUT_WR)
        whole = b""
        while more := line.recv(65_536):
            whole += more
    return [one for one in whole.decode("latin-1").split("\r\n") if one.startswith("HTTP/1.")]


BROKEN = {
    "length and chunks": f"{FORM}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "two lengths": f"{FORM}Content-Length: 5\r\nContent-Length: 60\r\n\r\na=b&c",
    "no such coding": f"{FORM}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding twice": f"{FORM}{CHUNKED}Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "signed length": f"{FORM}Content-Length: +5\r\n\r\na=b&c",
    "folded header": f"{FORM}X-One: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "blank before colon": f"{FORM}Content-Length : 5\r\n\r\na=b&c",
    "nul in a header": "X-One: a\0b\r\n\r\n",
    "cr in a header": "X-One: a\rX-Two: b\r\n\r\n",
    "64 KiB header": f"X-One: {'a' * 65_536}\r\n\r\n",
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.proves("http-002", "csrf_headers-008")
def test_what_two_servers_could_read_in_two_ways_is_refused(port: int, name: str) -> None:
    answers = said(port, f"POST /en/account/sign-in HTTP/1.1\r\n{USUAL}{BROKEN[name]}{SECOND}")

    assert len(answers) == 1
    assert answers[0].split()[1] in ("400", "431", "501")


@pytest.mark.proves("http-002")
def test_a_line_that_ends_without_its_return_begins_no_second_request(port: int) -> None:
    answers = said(port, f"GET /healthz HTTP/1.1\nHost: localhost\nX: y\n\n{SECOND}")

    assert [line.split()[1] for line in answers[:1]] == ["400"]
    assert len(answers) == 1


@pytest.mark.proves("S19", "csrf_headers-006")
def test_two_hosts_are_refused(port: int) -> None:
    answers = said(
        port, f"GET /en/ HTTP/1.1\r\n{USUAL}Host: evil.example\r\nConnection: close\r\n\r\n"
    )

    assert [line.split()[1] for line in answers] == ["400"]


@pytest.mark.proves("csrf_headers-008")
def test_a_cookie_that_is_none_is_dropped_and_stands_in_no_answer(port: int) -> None:
    head = f"GET /en/help HTTP/1.1\r\n{USUAL}{CLOSE}"

    assert [line.split()[1] for line in said(port, f"{head}Cookie: a,b=c; =x; y\r\n\r\n")] == [
        "200"
    ]
    assert [line.split()[1] for line in said(port, f"{head}Cookie: a=\x01\r\n\r\n")] == ["400"]


def test_the_server_names_no_version(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(f"GET /healthz HTTP/1.1\r\n{USUAL}{CLOSE}\r\n".encode())
        whole = line.makefile("rb").read().decode("latin-1")

    assert "200" in whole.splitlines()[0]
    servers = [one for one in whole.splitlines() if one.lower().startswith("server:")]
    assert not any(sign.isdigit() for one in servers for sign in one)
