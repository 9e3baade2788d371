"""Requests that no browser of ours makes: each is refused in plain words, and nothing happens."""

import gzip
import io
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter, Rule

from app.core import reference as references
from app.core.actor import Role
from app.web.access import Audience, policy_of
from tests.factories import people
from tests.integration.portal.conftest import Citizen, make_citizen
from tests.integration.web.test_access import SAMPLES, rules_of
from tests.nasty import NASTY
from tests.visitor import Page, values_of

DOOR = "/en/account/sign-in"


@pytest.fixture
def token(client: FlaskClient) -> str:
    """Be the token of a form that this browser has open."""
    page = Page(DOOR, 200, client.get(DOOR).get_data(), client.get(DOOR).headers)
    return str(values_of(page.form())["csrf_token"])


@pytest.fixture
def citizen(app: Flask) -> Citizen:
    """Be somebody who is signed in."""
    return make_citizen(app)


@pytest.mark.parametrize("sign", ["%09", "%0a", "%0d"])
def test_a_page_that_says_that_nothing_was_done_leads_to_no_other_host(
    client: FlaskClient, sign: str
) -> None:
    """Browsers leave such a sign out, and what is left names a host."""
    answer = client.get(f"/{sign}/evil.example/x?undone=1")

    assert answer.status_code == 404
    assert answer.location is None


@pytest.mark.parametrize("name", ["endpoint", "_anchor", "_external", "_method", "_scheme", "lang"])
def test_no_name_in_an_address_breaks_the_links_to_other_languages(
    client: FlaskClient, name: str
) -> None:
    answer = client.get(f"/en/?{name}=1")

    assert answer.status_code == 200
    assert f'href="/ru/?{name}=1"' in answer.get_data(as_text=True)


def ask(client: FlaskClient, token: str, headers: Mapping[str, str]) -> int:
    """Send the form of the door as it stands, but for these headers; return the status."""
    form = {"csrf_token": token, "address": "layan@example.org"}
    return client.post(DOOR, data=form, headers=dict(headers)).status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:8099"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ],
)
@pytest.mark.proves("S16", "csrf_headers-002")
def test_a_form_from_elsewhere_is_refused_with_a_valid_token(
    client: FlaskClient, token: str, headers: dict[str, str]
) -> None:
    assert ask(client, token, headers) == 403
    assert (
        ask(client, token, {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}) == 302
    )


FOR_PROGRAMS = {
    "message_receipts.take",
    "payment_callbacks.take",
    "telegram_hook.take",
    "one_click.take",
    "hall_public.kiosk",
}
"""What signs what it sends, or stands behind an address that nobody can guess."""


def built(app: Flask, rule: Rule, **values: str | int) -> str:
    """Return a sample address of a rule."""
    wanted = {name: SAMPLES.get(name, "a" * 32) for name in rule.arguments}
    for name, converter in rule._converters.items():
        items = getattr(converter, "items", None)
        if items and name not in values:
            wanted[name] = sorted(items)[0]
    with app.test_request_context():
        found = rule.build({**wanted, "lang": "en", **values})
    assert found is not None, rule
    return found[1]


@pytest.mark.proves("S16")
def test_no_public_form_is_taken_without_a_token(app: Flask) -> None:
    rules = [rule for rule in rules_of(app) if "POST" in (rule.methods or ())]
    public = [r for r in rules if policy_of(app, r.endpoint).audience is Audience.PUBLIC]
    client = app.test_client()

    taken = {
        rule.endpoint
        for rule in public
        if client.post(built(app, rule)).status_code != 400 and rule.endpoint not in FOR_PROGRAMS
    }

    assert len(public) > 15
    assert taken == set()


@pytest.mark.parametrize(
    "host", ["evil.example", "", "localhost:99999", "localhost.", "localhost@evil.example", "[::1"]
)
@pytest.mark.proves("S19", "csrf_headers-006")
def test_another_host_is_refused_and_named_nowhere(client: FlaskClient, host: str) -> None:
    answer = client.get("/en/", headers={"Host": host})

    assert answer.status_code == 400
    assert "evil" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL"])
@pytest.mark.proves("S19", "csrf_headers-006")
def test_no_header_beside_the_host_leads_elsewhere(client: FlaskClient, name: str) -> None:
    answer = client.get("/en/help", headers={name: "evil.example"})

    assert answer.status_code == 200
    assert "evil" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
@pytest.mark.proves("csrf_headers-010")
def test_a_method_is_the_one_of_the_request_whatever_else_is_said(
    client: FlaskClient, token: str, method: str
) -> None:
    usual = ask(client, token, {})
    by_header = ask(client, token, {"X-HTTP-Method-Override": method, "X-HTTP-Method": method})
    form = {"csrf_token": token, "address": "samer@example.org", "_method": method}

    assert by_header == usual == 302
    assert client.post(f"{DOOR}?_method={method}", data=form).status_code == 302
    assert client.open(DOOR, method=method).status_code == 405


