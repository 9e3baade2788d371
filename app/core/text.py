"""Digits, clean text and search keys in the three scripts that the portal reads."""

import re
import string
import unicodedata
from collections.abc import Iterator
from enum import StrEnum

_FOREIGN_DIGITS = "٠١٢٣٤٥٦٧٨٩" + "۰۱۲۳۴۵۶۷۸۹" + "０１２３４５６７８９"
_DIGITS = str.maketrans(_FOREIGN_DIGITS, "0123456789" * 3)

# What nobody sees: format signs (Cf) but those that stand before Arabic numbers, the grapheme
# joiner, and what chooses between the forms of a sign.
# ZWJ and ZWNJ stay: Kurdish and Persian spelling needs them.
_UNSEEN_RANGES = (
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x180B, 0x180F), (0x200B, 0x200B)),
    *((0x200E, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064), (0x2066, 0x206F), (0xFE00, 0xFE0F)),
    *((0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3)),
    *((0x1D173, 0x1D17A), (0xE0001, 0xE0001), (0xE0020, 0xE007F), (0xE0100, 0xE01EF)),
)
_UNSEEN = dict.fromkeys(sign for first, last in _UNSEEN_RANGES for sign in range(first, last + 1))
_JOINERS = dict.fromkeys([0x200C, 0x200D])
_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lo", "Lm"})
# Signs of a keyboard pass, whatever they mean to a program: they are text like any other.
_PLAIN = string.digits + string.punctuation + " \u2010\u2011\u2013"
_BESIDE_LETTERS = frozenset(_PLAIN + "\u2018\u2019\u02bc\u02bb\u02bf\u02be")
_BESIDE_NUMBERS = frozenset(_PLAIN + "№")
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)])
_UNREADABLE = re.compile("[\0\ud800-\udfff]")
_LINE_END = re.compile("\r\n|[\r\u2028\u2029]")
_BLANKS = "\u2800\u3164\u115f\u1160\uffa0"

_ARABIC_FORMS = str.maketrans("ىیةکٱ", "ييهكا", "ءـ")
_ARTICLES = frozenset({"ال", "al", "el"})
_SERVANT = frozenset({"عبد", "abd"})
_SERVANT_OF = re.compile(r"^(?:(عبد)ال|(abd)(?:[aeu]l|ur))(.{2,})$")
_DOUBLED = re.compile(r"([a-z])\1+")

_ENDINGS = ("ي", "ه", "ها", "هم", "نا", "ك")
_SHORTEST_STEM = 3
_LONGEST_BEGINNING = 20
_MOST_WORDS = 20


class UnreadableText(ValueError):
    """Text holds what no reader typed: a NUL or half a character."""


class Script(StrEnum):
    """The scripts in which a name may be written."""

    ARABIC = "ARABIC"
    LATIN = "LATIN"
    CYRILLIC = "CYRILLIC"


def fold_digits(text: str) -> str:
    """Return the text with Arabic-Indic, Persian and full-width digits as 0 to 9."""
    return text.translate(_DIGITS)


def find_whole(typed: str, *, most_digits: int = 9) -> int | None:
    """Return a whole number that was typed in any digits, None for what is none.

    Only signs from 0 to 9 count, once folded: Python reads more, such as "1_0" or "²". A number
    with more digits is none, so that no database has to refuse it.
    """
    folded = fold_digits(typed).strip()
    digits = folded.removeprefix("-").removeprefix("\u2212")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > most_digits:
        return None
    return int(digits) if digits == folded else -int(digits)


def readable(text: str) -> str:
    """Return text without NUL and halves of characters, which no database could keep."""
    return _UNREADABLE.sub("", text)


def is_unreadable(text: str) -> bool:
    """Return whether there is a NUL or half a character in a text."""
    return _UNREADABLE.search(text) is not None


def clean_text(text: str) -> str:
    """Return what the reader meant: NFC, no unseen marks, no blanks at the ends.

    Lines are kept. Raises UnreadableText for a NUL or a lone surrogate, which
    one of the databases would refuse and the other store.
    """
    if is_unreadable(text):
        raise UnreadableText
    lines = _LINE_END.sub("\n", text)
    return _strip(unicodedata.normalize("NFC", without_unseen(lines)))


