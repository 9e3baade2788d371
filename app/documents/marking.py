"""Writes across a page image who looks at it, when, and in which case.

A page that leaves the post as a picture of a screen says then from whom it came. What is stored
stays as it is.
"""

import io
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFont

from app.documents import fonts

QUALITY = 85
INK, GLOW = (64, 64, 64), (255, 255, 255)
"""Dark beside light, so that it is seen on a white sheet and on a black one."""
STRENGTH = 64
"""Of 255: what lies below stays readable, what is written is too."""
ANGLE = 24
LEAST_SIZE = 12
LINES = 45
"""The width of a page in heights of a letter."""


def marked(jpeg: bytes, words: str) -> bytes:
    """Return a page image of ours with words all over it, as a JPEG of the same size."""
    page = Image.open(io.BytesIO(jpeg)).convert("RGB")
    stamp = _stamp(words, max(LEAST_SIZE, page.width // LINES))
    mask = Image.new("L", page.size)
    for row, top in enumerate(range(0, page.height, stamp.height)):
        for left in range(-(row % 2) * stamp.width // 2, page.width, stamp.width):
            mask.paste(stamp, (left, top))
    page.paste(GLOW, mask=ImageChops.offset(mask, 2, 2))
    page.paste(INK, mask=mask)
    body = io.BytesIO()
    page.save(body, "JPEG", quality=QUALITY)
    return body.getvalue()


@lru_cache(maxsize=64)
def _stamp(words: str, size: int) -> Image.Image:
    """Return the words once, on the slant, as how strongly each point is inked."""
    font = ImageFont.truetype(fonts.FOLDER / "IBMPlexSans-SemiBold.ttf", size)
    left, top, right, bottom = font.getbbox(words)
    line = Image.new("L", (int(right - left) + 4 * size, int(bottom - top) + 2 * size))
    ImageDraw.Draw(line).text((2 * size - left, size - top), words, font=font, fill=STRENGTH)
    return line.rotate(ANGLE, expand=True)
