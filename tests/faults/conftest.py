"""A broker that a test may kill, and an app that rings it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from config import Settings
from tests.conftest import build, dispose
from tests.databases import Databases
from tests.faults import example as examples
from tests.faults.example import Example, Ground
from tests.servers import Broker


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.grid)])
def one_engine(request: pytest.FixtureRequest) -> str:
    """Name the engine; the broker does not see which one it is, so one is enough each time."""
    name: str = request.param
    return name


@pytest.fixture
def doorbell(tmp_path: Path) -> Iterator[Broker]:
    """Be a broker of this test alone, which it may kill."""
    server = Broker(tmp_path / "broker")
    server.start()
    yield server
    server.remove()


@pytest.fixture
def ringing_app(
    databases: Databases,
    make_settings: Callable[[str], Settings],
    doorbell: Broker,
    one_engine: str,
) -> Iterator[Flask]:
    """Be an app on a database and a broker of its own."""
    app = build(replace_broker(make_settings(databases.migrated(one_engine)), doorbell.url))
    yield app
    dispose(app)


def replace_broker(settings: Settings, url: str) -> Settings:
    """Return the same settings with another broker."""
    values = {name: getattr(settings, name) for name in Settings.__slots__}
    return Settings(**{**values, "redis_url": url})


@pytest.fixture(scope="session")
def example(
    prepared: Path,
    tmp_path_factory: pytest.TempPathFactory,
    make_settings: Callable[[str], Settings],
) -> Example:
    """Be the example with all its people, its pages read once for both engines."""
    return examples.make(prepared, tmp_path_factory.mktemp("example"), make_settings("sqlite://"))


@pytest.fixture
def ground(example: Example, databases: Databases, engine: str) -> Iterator[Ground]:
    """Be the example on either engine, where what is written stays."""
    with examples.opened(example, databases, engine) as ground:
        yield ground


@pytest.fixture(scope="session")
def staged(
    prepared: Path,
    tmp_path_factory: pytest.TempPathFactory,
    make_settings: Callable[[str], Settings],
) -> Example:
    """Be the example in the states that it lacks, its forms read once for both engines."""
    folder = tmp_path_factory.mktemp("staged")
    return examples.make_scenes(prepared, folder, make_settings("sqlite://"))
