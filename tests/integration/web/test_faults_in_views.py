"""A fault in any view, and methods that nobody offers: a page, and nothing of what is inside."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from app.core import i18n
from app.web.access import public

CANARY = "canary-7f3a: passport N012345678"
INSIDE = ("Traceback", "canary-7f3a", "RuntimeError", "N012345678", "app/web", "site-packages")
OFFERED = {"GET", "HEAD", "POST", "OPTIONS"}
ODD = ("TRACE", "TRACK", "CONNECT", "PUT", "PATCH", "DELETE", "PROPFIND", "DEBUG")


def rules_of(app: Flask) -> list[Rule]:
    """Return one rule of each view of ours."""
    found = {rule.endpoint: rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"}
    return [found[name] for name in sorted(found)]


def address_of(app: Flask, rule: Rule, language: str) -> str:
    """Return an address of a rule, with something for each of its parts."""
    values: dict[str, object] = {}
    for name, converter in rule._converters.items():
        values[name] = "x"
        if isinstance(converter, IntegerConverter):
            values[name] = 1
        elif isinstance(converter, AnyConverter):
            values[name] = sorted(converter.items)[0]
    if "lang" in rule.arguments:
        values["lang"] = language
    return str(app.url_map.bind("localhost").build(rule.endpoint, values))


@public
def faulty(**_values: object) -> str:
    """Be a view that fails, with something in its words that nobody may read."""
    raise RuntimeError(CANARY)


@pytest.fixture
def faulty_app(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Be the app with a fault in every view; forms come without a token."""
    for rule in rules_of(app):
        monkeypatch.setitem(app.view_functions, rule.endpoint, faulty)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    yield app


def is_plain(app: Flask, rule: Rule, language: str) -> bool:
    """Return whether a fault behind a rule becomes the page that says so, with its number."""
    methods = rule.methods or set()
    answer = app.test_client().open(
        address_of(app, rule, language),
        method="GET" if "GET" in methods else "POST",
        headers={"Accept-Language": language},
    )
    page, number = answer.get_data(as_text=True), answer.headers["X-Request-Id"]
    assert not [word for word in INSIDE if word in page], rule.endpoint
    return answer.status_code == 500 and f'lang="{language}"' in page and number in page


@pytest.mark.proves("S46")
@pytest.mark.parametrize(
    ("language", "step"),
    [
        pytest.param("ar", 8, id="ar, each eighth"),
        *(pytest.param(code, 1, id=code, marks=pytest.mark.grid) for code in i18n.LANGUAGES),
    ],
)
def test_a_fault_in_any_view_becomes_a_page_in_the_readers_language(
    faulty_app: Flask, language: str, step: int
) -> None:
    rules = rules_of(faulty_app)[::step]

    odd = [rule.endpoint for rule in rules if not is_plain(faulty_app, rule, language)]

    print(f"\nS46: {len(rules)} views in {language}, {len(odd)} not plain")
    assert odd == []


@pytest.mark.proves("S57")
def test_no_view_offers_more_than_reading_and_sending(app: Flask) -> None:
    offered = {rule.rule: set(rule.methods or ()) for rule in app.url_map.iter_rules()}

    assert {rule: methods - OFFERED for rule, methods in offered.items() if methods - OFFERED} == {}
    assert all("POST" in methods or "GET" in methods for methods in offered.values())


@pytest.mark.proves("S57")
@pytest.mark.parametrize("method", ODD)
@pytest.mark.parametrize("page", ["/", "/ru/", "/en/account/sign-in", "/healthz", "/verify"])
def test_an_odd_method_is_refused_and_echoes_nothing(app: Flask, method: str, page: str) -> None:
    answer = app.test_client().open(page, method=method, headers={"X-Echo": CANARY})

    assert answer.status_code in {400, 404, 405, 501}
    assert CANARY not in answer.get_data(as_text=True)


@pytest.mark.proves("S57")
@pytest.mark.parametrize("page", ["/ru/", "/en/nowhere", "/healthz", "/readyz"])
def test_no_answer_tells_a_version(app: Flask, page: str) -> None:
    answer = app.test_client().get(page)

    banners = [answer.headers.get(name, "") for name in ("Server", "X-Powered-By", "Via")]
    assert not re.search(r"\d", "".join(banners))
    assert not re.search(r"(Flask|Werkzeug|gunicorn|Python)/\d", answer.get_data(as_text=True))
