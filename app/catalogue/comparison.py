"""What differs between two definitions of a service, thing by thing, found by stable keys."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeGuard

from app.catalogue.definition import writer
from app.catalogue.definition.charges import FeeRule
from app.catalogue.definition.elements import Definition

Json = object
"""A value of the canonical document: see definition.writer."""

_LANGUAGE = re.compile(r"[a-z]{2,3}")


class Group(StrEnum):
    """The headings under which differences are read."""

    FIELDS = "fields"
    PAPERS = "papers"
    FEES = "fees"
    TEXTS = "texts"
    PATH = "path"
    OTHER = "other"


class Sort(StrEnum):
    """What kind of thing differs."""

    PAGE = "page"
    FIELD = "field"
    CHOICE = "choice"
    PAPER = "paper"
    REASON = "reason"
    FEE = "fee"
    ADD_ON = "add_on"
    WAIVER = "waiver"
    STEP = "step"
    EXCLUSION = "exclusion"
    NOTICE = "notice"
    SETTING = "setting"
    """A value of the service itself, or one of its own texts."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Thing:
    group: Group
    sort: Sort
    key: str
    label: Mapping[str, str] = field(default_factory=dict)
    home: str = ""
    """The key of what it stands in; things of one home and sort have an order."""
    inside: Mapping[str, str] = field(default_factory=dict)
    position: int = 0
    """From 1 where the order says something."""
    aspects: Mapping[str, Json] = field(default_factory=dict)


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
_Things = Mapping[_At, _Thing]


def _index(definition: Definition) -> _Things:
    return {(thing.sort, thing.key): thing for thing in _things(writer.dump(definition))}


def _difference(old: _Thing | None, new: _Thing | None, is_moved: bool) -> Difference | None:
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


def _change(old: _Thing | None, new: _Thing | None, parts: Sequence[Part]) -> Change:
    if old is None:
        return Change.ADDED
    if new is None:
        return Change.REMOVED
    return Change.MOVED if [part.aspect for part in parts] == [PLACE] else Change.CHANGED


def _parts(old: _Thing | None, new: _Thing | None) -> Iterator[Part]:
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


def _place(thing: _Thing) -> Json:
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


# What the canonical document consists of.

_LISTS: Mapping[str, tuple[Group, Sort]] = {
    "fees": (Group.FEES, Sort.FEE),
    "add_ons": (Group.FEES, Sort.ADD_ON),
    "waivers": (Group.FEES, Sort.WAIVER),
    "exclusions": (Group.OTHER, Sort.EXCLUSION),
}
_APART = frozenset({"format", "code", "pages", "papers", "path", "notices", *_LISTS})
_HOMES: Mapping[str, Group] = {
    **dict.fromkeys(("title", "summary", "guidance", "note", "issues"), Group.TEXTS),
    **dict.fromkeys(("target_days", "appointment"), Group.PATH),
    "fee_rule": Group.FEES,
}
"""Where the values of the service itself are listed; elsewhere otherwise."""

Document = Mapping[str, Json]


def _things(document: Document) -> Iterator[_Thing]:
    for place, page in enumerate(_each(document.get("pages")), start=1):
        yield from _page(page, place)
    for place, paper in enumerate(_each(document.get("papers")), start=1):
        yield from _paper(paper, place)
    for name, (group, sort) in _LISTS.items():
        for place, line in enumerate(_each(document.get(name)), start=1):
            yield _listed(line, group, sort, place)
    yield from _path(_each(document.get("path")))
    for notice in _each(document.get("notices")):
        event = str(notice["event"])
        yield _Thing(group=Group.TEXTS, sort=Sort.NOTICE, key=event, aspects=_but(notice, "event"))
    yield from _settings(document)


def _page(page: Document, place: int) -> Iterator[_Thing]:
    key, title = str(page["key"]), _named(page["title"])
    yield _Thing(
        group=Group.FIELDS,
        sort=Sort.PAGE,
        key=key,
        label=title,
        position=place,
        aspects=_but(page, "key", "fields"),
    )
    for number, one in enumerate(_each(page.get("fields")), start=1):
        yield from _field(one, "", home=key, inside=title, place=number)


