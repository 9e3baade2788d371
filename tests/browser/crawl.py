"""Walks over every page that links lead to, one of each kind."""

import re
from collections import deque
from collections.abc import Iterator
from urllib.parse import parse_qsl, urljoin, urlsplit

from app.notifications.events import EVENTS
from tests.browser.reader import Reader

# What differs between two pages of one kind, besides names of messages: references, ids, days,
# numbers.
_PARTICULAR = re.compile(
    r"^(?:[A-Z]{2}-[A-Z0-9-]{8,}|[A-Z][A-Z0-9_]{2,}|[0-9a-f]{16,}|\d{4}-\d\d-\d\d|[\w.@-]*\d[\w.@-]*)$"
)
_FILES = ("/leave", ".svg", ".json", ".ics", ".jpg", ".png", ".pdf", "/parts/")
_FETCHED = re.compile(r"/(?:exports|data)/[^/]+/file$")
"""What other tests of the same server had built; it is fetched, and opens as no page."""
MOST_PAGES = 150


def every_page(reader: Reader, *starts: str) -> Iterator[str]:
    """Open one page of each kind that can be reached from these; yield its kind, as a name."""
    waiting = deque(f"/{reader.language}{start}" for start in starts)
    seen: set[str] = set()
    while waiting:
        address = waiting.popleft()
        kind = kind_of(address)
        if kind in seen:
            continue
        seen.add(kind)
        assert len(seen) <= MOST_PAGES, f"too many kinds of pages: {sorted(seen)}"
        reader.open_address(address)
        waiting.extend(_links(reader))
        yield kind


def kind_of(address: str) -> str:
    """Return what is the same in the addresses of pages of one kind."""
    parts = urlsplit(address)
    steps = ["x" if _is_particular(step) else step for step in parts.path.split("/")[2:] if step]
    asked = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return ".".join([*steps, *(f"by-{name}" for name in asked)]) or "start"


def _is_particular(step: str) -> bool:
    return step in EVENTS or _PARTICULAR.match(step) is not None


def _links(reader: Reader) -> list[str]:
    hrefs = reader.page.locator("a[href]").evaluate_all("links => links.map(link => link.href)")
    found = [urlsplit(urljoin(reader.page.url, href)) for href in hrefs]
    host, home = urlsplit(reader.server.url).netloc, f"/{reader.language}/"
    return [
        f"{url.path}?{url.query}" if url.query else url.path
        for url in found
        if url.netloc == host and url.path.startswith(home) and not _is_file(url.path)
    ]


def _is_file(path: str) -> bool:
    return any(ending in path for ending in _FILES) or _FETCHED.search(path) is not None
