"""Files on their way in: counted while they arrive, and gone when they are refused."""

import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from app.documents import rules

MEGABYTE = 1024 * 1024


def incoming(app: Flask) -> list[Path]:
    """Return what lies where files arrive."""
    return list(app.extensions["storage"].incoming.iterdir())


@pytest.fixture
def served(app: Flask) -> Iterator[tuple[str, int]]:
    """Be the app behind a real socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield "127.0.0.1", server.server_port
    server.shutdown()
    thread.join()


def posted(served: tuple[str, int], language: str, size: int) -> tuple[int, str]:
    """Send a form with a file of so many bytes; return the status and the page."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    connection = HTTPConnection(*served)
    connection.request(
        "POST",
        f"/{language}/account/sign-in",
        body=head + bytes(size) + b"\r\n--x--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=x", "Host": "localhost"},
    )
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    return answer.status, page


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
@pytest.mark.parametrize("size", [rules.LARGEST_FILE + 1, 30 * MEGABYTE], ids=["10 MB", "30 MB"])
def test_a_file_over_the_limit_gets_the_page_of_the_readers_language(
    served: tuple[str, int], app: Flask, language: str, size: int
) -> None:
    status, page = posted(served, language, size)

    assert status == 413
    assert f'lang="{language}"' in page
    assert "10" in page
    assert incoming(app) == []


def test_a_file_at_the_limit_passes_and_leaves_nothing(served: tuple[str, int], app: Flask) -> None:
    status, _page = posted(served, "en", rules.LARGEST_FILE)

    assert status != 413
    assert incoming(app) == []


def test_an_upload_that_breaks_off_leaves_nothing(served: tuple[str, int], app: Flask) -> None:
    connection = HTTPConnection(*served)
    connection.putrequest("POST", "/en/account/sign-in")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(5 * MEGABYTE))
    connection.endheaders()
    connection.send(b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.jpg"\r\n\r\n')
    connection.send(bytes(MEGABYTE))
    connection.close()

    assert incoming(app) == []
