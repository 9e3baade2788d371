"""Everybody asks for everything: what the table says, and not one answer more."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, g
from sqlalchemy import select

from app.cases.models import Case
from app.core.actor import Role
from app.core.db import db
from app.web.access import MissingPolicy, check_policies, public, signed_in, staff
from config import Settings
from tests.security import matrix
from tests.security import world as worlds
from tests.security.world import World

pytestmark = [pytest.mark.security, pytest.mark.grid]


@pytest.mark.proves("S13", "access-002", "access-012")
def test_everybody_gets_in_where_the_table_says(world: World) -> None:
    asked = matrix.Matrix(world)

    rows = list(asked.rows())
    if os.environ.get("RENEW_ACCESS"):
        matrix.write_table(rows)

    closed = sum(not row.gets_in for row in rows)
    print(f"cells of the access matrix: {asked.cells}, of {len(rows)} rows; {closed} let nobody in")
    print(f"foreign and nonexistent compared: {asked.compared}")
    assert asked.broken == []
    assert asked.unlike == []
    assert asked.compared > 2_000
    assert matrix.leaks(world.app, rows) == []
    assert matrix.differences(rows, matrix.read_table()) == []


@pytest.fixture(scope="module")
def planted(
    prepared: Path,
    tmp_path_factory: pytest.TempPathFactory,
    make_settings: Callable[[str], Settings],
) -> Iterator[World]:
    """Be a world with views that forget what ours must not."""
    folder = tmp_path_factory.mktemp("planted")
    with worlds.opened(prepared, folder, make_settings("sqlite://"), plant=plant) as opened:
        yield opened


def plant(app: Flask) -> None:
    """Add a view without a guard, and two whose loaders ask for nobody's leave."""

    def show(reference: str) -> str:
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one_or_none()
        return f"{case.state if case else g.lang}"

    guards = {"open": public, "anybodys": signed_in, "any-posts": staff(Role.OFFICER)}
    for name, guard in guards.items():
        view = guard(lambda reference, show=show: show(reference))
        app.add_url_rule(f"/<any(ar,ru,en):lang>/{name}/<reference>", f"planted.{name}", view)


@pytest.mark.parametrize(
    ("name", "who"),
    [("open", "nobody"), ("anybodys", "stranger"), ("any-posts", "kazan:officer")],
)
@pytest.mark.proves("S13")
def test_a_planted_view_that_is_not_guarded_or_scoped_is_found(
    planted: World, name: str, who: str
) -> None:
    rules = list(planted.app.url_map.iter_rules(f"planted.{name}"))
    asked = matrix.Matrix(planted)

    rows = list(asked.rows(rules))

    assert who in rows[0].gets_in
    assert matrix.leaks(planted.app, rows) or name == "open"
    assert matrix.differences(rows, matrix.read_table())


@pytest.mark.proves("S12")
def test_a_planted_view_without_a_policy_stops_the_start(planted: World) -> None:
    planted.app.view_functions["planted.bare"] = lambda: "x"
    planted.app.url_map.add(
        type(next(planted.app.url_map.iter_rules()))("/bare", endpoint="planted.bare")
    )

    with pytest.raises(MissingPolicy, match="bare"):
        check_policies(planted.app)
