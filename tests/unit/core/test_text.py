"""Digits, clean text and the keys under which spellings of a name meet."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import text as texts
from app.core.text import Script, UnreadableText


@pytest.mark.parametrize(
    "typed", ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９", "0123456789"]
)
def test_all_digits_become_latin(typed: str) -> None:
    assert texts.fold_digits(typed) == "0123456789"


@pytest.mark.parametrize("typed", ["Am\0al", "\ud800", "x\udfff"])
@pytest.mark.proves("S35")
def test_unreadable_text_is_refused(typed: str) -> None:
    with pytest.raises(UnreadableText):
        texts.clean_text(typed)


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("  محمد \n", "محمد"),
        ("محمد\u202egpj.exe", "محمدgpj.exe"),
        ("\u2067أمل\u2069\u200f\u061c", "أمل"),
        ("e\u0301", "é"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("one\u2028two\u2029three", "one\ntwo\nthree"),
        ("a\x1b[31mb", "a[31mb"),
        ("\u00a0\u3000\u2800\u3164\u115f", ""),
        ("نیم\u200cفاصله", "نیم\u200cفاصله"),
    ],
)
@pytest.mark.proves("S36", "names_text-003", "names_text-005")
def test_text_is_cleaned(typed: str, clean: str) -> None:
    assert texts.clean_text(typed) == clean


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12", 12),
        (" ١٢ ", 12),
        ("۱۲", 12),
        ("１２", 12),
        ("-7", -7),
        ("\u22127", -7),
        ("0", 0),
        ("999999999", 999_999_999),
        *dict.fromkeys(
            ["", "²", "Ⅷ", "½", "1_0", "1e3", "0x10", "--1", "1.0", "1 0", "９" * 10, "໑"]
        ).items(),
        ("9" * 4301, None),
        ("1\0", None),
    ],
)
@pytest.mark.proves("S35", "numbers-003", "numbers-005")
def test_a_whole_number_has_few_digits_and_nothing_else(typed: str, number: int | None) -> None:
    assert texts.find_whole(typed) == number


@pytest.mark.parametrize("name", ["İbrahim", "Işık", "Strauß", "ǅ", "ﬁdan", "ﷺ", "O\u0308zgür"])
@pytest.mark.proves("S36", "names_text-011")
def test_letters_that_grow_when_they_are_folded_are_kept_as_typed(name: str) -> None:
    kept = texts.clean_line(name)

    assert kept == unicodedata.normalize("NFC", name)
    assert texts.match_key(kept) == texts.match_key(texts.match_key(kept))
    assert texts.match_key(kept.upper()) == texts.match_key(kept) or name in ("Işık", "ǅ", "ﷺ")


def test_a_line_has_single_spaces() -> None:
    assert texts.clean_line(" محمد \n\t خالد ") == "محمد خالد"


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_cleaning_twice_changes_nothing(typed: str) -> None:
    once = texts.clean_text(typed)

    assert texts.clean_text(once) == once
    assert texts.match_key(once) == texts.match_key(typed)


@pytest.mark.parametrize(
    "spellings",
    [
        ["أحمد", "احمد", "إحمد", "آحمد", "ٱحمد"],
        ["محمد", "محمـــــد", "مُحَمَّد", "مُحمَّد"],
        ["فاطمة", "فاطمه"],
        ["يحيى", "يحيي"],
        ["رؤى", "روي"],
        ["الخطيب", "خطيب"],
        ["عبد الرحمن", "عبدالرحمن", "عبد  الرحمن"],
        ["عبد الله", "عبدالله"],
        ["Al-Khatib", "EL KHATIB", "khatib", "Al Khattib"],
        ["Abdulrahman", "Abd al-Rahman", "Abdurrahman", "ABD EL RAHMAN"],
        ["Mohammad", "MOHAMAD"],
        ["O'Brien", "O’Brien", "obrien"],
        ["Фёдор", "Федор", "ФЁДОР"],
        ["Amal 2", "amal ٢"],
    ],
)
@pytest.mark.proves("S36", "names_text-009")
def test_usual_spellings_of_a_name_meet(spellings: list[str]) -> None:
    assert len({texts.match_key(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("سامر", "سمر"), ("Amal", "Amar"), ("Алексей", "Алексеев"), ("علي", "عالي")]
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert texts.match_key(one) != texts.match_key(other)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("أمل الخطيب", {"امل", "خطي", "خطيب"}),
        ("Li", {"li"}),
        ("Alkhatib", {"alk", "alkh", "alkha", "alkhat", "alkhati", "alkhatib"}),
        ("Alkhatib", {"kha", "khatib"}),
        ("", set()),
    ],
)
def test_a_name_is_found_by_its_beginnings(name: str, found: set[str]) -> None:
    assert found <= texts.words_and_beginnings(name)


def test_every_beginning_of_a_key_that_was_typed_is_found() -> None:
    beginnings = texts.words_and_beginnings("عبد الرحمن المصري")

    assert {texts.match_key("المصر"), texts.match_key("عبدالرح")} <= beginnings


@given(st.text(max_size=10_000))
def test_a_long_name_gives_a_bounded_number_of_beginnings(name: str) -> None:
    try:
        found = texts.words_and_beginnings(name)
    except UnreadableText:
        return
    assert len(found) <= 20 * 2 * 20


@pytest.mark.parametrize(
    ("name", "script", "expected"),
    [
        ("أمل مُحمد", Script.ARABIC, True),
        ("Amal", Script.ARABIC, False),
        ("أمل Amal", Script.ARABIC, False),
        ("bin-Laden 2", Script.LATIN, True),
        ("ÖZGÜR", Script.LATIN, True),
        ("Амаль", Script.CYRILLIC, True),
        ("123", Script.LATIN, False),
        ("", Script.LATIN, False),
        ("Samer ☃", Script.LATIN, False),
        ("Samer 😀", Script.LATIN, False),
        ("<b>Samer</b>", Script.LATIN, True),
        ("Samer \ue000", Script.LATIN, False),
        ("La\u200dyan", Script.LATIN, False),
        ("d'Arc-St. Ann’s ʿAli", Script.LATIN, True),
        ("عبد\u200cالله", Script.ARABIC, True),
        ("محمـد ٢", Script.ARABIC, True),
    ],
)
def test_the_script_of_a_name_is_recognised(name: str, script: Script, expected: bool) -> None:
    assert texts.is_written_in(name, script) is expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("N 012345678", True),
        ("75 № 12-34/5.6", True),
        ("٠١٢", True),
        ("12☃", False),
        ("12\ue000", False),
        ("=1+1", True),
        ("12〒", False),
    ],
)
def test_a_number_has_no_other_signs(number: str, expected: bool) -> None:
    assert texts.is_number(number) is expected


@pytest.mark.proves("S36")
def test_no_format_sign_but_joiners_and_those_of_arabic_numbers_is_kept() -> None:
    kept = {
        sign
        for sign in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(sign) == "Cf" and texts.without_unseen(sign)
    }

    arabic = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"
    assert kept == {*arabic, "\u200c", "\u200d", "\U000110bd", "\U000110cd"}


@pytest.mark.parametrize("sign", "\xad\u034f\u180e\ufff9\U0001d173\U000e0041\u200c\u200d\ufe0f")
def test_a_sign_that_nobody_sees_parts_no_name(sign: str) -> None:
    assert texts.match_key(f"La{sign}yan") == texts.match_key("Layan")
