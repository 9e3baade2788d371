"""Files on their way in: counted while they arrive, and gone when they are refused."""

import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from flask import Flask, Response, appcontext_tearing_down, request_finished

from app.documents import rules
from app.web import uploads
from tests import servers
from tests.factories import files
from tests.integration.portal.conftest import make_citizen

MEGABYTE = 1024 * 1024


def incoming(app: Flask) -> list[Path]:
    """Return what lies where files arrive."""
    return list(app.extensions["storage"].incoming.iterdir())


@pytest.fixture
def served(app: Flask) -> Iterator[tuple[str, int]]:
    """Be the app behind a real socket."""
    with servers.served(app) as port:
        yield "127.0.0.1", port


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


def test_a_file_for_a_paper_that_breaks_off_half_way_loses_nothing(
    served: tuple[str, int], app: Flask
) -> None:
    citizen = make_citizen(app)
    reference = citizen.make("draft")
    citizen.attach(reference, "old_passport", files.jpeg(), "أول.jpg")
    page = citizen.open(f"/requests/{reference}/papers/old_passport")
    cookie = citizen.visitor.client.get_cookie("jaliya-id")
    assert cookie is not None
    answered, ended = [], threading.Event()

    def note(_app: Flask, response: Response) -> None:
        answered.append(response.status_code)

    def end(_app: Flask, **_why: object) -> None:
        # Not before: until then the request has the connection that all share here.
        ended.set()

    with request_finished.connected_to(note, app), appcontext_tearing_down.connected_to(end, app):
        connection = HTTPConnection(*served)
        connection.putrequest("POST", page.url, skip_host=True)
        connection.putheader("Host", "localhost")
        connection.putheader("Cookie", f"jaliya-id={cookie.value}")
        connection.putheader("Content-Type", "multipart/form-data; boundary=x")
        connection.putheader("Content-Length", str(5 * MEGABYTE))
        connection.endheaders()
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="b.jpg"\r\n\r\n'
        connection.send(head + files.jpeg() + bytes(MEGABYTE))
        connection.close()
        assert ended.wait(20)

    assert answered == [400]
    assert incoming(app) == []
    page = citizen.open(f"/requests/{reference}/papers/old_passport")
    assert "أول.jpg" in page.text and "b.jpg" not in page.text
    page = citizen.attach(reference, "old_passport", files.jpeg(), "b.jpg")
    assert "The file was received." in page.text and "b.jpg" in page.text


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize(("count", "status"), [(40, 400), (41, 413), (900, 413)])
def test_a_form_of_many_files_does_not_open_them_all(app: Flask, count: int, status: int) -> None:
    """A process may have some hundreds open, and then takes no visitor any more."""
    part = '--x\r\nContent-Disposition: form-data; name="f{}"; filename="a"\r\n\r\n{}\r\n'
    parts = [part.format(number, "" if number % 2 else "a") for number in range(count)]
    seen = []

    def note(_app: Flask, **_answer: object) -> None:
        seen.append(open_files())

    before = open_files()
    with request_finished.connected_to(note, app):
        answer = app.test_client().post(
            "/en/account/sign-in",
            data="".join(parts).encode() + b"--x--\r\n",
            content_type="multipart/form-data; boundary=x",
        )

    assert answer.status_code == status
    assert seen[0] - before <= uploads.MOST_FILES // 2 + 1


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
