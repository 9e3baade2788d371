"""The words of the pages are those of the official register."""

import csv
import re
import unicodedata
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = ROOT / "tests" / "data" / "glossary.csv"
OTHER_WORDS = {
    # One of several forms of the row is used where a page needs one.
    "Search",
}


def terms() -> list[dict[str, str]]:
    """Return the rows of the glossary."""
    with GLOSSARY.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def plain(text: str) -> str:
    """Return a text without vowel marks, articles and case, for comparing."""
    decomposed = unicodedata.normalize("NFD", text)
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign)).casefold()
    # A heading may take the article where the glossary has none: الجواز for جواز.
    return " ".join(word.removeprefix("ال") for word in bare.split())


def allowed(row: dict[str, str], language: str) -> set[str]:
    """Return the forms that a row allows: the whole, or one of its alternatives."""
    whole = row[language]
    parts = whole.replace("–", "/").replace(";", "/").replace("(", "/").replace(")", "/")
    return {plain(form.strip()) for form in [whole, *parts.split("/")] if form.strip()}


@pytest.mark.parametrize("language", ["ar", "ru"])
def test_a_term_of_the_glossary_is_translated_as_there(language: str) -> None:
    path = ROOT / "translations" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        catalogue = {m.id: m.string for m in read_po(file) if isinstance(m.id, str) and m.id}
    english = {plain(row["en"].split("(")[0].strip()): row for row in terms()}

    compared, wrong = 0, []
    for source, translation in catalogue.items():
        row = english.get(plain(source))
        if row is None or source in OTHER_WORDS or not isinstance(translation, str):
            continue
        compared += 1
        if plain(translation) not in allowed(row, language):
            wrong.append(f"{source}: {translation} (glossary: {row[language]})")

    assert compared >= 10
    assert wrong == []


SMALL_YOU = re.compile(r"(?<![А-Яа-яЁё])(вы|вас|вам|вами|ваш\w*)(?![а-яё])")
OTHER_HEADS = re.compile(r"начальник|руководител", re.IGNORECASE)


def test_russian_addresses_everybody_alike_and_has_one_name_for_the_head() -> None:
    with (ROOT / "translations/ru/LC_MESSAGES/messages.po").open("rb") as file:
        texts = [
            text
            for message in read_po(file)
            for text in (
                [message.string] if isinstance(message.string, str) else message.string or ()
            )
        ]

    assert len(texts) > 1000
    assert [text for text in texts if SMALL_YOU.search(text) or OTHER_HEADS.search(text)] == []


ONE_FORM_EACH = {"ًا": "اً", "بعثة زائرة": "بعثة متنقلة", "تعديل الموعد": "نقل الموعد"}
"""Spellings and words beside the one form that is used."""
SINGULAR = re.compile(r"\b(?:طلبك|موعدك|تظلمك|اعتراضك|يناسبك|عليك|لك|لديك|يمكنك)\b")
"""How one who is known well is spoken to: the messages speak to a citizen in the plural."""


@pytest.mark.parametrize("form", ONE_FORM_EACH)
def test_arabic_has_one_form_each(form: str) -> None:
    path = ROOT / "translations" / "ar" / "LC_MESSAGES" / "messages.po"

    assert form not in path.read_text(encoding="utf-8")


def test_no_arabic_message_speaks_to_its_reader_in_two_ways() -> None:
    path = ROOT / "tests/integration/notifications/snapshots/ar.txt"

    assert not SINGULAR.findall(plain(path.read_text(encoding="utf-8")))
