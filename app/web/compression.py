"""Pages are sent compressed: an old phone on a bad line waits for every kilobyte."""

import gzip
import io
import secrets

from flask import Flask, Response, request

LEAST_BYTES = 1_000
LEVEL = 5
LONGEST_NAME = 64


def init_app(app: Flask) -> None:
    """Compress each page for the browsers that accept it, and for no other answer."""

    @app.after_request
    def compress(response: Response) -> Response:
        if not _is_page(response):
            return response
        response.vary.add("Accept-Encoding")
        body = response.get_data()
        if request.accept_encodings["gzip"] and len(body) >= LEAST_BYTES:
            response.set_data(_compressed(body))
            response.headers["Content-Encoding"] = "gzip"
        return response


def _is_page(response: Response) -> bool:
    return (
        response.mimetype == "text/html"
        and not response.is_streamed
        and "Content-Encoding" not in response.headers
    )


def _compressed(body: bytes) -> bytes:
    """Return the page as gzip whose length tells nothing.

    Whoever can have a signed-in browser ask for pages and watch their lengths could guess what
    stands in them, word by word (BREACH). Cookies do not go with what other sites ask for
    (SameSite), and a name of random length within the gzip makes every answer as long as chance.
    """
    name = secrets.token_hex(1 + secrets.randbelow(LONGEST_NAME))
    packed = io.BytesIO()
    with gzip.GzipFile(name, "wb", LEVEL, packed, mtime=0) as file:
        file.write(body)
    return packed.getvalue()
