"""Pages go out packed, for those who can unpack them, and their length tells nothing."""

import gzip

from flask import Flask

PACKED = {"Accept-Encoding": "gzip"}


def test_a_page_is_packed_for_whoever_accepts_it(app: Flask) -> None:
    client = app.test_client()
    plain = client.get("/ar/services")
    packed = client.get("/ar/services", headers=PACKED)

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) == packed.content_length
    assert len(packed.data) < len(plain.data) / 2
    assert "Accept-Encoding" in plain.vary
    assert "Accept-Encoding" in packed.vary


def test_the_same_page_never_tells_its_length(app: Flask) -> None:
    client = app.test_client()

    lengths = {len(client.get("/ar/services", headers=PACKED).data) for _ in range(20)}

    assert len(lengths) > 5


def test_what_is_no_page_stays_as_it_is(app: Flask) -> None:
    answer = app.test_client().get("/services/schema.json", headers=PACKED)

    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
