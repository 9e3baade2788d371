"""Finding a service by words, whatever their spelling in the three scripts."""

from collections.abc import Iterable, Sequence

from app.catalogue.definition.elements import Definition
from app.core import text

TITLE, SUMMARY = 3, 1
SHORTEST = 3
"""Letters of a word that is looked for; shorter ones begin nearly everything."""
SAID_FOR = {
    **dict.fromkeys(("باسبور", "باسبورت", "باسبورط"), "جواز"),
    **dict.fromkeys(("وكيل", "توكيل", "موكل", "تفويض"), "وكاله"),
    **dict.fromkeys(("поверенныи", "доверитель"), "доверенност"),
    **dict.fromkeys(("agent", "proxy"), "atorney"),
}
"""What people say beside the word that papers use, both as `text.match_key` writes them."""
OF_APPOINTMENTS = ("موعد", "مواعيد", "حجز", "запис", "apointment", "booking")
"""How the keys of words begin by which people look for a seat, which is no service."""


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
            for one in (word, SAID_FOR.get(word, word))
            for form in text.forms_of(one)
        )
        for word in wanted
    ]
    return sum(map(bool, points)), sum(points)


def is_for_appointment(words: str) -> bool:
    """Return whether somebody looks for an appointment, which is booked within a request."""
    return any(word.startswith(OF_APPOINTMENTS) for word in _wanted(words))


def _wanted(words: str) -> list[str]:
    """Return the words to look for, without the little ones unless there are no others."""
    typed = text.match_key(words[:200]).split()
    return [word for word in typed if len(word) >= SHORTEST] or typed


def _best_first(row: tuple[int, int, int, Definition]) -> tuple[int, int, int]:
    return -row[0], -row[1], row[2]


def _words(texts: Iterable[str]) -> set[str]:
    return {word for one in texts for word in text.match_key(one).split()}


def _begins(word: str, words: set[str]) -> bool:
    return any(one.startswith(word) for one in words)
