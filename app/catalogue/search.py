"""Finding a service by words, whatever their spelling in the three scripts."""

from collections.abc import Iterable, Sequence

from app.catalogue.definition.elements import Definition
from app.core import text

TITLE, SUMMARY = 3, 1
SHORTEST = 3
"""Letters of a word that is looked for; shorter ones begin nearly everything."""
SAID_FOR = {"باسبور": "جواز", "باسبورت": "جواز", "باسبورط": "جواز"}
"""What people say for the word that papers use."""


def rank(services: Sequence[Definition], words: str) -> list[Definition]:
    """Return the services that fit a word, those that fit most first, titles weighing most."""
    wanted = _wanted(words)
    if not wanted:
        return list(services)
    scored = [(*score(service, wanted), n, service) for n, service in enumerate(services)]
    return [row[-1] for row in sorted(scored, key=_best_first) if row[0]]


def score(service: Definition, wanted: Sequence[str]) -> tuple[int, int]:
    """Return how many words a service fits and how well, (0, 0) when it fits none."""
    titles = _words(service.title.values())
    summaries = _words([*service.summary.values(), service.code.replace("_", " ")])
    points = [
        max(
            TITLE * _begins(form, titles) + SUMMARY * _begins(form, summaries)
            for form in text.forms_of(word)
        )
        for word in wanted
    ]
    return sum(map(bool, points)), sum(points)


def _wanted(words: str) -> list[str]:
    """Return the words to look for, without the little ones unless there are no others."""
    typed = [SAID_FOR.get(word, word) for word in text.match_key(words[:200]).split()]
    return [word for word in typed if len(word) >= SHORTEST] or typed


def _best_first(row: tuple[int, int, int, Definition]) -> tuple[int, int, int]:
    return -row[0], -row[1], row[2]


def _words(texts: Iterable[str]) -> set[str]:
    return {word for one in texts for word in text.match_key(one).split()}


def _begins(word: str, words: set[str]) -> bool:
    return any(one.startswith(word) for one in words)