def without_unseen(text: str) -> str:
    """Return text without what nobody sees, marks and controls; blanks and line ends stay."""
    return text.translate(_UNSEEN).translate(_CONTROLS)


def clean_line(text: str) -> str:
    """Return clean text as one line with single spaces."""
    return " ".join(clean_text(text).split())


def is_written_in(text: str, script: Script) -> bool:
    """Return whether the text has letters, and all of them are of the script.

    Its marks, digits, blanks, and the signs of a keyboard may stand beside them.
    """
    rest = [sign for sign in fold_digits(text) if sign not in _BESIDE_LETTERS]
    has_letters = any(unicodedata.category(sign) in _LETTERS for sign in rest)
    return has_letters and all(_is_of(sign, script) for sign in rest)


def is_number(text: str) -> bool:
    """Return whether the text has only what stands in the number of a paper or of a seal.

    That is letters of our scripts, digits, blanks, the signs of a keyboard and "№".
    """
    rest = [sign for sign in fold_digits(text) if sign not in _BESIDE_NUMBERS]
    return all(any(_is_of(sign, script) for script in Script) for sign in rest)


def _is_of(sign: str, script: Script) -> bool:
    if ord(sign) in _JOINERS:
        return script is Script.ARABIC
    name, kind = unicodedata.name(sign, ""), unicodedata.category(sign)
    if kind == "Mn":
        return name.startswith((script, "COMBINING"))
    return kind in _LETTERS and name.startswith(script)


def match_key(name: str) -> str:
    """Return the form of a name under which its usual spellings meet.

    Arabic loses hamza, vowels, tatweel and the article; Latin loses case,
    EL and AL, and doubled letters; Russian reads ё as е. The key is for
    comparing only and is never shown.
    """
    return " ".join(_join_servants(_words(name)))


def forms_of(word: str) -> Iterator[str]:
    """Yield a word of a key, and an Arabic one also without a pronoun or ending behind it.

    So "my passport" (جوازي) finds the passport. At least three letters stay.
    """
    yield word
    yield from (
        word.removesuffix(ending)
        for ending in _ENDINGS
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM
    )


def words_and_beginnings(name: str, shortest: int = 3) -> set[str]:
    """Return every word of a name's key and its beginnings from `shortest` letters.

    A long name gives at most 20 words, and beginnings of at most 20 letters.
    """
    found: set[str] = set()
    for word in match_key(name).split()[:_MOST_WORDS]:
        for form in _with_and_without_article(word):
            found.add(form)
            found.update(form[:n] for n in range(shortest, min(len(form), _LONGEST_BEGINNING) + 1))
    return found


def _strip(text: str) -> str:
    before = None
    while before != text:
        before, text = text, text.strip().strip(_BLANKS)
    return text


def _words(name: str) -> list[str]:
    seen = clean_line(name).translate(_JOINERS)
    lower = unicodedata.normalize("NFKD", seen).casefold()
    # Decomposed, a hamza seat is its letter and a mark, and ё is е and a mark.
    parts = unicodedata.normalize("NFKD", lower)
    letters = "".join(sign for sign in parts if not unicodedata.combining(sign))
    folded = fold_digits(letters).translate(_ARABIC_FORMS).replace("'", "").replace("’", "")
    return ["".join(part) for part in _alphanumeric_runs(folded)]


def _alphanumeric_runs(text: str) -> Iterator[list[str]]:
    run: list[str] = []
    for sign in text + " ":
        if sign.isalnum():
            run.append(sign)
        elif run:
            yield run
            run = []


def _join_servants(words: list[str]) -> Iterator[str]:
    held = ""
    for word in words:
        if word in _ARTICLES:
            continue
        if word in _SERVANT and not held:
            held = word
            continue
        yield _fold_word(held + word)
        held = ""
    if held:
        yield held


def _fold_word(word: str) -> str:
    """Return one word without its article and with doubled Latin letters single."""
    servant = _SERVANT_OF.match(word)
    if servant:
        word = (servant[1] or servant[2]) + servant[3]
    elif word.startswith("ال") and len(word) > 3:
        word = word[2:]
    return _DOUBLED.sub(r"\1", word)


def _with_and_without_article(word: str) -> Iterator[str]:
    yield word
    # "Alkhatib" may be an article or, like Alexander, no article: keep both.
    if word.startswith(("al", "el")) and len(word) > 5:
        yield word[2:]
