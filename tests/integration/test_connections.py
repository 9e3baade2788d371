"""What the app asks of its database connections."""

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from app.core.db import db, engine_for


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


def test_an_option_of_the_address_comes_last() -> None:
    settings = engine_for("postgresql+psycopg://db/jaliya?options=-c%20lock_timeout%3D9s")

    assert str(settings["connect_args"]).endswith("-c lock_timeout=9s'}")


def test_sqlite_is_opened_as_it_is() -> None:
    assert engine_for("sqlite:///x") == {"url": "sqlite:///x"}
