"""What the cookies of this site are allowed to do in a browser, as docs/adr/0023 says."""

from collections.abc import Iterator, Mapping

import pytest
import time_machine
from flask import Flask, request_finished
from werkzeug.test import TestResponse

from app.core import clock
from tests.integration.accounts.conftest import SignIn as Enter
from tests.integration.accounts.conftest import second_factor
from tests.integration.accounts.test_staff import give_password
from tests.visitor import Visitor

TOKENS, FORMS, BROWSERS = "__Host-jaliya-id", "__Host-jaliya", "__Host-jaliya-seen"


class Watching:
    """Notes what each answer has the browser keep."""

    def __init__(self) -> None:
        self.cookies: dict[str, set[str]] = {}

    def __call__(self, _sender: object, response: TestResponse, **_more: object) -> None:
        """Read the lines of an answer."""
        for line in response.headers.getlist("Set-Cookie"):
            name, _, rest = line.partition("=")
            said = {one.strip() for one in rest.split(";")[1:]}
            self.cookies[name] = {one for one in said if not one.startswith(("Expires", "Max-"))}


@pytest.fixture
def kept(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mapping[str, set[str]]]:
    """Be what a browser keeps of a site over TLS: the attributes of each cookie."""
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)
    monkeypatch.setitem(app.config, "SESSION_COOKIE_NAME", FORMS)
    watching = Watching()
    with request_finished.connected_to(watching, app):
        yield watching.cookies


def attributes(same_site: str) -> set[str]:
    return {"Secure", "HttpOnly", "Path=/", f"SameSite={same_site}"}


@pytest.mark.proves("S11")
def test_the_cookies_of_a_citizen_go_to_this_host_alone(
    visitor: Visitor, kept: Mapping[str, set[str]], sign_in: Enter
) -> None:
    sign_in(visitor)

    assert kept == dict.fromkeys((TOKENS, FORMS, BROWSERS), attributes("Lax"))


@pytest.mark.proves("S11")
def test_the_cookie_of_staff_goes_with_nothing_that_began_elsewhere(
    visitor: Visitor, kept: Mapping[str, set[str]], officer: str
) -> None:
    give_password(visitor)
    assert kept[TOKENS] == attributes("Strict")

    visitor.submit({"code": second_factor()}, button="Sign in")

    assert kept[TOKENS] == attributes("Strict")
    assert kept[FORMS] == kept[BROWSERS] == attributes("Lax")


@pytest.mark.proves("S11")
def test_a_new_token_of_staff_is_kept_as_the_first_one_was(
    visitor: Visitor, kept: dict[str, set[str]], officer: str
) -> None:
    with time_machine.travel(clock.now(), tick=False) as moment:
        give_password(visitor)
        visitor.submit({"code": second_factor()}, button="Sign in")
        kept.clear()
        moment.shift(30)
        visitor.open("/en/desk/account/confirm")
        visitor.submit({"code": second_factor()})

    assert kept[TOKENS] == attributes("Strict")


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_whom_another_site_led_to_a_desk_asks_once_more_from_here(
    visitor: Visitor, language: str
) -> None:
    asked = f"/{language}/desk/queue?team=1"
    visitor.client.environ_base.update(HTTP_SEC_FETCH_SITE="cross-site")

    page = visitor.open(asked)

    assert (page.status, page.headers["Refresh"], page.language) == (200, "0", language)
    assert [link.get("href") for link in page.by_class("govuk-button")] == [asked]
    visitor.client.environ_base.update(HTTP_SEC_FETCH_SITE="same-origin")
    assert visitor.open(asked).heading != page.heading


@pytest.mark.parametrize(
    ("path", "method"), [("/en/desk/queue", "POST"), ("/en/requests", "GET"), ("/en/none", "GET")]
)
def test_nothing_else_is_asked_for_once_more(visitor: Visitor, path: str, method: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}

    answer = visitor.client.open(path, method=method, headers=headers)

    assert "Refresh" not in answer.headers
