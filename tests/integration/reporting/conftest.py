"""Those of the post who keep and erase."""

import pytest
from flask import Flask

from app.core.actor import Role
from tests.integration.desk.conftest import Officer, officer_at


@pytest.fixture
def officer(app: Flask) -> Officer:
    """Be an officer of the post."""
    return officer_at(app, Role.OFFICER)


@pytest.fixture
def head(app: Flask) -> Officer:
    """Be a head of the post."""
    return officer_at(app, Role.HEAD)
