"""What tests of more than one domain need."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from app.core.actor import Role
from app.demo.gateway import Gateway
from tests import servers
from tests.integration.desk.conftest import Officer, officer_at


@pytest.fixture
def gateway(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """Be the one provider that the settings name."""
    with servers.gateway() as server:
        settings = replace(app.config["SETTINGS"], sms_gateways=servers.gateways_of(server))
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        yield server


@pytest.fixture
def officer(app: Flask) -> Officer:
    """Be an officer of the post."""
    return officer_at(app, Role.OFFICER)


@pytest.fixture
def head(app: Flask) -> Officer:
    """Be the head of the post."""
    return officer_at(app, Role.HEAD)
