"""At the door: unsafe requests come from our own pages, and all of them can be read as they are.

The first is a second lock beside the CSRF token.
"""

from urllib.parse import urlsplit

from flask import Flask, abort, request

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
UNICODE = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


def init_app(app: Flask) -> None:
    """Refuse an unsafe request that a browser says came from elsewhere, and what cannot be read."""

    @app.before_request
    def check() -> None:
        if request.method in UNSAFE and not is_ours():
            abort(403)
        if not is_readable():
            abort(404)
        if not is_plain():
            abort(415)


def is_readable() -> bool:
    """Return whether the address is free of NUL, which PostgreSQL refuses and SQLite stores."""
    given = [request.path, *(value for _key, value in request.args.items(multi=True))]
    return not any("\0" in text for text in given)


def is_plain() -> bool:
    """Return whether a request comes unpacked and as UTF-8, as every browser sends it.

    What is packed could hold a thousand times what the limits of a form allow, and in another
    encoding what is refused could look like what is not.
    """
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        return False
    charset = request.mimetype_params.get("charset", "utf-8")
    return charset.strip().lower() in UNICODE


def is_ours() -> bool:
    """Return whether Sec-Fetch-Site and Origin, where sent, name this site."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None or (origin == "null" and site == "same-origin"):
        return True
    return _site_of(origin) == request.host


def _site_of(origin: str) -> str | None:
    """Return host and port of an origin, None for what no browser sends."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None
