"""When two requests look like one made twice: points for what is the same, over hashed marks.

The points only decide whether an officer is shown the other request; nothing follows from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.accounts.rules import MarkKind as Kind

SHOWN_FROM = 50

_SAME: Mapping[Kind, int] = {
    Kind.NATIONAL: 60,
    Kind.PASSPORT: 50,
    Kind.MOTHER: 20,
    Kind.BIRTH: 20,
}
_NAMES = (Kind.NAME_AR, Kind.NAME_LATIN, Kind.NAME_RU)
_NAME = 30
"""Points for the same name, in however many scripts."""
_YEAR = 10
"""Points for the year of birth alone, where the days differ or one is not known."""
_DIFFERENT: Mapping[Kind, int] = {Kind.NATIONAL: 20, Kind.PASSPORT: 0, Kind.BIRTH: 10}
"""Points off where both have it and it differs: a slip of the pen, or somebody else. A passport
is renewed, so that another number says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How alike two persons are, and in what; `differs` is what both have and have otherwise."""

    points: int
    same: tuple[Kind, ...]
    differs: tuple[Kind, ...]

    @property
    def is_shown(self) -> bool:
        """Return whether an officer is shown it."""
        return self.points >= SHOWN_FROM


def likeness(one: Mapping[Kind, str], other: Mapping[Kind, str]) -> Likeness:
    """Return how alike two persons are by their marks, kind to hash."""
    both = [kind for kind in Kind if one.get(kind) and other.get(kind)]
    same = {kind for kind in both if one[kind] == other[kind]}
    differs = tuple(kind for kind in both if kind in _DIFFERENT and kind not in same)
    if Kind.BIRTH in same:
        same.discard(Kind.YEAR)
    return Likeness(
        points=_points(same) - sum(_DIFFERENT[kind] for kind in differs),
        same=tuple(kind for kind in Kind if kind in same),
        differs=differs,
    )


def _points(same: set[Kind]) -> int:
    points = sum(_SAME.get(kind, 0) for kind in same)
    points += _NAME if same.intersection(_NAMES) else 0
    return points + (_YEAR if Kind.YEAR in same else 0)
