"""What a page says to its reader, looked up in the catalogue that the page itself is made of."""

import re
from functools import cache

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tests.servers import ROOT

SOURCE = "en"
_PLACEHOLDER = re.compile(r"%\\\((\w+)\\\)[sd]|%\((\w+)\)[sd]")


@cache
def _catalogue(language: str) -> Catalog:
    path = ROOT / "translations" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as po:
        return read_po(po, locale=language)


def say(language: str, sentence: str, *, context: str | None = None, **values: object) -> str:
    """Return an English sentence of the source in a language, its places filled in."""
    text = sentence if language == SOURCE else _translated(language, sentence, context)
    return text % values if values else text


def pattern(language: str, sentence: str, *, context: str | None = None) -> re.Pattern[str]:
    """Return a pattern of a sentence in which anything may stand in the open places."""
    return re.compile(_PLACEHOLDER.sub(".+?", re.escape(say(language, sentence, context=context))))


def _translated(language: str, sentence: str, context: str | None) -> str:
    message = _catalogue(language).get(sentence, context)
    assert message is not None, f"no page says {sentence!r} (context {context})"
    text = message.string
    if isinstance(text, (list, tuple)):
        text = text[0]
    # A page shows the source where a translation is missing; another test complains about that.
    return text or sentence
