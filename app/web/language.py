"""The language of a page stands in its address: /ar/…, /ru/…, /en/…."""

from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request, url_for

from app.core import i18n

PREFIX = "/<any(ar,ru,en):lang>"


def init_app(app: Flask) -> None:
    """Have addresses carry the language in both directions."""

    @app.url_value_preprocessor
    def read(endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values and "lang" in values:
            g.lang = values.pop("lang")
        else:
            g.lang = guess()

    @app.url_defaults
    def write(endpoint: str, values: dict[str, Any]) -> None:
        if "lang" not in values and app.url_map.is_endpoint_expecting(endpoint, "lang"):
            values["lang"] = i18n.language()


def guess() -> str:
    """Return the language of the first part of the address, else of the browser, else Arabic."""
    first = request.path.split("/", 2)[1] if request.path.startswith("/") else ""
    if first in i18n.LANGUAGES:
        return first
    return request.accept_languages.best_match(list(i18n.LANGUAGES)) or i18n.DEFAULT


def same_place(code: str) -> str:
    """Return the address of the present page in another language."""
    if request.endpoint is None or request.method not in ("GET", "HEAD"):
        return _by_path(code)
    if not request.url_rule or "lang" not in request.url_rule.arguments:
        return _by_path(code)
    values = dict(request.view_args or {}) | {"lang": code}
    query = urlencode(list(request.args.items(multi=True)))
    # Not by url_for, to which some names in a query mean something else.
    return f"{url_for(request.endpoint, **values)}?{query}".rstrip("?")


def _by_path(code: str) -> str:
    parts = request.path.split("/", 2)
    if len(parts) > 1 and parts[1] in i18n.LANGUAGES:
        rest = parts[2] if len(parts) > 2 else ""
        return f"/{code}/{rest}"
    return f"/{code}/"
