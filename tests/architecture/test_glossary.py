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
ONE_MAN = re.compile(r"(?<!\w)\w+ك(?!\w)|(?<!\w)أنت(?!\w)")
"""How one who is known well is spoken to, but for the words of WITH_KAF."""
WITH_KAF = {
    *("ذلك", "بذلك", "كذلك", "لذلك", "تلك", "هناك", "ترك", "تترك", "يترك", "يملك", "تشارك"),
    *("بنك", "شباك", "شبابيك", "اشتراك", "تدارك", "وشك", "يوشك"),
}
"""Words that end in the same letter and speak to nobody."""
BIDDING = re.compile(
    r"(?<!\w)[وف]?(?:اختر|اكتب|اضغط|افتح|اقرأ|احفظ|احذف|استعمل|استخدم|اطبع|اطلب|انتظر|اذكر|ارفض|اترك"
    r"|ادفع|اسأل|ابحث|ابدأ|أدخل|أرسل|قارن|حاول|راجع|طابق)(?:ه|ها|هم)?(?!\w)"
    r"|(?<!\w)[وف]?(?:[اأ]\w+|حاول|خذ|شارك|راجع|قارن|سجل)وا(?:ه|ها)?(?!\w)"
)
"""What bids one man or many men do something, where a noun asks everybody: يرجى اختيار."""


def spoken_to_one(text: str) -> list[str]:
    """Return the words of an Arabic text that speak to one man."""
    return [
        word
        for word in ONE_MAN.findall(plain(text))
        if not {word, word[1:], word.removeprefix("كا"), "ا" + word.removeprefix("كا")} & WITH_KAF
    ]


def arabic_texts() -> list[str]:
    """Return all sentences of the Arabic catalogue, every form of those that count."""
    with (ROOT / "translations/ar/LC_MESSAGES/messages.po").open("rb") as file:
        strings = [message.string for message in read_po(file) if message.id]
    return [text for one in strings for text in ([one] if isinstance(one, str) else one or ())]


@pytest.mark.parametrize("form", ONE_FORM_EACH)
def test_arabic_has_one_form_each(form: str) -> None:
    path = ROOT / "translations" / "ar" / "LC_MESSAGES" / "messages.po"

    assert form not in path.read_text(encoding="utf-8")


def test_arabic_speaks_to_everybody_in_the_plural() -> None:
    texts = arabic_texts()

    assert len(texts) > 4000
    assert [text for text in texts if spoken_to_one(text)] == []


def test_arabic_asks_by_a_noun_and_bids_nobody() -> None:
    # The vowel of the passive stays, as it tells "was sent" from "send".
    assert [text for text in arabic_texts() if BIDDING.search(text.replace("\u0651", ""))] == []


def test_no_arabic_message_speaks_to_its_reader_in_two_ways() -> None:
    path = ROOT / "tests/integration/notifications/snapshots/ar.txt"

    assert not spoken_to_one(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", ["هذا حسابك.", "اختر يوماً.", "يُرجى الانتظار، ثم اكتبوا الرقم."])
def test_the_rules_of_address_bite(text: str) -> None:
    assert spoken_to_one(text) or BIDDING.search(text)


@pytest.mark.parametrize("text", ["أُدخل الرقم بعد ذلك.", "هناك رسالة لكم.", "لم تُحفظ الأوراق."])
def test_the_rules_of_address_let_pass_what_speaks_to_nobody(text: str) -> None:
    assert not spoken_to_one(text) and not BIDDING.search(text)
