"""Rows that somebody damaged by SQL: every page is answered, lists show what is left (F27)."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, text

from app.core.db import db
from tests.faults import damaging
from tests.faults.example import Example, Ground

pytestmark = [pytest.mark.race, pytest.mark.faults, pytest.mark.grid]

DAMAGES = {
    "wrong JSON": damaging.wrong_json,
    "bad ciphertext": damaging.bad_ciphertext,
    "orphan keys": damaging.orphans,
}


def damage(app: Flask, how: Callable[[Connection], int]) -> int:
    """Do it as an operator would, who is asked for nothing by triggers and foreign keys."""
    with app.app_context(), db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            _unguard(connection)
        writer = connection.execution_options(writer=True)
        if connection.dialect.name == "postgresql":
            writer.execute(text("SET LOCAL session_replication_role = replica"))
        count = how(writer)
        writer.commit()
        connection.invalidate()
    return count


def _unguard(connection: Connection) -> None:
    # Any: a DBAPI connection has no common type.
    driver: Any = connection.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    triggers = driver.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        driver.execute(f'DROP TRIGGER "{name}"')


@pytest.mark.proves("S41", "data_ops-001")
@pytest.mark.parametrize("what", sorted(DAMAGES))
def test_no_page_fails_over_a_damaged_row(
    ground: Ground, example: Example, what: str, engine: str
) -> None:
    """F27: each address that a page leads to, asked for by who sees it."""
    count = damage(ground.app, DAMAGES[what])
    statuses, faults = Counter[int](), []
    for token, path in example.pages:
        answer = ground.app.test_client(use_cookies=False).get(
            path, headers={"Cookie": f"jaliya-id={token}"}
        )
        statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            faults.append(path)
        answer.close()

    print(
        f"\nF27 {what} {engine}: seed none, N {count} values, kills 0, lost 0, duplicated 0,"
        f" {len(example.pages)} pages, answers {dict(statuses)}"
    )
    assert faults == []
