"""The outbox of the demonstration shows what really went through SMTP."""

import smtplib
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from flask import Flask

from app.demo.gateway import Taken, as_letter
from config import Settings
from tests import servers
from tests.conftest import build, dispose
from tests.databases import Databases
from tests.visitor import Visitor


@pytest.fixture
def demo_app(databases: Databases, make_settings: Callable[[str], Settings]) -> Iterator[Flask]:
    """Be an app in demo mode (SQLite, as the demonstration always is)."""
    app = build(replace(make_settings(databases.migrated("sqlite")), demo=True))
    yield app
    dispose(app)


@pytest.fixture
def sink(demo_app: Flask) -> Iterator[int]:
    """Run the local SMTP server of the demonstration; be its port."""
    port = servers.free_port()
    folder = demo_app.config["SETTINGS"].instance / "mail"
    argv = [sys.executable, "-m", "app.demo.mailsink", str(port), str(folder)]
    process = subprocess.Popen(argv, cwd=servers.ROOT)
    servers.wait_until(lambda: _listens(port), what="the mail server")
    yield port
    process.terminate()
    assert process.wait(5) == 0


def _listens(port: int) -> bool:
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=2).close()
    except OSError:
        return False
    return True


def test_a_message_sent_by_smtp_is_shown_and_its_parts_are_files(
    demo_app: Flask, sink: int
) -> None:
    message = EmailMessage()
    message["Subject"] = "رمز الدخول"
    message["From"] = "no-reply@jaliya.example"
    message["To"] = "layan@example.org"
    message.set_content("الرمز 123456\nhttp://127.0.0.1:8000/ar/inbox <script>x</script>")
    message.add_alternative("<p>123456</p>", subtype="html")
    message.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="موعد.ics")
    with smtplib.SMTP("127.0.0.1", sink) as smtp:
        smtp.send_message(message)

    visitor = Visitor(demo_app.test_client())
    listed = visitor.open("/outbox", headers={"Accept-Language": "ar"})
    shown = visitor.follow("رمز الدخول")
    calendar = demo_app.test_client().get(shown.link(".ics"))

    assert listed.language == "ar"
    assert "layan@example.org" in listed.text
    assert shown.heading == "رمز الدخول"
    assert "<script>x</script>" in shown.text
    assert shown.link("/ar/inbox") == "http://127.0.0.1:8000/ar/inbox"
    assert calendar.data.strip() == b"BEGIN:VCALENDAR"
    assert calendar.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2frun", "12345678901234567-1-1"])
def test_an_unknown_message_is_not_found(demo_app: Flask, name: str) -> None:
    assert demo_app.test_client().get(f"/ru/outbox/{name}").status_code == 404


def test_a_message_of_a_chat_has_its_first_line_as_its_subject() -> None:
    taken = Taken(id="1", key="", to="1", text="Запись отменена\nhttp://localhost/ru/requests/JM-1")

    assert message_from_bytes(as_letter(taken), policy=default)["Subject"] == "Запись отменена"
