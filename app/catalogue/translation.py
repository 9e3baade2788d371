"""The texts of a draft in their languages: what is missing, and what its source has outrun.

A record says of each place and language which words of the main language were translated, as a
short hash. It stands beside the draft, because a definition is what citizens read and no more.
"""

import copy
import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from app.catalogue.definition.texts import PlacedText, placed_texts

# Any throughout: a draft is a JSON document (catalogue.definition says what is in it).
Draft: TypeAlias = dict[str, Any]
Record: TypeAlias = Mapping[str, Mapping[str, str]]
"""Place to language to the hash of the source that was translated."""
Spot: TypeAlias = tuple[str, str]
"""A place and a language."""

SERVICE = "service"
_SEVERAL = ("pages", "papers")
"""Of these each is a part of its own: they hold most of the texts."""


class TextState(StrEnum):
    """How a text stands in one language."""

    SOURCE = "source"
    CURRENT = "ok"
    STALE = "stale"
    MISSING = "missing"


WORK = frozenset({TextState.STALE, TextState.MISSING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A text that has to be written, or looked at again, in a language."""

    text: PlacedText
    language: str
    state: TextState


def part_of(text: PlacedText) -> str:
    """Return the part of the editor to which a text belongs, such as "pages.stay"."""
    first, _dot, rest = text.place.partition(".")
    if not rest:
        return SERVICE
    return f"{first}.{rest.partition('.')[0]}" if first in _SEVERAL else first


def state_of(text: PlacedText, language: str, main: str, record: Record) -> TextState:
    """Return how a text stands in a language.

    A translation without a record is taken as current: it came with its source.
    """
    if language == main:
        return TextState.SOURCE
    if not text.text.get(language):
        return TextState.MISSING
    known = record.get(text.place, {}).get(language)
    is_current = known is None or known == fingerprint(text.text.get(main, ""))
    return TextState.CURRENT if is_current else TextState.STALE


def work(draft: Draft, record: Record, languages: Iterable[str]) -> list[Work]:
    """Return what is missing or stale in these languages, in the order of the service."""
    wanted = list(languages)
    return [
        Work(text=text, language=language, state=state)
        for text in placed_texts(draft)
        for language in wanted
        if (state := state_of(text, language, draft["main_language"], record)) in WORK
    ]


def languages_of(main: str, required: Iterable[str]) -> list[str]:
    """Return the languages to be shown side by side: the source, the required ones, English."""
    return list(dict.fromkeys((main, *required, "en")))


def with_texts(draft: Draft, typed: Mapping[Spot, str]) -> Draft:
    """Return a copy of the draft with these words at their places; empty words are removed."""
    changed = copy.deepcopy(draft)
    for text in list(placed_texts(draft)):
        words = dict(text.text)
        for language in {language for place, language in typed if place == text.place}:
            words[language] = typed[text.place, language]
        _put(changed, text, {language: said for language, said in words.items() if said})
    return changed


def updated(
    record: Record, *, before: Draft | None, after: Draft, confirmed: Collection[Spot] = ()
) -> dict[str, dict[str, str]]:
    """Return the record for a draft that is about to be saved.

    A translation is taken as made from the present source when it is new, when its words were
    changed, or when somebody `confirmed` that it is still right. One that has no record was
    made from the source that stood beside it before.
    """
    old = {text.place: text for text in placed_texts(before or {})}
    had, main = (before or after)["main_language"], after["main_language"]
    updated_record: dict[str, dict[str, str]] = {}
    for text in placed_texts(after):
        present = fingerprint(text.text.get(main, ""))
        for language in set(text.text) - {main}:
            spot, then = (text.place, language), old.get(text.place)
            is_made_now = spot in confirmed or then is None or _differs(then, text, language)
            made_from = None if is_made_now else _source_of(then, language, had, main, record)
            updated_record.setdefault(text.place, {})[language] = made_from or present
    return updated_record


def fingerprint(words: str) -> str:
    """Return a short hash of words, to see whether they have changed."""
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def _differs(then: PlacedText, now: PlacedText, language: str) -> bool:
    return then.text.get(language) != now.text.get(language)


def _source_of(
    then: PlacedText | None, language: str, had: str, main: str, record: Record
) -> str | None:
    """Return the hash of what an unchanged translation was made from; None: of its new source."""
    if then is None:
        return None
    known = record.get(then.place, {}).get(language)
    if had == main:
        return known or fingerprint(then.text.get(main, ""))
    # Another language has become the main one: what was right beside it is right still.
    return known if state_of(then, language, had, record) is TextState.STALE else None


def _put(draft: Draft, text: PlacedText, words: dict[str, str]) -> None:
    *way, last = text.way
    node: Any = draft
    for step in way:
        node = node[step]
    node[last] = words


def count(found: Iterable[Work]) -> dict[str, dict[TextState, int]]:
    """Return how many texts are missing and how many stale, by language."""
    counted: dict[str, dict[TextState, int]] = {}
    for one in found:
        states = counted.setdefault(one.language, dict.fromkeys(sorted(WORK), 0))
        states[one.state] += 1
    return counted


def by_part(texts: Iterable[PlacedText]) -> dict[str, list[PlacedText]]:
    """Return the texts of each part, the parts in the order of the service."""
    parts: dict[str, list[PlacedText]] = {}
    for text in texts:
        parts.setdefault(part_of(text), []).append(text)
    return parts


def names_on_the_way(draft: Draft, text: PlacedText) -> Iterator[Mapping[str, Any]]:
    """Yield the objects that hold a text and have a name of their own, the outer ones first."""
    node: Any = draft
    for step in text.way[:-1]:
        node = node[step]
        if isinstance(step, int):
            yield node
