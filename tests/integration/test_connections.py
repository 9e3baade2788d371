"""What the app asks of its database connections."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import DBAPIError

from app.catalogue.models import Post
from app.core.db import db, engine_for, transaction
from config import Settings
from tests.conftest import build, dispose
from tests.factories import people

OFTEN = 8
"""The driver prepares a statement when it is sent for the sixth time."""


@pytest.mark.parametrize("engine", ["postgresql"])
def test_nobody_waits_for_ever(racing_app: Flask) -> None:
    with racing_app.app_context():
        waits = [
            db.session.scalar(text(f"SHOW {name}"))
            for name in ("lock_timeout", "statement_timeout")
        ]

    assert waits == ["5s", "30s"]


@pytest.mark.parametrize("engine", ["postgresql"])
def test_a_connection_that_the_server_ended_costs_no_request(racing_app: Flask) -> None:
    with racing_app.app_context():
        kept = db.session.scalar(text("SELECT pg_backend_pid()"))
    server = create_engine(racing_app.config["SETTINGS"].database_url)
    with server.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": kept})
    server.dispose()

    assert racing_app.test_client().get("/readyz").status_code == 200


def test_a_database_that_does_not_answer_is_said_in_plain_words(
    make_settings: Callable[[str], Settings],
) -> None:
    app = build(make_settings("postgresql+psycopg://127.0.0.1:1/none"))
    client = app.test_client()
    client.set_cookie("jaliya-id", "somebody")

    unavailable, unknown = client.get("/ru/"), client.get("/ru/nowhere")

    assert (unavailable.status_code, unknown.status_code) == (503, 404)
    assert "Сервис временно недоступен" in unavailable.text
    assert "Страница не найдена" in unknown.text
    dispose(app)


def test_an_option_of_the_address_comes_last() -> None:
    settings = engine_for("postgresql+psycopg://db/jaliya?options=-c%20lock_timeout%3D9s")

    assert "-c lock_timeout=9s'" in str(settings["connect_args"])


def test_sqlite_is_opened_as_it_is() -> None:
    assert "connect_args" not in engine_for("sqlite:///x")


@pytest.mark.parametrize("engine", ["postgresql"])
def test_what_was_planned_once_is_used_again(racing_app: Flask) -> None:
    """The driver forgets what it prepared on a ROLLBACK, so that what only read ends by COMMIT."""
    client = racing_app.test_client()
    for _time in range(OFTEN):
        assert client.get("/readyz").status_code == 200

    with racing_app.app_context():
        assert _prepared() > 0
        with pytest.raises(LookupError), transaction():
            people.post()
            raise LookupError
        assert _prepared() == 0


@pytest.mark.parametrize("engine", ["postgresql"])
def test_nothing_is_written_outside_a_transaction(racing_app: Flask) -> None:
    """What ends by COMMIT must not be able to write."""
    with racing_app.app_context():
        with pytest.raises(DBAPIError, match="read-only transaction"):
            people.post()
        db.session.rollback()
        assert _posts() == 0
        with transaction():
            people.post()
        assert _posts() == 1


def _prepared() -> int:
    return db.session.scalar(text("SELECT count(*) FROM pg_prepared_statements")) or 0


def _posts() -> int:
    return db.session.scalar(select(func.count()).select_from(Post)) or 0
