"""What the proofs of security share: the world of the example, once for all of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import Settings
from tests.security import stocking
from tests.security import world as worlds
from tests.security.world import World


@pytest.fixture(scope="session")
def world(
    prepared: Path,
    tmp_path_factory: pytest.TempPathFactory,
    make_settings: Callable[[str], Settings],
) -> Iterator[World]:
    """Be the example with all its people, to be asked by everybody; nothing is kept of it."""
    folder = tmp_path_factory.mktemp("world")
    with worlds.opened(prepared, folder, make_settings("sqlite://")) as opened:
        stocking.stock(opened)
        yield opened
