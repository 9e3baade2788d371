"""Chooses the language in which a text of an admin is shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.catalogue.elements import Text

FALLBACK = ("ar", "ru", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Words and the language they are in, which the page marks with lang and dir."""

    language: str
    words: str


def pick(text: Text | None, language: str, *, fallback: Sequence[str] = FALLBACK) -> Wording:
    """Return the words in the reader's language, else in the first that has some."""
    for one in (language, *fallback, *sorted(text or {})):
        if text and text.get(one):
            return Wording(language=one, words=text[one])
    return Wording(language=language, words="")
