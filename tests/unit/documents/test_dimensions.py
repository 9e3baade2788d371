"""The size of a picture, read from its head."""

import pytest

from app.documents import dimensions
from tests.factories import files


@pytest.mark.parametrize(
    ("data", "side"),
    [
        (files.jpeg(640, 480), 480),
        (files.jpeg(60, 61), 60),
        (files.jpeg_with_exif(300, 900), 300),
        (files.png(), 200),
        (files.pdf(), None),
        (files.program(), None),
        (b"", None),
        (b"\xff\xd8", None),
        (b"\xff\xd8\xff\xff\xff\xff", None),
        (b"\xff\xd8\xff\xe0\x00\x00" * 3, None),
    ],
)
def test_the_shorter_side_is_read_from_the_head(data: bytes, side: int | None) -> None:
    assert dimensions.shorter_side(data) == side


def test_a_head_that_leads_nowhere_ends() -> None:
    assert dimensions.shorter_side(b"\xff\xd8" + b"\xff\xe1\x00\x02" * 100_000) is None
