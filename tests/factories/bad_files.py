"""Files that are made to do harm, or to be what they are not, made when a test asks for them."""

import io
import struct
import zipfile
import zlib

from PIL import Image, PngImagePlugin

from tests.factories import files

CANARIES = (b"SM-G991B-SERIAL", b"33.5138", b"xmp-secret", b"comment-secret", b"icc-secret")
"""What a photograph says of its camera, its place and its maker."""
SVG = (
    b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script>'
    b"<foreignObject><body>&x;</body></foreignObject></svg>"
)


def chatty_jpeg() -> bytes:
    """Return a photograph with all that can be attached to one: GPS, serial, XMP, comment, ICC."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0xC62F] = "SM-G991B-SERIAL"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[29] = "33.5138"
    body = io.BytesIO()
    Image.effect_mandelbrot((640, 480), (-2, -1, 1, 1), 40).convert("RGB").save(
        body,
        "JPEG",
        exif=exif.tobytes() + _thumbnail(),
        comment=b"comment-secret",
        xmp=b"<x:xmpmeta>xmp-secret</x:xmpmeta>",
        icc_profile=b"icc-secret" + bytes(200),
    )
    return body.getvalue()


def _thumbnail() -> bytes:
    """Return a picture of something else, as cameras hang it onto a photograph."""
    body = io.BytesIO()
    Image.new("RGB", (160, 120), "red").save(body, "JPEG", comment=b"comment-secret")
    return body.getvalue()


def chatty_png() -> bytes:
    """Return a picture with texts in it."""
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", "xmp-secret")
    texts.add_text("Comment", "comment-secret", zip=True)
    body = io.BytesIO()
    Image.new("RGB", (300, 200), "navy").save(body, "PNG", pnginfo=texts)
    return body.getvalue()


def png_of(width: int, height: int) -> bytes:
    """Return a small file that says to be a picture of any size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000), 9)
    parts = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(files._chunk(kind, body) for kind, body in parts)


def jpeg_of(width: int, height: int) -> bytes:
    """Return a photograph whose head says another size."""
    body = bytearray(files.jpeg(64, 64))
    frame = body.index(b"\xff\xc0")
    struct.pack_into(">HH", body, frame + 5, height, width)
    return bytes(body)


def moving_gif(frames: int = 50) -> bytes:
    """Return a picture that moves."""
    body = io.BytesIO()
    pictures = [Image.new("L", (8, 8), n % 255) for n in range(frames)]
    pictures[0].save(body, "GIF", save_all=True, append_images=pictures[1:])
    return body.getvalue()


def moving_png(frames: int = 50) -> bytes:
    """Return a PNG that moves."""
    body = io.BytesIO()
    pictures = [Image.new("L", (80, 80), n % 255) for n in range(frames)]
    pictures[0].save(body, "PNG", save_all=True, append_images=pictures[1:])
    return body.getvalue()


def archive(**members: bytes) -> bytes:
    """Return a ZIP."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return body.getvalue()


def bomb_archive() -> bytes:
    """Return a ZIP of a few kilobytes that unpacks to 100 MB."""
    return archive(zeros=bytes(100_000_000))


def sly_archive() -> bytes:
    """Return a ZIP with a way out of its folder, a link, a ZIP in it and many entries."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as made:
        made.writestr("../../etc/cron.d/x", "* * * * * root true")
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
        made.writestr("inner.zip", archive(a=b"a"))
        for number in range(1000):
            made.writestr(f"{number}", "")
    return body.getvalue()


def office() -> bytes:
    """Return the beginning of a text of an office program, with a macro."""
    return archive(**{"[Content_Types].xml": b"<Types/>", "word/vbaProject.bin": b"macro"})


def active_pdf(kind: str) -> bytes:
    """Return a document that wants to do something when it is opened."""
    action = {
        "JavaScript": b"<< /S /JavaScript /JS (app.alert\\(1\\);) >>",
        "Launch": b"<< /S /Launch /F (/bin/sh) >>",
        "URI": b"<< /S /URI /URI (http://127.0.0.1:9/leak) >>",
        "SubmitForm": b"<< /S /SubmitForm /F (http://127.0.0.1:9/leak) >>",
        "GoToE": b"<< /S /GoToE /T << /R /C /N (x) >> >>",
        "EmbeddedFile": b"<< /Type /Filespec /F (a.exe) /EF << /F 4 0 R >> >>",
    }[kind]
    names = b"/Names << /EmbeddedFiles << /Names [(a) 4 0 R] >> >>"
    return files.plain_pdf(catalogue=b"/OpenAction 4 0 R " + names, extra=action)


def endless_pdf(depth: int = 12, width: int = 12) -> bytes:
    """Return a document of a page that is drawn from itself: width to the power of depth times."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R"
        b" /Resources << /XObject << /X 5 0 R >> >> >>",
        _stream(b"/X Do "),
    ]
    for level in range(depth):
        following = 6 + level
        inner = b"/X Do " * width if level < depth - 1 else b"0 0 600 800 re f " * 50
        more = b"/Resources << /XObject << /X %d 0 R >> >>" % following
        objects.append(_stream(inner, b"/Type /XObject /Subtype /Form /BBox [0 0 600 800] " + more))
    objects.append(b"null")
    return _written(objects)


def slow_pdf(steps: int = 20_000) -> bytes:
    """Return a document of one page each point of which takes so many steps to reckon."""
    function = b"{ pop " + b"dup mul 0.5 add " * steps + b"dup dup }"
    return _written(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R"
            b" /Resources << /Shading << /S << /ShadingType 1 /ColorSpace /DeviceRGB"
            b" /Domain [0 600 0 800] /Function 5 0 R >> >> >> >>",
            _stream(b"/S sh"),
            _stream(function, b"/FunctionType 4 /Domain [0 600 0 800] /Range [0 1 0 1 0 1] "),
        ]
    )


def swollen_pdf(megabytes: int = 900) -> bytes:
    """Return a document of a few hundred kilobytes whose page unpacks to nearly a gigabyte."""
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(b" " * 1_000_000) for _ in range(megabytes)) + packer.flush()
    return _written(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R >>",
            _stream(body, b"/Filter /FlateDecode "),
        ]
    )


def _stream(content: bytes, more: bytes = b"") -> bytes:
    return b"<< %s/Length %d >>\nstream\n%s\nendstream" % (more, len(content), content)


def _written(objects: list[bytes]) -> bytes:
    body, places = bytearray(b"%PDF-1.6\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(body)
