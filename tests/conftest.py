"""Fixtures for all tests: the app on both engines, isolated by rollback, and real servers."""

import base64
import gc
import logging
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache

from app.accounts import passwords
from app.catalogue import queries as catalogue
from app.core import i18n
from app.core.db import db
from app.factory import create_app
from config import Settings
from tests import servers
from tests.databases import ENGINES, Databases, isolated
from tests.live import LiveServer, copy_instance, prepare_once, started_demo
from tests.visitor import Visitor

SHARES = (*("sqlite",) * 15, "postgresql")
"""A test takes twice as long on PostgreSQL, where all of them run with `make test-all`.

Of the races each engine has half."""
SECRET = "tests only: not a secret of anything"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let one engine be chosen, or the integration tests be shared out between the two."""
    parser.addoption("--engine", choices=ENGINES, help="run engine tests on this one only")
    parser.addoption(
        "--share", action="store_true", help="run each integration test on one engine only"
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    """Spare the tests two costs that tell them nothing."""
    # With all that pytest keeps, looking for garbage took a tenth of the time.
    gc.set_threshold(100_000, 20, 100)
    # A password costs a tenth of a second on purpose, which the tests need not pay a thousand
    # times; the processes that they start hash as production does.
    passwords.hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of the other engine."""
    kept = [item for item in items if _is_wanted(item, config)]
    if len(kept) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept


def _is_wanted(item: pytest.Item, config: pytest.Config) -> bool:
    engine, chosen = _engine_of(item), config.getoption("--engine")
    if engine is None:
        return True
    if not chosen and config.getoption("--share") and _is_shared(item):
        is_race = item.get_closest_marker("race") is not None
        chosen = _share_of(item, ENGINES if is_race else SHARES)
    return chosen in (None, engine)


def _is_shared(item: pytest.Item) -> bool:
    """Return whether a test is of a domain's services and pages, a race, or kills workers.

    What the database itself has to do (the files of integration/) is for both.
    """
    folder = Path(str(item.fspath)).parent
    if folder.name == "faults":
        return "engine" in getattr(item, "fixturenames", ())
    return folder.parent.name == "integration"


def _share_of(item: pytest.Item, shares: Sequence[str]) -> str:
    """Return the one engine on which a shared test runs, the same in every run."""
    name = item.nodeid
    for engine in ENGINES:
        name = name.replace(engine, "")
    return shares[zlib.crc32(name.encode()) % len(shares)]


def _engine_of(item: pytest.Item) -> str | None:
    spec = getattr(item, "callspec", None)
    params = spec.params if spec else {}
    return params.get("engine") or params.get("one_engine")


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Make databases on either engine: `databases.migrated(engine)` returns a URL."""
    folder = tmp_path_factory.mktemp("databases")
    with servers.postgresql() as server:
        yield Databases(folder, server)
        servers.drop_databases(server)


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name a real broker that the whole session shares."""
    with servers.broker(tmp_path_factory.mktemp("broker")) as url:
        yield url


@pytest.fixture(scope="session")
def session_mail() -> Iterator[servers.MailServer]:
    """Run one SMTP server for the whole session."""
    server = servers.MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def mail(session_mail: servers.MailServer) -> servers.MailServer:
    """Be the SMTP server that the app sends to, empty at first: see `mail.sent_to(address)`."""
    session_mail.received.clear()
    return session_mail


@pytest.fixture(scope="session")
def make_settings(
    tmp_path_factory: pytest.TempPathFactory, broker_url: str, session_mail: servers.MailServer
) -> Callable[[str], Settings]:
    """Make settings for a database URL."""

    def make(database_url: str) -> Settings:
        folder = tmp_path_factory.mktemp("instance")
        key = base64.b64encode(SECRET.encode()[:32]).decode()
        return Settings(
            secret_key=SECRET,
            master_keys=(key,),
            index_key=key,
            audit_keys=(key,),
            audit_anchor=folder / "audit.anchors",
            database_url=database_url,
            redis_url=broker_url,
            storage_url=f"file://{folder}/documents",
            base_url="http://localhost",
            trusted_hosts=("localhost", "127.0.0.1"),
            smtp_url=session_mail.url,
            mail_from="Jaliya <no-reply@jaliya.example>",
            scanner="none",
            testing=True,
            instance=folder,
        )

    return make


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Name the engine of this test; whatever uses it runs once on each."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def apps(
    databases: Databases, make_settings: Callable[[str], Settings]
) -> Iterator[Callable[[str, str], Flask]]:
    """Keep one app for each engine and use of its database: `apps(engine, use)`."""
    made: dict[tuple[str, str], Flask] = {}

    def get(engine: str, use: str) -> Flask:
        if (engine, use) not in made:
            made[engine, use] = build(make_settings(databases.migrated(engine)))
        return made[engine, use]

    yield get
    for app in made.values():
        dispose(app)


catalogue.WORDS_KEPT = timedelta(0)
"""No test asks less of the database because another one did before it."""


class Compiled(FileSystemBytecodeCache):
    """Templates in each language, which every app would compile anew otherwise."""

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Keep the languages apart, whose texts are folded into the code."""
        return super().get_cache_key(f"{i18n.language()}:{name}", filename)


def build(settings: Settings) -> Flask:
    """Return an app that leaves logging to pytest, which captures it for each test."""
    root = logging.getLogger()
    kept, level = list(root.handlers), root.level
    app = create_app(settings)
    app.jinja_env.bytecode_cache = Compiled(str(settings.instance.parent))
    root.handlers[:] = kept
    root.setLevel(level)
    return app


def dispose(app: Flask) -> None:
    """Close the connections that an app keeps."""
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(apps: Callable[[str, str], Flask], engine: str) -> Iterator[Flask]:
    """Be the app on an empty, migrated database; what the test writes is rolled back."""
    app = apps(engine, "isolated")
    with isolated(app):
        yield app


@pytest.fixture
def racing_app(
    apps: Callable[[str, str], Flask], databases: Databases, engine: str
) -> Iterator[Flask]:
    """Be an app without isolation, for threads and processes; its database is emptied after."""
    app = apps(engine, "races")
    config = dict(app.config)
    yield app
    app.config.update(config)
    dispose(app)
    databases.renew(engine, app.config["SETTINGS"].database_url)


@pytest.fixture
def unguarded_app(
    apps: Callable[[str, str], Flask], databases: Databases, engine: str
) -> Iterator[Flask]:
    """Be such an app on a database of its own, whose guards a control may take away."""
    app = apps(engine, "controls")
    yield app
    dispose(app)
    databases.renew(engine, app.config["SETTINGS"].database_url)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Be the plain test client."""
    return app.test_client()


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Be somebody without a script: opens pages, reads them, fills forms in as they stand."""
    return Visitor(app.test_client())


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Be an instance folder as the first start leaves it, for copies; one for all workers."""
    temp = tmp_path_factory.getbasetemp()
    folder = (temp.parent if "PYTEST_XDIST_WORKER" in os.environ else temp) / "prepared"
    prepare_once(folder)
    return folder


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[LiveServer]:
    """Run what `make run` runs, on a folder and port of its own, with the example data."""
    with started_demo(copy_instance(prepared, tmp_path_factory.mktemp("live"))) as server:
        yield server
