"""What cannot be read takes no page away: the value says so, the log names its place (F27)."""

import logging
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import LargeBinary, Table, select, text, update
from sqlalchemy.exc import IntegrityError

from app.accounts import sessions
from app.core.actor import Role
from app.core.crypto import DataKey
from app.core.db import Model, transaction
from tests.factories import files, people
from tests.integration.desk.conftest import Officer, officer_at, taken

KEPT = {"sealed_totp", "sealed_secret"}
"""Without these nobody comes in, which another test shows."""


def sealed_columns() -> Iterator[tuple[Table, str]]:
    """Yield every column of every table that holds something sealed."""
    for table in Model.metadata.tables.values():
        for column in table.columns:
            is_sealed = isinstance(column.type, LargeBinary) and column.name.startswith("sealed_")
            if is_sealed and column.name not in KEPT:
                yield table, column.name


def overwrite(of: Callable[[bytes], bytes]) -> int:
    """Damage all that is sealed, as somebody with SQL does; return how many values there were."""
    count = 0
    with transaction() as session:
        session.execute(text(_GUARDS[session.get_bind().dialect.name]))
        for table, name in sealed_columns():
            key = next(iter(table.primary_key.columns))
            values = session.execute(select(key, table.c[name]).where(table.c[name].is_not(None)))
            for found, value in values.all():
                session.execute(update(table).where(key == found).values({name: of(bytes(value))}))
                count += 1
    return count


_GUARDS = {"sqlite": "SELECT 1", "postgresql": "SET LOCAL session_replication_role = replica"}


def swapped_keys() -> None:
    """Have every data key be wrapped by a master key that nobody knows."""
    with transaction() as session:
        session.execute(update(DataKey).values(wrapped=b"deadbeef" + os.urandom(60)))


def pages(app: Flask, reference: str) -> list[str]:
    """Return all addresses that need nothing, or the reference of a request."""
    found = set()
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and rule.arguments <= {"lang", "reference"}:
                values: dict[str, Any] = {"lang": "en", "reference": reference}  # (Any)
                found.add(url_for(rule.endpoint, **{name: values[name] for name in rule.arguments}))
    return sorted(found)


@pytest.fixture
def head(app: Flask) -> Officer:
    """Be somebody who may open nearly everything."""
    return officer_at(app, Role.OFFICER, Role.HEAD, Role.ADMIN, Role.RECEPTIONIST, Role.CASHIER)


def owner(app: Flask) -> FlaskClient:
    """Return the browser of the citizen whose request it is."""
    with app.test_request_context(), transaction():
        token = sessions.begin(account=people.only_account())
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return client


DAMAGES = {
    "truncated": lambda: overwrite(lambda value: value[:9]),
    "changed": lambda: overwrite(lambda value: value[:-1] + bytes([value[-1] ^ 1])),
    "unknown key": swapped_keys,
}


@pytest.mark.grid
@pytest.mark.proves("S41", "data_ops-001")
@pytest.mark.parametrize("damage", sorted(DAMAGES))
def test_no_page_fails_because_of_damaged_values(
    app: Flask, head: Officer, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    reference = taken(app, head, photo=files.jpeg())
    with app.app_context():
        DAMAGES[damage]()

    with caplog.at_level(logging.ERROR):
        answers = {
            (who, path): client.get(path).status_code
            for who, client in (("head", head.visitor.client), ("citizen", owner(app)))
            for path in pages(app, reference)
        }

    assert {path: status for path, status in answers.items() if status >= 500} == {}
    assert sum(status == 200 for status in answers.values()) > 80
    assert any("cannot be read" in line.message for line in caplog.records)


@pytest.mark.proves("S41", "data_ops-001")
def test_a_list_shows_which_value_cannot_be_read(app: Flask, officer: Officer) -> None:
    taken(app, officer)
    assert "cannot be read" not in officer.visitor.open("/en/desk/queue?tab=mine").text

    with app.app_context():
        assert overwrite(lambda value: value[:-1]) > 0
    page = officer.visitor.open("/en/desk/queue?tab=mine")

    assert page.status == 200
    assert "(cannot be read)" in page.text


@pytest.mark.proves("S41", "data_ops-001")
def test_what_cannot_be_read_is_not_overwritten(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    officer.visitor.open(f"/en/desk/cases/{reference}/person")
    with app.app_context():
        overwrite(lambda value: value[:-1])
    assert officer.visitor.submit({"first_ru": "Иная"}).status == 409


def test_the_database_refuses_a_state_that_is_none(app: Flask, officer: Officer) -> None:
    taken(app, officer)
    with app.app_context(), pytest.raises(IntegrityError), transaction() as session:
        session.execute(text("UPDATE \"case\" SET state = 'nonsense'"))