NUMBERS = ["9223372036854775808", "4294967296", "-1", "1e3", "0x10", "１２", "٣", "9" * 4301, "1_0"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.proves("S35", "numbers-001")
def test_a_number_in_an_address_that_is_none_is_not_found(app: Flask, number: str) -> None:
    clients = [people.citizen_visitor(app).client, people.staff_visitor(app, *Role).client]
    rules = [
        (rule, name)
        for rule in rules_of(app)
        for name, converter in rule._converters.items()
        if isinstance(converter, IntegerConverter) and "GET" in (rule.methods or ())
    ]

    statuses = {
        client.get(built(app, rule, **{name: 7351}).replace("7351", number)).status_code
        for rule, name in rules
        for client in clients
    }

    assert len(rules) > 8
    assert statuses == {404}


JSON = ["", "[", "[" * 100_000, '{"n":NaN}', '{"n":1e999}', '{"n":-0}', "\x00", '"' + "x" * 99_999]
HOOKS = ["/payments/callback/test", "/messages/receipts/demo", "/telegram/hook"]


@pytest.mark.parametrize("body", JSON, ids=lambda body: body[:9])
@pytest.mark.parametrize("path", HOOKS)
@pytest.mark.proves("numbers-007")
def test_what_no_program_of_ours_sends_finds_nothing(
    client: FlaskClient, path: str, body: str
) -> None:
    assert client.post(path, data=body, content_type="application/json").status_code in (400, 404)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=" + "x" * 1_000,
        "application/x-www-form-urlencoded; charset=utf-7",
        "application/json",
        "",
    ],
)
@pytest.mark.proves("S33", "http-004")
def test_a_form_in_another_shape_is_refused(
    client: FlaskClient, token: str, content_type: str
) -> None:
    body = f"csrf_token={token}&address=layan%40example.org"

    answer = client.post(DOOR, data=body.encode(), content_type=content_type)

    assert answer.status_code in (400, 415)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip", "GZIP"])
@pytest.mark.proves("S33", "http-008")
def test_a_packed_request_is_refused_unopened(
    client: FlaskClient, token: str, encoding: str
) -> None:
    body = gzip.compress(f"csrf_token={token}&address=".encode() + b"a" * 1_000_000)

    answer = client.post(
        DOOR,
        data=body,
        headers={"Content-Encoding": encoding},
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code == 415


@pytest.mark.proves("http-006")
def test_parts_of_a_file_are_few_and_no_page_is_kept_for_another(
    app: Flask, citizen: Citizen
) -> None:
    ranges = "bytes=" + ",".join(f"{n}-{n}" for n in range(1_000))
    sheet = app.test_client().get("/static/css/citizen.rtl.css", headers={"Range": ranges})
    page = citizen.visitor.client.get("/en/account")
    tag = page.headers.get("ETag", '"x"')
    other = people.citizen_visitor(app).client.get("/en/account", headers={"If-None-Match": tag})

    assert sheet.status_code in (200, 416)
    assert page.headers["Cache-Control"] == "no-store" and "ETag" not in page.headers
    assert other.status_code == 200
    sheet.close()


@pytest.mark.parametrize(
    "path",
    [
        "/static/../config.py",
        "/static/..%2f..%2fconfig.py",
        "/static/%2e%2e/%2e%2e/config.py",
        "/static//etc/passwd",
        "/static/css/../../../config.py",
        "/documents/x",
        "/uploads/1",
        "/instance/documents",
        "/en/uploads/1",
        "/static/\\..\\config.py",
        "/.git/config",
        "/static/",
    ],
)
@pytest.mark.proves("access-010")
def test_nothing_is_served_from_a_folder_but_what_is_static(client: FlaskClient, path: str) -> None:
    assert client.get(path, follow_redirects=True).status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "x" * 200_000},
        {"note": "x" * 600_000},
        {f"f{n}": "x" for n in range(1_001)},
    ],
    ids=["long text", "600 kB", "1001 fields"],
)
@pytest.mark.proves("S33", "names_text-017")
def test_a_form_beyond_its_limits_is_refused_and_nothing_is_stored(
    citizen: Citizen, fields: dict[str, Any]
) -> None:
    check_is_refused(citizen, fields)


@pytest.mark.proves("S33")
def test_a_form_of_too_many_parts_is_refused_and_nothing_is_stored(citizen: Citizen) -> None:
    check_is_refused(citizen, {f"f{n}": (io.BytesIO(b"x"), "") for n in range(1_001)})


def check_is_refused(citizen: Citizen, fields: dict[str, Any]) -> None:
    """Send a form, and assert that it is refused and nothing of it stands on its page."""
    reference = citizen.make("submitted")
    citizen.open(f"/requests/{reference}/messages")

    page = citizen.submit(fields, "Send")

    assert page.status in (413, 422)
    assert "x" * 100 not in citizen.open(f"/requests/{reference}/messages").text


def test_a_reference_with_a_wrong_sign_is_not_found(citizen: Citizen) -> None:
    typed = str(references.make("JM"))

    for path in (typed, typed.lower(), f"{typed}%00", f"{typed}/..", "٣" * 9, "x" * 5_000):
        assert citizen.open(f"/requests/{path}").status == 404


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/en/account/sign-in", "address"),
        ("/en/follow", "reference"),
        ("/en/follow", "code"),
        ("/en/verify", "code"),
    ],
)
@pytest.mark.security
@pytest.mark.proves("S35", "S46")
def test_a_public_form_takes_whatever_is_typed(app: Flask, path: str, name: str) -> None:
    client = app.test_client()
    page = Page(path, 200, client.get(path).get_data(), client.get(path).headers)
    form = next(one for one in page.root.iter("form") if one.get("method") == "post")

    for text in NASTY[:: 1 if name == "address" else 3]:
        answer = client.post(path, data={**values_of(form), name: text}, follow_redirects=True)
        assert answer.status_code in (200, 404, 422, 429), text[:40]
        assert b"Traceback" not in answer.data
