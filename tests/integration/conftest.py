"""What tests of more than one domain need."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from app.demo.gateway import Gateway
from tests import servers


@pytest.fixture
def gateway(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """Be the one provider that the settings name."""
    with servers.gateway() as server:
        settings = replace(app.config["SETTINGS"], sms_gateways=servers.gateways_of(server))
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        yield server
