"""The app starts on both engines and answers."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.visitor import Visitor


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_answered_without_a_session(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_an_unknown_page_is_told_in_the_readers_language(visitor: Visitor, language: str) -> None:
    page = visitor.open(f"/{language}/no-such-page")

    assert page.status == 404
    assert page.language == language
    assert page.heading


def test_a_wrong_host_is_refused(client: FlaskClient) -> None:
    answer = client.get("/healthz", headers={"Host": "elsewhere.example"})

    assert answer.status_code == 400


def test_outside_the_demonstration_there_is_no_outbox(client: FlaskClient) -> None:
    assert client.get("/outbox").status_code == 404
    assert client.get("/ar/outbox").status_code == 404


def test_a_request_ends_without_an_event_loop(app: Flask) -> None:
    names = [end.__name__ for end in app.teardown_appcontext_funcs]

    assert "_close_sessions" in names
    assert not [name for name in names if "async" in name]
