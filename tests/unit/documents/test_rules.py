"""Which files may come in, and under which name."""

import pytest

from app.documents import rules
from app.documents.rules import FileKind, Measures, Reason


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", FileKind.JPEG),
        (b"\x89PNG\r\n\x1a\n\x00\x00", FileKind.PNG),
        (b"%PDF-1.7", FileKind.PDF),
        (b"\xef\xbb\xbf\r\n%PDF-1.4", FileKind.PDF),
        (b"MZ\x90\x00 %PDF-1.7", None),
        (b"PK\x03\x04", None),
        (b"GIF89a", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
        (b"", None),
    ],
)
def test_a_file_is_known_by_its_content(head: bytes, kind: FileKind | None) -> None:
    assert rules.kind_of(head) is kind


@pytest.mark.parametrize(
    ("size", "max_bytes", "reason"),
    [
        (0, 100, Reason.EMPTY),
        (1, 100, None),
        (100, 100, None),
        (101, 100, Reason.TOO_LARGE),
        (rules.LARGEST_FILE + 1, 10**9, Reason.TOO_LARGE),
    ],
)
def test_a_file_has_some_bytes_and_not_too_many(
    size: int, max_bytes: int, reason: Reason | None
) -> None:
    assert rules.size_refusal(size, max_bytes=max_bytes) is reason


@pytest.mark.parametrize(
    ("kind", "allowed", "reason"),
    [
        (FileKind.JPEG, ["jpeg", "png"], None),
        (FileKind.PDF, ["jpeg", "png"], Reason.WRONG_KIND),
        (None, ["jpeg", "png", "pdf"], Reason.WRONG_KIND),
    ],
)
def test_only_kinds_that_are_asked_for_are_taken(
    kind: FileKind | None, allowed: list[str], reason: Reason | None
) -> None:
    assert rules.kind_refusal(kind, allowed) is reason


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("جواز السفر.pdf", "جواز السفر.pdf"),
        ("Справка о браке.PDF", "Справка о браке.PDF"),
        ("C:\\Users\\s\\صورة.jpg", "صورة.jpg"),
        ("../../etc/passwd", "passwd"),
        ("pass\u202efdp.exe", "passfdp.exe"),
        ("a\x00b\nc\td.pdf", "abcd.pdf"),
        ("a\u061cb\u200bc\u2060d\ufeffe.pdf", "abcde.pdf"),
        ("a\u2028b\u2029c\x85d\x9be.pdf", "abcde.pdf"),
        ("e\u200b\u0301.pdf", "é.pdf"),
        ("نیم\u200cفاصله.pdf", "نیم\u200cفاصله.pdf"),
        ("  photo.jpg ", "photo.jpg"),
        (None, ""),
        ("ا" * 500 + ".pdf", "ا" * 116 + ".pdf"),
        ("ا" * 500, "ا" * 120),
    ],
)
def test_a_name_keeps_its_letters_and_loses_what_is_dangerous(given: str | None, kept: str) -> None:
    assert rules.clean_name(given) == kept


RLO = "\u202e"
NAMES = [
    ("جواز سفر ليان.pdf", FileKind.PDF, "جواز سفر ليان.pdf"),
    ("Паспорт.PDF", FileKind.PDF, "Паспорт.PDF"),
    ("IMG.JPEG", FileKind.JPEG, "IMG.JPEG"),
    ("../../etc/passwd.pdf", FileKind.PDF, "passwd.pdf"),
    ("..\\..\\x.pdf", FileKind.PDF, "x.pdf"),
    ("C:\\x.pdf", FileKind.PDF, "x.pdf"),
    ("/etc/x.pdf", FileKind.PDF, "x.pdf"),
    ("file:///x.pdf", FileKind.PDF, "x.pdf"),
    (f"cod{RLO}fdp.exe", FileKind.PDF, "codfdp.pdf"),
    ("a\u200bb\u2060c.png", FileKind.JPEG, "abc.jpg"),
    ("photo.pdf", FileKind.PNG, "photo.png"),
    ("photo.mp4", FileKind.JPEG, "photo.jpg"),
    ("справка от 12.05.2026", FileKind.PDF, "справка от 12.05.2026.pdf"),
    ("....", FileKind.PDF, "document.pdf"),
    (".pdf", FileKind.PDF, "document.pdf"),
    ("", FileKind.JPEG, "document.jpg"),
    (None, FileKind.JPEG, "document.jpg"),
    ("   ", FileKind.PNG, "document.png"),
    (f"{RLO}\u200b", FileKind.PNG, "document.png"),
    ("ا" * 400, FileKind.PDF, "ا" * 116 + ".pdf"),
    ("ا" * 400 + ".pdf", FileKind.PDF, "ا" * 116 + ".pdf"),
]


@pytest.mark.proves("upload_name-002", "upload_name-004")
@pytest.mark.parametrize(("given", "kind", "name"), NAMES)
def test_a_file_is_kept_under_a_name_that_says_what_it_is(
    given: str | None, kind: FileKind, name: str
) -> None:
    assert rules.name_of(given, kind) == name


def test_an_unknown_word_of_the_child_means_too_complex() -> None:
    assert rules.reason_of("locked") is Reason.LOCKED
    assert rules.reason_of("Traceback (most recent call last)") is Reason.TOO_COMPLEX


def test_the_shares_of_a_day_are_the_whole_store_once() -> None:
    shares = [prefix for hour in range(24) for prefix in rules.prefixes_at(hour)]

    assert sorted(shares) == sorted(rules.PREFIXES)
    assert max(len(rules.prefixes_at(hour)) for hour in range(24)) == 11


@pytest.mark.parametrize(
    ("width", "height", "spread", "is_unlike"),
    [
        (600, 800, 55.0, False),
        (1080, 1920, 40.0, False),
        (1080, 1944, 40.0, False),
        (1080, 1945, 40.0, True),
        (2400, 1080, 40.0, True),
        (600, 800, 11.9, True),
        (600, 800, 12.0, False),
    ],
)
def test_a_screen_or_an_empty_picture_is_unlike_a_photo(
    width: int, height: int, spread: float, is_unlike: bool
) -> None:
    picture = Measures(width=width, height=height, spread=spread)

    assert rules.is_unlike_photo(picture) is is_unlike
