"""Walks over the pages of somebody, by links and forms, and keeps what addresses there are."""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from tests import markup

WAY_OUT = "help.leave"
"""It signs its reader out, and the walk would go on as nobody."""
MOST_OF_A_KIND = 2
"""So many pages of one kind are opened for one reader."""


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A place that a page leads to: by which method, and to which view with what."""

    method: str
    endpoint: str
    path: str


def adapter_of(app: Flask) -> MapAdapter:
    """Return what matches the paths of an app."""
    return app.url_map.bind("localhost")


def address_of(pages: MapAdapter, method: str, path: str) -> Address | None:
    """Return where a path leads to, None for nowhere."""
    try:
        endpoint, _values = pages.match(path, method=method)
    except HTTPException:
        return None
    return Address(method, str(endpoint), path)


def walk(app: Flask, client: FlaskClient, *starts: str) -> Iterator[tuple[Address, bytes]]:
    """Open pages that can be reached from some, of each kind a few; yield where and what.

    Of what is found in forms only the address is yielded, with no bytes: nothing is sent.
    """
    pages, waiting = adapter_of(app), deque(starts)
    seen: set[tuple[str, str]] = set()
    opened: defaultdict[tuple[str, str], int] = defaultdict(int)
    while waiting:
        path = waiting.popleft()
        found = address_of(pages, "GET", urlsplit(path).path)
        is_way_out = found is not None and found.endpoint == WAY_OUT
        if (
            found is None
            or is_way_out
            or ("GET", path) in seen
            or opened[_kind(found, path)] >= MOST_OF_A_KIND
        ):
            continue
        seen.add(("GET", path))
        opened[_kind(found, path)] += 1
        body, links = _look(client, path)
        yield found, body
        waiting.extend(to for method, to in links if method == "GET")
        # In the order of the page; that of the names of things, which are random, changes.
        for method, to in dict.fromkeys(one for one in links if one[0] != "GET"):
            if (method, to) in seen:
                continue
            seen.add((method, to))
            sent_to = address_of(pages, method, urlsplit(to).path)
            if sent_to:
                yield sent_to, b""


def _look(client: FlaskClient, path: str) -> tuple[bytes, list[tuple[str, str]]]:
    """Return a page, and by which methods it leads where."""
    answer = client.get(path)
    body, is_page, location = answer.get_data(), answer.mimetype == "text/html", answer.location
    answer.close()
    if answer.status_code == 302 and location:
        return body, [("GET", urlsplit(location)._replace(scheme="", netloc="").geturl())]
    return body, list(_leads_to(markup.parse(body), path)) if is_page else []


def _kind(found: Address, path: str) -> tuple[str, str]:
    asked = sorted(one.partition("=")[0] for one in urlsplit(path).query.split("&") if one)
    return found.endpoint, "&".join(asked)


def _leads_to(root: Element, base: str) -> Iterator[tuple[str, str]]:
    for element in root.iter():
        for method, target in _targets(element):
            place = urlsplit(urljoin(f"http://localhost{base}", target))
            if place.netloc == "localhost" and not place.path.startswith("/static/"):
                yield method, f"{place.path}?{place.query}" if place.query else place.path


def _targets(element: Element) -> Iterator[tuple[str, str]]:
    if element.tag == "a" and element.get("href"):
        yield "GET", element.get("href", "")
    if element.tag == "img" and element.get("src"):
        yield "GET", element.get("src", "")
    if element.tag == "form":
        yield element.get("method", "get").upper(), element.get("action") or ""
    if element.get("formaction"):
        yield "POST", element.get("formaction", "")
