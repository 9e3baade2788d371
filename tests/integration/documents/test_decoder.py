"""The child that looks at files: what it makes of good ones and how it ends on bad ones."""

import io
from pathlib import Path

import pytest
from PIL import Image

from app.documents import child, decoder
from app.documents.rules import FileKind, Reason
from tests.factories import files


def pages_of(data: bytes, kind: FileKind, folder: Path, max_pages: int = 20) -> list[Image.Image]:
    """Return what the child makes, opened."""
    images = decoder.pages(data, kind, max_pages=max_pages, folder=folder)
    return [Image.open(io.BytesIO(image)) for image in images]


def test_a_photo_becomes_a_small_and_a_whole_picture(tmp_path: Path) -> None:
    small, page = pages_of(files.jpeg(3000, 1500), FileKind.JPEG, tmp_path)

    assert max(small.size) == child.PREVIEW_SIDE
    assert page.size == (2000, 1000)
    assert page.format == "JPEG"


def test_a_sample_for_everybody_is_one_picture_and_larger_than_a_preview(tmp_path: Path) -> None:
    sample = Image.open(
        io.BytesIO(decoder.sample(files.jpeg(3000, 1500), FileKind.JPEG, folder=tmp_path))
    )

    assert max(sample.size) == child.SAMPLE_SIDE > child.PREVIEW_SIDE


def test_exif_is_gone_and_the_photo_stands_upright(tmp_path: Path) -> None:
    data = files.jpeg_with_exif(640, 480)
    assert files.SECRET_PLACE.encode() in data

    for image in decoder.pages(data, FileKind.JPEG, max_pages=1, folder=tmp_path):
        assert files.SECRET_PLACE.encode() not in image
        opened = Image.open(io.BytesIO(image))
        assert not opened.getexif()
        assert opened.width < opened.height


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16"])
def test_a_png_of_any_mode_is_flattened(tmp_path: Path, mode: str) -> None:
    _small, page = pages_of(files.png(mode), FileKind.PNG, tmp_path)

    assert page.mode == "RGB"
    assert page.size == (300, 200)


def test_each_page_of_a_pdf_becomes_a_picture(tmp_path: Path) -> None:
    _small, *pages = pages_of(files.pdf(3), FileKind.PDF, tmp_path)

    assert [page.size for page in pages] == [(1240, 1755)] * 3


def test_a_huge_pdf_page_is_drawn_no_larger_than_a_screen_needs(tmp_path: Path) -> None:
    _small, page = pages_of(files.pdf(width=14_400, height=7_200), FileKind.PDF, tmp_path)

    assert page.size == (2000, 1000)


def test_a_pdf_with_a_script_is_drawn_and_not_run(tmp_path: Path) -> None:
    _small, page = pages_of(files.scripted_pdf(), FileKind.PDF, tmp_path)

    assert page.getextrema() == ((255, 255),) * 3


@pytest.mark.parametrize("mode", [decoder.probe, decoder.pages])
@pytest.mark.parametrize(
    ("data", "kind", "reason"),
    [
        pytest.param(files.truncated_jpeg(), FileKind.JPEG, Reason.UNREADABLE, id="truncated"),
        pytest.param(b"\xff\xd8\xff" + bytes(90), FileKind.JPEG, Reason.UNREADABLE, id="no photo"),
        pytest.param(files.bomb(), FileKind.PNG, Reason.TOO_MANY_PIXELS, id="bomb"),
        pytest.param(files.png(), FileKind.JPEG, Reason.UNREADABLE, id="png for a jpeg"),
        pytest.param(files.locked_pdf(), FileKind.PDF, Reason.LOCKED, id="encrypted"),
        pytest.param(files.pdf(500), FileKind.PDF, Reason.TOO_MANY_PAGES, id="500 pages"),
        pytest.param(b"%PDF-1.7\n" + bytes(90), FileKind.PDF, Reason.UNREADABLE, id="no pdf"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(
    tmp_path: Path, mode: object, data: bytes, kind: FileKind, reason: Reason
) -> None:
    with pytest.raises(decoder.Refused) as refused:
        mode(data, kind, max_pages=20, folder=tmp_path)  # type: ignore[operator]

    assert refused.value.reason is reason


def test_nothing_stays_in_the_folder(tmp_path: Path) -> None:
    decoder.pages(files.jpeg(), FileKind.JPEG, max_pages=1, folder=tmp_path)
    with pytest.raises(decoder.Refused):
        decoder.pages(files.bomb(), FileKind.PNG, max_pages=1, folder=tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_child_that_is_killed_means_too_complex(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    greedy = tmp_path / "greedy.py"
    greedy.write_text("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    monkeypatch.setattr(decoder, "CHILD", greedy)

    with pytest.raises(decoder.Refused) as refused:
        decoder.probe(files.jpeg(), FileKind.JPEG, max_pages=1, folder=tmp_path)

    assert refused.value.reason is Reason.TOO_COMPLEX


def test_the_child_knows_no_secret_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    curious = tmp_path / "curious.py"
    curious.write_text(
        "import os, struct, sys; body = ' '.join(os.environ).encode();"
        "sys.stdout.buffer.write(struct.pack('>I', len(body)) + body)"
    )
    monkeypatch.setattr(decoder, "CHILD", curious)
    monkeypatch.setenv("SECRET_KEY", "not for files from outside")

    (names,) = decoder.pages(files.jpeg(), FileKind.JPEG, max_pages=1, folder=tmp_path)

    assert b"SECRET_KEY" not in names


def test_only_so_many_files_are_looked_at_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoder, "PATIENCE_S", 0.01)
    with decoder._place(), decoder._place(), pytest.raises(decoder.Busy):
        decoder.probe(files.jpeg(), FileKind.JPEG, max_pages=1, folder=tmp_path)
