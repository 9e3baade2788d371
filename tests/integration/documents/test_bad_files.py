"""Files that do harm or are not what they say: each row of the list of bad uploads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from app.core import i18n
from app.core.db import db
from app.core.errors import Invalid
from app.documents import decoder, services, storage, wording
from app.documents.models import Document, DocumentState
from app.documents.rules import FileKind, Reason
from tests.factories import bad_files, files
from tests.integration.documents.test_services import attached, document_of, drain, kept

ALL = ("jpeg", "png", "pdf")
FLOOD_MB = 100


def pages_of(app: Flask, data: bytes, name: str = "file.bin") -> list[bytes]:
    """Return what is stored to be shown of a file that is taken in and looked at."""
    uid = kept(app, data, name=name)
    drain(app)
    with app.app_context():
        document = document_of(uid)
        assert document.state is DocumentState.CLEAN
        images = [services.page_image(document, n) for n in range(1, document.pages + 1)]
        return [services.preview(document), *images]


@pytest.mark.proves("S26", "upload_content-008")
@pytest.mark.parametrize(
    "data", [bad_files.chatty_jpeg(), bad_files.chatty_png()], ids=["jpeg", "png"]
)
def test_nothing_that_was_attached_to_a_picture_is_stored_to_be_shown(
    app: Flask, data: bytes
) -> None:
    hidden = [canary for canary in bad_files.CANARIES if canary in data]
    assert hidden, "the file says nothing that could be found"

    for image in pages_of(app, data):
        assert image.startswith(b"\xff\xd8\xff")
        for marker in (b"Exif", b"ICC_PROFILE", b"http://ns.adobe.com", *bad_files.CANARIES):
            assert marker not in image


REFUSED = {
    "svg": (bad_files.SVG, Reason.WRONG_KIND),
    "svg after a blank line": (b"\n" + bad_files.SVG, Reason.WRONG_KIND),
    "gif": (bad_files.moving_gif(), Reason.WRONG_KIND),
    "zip": (bad_files.archive(a=b"a"), Reason.WRONG_KIND),
    "bomb": (bad_files.bomb_archive(), Reason.WRONG_KIND),
    "sly zip": (bad_files.sly_archive(), Reason.WRONG_KIND),
    "office": (bad_files.office(), Reason.WRONG_KIND),
    "gzip": (b"\x1f\x8b\x08" + bytes(90), Reason.WRONG_KIND),
    "rar": (b"Rar!\x1a\x07\x00" + bytes(90), Reason.WRONG_KIND),
    "html": (b"<!doctype html><script>alert(1)</script>", Reason.WRONG_KIND),
    "program": (files.program(), Reason.WRONG_KIND),
    "pixel flood": (bad_files.png_of(50_000, 50_000), Reason.TOO_MANY_PIXELS),
    "strip": (bad_files.png_of(1, 1_000_000), Reason.TOO_MANY_PIXELS),
    "strip on its side": (bad_files.png_of(1_000_000, 1), Reason.TOO_MANY_PIXELS),
    "jpeg flood": (bad_files.jpeg_of(60_000, 60_000), Reason.TOO_MANY_PIXELS),
    "locked pdf": (files.locked_pdf(), Reason.LOCKED),
}


@pytest.mark.proves("S25", "S28", "upload_content-004", "upload_content-006", "upload_content-010")
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_and_no_document_is_refused_by_what_it_holds(
    app: Flask, name: str
) -> None:
    data, reason = REFUSED[name]

    with app.app_context(), i18n.speaking("en"), pytest.raises(Invalid) as refused:
        services.examine(attached(data, "صورة.jpg"), formats=ALL, max_pages=20)

    assert refused.value.message == wording.SENTENCES[reason]
    with app.app_context():
        assert db.session.query(Document).count() == 0
        assert list(storage.current().incoming.iterdir()) == []


@pytest.mark.proves("upload_content-006")
@pytest.mark.parametrize(
    "data",
    [bad_files.png_of(50_000, 50_000), bad_files.png_of(1, 1_000_000)],
    ids=["flood", "strip"],
)
def test_a_flood_of_pixels_is_refused_before_it_takes_memory(data: bytes) -> None:
    plain, flood = peak_kb(files.png()), peak_kb(data)

    assert flood - plain < FLOOD_MB * 1024


def peak_kb(data: bytes) -> int:
    """Return how much memory the child had at most when it looked at a PNG."""
    argv = [sys.executable, "-I", str(decoder.CHILD), "probe", "png", "1"]
    quiet = subprocess.DEVNULL
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)
    assert child.stdin
    child.stdin.write(data)
    child.stdin.close()
    _pid, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss


@pytest.mark.proves("upload_content-006")
def test_of_a_picture_that_moves_the_first_frame_alone_is_shown(app: Flask) -> None:
    assert len(pages_of(app, bad_files.moving_png())) == 2


@pytest.mark.proves("S27", "S28", "upload_content-010")
def test_an_archive_behind_a_picture_is_not_stored_to_be_shown(app: Flask) -> None:
    for image in pages_of(app, files.jpeg(60, 60) + bad_files.sly_archive()):
        assert b"PK" not in image


ACTIVE = ("JavaScript", "Launch", "URI", "SubmitForm", "GoToE", "EmbeddedFile")


@pytest.mark.proves("S27")
@pytest.mark.parametrize("kind", ACTIVE)
def test_an_active_document_is_shown_as_pictures_alone(app: Flask, kind: str) -> None:
    data = bad_files.active_pdf(kind)
    assert kind.encode() in data

    for image in pages_of(app, data):
        assert image.startswith(b"\xff\xd8\xff") and kind.encode() not in image


@pytest.fixture
def hasty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be a folder for a child that has a second instead of ten, and no other limit less."""
    source = decoder.CHILD.read_text()
    assert "\nSECONDS = 10\n" in source
    monkeypatch.setattr(decoder, "CHILD", tmp_path / "child.py")
    decoder.CHILD.write_text(source.replace("\nSECONDS = 10\n", "\nSECONDS = 1\n"))
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


GREEDY = {
    "time": bad_files.slow_pdf,
    "memory": bad_files.swollen_pdf,
    "both": bad_files.endless_pdf,
}


@pytest.mark.proves("S27", "upload_content-012")
@pytest.mark.parametrize("kind", GREEDY)
def test_a_document_that_takes_too_much_ends_its_child_and_nothing_else(
    hasty: Path, kind: str
) -> None:
    with pytest.raises(decoder.Refused) as refused:
        decoder.pages(GREEDY[kind](), FileKind.PDF, max_pages=5, folder=hasty)

    assert refused.value.reason is Reason.TOO_COMPLEX
    assert len(decoder.pages(files.pdf(2), FileKind.PDF, max_pages=5, folder=hasty)) == 3


@pytest.mark.grid
@pytest.mark.proves("upload_content-012")
def test_the_queue_goes_on_behind_a_document_that_takes_too_much(app: Flask) -> None:
    greedy, plain = kept(app, bad_files.slow_pdf()), kept(app, files.jpeg(60, 60))
    drain(app)
    drain(app)

    with app.app_context():
        assert document_of(plain).state is DocumentState.CLEAN
        document = document_of(greedy)
        assert (document.state, document.reason) == (DocumentState.REFUSED, Reason.TOO_COMPLEX)
