"""Reads JSON objects strictly and notes every mistake with its place."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from app.catalogue.definition.problems import Problem, ProblemCode
from app.catalogue.definition.texts import LANGUAGE, Text

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
HTML = re.compile(r"<[a-zA-Z/!?]")
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

LINE = 300
PARAGRAPH = 4_000
GUIDANCE = 20_000
MOST_STRINGS = 50
LARGEST = 10**12


class Ambiguous(dict[str, object]):
    """A JSON object that names keys twice: programs would not agree on what it says."""

    def __init__(self, pairs: Sequence[tuple[str, object]]) -> None:
        """Keep the last of each key, and which were there before."""
        super().__init__(pairs)
        counts = Counter(key for key, _value in pairs)
        self.twice = tuple(key for key, count in counts.items() if count > 1)


class Reader:
    """One JSON object of the file. What cannot be read is noted and replaced."""

    def __init__(self, source: object, *, place: str, main_language: str, problems: list[Problem]):
        self.place = place
        self.main_language = main_language
        self.problems = problems
        self._unread: dict[str, object] = {}
        if isinstance(source, Mapping):
            self._unread = dict(source)
            self._note_ambiguity(source)
        else:
            self.note(ProblemCode.WRONG_TYPE, expected="object")

    def note(self, code: ProblemCode, key: str = "", **params: str | int) -> None:
        """Write down a mistake at this object or at one of its keys."""
        self.problems.append(Problem(place=self.at(key), code=code, params=params))

    def at(self, key: str) -> str:
        """Return the place of a key of this object; a stranger's key is made fit to be shown."""
        return ".".join(part for part in (self.place, HIDDEN.sub("\ufffd", key)) if part)

    def has(self, key: str) -> bool:
        """Return whether the key is given and not null."""
        return self._unread.get(key) is not None

    def lacks(self, key: str) -> bool:
        """Return whether the key is absent or null, and count it as known then."""
        if self.has(key):
            return False
        self._unread.pop(key, None)
        return True

    def take(self, key: str) -> object:
        """Return the raw value, None when absent, and count the key as known."""
        return self._unread.pop(key, None)

    def finish(self) -> None:
        """Note every key that nobody asked for."""
        for key in self._unread:
            self.note(ProblemCode.UNKNOWN_KEY, key[:60])

    def string(self, key: str, *, longest: int = LINE) -> str:
        """Return a required text without languages; an empty one is missing."""
        value = self.take(key)
        if value is None or value == "":
            self.note(ProblemCode.MISSING, key)
        elif not isinstance(value, str):
            self.note(ProblemCode.WRONG_TYPE, key, expected="string")
        elif len(value) > longest:
            self.note(ProblemCode.TOO_LONG, key, limit=longest)
        elif HIDDEN.search(value):
            self.note(ProblemCode.UNREADABLE_TEXT, key)
        else:
            return value
        return ""

    def key(self, name: str = "key") -> str:
        """Return a required snake_case key."""
        value = self.string(name)
        if value and not KEY.fullmatch(value):
            self.note(ProblemCode.BAD_KEY, name)
        return value

    def matching(self, name: str, form: re.Pattern[str], code: ProblemCode) -> str:
        """Return a required text of a given form; `code` says what is wrong with another."""
        value = self.string(name)
        if value and not form.fullmatch(value):
            self.note(code, name)
        return value

    def optional_key(self, name: str) -> str | None:
        """Return a snake_case key or None."""
        return None if self.lacks(name) else self.key(name)

    def boolean(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self.take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.note(ProblemCode.WRONG_TYPE, key, expected="true or false")
            return default
        return value

    def integer(self, key: str, *, least: int = -LARGEST, most: int = LARGEST) -> int:
        """Return a required whole number within bounds."""
        value = self.take(key)
        if value is None:
            self.note(ProblemCode.MISSING, key)
        elif not isinstance(value, int) or isinstance(value, bool):
            self.note(ProblemCode.WRONG_TYPE, key, expected="whole number")
        elif not least <= value <= most:
            self.note(ProblemCode.OUT_OF_RANGE, key, least=least, most=most)
        else:
            return value
        return least

    def optional_integer(
        self, key: str, *, least: int = -LARGEST, most: int = LARGEST
    ) -> int | None:
        """Return a whole number within bounds, or None."""
        return None if self.lacks(key) else self.integer(key, least=least, most=most)

    def one_of(self, key: str, kinds: type[E]) -> E:
        """Return a member of a closed list."""
        value = self.string(key)
        if value in {kind.value for kind in kinds}:
            return kinds(value)
        if value:
            self.note(ProblemCode.NOT_ALLOWED, key, value=value[:60])
        return next(iter(kinds))

    def day(self, key: str) -> date:
        """Return a required day written as 2026-01-31."""
        value = self.string(key)
        if DAY.fullmatch(value):
            with suppress(ValueError):
                return date.fromisoformat(value)
        if value:
            self.note(ProblemCode.BAD_DATE, key)
        return date.min

    def optional_day(self, key: str) -> date | None:
        """Return a day or None."""
        return None if self.lacks(key) else self.day(key)

    def text(self, key: str, *, longest: int = LINE) -> Text:
        """Return a required text, which must have words in the main language."""
        if self.lacks(key):
            self.note(ProblemCode.MISSING, key)
            return MappingProxyType({})
        words = self._languages(key, longest=longest)
        self._note_missing(key, words)
        return words

    def optional_text(self, key: str, *, longest: int = PARAGRAPH) -> Text | None:
        """Return a text, or None when it is absent or has no words at all."""
        words = self.text_or_empty(key, longest=longest)
        return words or None

    def text_or_empty(self, key: str, *, longest: int) -> Text:
        """Return a text that may be empty, but not in the main language alone."""
        if self.lacks(key):
            return MappingProxyType({})
        words = self._languages(key, longest=longest)
        if words:
            self._note_missing(key, words)
        return words

    def items(
        self, key: str, read: Callable[["Reader"], T], *, most: int, least: int = 0
    ) -> tuple[T, ...]:
        """Return the list under the key, each object read by `read`."""
        value = self.take(key)
        if value is None:
            value = []
        if not isinstance(value, list):
            self.note(ProblemCode.WRONG_TYPE, key, expected="list")
            return ()
        if len(value) > most:
            self.note(ProblemCode.TOO_MANY, key, limit=most)
            return ()
        if len(value) < least:
            self.note(ProblemCode.TOO_FEW, key, limit=least)
        return tuple(self._item(one, f"{key}[{n}]", read) for n, one in enumerate(value))

    def strings(self, key: str, *, most: int = MOST_STRINGS) -> tuple[str, ...]:
        """Return a list of short texts without repetition."""
        value = self.take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.note(ProblemCode.WRONG_TYPE, key, expected="list of strings")
            return ()
        if len(value) > most or any(len(one) > LINE or HIDDEN.search(one) for one in value):
            self.note(ProblemCode.TOO_MANY, key, limit=most)
            return ()
        if len(set(value)) != len(value):
            self.note(ProblemCode.DUPLICATE, key)
        return tuple(value)

    def members(self, key: str, kinds: type[E]) -> tuple[E, ...]:
        """Return a list of members of a closed list, at least one."""
        if self.lacks(key) or (named := self.members_or_none(key, kinds)) == ():
            self.note(ProblemCode.TOO_FEW, key, limit=1)
            return ()
        return named

    def members_or_none(self, key: str, kinds: type[E]) -> tuple[E, ...]:
        """Return a list of members of a closed list, which may be empty."""
        known = {kind.value for kind in kinds}
        named = self.strings(key)
        for one in named:
            if one not in known:
                self.note(ProblemCode.NOT_ALLOWED, key, value=one[:60])
        return tuple(kinds(one) for one in named if one in known)

    def inner(self, source: object, key: str) -> "Reader":
        """Return a reader of an object inside this one."""
        return Reader(
            source, place=self.at(key), main_language=self.main_language, problems=self.problems
        )

    def _item(self, source: object, key: str, read: Callable[["Reader"], T]) -> T:
        reader = self.inner(source, key)
        item = read(reader)
        reader.finish()
        return item

    def _note_ambiguity(self, source: object, within: str = "") -> None:
        for key in source.twice if isinstance(source, Ambiguous) else ():
            name = ".".join(part for part in (within, key[:60]) if part)
            self.note(ProblemCode.DUPLICATE, name)

    def _note_missing(self, key: str, words: Text) -> None:
        """Note a text without words in the main language, unless those it has were refused.

        Without a main language that is one mistake, not one of every text.
        """
        main = self.main_language
        is_told = any(one.place == self.at(f"{key}.{main}") for one in self.problems)
        if main and main not in words and not is_told:
            self.note(ProblemCode.LANGUAGE_MISSING, key, language=main)

    def _languages(self, key: str, *, longest: int) -> Text:
        value = self.take(key)
        if not isinstance(value, Mapping):
            self.note(ProblemCode.WRONG_TYPE, key, expected="map of languages")
            return MappingProxyType({})
        self._note_ambiguity(value, key)
        words: dict[str, str] = {}
        for language, said in value.items():
            if not isinstance(language, str) or not LANGUAGE.fullmatch(language):
                self.note(ProblemCode.BAD_LANGUAGE, key)
            elif self._is_readable(said, f"{key}.{language}", longest=longest):
                words[language] = unicodedata.normalize("NFC", str(said)).strip()
        return MappingProxyType({language: said for language, said in words.items() if said})

    def _is_readable(self, said: object, key: str, *, longest: int) -> bool:
        if not isinstance(said, str):
            self.note(ProblemCode.WRONG_TYPE, key, expected="string")
        elif len(said) > longest:
            self.note(ProblemCode.TOO_LONG, key, limit=longest)
        elif HIDDEN.search(said):
            self.note(ProblemCode.UNREADABLE_TEXT, key)
        elif HTML.search(said):
            self.note(ProblemCode.HTML_IN_TEXT, key)
        else:
            return True
        return False
