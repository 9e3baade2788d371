"""What every answer has: headers, the reader's language, refusals in plain words."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.web.headers import CONTENT_SECURITY_POLICY
from tests.factories import people
from tests.integration.web.test_access import SAMPLES, rules_of
from tests.visitor import Visitor

INLINE = re.compile(rb"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.I)
FOR_PROGRAMS = {"/services/schema.json"}
"""The same for everybody, so that whoever fetches it may keep it."""


def addresses(app: Flask, lang: str) -> list[str]:
    """Return a sample address for every rule that can be read."""
    found = []
    with app.test_request_context():
        for rule in rules_of(app):
            if "GET" in (rule.methods or ()) and rule.endpoint != "static":
                values = {name: SAMPLES.get(name, "a" * 32) for name in rule.arguments}
                built = rule.build({**values, "lang": lang} if "lang" in values else values)
                assert built is not None
                found.append(built[1])
    return found


@pytest.mark.parametrize("lang", ["ar", "ru", "en"])
@pytest.mark.proves("S17", "S18")
def test_every_answer_has_the_headers_and_nothing_inline(app: Flask, lang: str) -> None:
    client = app.test_client()

    for address in addresses(app, lang):
        answer = client.get(address)
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, address
        assert answer.headers["X-Content-Type-Options"] == "nosniff", address
        assert answer.headers["Referrer-Policy"] == "no-referrer", address
        kept = "public, max-age=3600" if address in FOR_PROGRAMS else "no-store"
        assert answer.headers["Cache-Control"] == kept, address
        assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
        if answer.mimetype == "text/html":
            assert not INLINE.search(answer.data), address


@pytest.mark.parametrize(
    ("lang", "direction", "words"),
    [
        ("ar", "rtl", "الصفحة غير موجودة"),
        ("ru", "ltr", "Страница не найдена"),
        ("en", "ltr", "Page not found"),
    ],
)
def test_an_unknown_page_is_refused_in_the_readers_language(
    visitor: Visitor, lang: str, direction: str, words: str
) -> None:
    page = visitor.open(f"/{lang}/no/such/page")

    assert page.status == 404
    assert page.language == lang
    assert page.heading == words


def test_a_wrong_host_is_refused_without_a_link(client: FlaskClient) -> None:
    answer = client.get("/ar/", headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert b"evil.example" not in answer.data
    assert 'lang="ar" dir="rtl"' in answer.text


def test_a_cookie_from_another_secret_counts_as_none(client: FlaskClient) -> None:
    client.set_cookie("jaliya", "eyJjc3JmX3Rva2VuIjoieCJ9.aaaa.bbbb")
    client.set_cookie("jaliya-id", "x" * 43)

    assert client.get("/ar/").status_code == 200


def test_the_entrance_leads_to_the_browsers_language(client: FlaskClient) -> None:
    russian = client.get("/", headers={"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.5"})
    unknown = client.get("/", headers={"Accept-Language": "tlh"})

    assert russian.headers["Location"] == "/ru/"
    assert unknown.headers["Location"] == "/ar/"


def test_switching_the_language_keeps_the_place(visitor: Visitor) -> None:
    page = visitor.open("/ar/services?q=abc&lang=xx")

    assert "/ru/services?q=abc" in page.link("Русский")


def test_the_service_says_whether_it_lives_and_can_serve(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ok"}


def test_static_files_are_kept_for_ever_and_have_the_headers(app: Flask) -> None:
    client = app.test_client()

    answer = client.get("/static/css/citizen.rtl.css?v=1")

    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    answer.close()


def test_the_head_of_a_phone_has_at_most_five_links(app: Flask) -> None:
    stranger = Visitor(app.test_client()).open("/ru/")
    citizen = people.citizen_visitor(app).open("/ru/")

    heads = [page.by_class("j-nav")[0].findall("li") for page in (stranger, citizen)]

    assert stranger.link("Проверить заявление")
    assert all(2 <= len(head) <= 5 for head in heads)
