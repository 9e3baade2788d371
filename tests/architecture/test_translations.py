"""The catalogues: complete, current, and true to the placeholders and markup of the source."""

import re
from functools import cache
from gettext import c2py

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.direction import runs_against
from tests.servers import ROOT

LANGUAGES = ("ar", "ru")
FORMS = {"ar": 6, "ru": 3}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
APART = re.compile(r"%\(\w+\)[sd]|<[^>]+>")
"""What is no text yet: placeholders and tags."""
KEYWORDS = {
    "_": None,
    "gettext": None,
    "_l": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
Key = tuple[str | None, str]


@cache
def source() -> dict[Key, tuple[str, ...]]:
    """Return every message in code and templates: (context, singular) to its source forms."""
    with (ROOT / "translations" / "babel.cfg").open() as config:
        mapping, options = parse_mapping_cfg(config)  # type: ignore[no-untyped-call]
    found: dict[Key, tuple[str, ...]] = {}
    entries = extract_from_dir(
        ROOT, mapping, options, keywords=KEYWORDS, directory_filter=_is_searched
    )
    for _file, _line, message, _comments, context in entries:
        forms = message if isinstance(message, tuple) else (message,)
        found[context, forms[0]] = tuple(forms)
    return found


def _is_searched(folder: str) -> bool:
    return not re.search(r"/(\.[^/]+|__pycache__|tests|instance|node_modules)$", str(folder))


@cache
def catalogue(language: str) -> Catalog:
    """Return a committed catalogue."""
    path = ROOT / "translations" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def entries(language: str) -> dict[Key, Message]:
    """Return the messages of a catalogue by context and singular."""
    return {(m.context, _forms(m.id)[0]): m for m in catalogue(language) if m.id}


def _forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_missing_and_nothing_is_stale(language: str) -> None:
    wanted, there = set(source()), set(entries(language))

    assert wanted
    assert wanted - there == set(), "run: make translations"
    assert there - wanted == set(), "run: make translations"
    assert not catalogue(language).obsolete


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_translated_and_nothing_is_fuzzy(language: str) -> None:
    messages = entries(language)

    assert [m.id for m in messages.values() if m.fuzzy] == []
    assert [m.id for m in messages.values() if not all(_forms(m.string))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_have_all_forms(language: str) -> None:
    plurals = [m for m in entries(language).values() if not isinstance(m.id, str)]

    assert catalogue(language).num_plurals == FORMS[language]
    assert [m.id for m in plurals if len(_forms(m.string)) != FORMS[language]] == []


@pytest.mark.parametrize(
    ("language", "numbers"),
    [
        ("ar", {0: 0, 1: 1, 2: 2, 3: 3, 10: 3, 103: 3, 11: 4, 99: 4, 100: 5, 102: 5, 1000: 5}),
        ("ru", {1: 0, 21: 0, 2: 1, 4: 1, 22: 1, 0: 2, 5: 2, 11: 2, 12: 2, 14: 2, 111: 2}),
    ],
)
def test_a_number_takes_its_form(language: str, numbers: dict[int, int]) -> None:
    """Forms stand as CLDR orders them: zero, one, two, few, many, other; one, few, many."""
    form = c2py(catalogue(language).plural_expr)

    assert {number: form(number) for number in numbers} == numbers


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.proves("admin_config-004")
def test_placeholders_are_those_of_the_source(language: str) -> None:
    wrong = [m.id for m in entries(language).values() if not _keeps_placeholders(m)]

    assert wrong == []


def _keeps_placeholders(message: Message) -> bool:
    wanted = set(PLACEHOLDER.findall(" ".join(_forms(message.id))))
    for form in _forms(message.string):
        found = set(PLACEHOLDER.findall(form))
        # A form for one or two may say the number in words.
        missing = wanted - found if isinstance(message.id, str) else wanted - found - {"num"}
        if form and (found - wanted or missing):
            return False
    return True


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.proves("admin_config-004")
def test_no_translation_brings_markup_of_its_own(language: str) -> None:
    """Messages are trusted as HTML where templates print them; only variables are escaped."""
    wrong = [
        m.id
        for m in entries(language).values()
        if "".join(_forms(m.string)).count("<") and "<" not in "".join(_forms(m.id))
    ]

    assert wrong == []


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("ru", "ltr")])
def test_words_of_the_other_direction_are_isolated(language: str, direction: str) -> None:
    mixed = [
        text
        for message in entries(language).values()
        for text in _forms(message.string)
        if runs_against(APART.sub("", text), direction)
    ]

    assert mixed == []
