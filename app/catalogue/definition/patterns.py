"""Patterns that admins may write: anchored, ASCII, and never slow to match."""

import re
from functools import lru_cache

# Backtracking costs at most the product of the choices that quantifiers leave.
_MOST_CHOICES = 20_000
LONGEST = 200
_UNBOUNDED_COUNTS_AS = 200

_TOKEN = re.compile(
    r"(?P<escape>\\[dws.\-+*?()\[\]{}|/^$\\])"
    r"|(?P<set>\[\^?(?:[^\[\]\\]|\\[dws.\-\[\]\\^])+\])"
    r"|(?P<open>\(\?:|\((?!\?))"
    r"|(?P<close>\)\??)"
    r"|(?P<or>\|)"
    r"|(?P<repeat>[*+?]|\{[0-9]{1,3}(?:,[0-9]{0,3})?\})"
    r"|(?P<literal>[^\\\[\](){}*+?|^$])"
)
_REPEATABLE = frozenset({"escape", "set", "literal"})


def is_safe(expression: str) -> bool:
    """Return whether the expression is anchored, ASCII, valid and cheap to match.

    Groups cannot be repeated and there are no look-arounds or references, so
    the cost of a match is bounded by the quantifiers' choices.
    """
    if not expression.isascii() or len(expression) > LONGEST:
        return False
    if not (expression.startswith("^") and expression.endswith("$")):
        return False
    choices = _count_choices(expression[1:-1])
    return choices is not None and choices <= _MOST_CHOICES and _compiles(expression)


def matches(expression: str, text: str) -> bool:
    """Return whether the whole text fits the expression; \\d means 0 to 9 only."""
    return _compiled(expression).fullmatch(text) is not None


@lru_cache(maxsize=512)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.ASCII)


def _compiles(expression: str) -> bool:
    try:
        _compiled(expression)
    except re.error:
        return False
    return True


def _count_choices(body: str) -> int | None:
    """Return the product of the choices of all quantifiers, None for a refused token."""
    choices, place, before = 1, 0, ""
    while place < len(body):
        token = _TOKEN.match(body, place)
        if token is None:
            return None
        kind = token.lastgroup or ""
        if kind == "repeat":
            if before not in _REPEATABLE:
                return None
            choices *= _choices_of(token.group())
        elif kind == "or" or token.group() == ")?":
            choices *= 2
        place, before = token.end(), kind
    return choices


def _choices_of(repeat: str) -> int:
    if repeat == "?":
        return 2
    if repeat in "*+":
        return _UNBOUNDED_COUNTS_AS
    least, comma, most = repeat[1:-1].partition(",")
    if not comma:
        return 1
    return max(1, (int(most) if most else _UNBOUNDED_COUNTS_AS) - int(least) + 1)