def _field(
    one: Document, prefix: str, *, home: str, inside: Mapping[str, str], place: int
) -> Iterator[_Thing]:
    key, label = prefix + str(one["key"]), _named(one["label"])
    yield _Thing(
        group=Group.FIELDS,
        sort=Sort.FIELD,
        key=key,
        label=label,
        home=home,
        inside=inside,
        position=place,
        aspects={**_but(one, "key", "fields"), **_names(one, "choices", "label")},
    )
    for number, choice in enumerate(_each(one.get("choices")), start=1):
        yield _belonging(choice, Group.FIELDS, Sort.CHOICE, key, label, number)
    for number, inner in enumerate(_each(one.get("fields")), start=1):
        yield from _field(inner, f"{key}.", home=f"{key}.", inside=label, place=number)


def _paper(paper: Document, place: int) -> Iterator[_Thing]:
    key, title = str(paper["key"]), _named(paper["title"])
    yield _Thing(
        group=Group.PAPERS,
        sort=Sort.PAPER,
        key=key,
        label=title,
        position=place,
        aspects={**_but(paper, "key"), **_names(paper, "reasons", "text")},
    )
    for number, reason in enumerate(_each(paper.get("reasons")), start=1):
        yield _belonging(reason, Group.PAPERS, Sort.REASON, key, title, number)


def _belonging(
    one: Document, group: Group, sort: Sort, owner: str, inside: Mapping[str, str], place: int
) -> _Thing:
    """Return a choice of a question, or a reason of a paper."""
    name = str(one.get("key") or one.get("code"))
    said = one.get("label") or one.get("text")
    return _Thing(
        group=group,
        sort=sort,
        key=f"{owner}/{name}",
        label=_named(said),
        home=owner,
        inside=inside,
        position=place,
        aspects={"text": said},
    )


def _listed(line: Document, group: Group, sort: Sort, place: int) -> _Thing:
    aspects = _but(line, "key", "amount", "currency")
    if "amount" in line:
        amount = {"amount": line["amount"], "currency": line["currency"]}
        aspects = {"amount": amount, **aspects}
    label = _named(line.get("label") or line.get("reason"))
    return _Thing(
        group=group,
        sort=sort,
        key=str(line["key"]),
        label=label,
        position=place,
        aspects=aspects,
    )


def _path(steps: Iterable[Document]) -> Iterator[_Thing]:
    """Yield the steps; a kind that comes twice is told apart by its turn."""
    turns: dict[str, int] = {}
    for place, step in enumerate(steps, start=1):
        kind = str(step["kind"])
        turns[kind] = turns.get(kind, 0) + 1
        yield _Thing(
            group=Group.PATH,
            sort=Sort.STEP,
            key=kind if turns[kind] == 1 else f"{kind}.{turns[kind]}",
            position=place,
            aspects=_but(step, "kind"),
        )


def _settings(document: Document) -> Iterator[_Thing]:
    values = {"fee_rule": FeeRule.SUBMISSION.value, **document}
    for name, value in values.items():
        if name not in _APART and value != {}:
            yield _Thing(
                group=_HOMES.get(name, Group.OTHER),
                sort=Sort.SETTING,
                key=name,
                aspects={name: value},
            )


def _each(value: Json) -> list[Document]:
    return value if isinstance(value, list) else []


def _named(value: Json) -> Mapping[str, str]:
    return {str(code): str(said) for code, said in value.items()} if isinstance(value, dict) else {}


def _names(document: Document, name: str, called: str) -> dict[str, Json]:
    """Return the names of what a thing owns, as one aspect of it; nothing when it owns none."""
    names = [one[called] for one in _each(document.get(name))]
    return {name: names} if names else {}


def _but(document: Document, *names: str) -> dict[str, Json]:
    return {name: value for name, value in document.items() if name not in names}
