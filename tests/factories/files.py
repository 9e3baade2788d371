"""Real files, good and bad, made when a test asks for them."""

import io
import struct
import zlib
from functools import lru_cache

import pypdfium2
from PIL import Image

SECRET_PLACE = "33 deg 30' 48.6\" N"


def jpeg(width: int = 640, height: int = 480) -> bytes:
    """Return a photograph."""
    return _saved(_picture(width, height), "JPEG")


def jpeg_with_exif(width: int = 640, height: int = 480) -> bytes:
    """Return a photograph lying on its side that says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: to be turned by a quarter.
    exif[0x010E] = SECRET_PLACE
    body = io.BytesIO()
    _picture(width, height).save(body, "JPEG", exif=exif, comment=SECRET_PLACE.encode())
    return body.getvalue()


def truncated_jpeg() -> bytes:
    """Return the first half of a photograph."""
    whole = jpeg()
    return whole[: len(whole) // 2]


def screenshot() -> bytes:
    """Return the white screen of a phone."""
    return _saved(Image.new("RGB", (1080, 2400), "white"), "PNG")


def png(mode: str = "RGBA") -> bytes:
    """Return a picture in a mode of Pillow."""
    return _saved(Image.new(mode, (300, 200)), "PNG")


def bomb() -> bytes:
    """Return a small PNG that would be 900 megapixels when it is decoded."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, body) for kind, body in ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    )


def pdf(pages: int = 1, *, width: float = 595, height: float = 842) -> bytes:
    """Return a document of so many empty pages, sized in points."""
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(width, height)
    body = io.BytesIO()
    document.save(body)
    document.close()
    return body.getvalue()


def locked_pdf() -> bytes:
    """Return a document that opens with a password only."""
    return plain_pdf(
        trailer=b"/Encrypt 4 0 R /ID [<00112233445566778899aabbccddeeff>"
        b"<00112233445566778899aabbccddeeff>]",
        extra=b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <"
        + b"41" * 32
        + b"> /U <"
        + b"42" * 32
        + b"> >>",
    )


def scripted_pdf() -> bytes:
    """Return a document that wants to run a script and to start a program when opened."""
    return plain_pdf(
        catalogue=b"/OpenAction 4 0 R",
        extra=b"<< /S /JavaScript /JS (app.alert\\('opened'\\);) "
        b"/Next << /S /Launch /F (/bin/sh) >> >>",
    )


def plain_pdf(*, catalogue: bytes = b"", trailer: bytes = b"", extra: bytes = b"null") -> bytes:
    """Return a document written by hand; `extra` is its object 4."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R " + catalogue + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] >>",
        extra,
    )
    body, places = bytearray(b"%PDF-1.6\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(body)
    body += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % p for p in places)
    body += b"trailer << /Size 5 /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (trailer, start)
    return bytes(body)


def program() -> bytes:
    """Return the beginning of a Windows program."""
    return b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + bytes(500)


@lru_cache(maxsize=8)
def _picture(width: int, height: int) -> Image.Image:
    return Image.effect_mandelbrot((width, height), (-2, -1, 1, 1), 40).convert("RGB")


def _saved(image: Image.Image, kind: str) -> bytes:
    body = io.BytesIO()
    image.save(body, kind)
    return body.getvalue()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
