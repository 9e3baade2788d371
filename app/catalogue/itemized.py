"""A definition as a flat list of things with stable keys, so that two can be compared."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.catalogue.definition.charges import FeeRule

Json = object
"""A value of the canonical document: see definition.writer."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A page, field, paper, fee, step or setting, known by its sort and key."""

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


_LISTS: Mapping[str, tuple[Group, Sort]] = {
    "fees": (Group.FEES, Sort.FEE),
    "add_ons": (Group.FEES, Sort.ADD_ON),
    "waivers": (Group.FEES, Sort.WAIVER),
    "exclusions": (Group.OTHER, Sort.EXCLUSION),
}
_APART = frozenset({"format", "code", "pages", "papers", "path", "notices", *_LISTS})
_OWN_TEXTS = ("title", "summary", "guidance", "note", "issues", "issue_words")
_HOMES: Mapping[str, Group] = {
    **dict.fromkeys(_OWN_TEXTS, Group.TEXTS),
    **dict.fromkeys(("target_days", "appointment"), Group.PATH),
    "fee_rule": Group.FEES,
}
"""Where the values of the service itself are listed; elsewhere otherwise."""

_GROUPED = frozenset({"window", "appointment"})
"""The values of the service that have several parts."""

Document = Mapping[str, Json]


def things(document: Document) -> Iterator[Thing]:
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
        yield Thing(group=Group.TEXTS, sort=Sort.NOTICE, key=event, aspects=_but(notice, "event"))
    yield from _settings(document)


def _page(page: Document, place: int) -> Iterator[Thing]:
    key, title = str(page["key"]), _named(page["title"])
    yield Thing(
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
) -> Iterator[Thing]:
    key, label = prefix + str(one["key"]), _named(one["label"])
    yield Thing(
        group=Group.FIELDS,
        sort=Sort.FIELD,
        key=key,
        label=label,
        home=home,
        inside=inside,
        position=place,
        aspects={
            **_but(one, "key", "fields", "pattern"),
            **_pattern(one.get("pattern")),
            **_names(one, "choices", "label"),
        },
    )
    for number, choice in enumerate(_each(one.get("choices")), start=1):
        yield _belonging(choice, Group.FIELDS, Sort.CHOICE, key, label, number)
    for number, inner in enumerate(_each(one.get("fields")), start=1):
        yield from _field(inner, f"{key}.", home=f"{key}.", inside=label, place=number)


def _pattern(pattern: Json) -> dict[str, Json]:
    if not isinstance(pattern, dict):
        return {}
    return {"pattern": pattern["expression"], "pattern_message": pattern["message"]}


def _paper(paper: Document, place: int) -> Iterator[Thing]:
    key, title = str(paper["key"]), _named(paper["title"])
    yield Thing(
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
) -> Thing:
    """Return a choice of a question, or a reason of a paper."""
    name = str(one.get("key") or one.get("code"))
    said = one.get("label") or one.get("text")
    return Thing(
        group=group,
        sort=sort,
        key=f"{owner}/{name}",
        label=_named(said),
        home=owner,
        inside=inside,
        position=place,
        aspects={"text": said},
    )


def _listed(line: Document, group: Group, sort: Sort, place: int) -> Thing:
    aspects = _but(line, "key", "amount", "currency")
    if "amount" in line:
        amount = {"amount": line["amount"], "currency": line["currency"]}
        aspects = {"amount": amount, **aspects}
    label = _named(line.get("label") or line.get("reason"))
    return Thing(
        group=group,
        sort=sort,
        key=str(line["key"]),
        label=label,
        position=place,
        aspects=aspects,
    )


def _path(steps: Iterable[Document]) -> Iterator[Thing]:
    """Yield the steps; a kind that comes twice is told apart by its turn."""
    turns: dict[str, int] = {}
    for place, step in enumerate(steps, start=1):
        kind = str(step["kind"])
        turns[kind] = turns.get(kind, 0) + 1
        yield Thing(
            group=Group.PATH,
            sort=Sort.STEP,
            key=kind if turns[kind] == 1 else f"{kind}.{turns[kind]}",
            position=place,
            aspects=_but(step, "kind"),
        )


def _settings(document: Document) -> Iterator[Thing]:
    values = {"fee_rule": FeeRule.SUBMISSION.value, **document}
    for name, value in values.items():
        if name not in _APART and value != {}:
            yield Thing(
                group=_HOMES.get(name, Group.OTHER),
                sort=Sort.SETTING,
                key=name,
                aspects=value if name in _GROUPED and isinstance(value, dict) else {name: value},
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
