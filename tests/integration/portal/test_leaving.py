"""A link on every page of citizens leads away at once and leaves nothing in the browser."""

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.accounts import sessions
from app.accounts.models import SignIn
from app.core.db import db
from tests.integration.portal.conftest import make_citizen
from tests.visitor import Visitor

PAGES = ("/", "/help", "/services", "/requests", "/account", "/inbox", "/nowhere")


@pytest.mark.proves("S56")
@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_every_page_of_a_citizen_has_a_quick_way_out(app: Flask, language: str) -> None:
    visitor = Visitor(make_citizen(app).visitor.client)

    for path in PAGES:
        page = visitor.open(f"/{language}{path}")
        hrefs = [link.get("href") for link in page.root.iter("a")]
        assert hrefs.count(f"/{language}/leave") == 1, path


@pytest.mark.proves("S56")
def test_who_leaves_is_signed_out_here_and_forgotten(app: Flask) -> None:
    client = make_citizen(app).visitor.client
    assert client.get("/ru/account").status_code == 200

    answer = client.get("/ru/leave", headers={"Sec-Fetch-Site": "same-origin"})

    assert (answer.status_code, answer.location) == (303, "https://ru.wikipedia.org/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert client.get_cookie("jaliya-id") is None
    assert client.get("/ru/account").status_code == 302


@pytest.mark.proves("S56")
def test_a_token_that_was_copied_is_worth_nothing_after_leaving(app: Flask) -> None:
    citizen, thief = make_citizen(app).visitor.client, app.test_client()
    cookie = citizen.get_cookie("jaliya-id")
    assert cookie is not None
    thief.set_cookie("jaliya-id", cookie.value)
    assert thief.get("/ru/account").status_code == 200

    citizen.get("/ru/leave", headers={"Sec-Fetch-Site": "same-origin"})

    assert thief.get("/ru/account").status_code == 302
    with app.app_context():
        assert db.session.scalar(select(func.count(SignIn.id))) == 0


@pytest.mark.proves("S56")
def test_who_leaves_is_led_away_though_the_database_is_not_there(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_citizen(app).visitor.client

    def fail() -> None:
        raise OperationalError("DELETE", {}, Exception("locked"))

    monkeypatch.setattr(sessions, "end_current", fail)
    answer = client.get("/ru/leave", headers={"Sec-Fetch-Site": "same-origin"})

    assert (answer.status_code, answer.location) == (303, "https://ru.wikipedia.org/")
    assert "session not ended on leaving" in caplog.text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_other_site_can_have_somebody_signed_out(app: Flask, site: str) -> None:
    client = make_citizen(app).visitor.client

    answer = client.get("/ru/leave", headers={"Sec-Fetch-Site": site})

    assert "Clear-Site-Data" not in answer.headers
    assert client.get("/ru/account").status_code == 200
