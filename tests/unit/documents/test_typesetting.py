"""The templates of documents: unchanged once published, and what a PDF made of them holds."""

import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest
from pypdfium2 import raw

from app.catalogue.definition.elements import IssueTemplate
from app.core import reference as references
from app.documents import fonts, typesetting
from app.documents.typesetting import Template

PUBLISHED: dict[IssueTemplate | Template, str] = {
    Template.MANIFEST_1: "a55517eba3dc8b235f4e3882390a474c6e2b579a0d29f56a89c763cf98692066",
    IssueTemplate.DECISION_1: "f9b0841c0e1c9c707a08519956b86dbbdcb98b547f8edd29d9ef8a65db9183b0",
}
MADE_AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
INJECTION = '#panic("inj") #read("/etc/passwd") $x$ *b* `c` @ref <tag> \\ " {name}'


def half(**changed: Any) -> dict[str, Any]:
    return {
        "post": "القسم القنصلي",
        "title": "إفادة قيد",
        "opening": "تصدر البعثة هذه الوثيقة لصالح:",
        "rows": [
            {"label": "الاسم", "text": "ليان سامر", "number": False},
            {"label": "الهاتف", "text": "+7 495 123-45-67", "number": True},
        ],
        "paragraphs": ["نص الوثيقة"],
        "verify": "تحقق",
        "qr": "رمز",
        "kept": "تسري",
        **changed,
    }


RUSSIAN = half(
    post="Консульский отдел",
    title="Справка о регистрации",
    opening="Выдан документ:",
    rows=[{"label": "Имя", "text": "Лаян Аль-Халаби", "number": False}],
    paragraphs=["Подтверждаем"],
    verify="Проверить",
    qr="Код",
    kept="Действует",
)
CONTENT = {
    "ar": half(),
    "ru": RUSSIAN,
    "code": "DC-7K3Q-92DA-X",
    "address": "https://jaliya.example/verify",
    "qr": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
}


def made(**changed: Any) -> bytes:
    content = {**CONTENT, **changed}
    return typesetting.typeset(IssueTemplate.DECISION_1, content, made_at=MADE_AT)


def signs(text: str) -> list[list[str]]:
    """Return the signs of every word: pdfium gives ligatures and Latin words turned round."""
    return [sorted(word) for word in re.findall(r"\S+", text)]


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.proves("export-004")
def test_words_that_never_end_are_broken_and_the_rest_is_kept() -> None:
    word, russian = "ل" * 10_000, "Слово" * 2_000
    rows = [{"label": word, "text": f"{russian} end", "number": False}]

    pdf = made(ar=half(title="عنوان", rows=rows, paragraphs=[word, "النهاية"]))

    document = pypdfium2.PdfDocument(pdf)
    assert 1 < len(document) < 60
    assert sorted("النهاية") in signs(text_of(pdf))


@pytest.mark.parametrize("template", [*IssueTemplate, *Template])
def test_a_published_template_is_never_changed(template: IssueTemplate | Template) -> None:
    assert typesetting.hash_of(template) == PUBLISHED[template], "make a new template instead"


@pytest.mark.parametrize("words", ["ليان سامر", "إفادة قيد", "Лаян Аль-Халаби", "Подтверждаем"])
def test_the_text_is_found_in_both_languages(words: str) -> None:
    found = signs(text_of(made()))

    assert [one for one in signs(words) if one not in found] == []


def test_no_line_ends_within_a_reference() -> None:
    reference = references.unbroken("JM-7K3Q-92DA-X")
    paragraphs = ["س " * n + reference for n in range(55, 75)]
    pdf = made(ar=half(paragraphs=paragraphs), ru=typed(""))

    bare = [word.replace("\u2060", "") for word in text_of(pdf).split()]

    assert [sorted(one) for one in bare].count(sorted("JM-7K3Q-92DA-X")) == len(paragraphs)


@pytest.mark.parametrize("sign", "☃😀〒\u0335\ue000\uece0\uffff\u08a1\u0489\x01\ufeff")
@pytest.mark.parametrize("base", ["", "a", "ل"])
def test_no_sign_stops_a_document(base: str, sign: str) -> None:
    text = f"ليان {base}{sign} سامر"
    rows = [{"label": text, "text": text, "number": True}]

    assert "\ufffd" in text_of(made(ar=half(title=text, rows=rows, paragraphs=[text]))) or (
        sign in "\x01\ufeff"
    )


def test_every_sign_of_the_fonts_is_shown_as_it_is() -> None:
    text = "Ünïcödé ё ў é\u0323 مُحَمَّد پچگ ← № – «»\u2060\n"

    assert fonts.shown(text) == text


def test_the_same_in_is_the_same_out() -> None:
    assert made() == made()


def test_what_was_typed_is_set_as_it_stands() -> None:
    without, injected = made(ru=RUSSIAN | {"paragraphs": []}), made(ru=typed(INJECTION))

    assert counted(text_of(injected)) - counted(text_of(without)) == counted(INJECTION)


def typed(text: str) -> dict[str, Any]:
    return RUSSIAN | {"paragraphs": [text]}


def counted(text: str) -> Counter[str]:
    """Return how often each sign stands there; on a page in Arabic pdfium turns brackets round."""
    return Counter(re.sub(r"\s", "", text).translate(str.maketrans(")}]>", "({[<")))


def test_every_font_is_inside() -> None:
    document = pypdfium2.PdfDocument(made())
    fonts = {}
    for page in document:
        for thing in page.get_objects([raw.FPDF_PAGEOBJ_TEXT], max_depth=5):
            font = raw.FPDFTextObj_GetFont(thing.raw)
            fonts[raw.FPDFFont_GetWeight(font)] = raw.FPDFFont_GetIsEmbedded(font)

    assert fonts
    assert set(fonts.values()) == {1}


def test_it_is_tagged_and_says_so() -> None:
    pdf = made()

    document = pypdfium2.PdfDocument(pdf)
    assert raw.FPDFCatalog_IsTagged(document.raw)
    assert b"pdfuaid:part>1" in pdf and b"pdfaid:part>2" in pdf


def test_numbers_run_from_left_to_right_in_arabic() -> None:
    page = pypdfium2.PdfDocument(made())[0].get_textpage()
    places: dict[int, list[tuple[float, str]]] = {}
    for n in range(page.count_chars()):
        sign = page.get_text_range(n, 1)
        left, bottom, _right, _top = page.get_charbox(n)
        places.setdefault(round(bottom / 12), []).append((left, sign))
    lines = ["".join(sign for _left, sign in sorted(line)) for line in places.values()]

    assert any("+7495123-45-67" in re.sub(r"\s", "", line) for line in lines), lines


def test_the_page_shows_a_picture_of_both_halves() -> None:
    document = pypdfium2.PdfDocument(made())

    image = document[0].render(scale=1).to_pil().convert("L")
    inked = [sum(image.crop((0, y, image.width, y + 80)).histogram()[:128]) for y in (0, 240, 700)]

    assert len(document) == 1
    assert all(inked), inked
