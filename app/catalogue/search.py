"""Finding a service by words, whatever their spelling in the three scripts."""

from collections.abc import Iterable, Sequence

from app.catalogue.definition.elements import Definition
from app.core import text

TITLE, SUMMARY = 3, 1


def rank(services: Sequence[Definition], words: str) -> list[Definition]:
    """Return the services in which every word begins some word, titles weighing most."""
    wanted = text.match_key(words[:200]).split()
    if not wanted:
        return list(services)
    scored = [(score(service, wanted), n, service) for n, service in enumerate(services)]
    return [service for points, _n, service in sorted(scored, key=_best_first) if points]


def score(service: Definition, wanted: Sequence[str]) -> int:
    """Return how well a service fits, 0 when any word is nowhere in it."""
    titles = _words(service.title.values())
    summaries = _words([*service.summary.values(), service.code.replace("_", " ")])
    total = 0
    for word in wanted:
        points = TITLE * _begins(word, titles) + SUMMARY * _begins(word, summaries)
        if not points:
            return 0
        total += points
    return total


def _best_first(row: tuple[int, int, Definition]) -> tuple[int, int]:
    return -row[0], row[1]


def _words(texts: Iterable[str]) -> set[str]:
    return {word for one in texts for word in text.match_key(one).split()}


def _begins(word: str, words: set[str]) -> bool:
    return any(one.startswith(word) for one in words)
