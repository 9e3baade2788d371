"""The example with all its people on either engine, where what is written stays until renewed."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from flask import Flask
from sqlalchemy import make_url, update

from app.accounts.models import SignIn
from app.core import clock
from app.core.db import db, transaction
from config import Settings
from tests import servers
from tests.conftest import build, dispose
from tests.databases import Databases
from tests.faults import made, moving, pressing
from tests.faults.pressing import Form
from tests.security import stocking
from tests.security import world as worlds
from tests.security.world import World

Forms = dict[tuple[str, str], list[Form]]
"""With a token, by view and button."""

MOST, MOST_OF_SCENES = 6, 12
"""So many of the forms of one button are kept: which of them can be carried out is to be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The example at rest: what stands on its pages, and who reads them."""

    database: Path
    settings: Settings
    forms: Forms
    pages: list[tuple[str, str]]
    """Addresses, each with the token of somebody who sees it."""


def make(prepared: Path, folder: Path, settings: Settings) -> Example:
    """Return the example, after reading all of its pages once."""
    forms: Forms = {}
    pages: list[tuple[str, str]] = []
    with worlds.opened(prepared, folder / "world", settings) as world:
        stocking.stock(world)
        for token, path, body in pressing.pages(world):
            pages.append((token, path))
            for form in pressing.forms_of(world.app, path, body, token):
                _keep(form, forms, MOST)
    kept = _copied(world, folder / "kept.sqlite3")
    return Example(database=kept, settings=world.app.config["SETTINGS"], forms=forms, pages=pages)


def make_scenes(prepared: Path, folder: Path, settings: Settings) -> Example:
    """Return the example after it was led to states that it lacks, with the forms of those."""
    forms: Forms = {}
    with worlds.opened(prepared, folder / "world", settings) as world:
        stocking.stock(world)
        for form in made.forms(world):
            _keep(form, forms, MOST_OF_SCENES)
    kept = _copied(world, folder / "kept.sqlite3")
    return Example(database=kept, settings=world.app.config["SETTINGS"], forms=forms, pages=[])


def _keep(form: Form, forms: Forms, most: int) -> None:
    alike = forms.setdefault((form.endpoint, form.button), [])
    is_known = any((one.action, one.values) == (form.action, form.values) for one in alike)
    if not is_known and len(alike) < most:
        alike.append(form)


def _copied(world: World, to: Path) -> Path:
    """Return a copy of the database of a world that is closed: before, some of it is beside it."""
    kept: Settings = world.app.config["SETTINGS"]
    shutil.copy(make_url(kept.database_url).database or "", to)
    return to


class Ground:
    """An app on a database with the example, which can be had anew."""

    def __init__(self, app: Flask, renew: Callable[[], None]) -> None:
        """Take over an app and what puts its database back."""
        self.app, self._renew = app, renew

    def renew(self) -> None:
        """Have the database as it was; everybody has just confirmed who they are."""
        dispose(self.app)
        self._renew()
        with self.app.app_context(), transaction():
            now = clock.now()
            db.session.execute(update(SignIn).values(confirmed_at=now, seen_at=now))


@contextmanager
def opened(example: Example, databases: Databases, engine: str) -> Iterator[Ground]:
    """Yield the example on an engine."""
    url, renew = _sqlite(example) if engine == "sqlite" else _postgresql(example, databases)
    app = build(replace(example.settings, database_url=url))
    app.config["WTF_CSRF_ENABLED"] = False
    ground = Ground(app, renew)
    ground.renew()
    yield ground
    dispose(app)


def _sqlite(example: Example) -> tuple[str, Callable[[], None]]:
    used = example.database.with_name("used.sqlite3")

    def renew() -> None:
        for beside in ("-wal", "-shm"):
            used.with_name(used.name + beside).unlink(missing_ok=True)
        shutil.copy(example.database, used)

    return f"sqlite:///{used}", renew


def _postgresql(example: Example, databases: Databases) -> tuple[str, Callable[[], None]]:
    kept, used = databases.migrated("postgresql"), databases.migrated("postgresql")
    moving.move(f"sqlite:///{example.database}", kept)
    return used, lambda: servers.replace_database(used, kept)
