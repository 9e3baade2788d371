"""The headers and the content of every page that anybody can reach, in three languages."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.i18n import LANGUAGES
from app.web.headers import HEADERS
from tests import markup
from tests.databases import counted_queries
from tests.security import walking
from tests.security.world import World

pytestmark = [pytest.mark.security, pytest.mark.grid]

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "media-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
    "manifest-src 'self'",
}
SANDBOX = {"sandbox", "default-src 'none'"}
"""Of what somebody has uploaded."""
KEPT = {"/services/schema.json"}
"""The same for everybody, so that whoever fetches it may keep it."""
SOURCES = {"src", "srcset", "poster", "action", "formaction", "data"}
MAY_WRITE = re.compile(r'^(INSERT INTO|UPDATE) "?(audit_entry|sign_in|tick)\b')
"""What a look leaves: that somebody looked, and that the session was used."""


class Watching(FlaskClient):
    """A client that remembers what was answered."""

    answers: list[TestResponse] = []

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Ask, and remember.  (Any: as the client that it is.)"""
        answer = super().open(*args, **kwargs)
        self.answers.append(answer)
        return answer


def read_all(world: World, language: str) -> list[TestResponse]:
    """Return the answer to each page that everybody can reach in a language."""
    world.app.test_client_class = Watching
    Watching.answers.clear()
    readers = [world.owner(key) for key in list(world.owners)[:4]]
    readers += [world.actor(name) for name in ("nobody", "stranger", "receptionist", "officer")]
    readers += [world.actor(name) for name in ("head", "admin", "cashier", "auditor")]
    starts = [f"/{language}{path}" for path in ("/", "/requests", "/account", "/desk", "/nowhere")]
    for client in readers:
        for _address in walking.walk(world.app, client, *starts):
            pass
    world.app.test_client_class = None
    return list(Watching.answers)


def faults_of(answer: TestResponse) -> Iterator[str]:
    """Yield what is wrong with the headers of an answer."""
    policy = set(answer.headers.get("Content-Security-Policy", "").split("; "))
    is_page = answer.mimetype == "text/html"
    if policy != POLICY and (is_page or policy != SANDBOX):
        yield f"policy {policy ^ POLICY}"
    for name, value in HEADERS.items():
        if name != "Content-Security-Policy" and answer.headers.get(name) != value:
            yield f"{name}: {answer.headers.get(name)}"
    if answer.headers.get("Cache-Control") != "no-store" and answer.request.path not in KEPT:
        yield f"Cache-Control: {answer.headers.get('Cache-Control')}"
    cookies = [one for one in answer.headers.getlist("Set-Cookie") if "HttpOnly" not in one]
    yield from (f"a cookie that scripts can read: {one[:20]}" for one in cookies)
    if answer.status_code >= 500:
        yield f"status {answer.status_code}"


def inline_in(body: bytes) -> Iterator[str]:
    """Yield what is inline in a page, or comes from another host."""
    for element in markup.parse(body).iter():
        if element.tag in ("style", "base", "iframe", "object", "embed"):
            yield f"<{element.tag}>"
        if element.tag == "script" and not element.get("src"):
            yield "a script without a source"
        for name, value in element.attrib.items():
            if name == "style" or name.startswith("on"):
                yield f"{name}="
            if value.strip().lower().startswith(("javascript:", "data:", "vbscript:")):
                yield value[:30]
            is_source = name in SOURCES or (element.tag == "link" and name == "href")
            if is_source and re.match(r"(?i)\s*(https?:)?//", value) and "localhost" not in value:
                yield f"{name}={value[:60]}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.proves("S16", "S17", "S18", "S54", "csrf_headers-004")
def test_every_page_has_the_headers_and_nothing_inline(world: World, language: str) -> None:
    with counted_queries(world.app) as sent:
        answers = read_all(world, language)

    pages = [one for one in answers if one.mimetype == "text/html"]
    wrong = [f"{one.request.path}: {fault}" for one in answers for fault in faults_of(one)]
    inline = [
        f"{one.request.path}: {found}" for one in pages for found in inline_in(one.get_data())
    ]
    writes = {one[:60] for one in sent if re.match("INSERT|UPDATE|DELETE", one)}
    print(f"{language}: {len(answers)} answers, {len(pages)} pages, {len(sent)} statements")
    assert len(pages) > 400
    assert (wrong, inline) == ([], [])
    assert {one for one in writes if not MAY_WRITE.match(one)} == set()


@pytest.mark.parametrize(
    "planted",
    [
        "<script>1</script>",
        "<p style='color:red'>",
        "<p onclick='x()'>",
        "<a href='javascript:x'>",
        "<img src='https://evil.example/x.png'>",
        "<link href='//evil.example/x.css'>",
        "<form action='https://evil.example/'>",
        "<base href='/'>",
    ],
)
def test_what_is_inline_or_from_elsewhere_would_be_found(planted: str) -> None:
    assert list(inline_in(f"<!doctype html><html><body>{planted}".encode()))
