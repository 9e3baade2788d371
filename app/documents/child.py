"""Looks at one untrusted file in a process of its own, with limits set before it is opened.

Run as `python -I child.py probe|sample|pages jpeg|png|pdf MAX_PAGES`: the file comes on standard
input, page images go to standard output, each as four bytes of length and a JPEG; of a picture
that is only probed its measures, in the same way. A refusal is one word of documents.rules.Reason
on standard error and the exit code 3. It imports nothing of the app: what breaks in here can reach
neither its memory nor its keys.
"""

from __future__ import annotations

import io
import math
import resource
import struct
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:  # Both are loaded after the limits are set.
    import pypdfium2
    from PIL import Image

MEMORY = 512 * 1024 * 1024
SECONDS = 10
"""Of a processor, for anything but drawing the pages of a document that has opened."""
SECONDS_OF_PAGE = 0.5
MOST_SECONDS = 35
LARGEST_OUTPUT = 64 * 1024 * 1024
OPEN_FILES = 16

REFUSED = 3
MOST_PIXELS = 40_000_000
LONGEST_EDGE = 20_000
"""Pixels of a side: no camera makes more, and a strip of a million is no paper."""
LONGEST_SIDE = 2000
SAMPLE_SIDE = 480
PREVIEW_SIDE = 200
"""A preview is shown 72 pixels high at most; an old phone pays for each kilobyte."""
MEASURED_SIDE = 128
DOTS_PER_POINT = 150 / 72
QUALITY = 85
PASSWORD_NEEDED = 4
"""FPDF_ERR_PASSWORD of PDFium."""


def limit() -> None:
    """Take away from this process what it does not need."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, MOST_SECONDS))
    for kind, most in (
        (resource.RLIMIT_FSIZE, LARGEST_OUTPUT),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    if sys.platform == "linux":
        # macOS accepts this limit and does not keep it, or refuses it.
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def allow_pages(count: int) -> None:
    """Give a document that has opened the time that its pages take."""
    most = min(SECONDS + int(count * SECONDS_OF_PAGE), MOST_SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (most, MOST_SECONDS))


def refuse(word: str) -> NoReturn:
    """End with a reason."""
    sys.stderr.write(word)
    sys.stderr.flush()
    raise SystemExit(REFUSED)


def open_image(data: bytes, kind: str) -> Image.Image:
    """Return the decoded picture, scaled while it is decoded where the format allows it."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # Pillow refuses at twice its limit; ours comes first.
    try:
        image = Image.open(io.BytesIO(data), formats=(kind.upper(),))
        if math.prod(image.size) > MOST_PIXELS or max(image.size) > LONGEST_EDGE:
            refuse("too_many_pixels")
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        image.load()
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        return ImageOps.exif_transpose(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error):
        refuse("unreadable")


def open_pdf(data: bytes, max_pages: int) -> pypdfium2.PdfDocument:
    """Return the document when it opens without a password and is not too long."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        refuse("locked" if error.err_code == PASSWORD_NEEDED else "unreadable")
    if len(document) > max_pages:
        refuse("too_many_pages")
    if document.get_formtype():
        document.init_forms()  # Draws what was typed into a form; this build runs no scripts.
    return document


def pdf_pages(data: bytes, max_pages: int) -> Iterator[Image.Image]:
    """Yield each page as a picture."""
    import pypdfium2

    document = open_pdf(data, max_pages)
    allow_pages(len(document))
    try:
        for page in document:
            longest = max(*page.get_size(), 1)
            scale = min(DOTS_PER_POINT, LONGEST_SIDE / longest)
            yield page.render(scale=scale, may_draw_forms=True).to_pil()
    except pypdfium2.PdfiumError:
        refuse("unreadable")


def flat(image: Image.Image) -> Image.Image:
    """Return the picture alone, on white: nothing that was attached to it is copied."""
    from PIL import Image

    plain = Image.new("RGB", image.size, "white")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        plain.paste(image, mask=image.getchannel("A"))
    elif image.mode.startswith("I;16"):
        plain.paste(image.point(lambda value: value / 256).convert("L"))
    else:
        plain.paste(image.convert("RGB"))
    return plain


def write(image: Image.Image) -> None:
    """Write one picture as a frame."""
    body = io.BytesIO()
    image.save(body, "JPEG", quality=QUALITY, optimize=True)
    write_frame(body.getvalue())


def write_frame(body: bytes) -> None:
    """Write bytes behind their length."""
    sys.stdout.buffer.write(struct.pack(">I", len(body)) + body)


def probe(data: bytes, kind: str, max_pages: int) -> None:
    """End well when the file opens; of a picture its measures are written."""
    if kind == "pdf":
        open_pdf(data, max_pages)[0].get_size()
    else:
        write_frame(measures(open_image(data, kind)))


def measures(image: Image.Image) -> bytes:
    """Return width, height, and how far its greys lie apart (standard deviation, 0 to 128)."""
    from PIL import ImageStat

    small = image.copy()
    small.thumbnail((MEASURED_SIDE, MEASURED_SIDE))
    return struct.pack(">IIf", *image.size, ImageStat.Stat(flat(small).convert("L")).stddev[0])


def pictures(data: bytes, kind: str, max_pages: int) -> Iterator[Image.Image]:
    """Yield each page of a file on white ground."""
    yield from map(flat, pdf_pages(data, max_pages) if kind == "pdf" else [open_image(data, kind)])


def sample(data: bytes, kind: str, max_pages: int) -> None:
    """Write one picture of the first page, for everybody to see."""
    write_small(next(pictures(data, kind, max_pages)), SAMPLE_SIDE)


def pages(data: bytes, kind: str, max_pages: int) -> None:
    """Write a small picture of the first page, then every page."""
    for number, page in enumerate(pictures(data, kind, max_pages)):
        if number == 0:
            write_small(page, PREVIEW_SIDE)
        write(page)


def write_small(page: Image.Image, side: int) -> None:
    """Write a copy of a page that is `side` pixels long at most."""
    small = page.copy()
    small.thumbnail((side, side))
    write(small)


def main(mode: str, kind: str, max_pages: str) -> None:
    """Do what was asked, within the limits."""
    limit()
    data = sys.stdin.buffer.read()
    try:
        {"probe": probe, "sample": sample, "pages": pages}[mode](data, kind, int(max_pages))
        sys.stdout.buffer.flush()
    except (MemoryError, OSError):
        refuse("too_complex")


if __name__ == "__main__":
    main(*sys.argv[1:])
