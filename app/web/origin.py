"""A second lock beside the CSRF token: unsafe requests come from our own pages."""

from urllib.parse import urlsplit

from flask import Flask, abort, request

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def init_app(app: Flask) -> None:
    """Refuse an unsafe request that a browser says came from elsewhere."""

    @app.before_request
    def check() -> None:
        if request.method in UNSAFE and not is_ours():
            abort(403)


def is_ours() -> bool:
    """Return whether Sec-Fetch-Site and Origin, where sent, name this site."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None or (origin == "null" and site == "same-origin"):
        return True
    return urlsplit(origin).netloc == request.host
