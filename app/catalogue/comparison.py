"""What differs between two definitions of a service, thing by thing, found by stable keys."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeGuard

from app.catalogue.definition import writer
from app.catalogue.definition.elements import Definition
from app.catalogue.itemized import Group, Json, Sort, Thing, things

__all__ = ["PLACE", "Change", "Difference", "Group", "Part", "Sort", "compare", "is_text"]

_LANGUAGE = re.compile(r"[a-z]{2,3}")


class Change(StrEnum):
    """What happened to a thing."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


_OWNERS = {Sort.CHOICE: Sort.FIELD, Sort.REASON: Sort.PAPER}
_OWNED = frozenset({"choices", "reasons"})
"""What is listed one by one, unless its owner itself came or went."""

PLACE = "place"
"""The aspect of a thing that moved: inside what it stands, and as which of its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One aspect of a thing, before and after; None where there was nothing.

    Of a text only the languages that differ are kept.
    """

    aspect: str
    before: Json
    after: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A thing that is new, gone, changed or elsewhere."""

    group: Group
    sort: Sort
    key: str
    change: Change
    label: Mapping[str, str]
    """Its name by language, empty for what the software names."""
    inside: Mapping[str, str]
    """The name of what it belongs to, such as the question of a choice; mostly empty."""
    parts: tuple[Part, ...]


def compare(before: Definition, after: Definition) -> tuple[Difference, ...]:
    """Return what differs, in the order of the groups and of the newer definition.

    A thing with the same key is never removed and added: it is changed, or moved when it stands
    elsewhere. What was removed comes last in its group.
    """
    old, new = _index(before), _index(after)
    moved = _moved(old, new)
    found = [_difference(old.get(at), thing, at in moved) for at, thing in new.items()]
    found += [_difference(thing, None, False) for at, thing in old.items() if at not in new]
    listed = [one for one in found if one is not None and not _goes_with_owner(one, old, new)]
    return tuple(sorted(listed, key=lambda one: list(Group).index(one.group)))


_At = tuple[Sort, str]
_Things = Mapping[_At, Thing]


def _index(definition: Definition) -> _Things:
    return {(thing.sort, thing.key): thing for thing in things(writer.dump(definition))}


def _difference(old: Thing | None, new: Thing | None, is_moved: bool) -> Difference | None:
    thing = new or old
    if thing is None:
        return None
    parts = list(_parts(old, new))
    if is_moved and old and new:
        parts.insert(0, Part(aspect=PLACE, before=_place(old), after=_place(new)))
    if old and new and not parts:
        return None
    return Difference(
        group=thing.group,
        sort=thing.sort,
        key=thing.key,
        change=_change(old, new, parts),
        label=thing.label,
        inside=thing.inside,
        parts=tuple(parts),
    )


def _change(old: Thing | None, new: Thing | None, parts: Sequence[Part]) -> Change:
    if old is None:
        return Change.ADDED
    if new is None:
        return Change.REMOVED
    return Change.MOVED if [part.aspect for part in parts] == [PLACE] else Change.CHANGED


def _parts(old: Thing | None, new: Thing | None) -> Iterator[Part]:
    before, after = old.aspects if old else {}, new.aspects if new else {}
    for aspect in dict.fromkeys([*before, *after]):
        if aspect in _OWNED and old and new:
            continue
        if before.get(aspect) != after.get(aspect):
            was, now = _only_changed(before.get(aspect), after.get(aspect))
            yield Part(aspect=aspect, before=was, after=now)


def _only_changed(before: Json, after: Json) -> tuple[Json, Json]:
    """Return two values; of two texts only the languages in which they differ."""
    if not (is_text(before) and is_text(after)):
        return before, after
    codes = [code for code in {**before, **after} if before.get(code) != after.get(code)]
    return (
        {code: before[code] for code in codes if code in before} or None,
        {code: after[code] for code in codes if code in after} or None,
    )


def is_text(value: Json) -> TypeGuard[Mapping[str, str]]:
    """Return whether a value is a map of languages."""
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(_LANGUAGE.fullmatch(key) and isinstance(said, str) for key, said in value.items())
    )


def _place(thing: Thing) -> Json:
    return {"inside": thing.inside, "position": thing.position}


def _goes_with_owner(one: Difference, old: _Things, new: _Things) -> bool:
    """Return whether a choice or reason came or went with the thing that it belongs to."""
    if one.sort not in _OWNERS:
        return False
    owner = (_OWNERS[one.sort], one.key.rpartition("/")[0])
    return owner not in old or owner not in new


def _moved(old: _Things, new: _Things) -> set[_At]:
    """Return what stands in another home, and what has to be lifted to put a home in order."""
    both = [at for at in new if at in old and new[at].position]
    moved = {at for at in both if old[at].home != new[at].home}
    homes: dict[tuple[Sort, str], list[_At]] = {}
    for at in both:
        if at not in moved:
            homes.setdefault((at[0], new[at].home), []).append(at)
    for stayed in homes.values():
        in_order = _longest_rising([old[at].position for at in stayed])
        moved |= {at for n, at in enumerate(stayed) if n not in in_order}
    return moved


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """Return the indices of a longest rising row of numbers."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for n, number in enumerate(numbers):
        at = bisect_left(tails, number)
        tails[at:] = [number] if at == len(tails) else [number, *tails[at + 1 :]]
        ends[at:] = [n] if at == len(ends) else [n, *ends[at + 1 :]]
        before.append(ends[at - 1] if at else -1)
    found, n = set(), ends[-1] if ends else -1
    while n >= 0:
        found.add(n)
        n = before[n]
    return found
