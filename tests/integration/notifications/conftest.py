"""The bot that writes into chats, for all tests of messages."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from app.demo.gateway import Gateway
from tests import servers

TOKEN = "1:" + "t" * 30


@pytest.fixture
def bot(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """Be the Bot API that the settings name."""
    with servers.gateway() as server:
        server.slow_s, server.silent_s = 0.05, 5
        named(app, monkeypatch, server.server_port)
        yield server


def named(app: Flask, monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Have the settings name a Bot API at a port."""
    settings = replace(
        app.config["SETTINGS"],
        telegram_token=TOKEN,
        telegram_bot="post_bot",
        telegram_api=f"http://127.0.0.1:{port}",
    )
    monkeypatch.setitem(app.config, "SETTINGS", settings)
