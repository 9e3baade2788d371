"""Style sheets, fonts and the script: sent compressed, kept by the browser for ever."""

from typing import Any

from flask import Flask
from whitenoise import WhiteNoise

from app.web.headers import HEADERS

YEAR_S = 31_536_000


def init_app(app: Flask) -> None:
    """Serve static files before the app is asked.

    Their addresses carry a hash of the content (templating.static_url), so they never change;
    `python -m whitenoise.compress app/static` puts the compressed copies beside them.
    """
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(app.static_folder),
        prefix="static/",
        max_age=YEAR_S,
        immutable_file_test=lambda _path, _url: True,
        add_headers_function=_add_headers,
    )


def _add_headers(headers: Any, _path: str, _url: str) -> None:
    # Any: wsgiref's Headers, which WhiteNoise hands over untyped.
    for name, value in HEADERS.items():
        headers[name] = value
