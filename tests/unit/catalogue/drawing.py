"""Draws whole service definitions: every kind of field, condition, paper, charge and step."""

import re
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from app.catalogue.definition import document as definition
from app.catalogue.definition.elements import (
    WITHOUT_ANSWER,
    ApplicantCategory,
    Category,
    Decider,
    Definition,
    FieldKind,
    NoticeEvent,
    PaperFormat,
    Sector,
)
from app.catalogue.definition.problems import ProblemCode

Document = dict[str, Any]  # JSON of any shape

APPLICANTS = ["citizen", "foreigner"]
OF_APPLICANTS: list[Document] = [
    {"field": "applicant.age", "below": 18},
    {"field": "applicant.age", "at_least": 60},
    {"field": "applicant.category", "is": "citizen"},
    {"field": "applicant.category", "in": APPLICANTS},
]

# Whole lines as people write them: quotation marks, signs of HTML, digits of three scripts.
letters = st.sampled_from(["س", "جواز سفر", "Паспорт № 1", "Passport, 'old' & new", "x < y", "١٢"])
texts = st.fixed_dictionaries({"ar": letters}, optional={"ru": letters, "en": letters})
days = st.dates(date(2000, 1, 1), date(2040, 1, 1))
CHOOSING = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})
kinds = st.sampled_from([k for k in FieldKind if k is not FieldKind.GROUP])


def maybe(strategy: st.SearchStrategy[Any], name: str) -> st.SearchStrategy[Document]:
    """Draw a document with this name in it or without."""
    return st.one_of(st.just({}), strategy.map(lambda value: {name: value}))


@st.composite
def comparisons(draw: st.DrawFn, earlier: tuple[Document, ...]) -> Document:
    """Draw a comparison that can hold with an earlier field or with the applicant."""
    if not earlier or draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from(OF_APPLICANTS))
    field = draw(st.sampled_from(earlier))
    possible: list[Document] = [{"answered": True}]
    match FieldKind(field["kind"]):
        case FieldKind.CHOICE | FieldKind.CHOICES:
            possible += [{"is": "a"}, {"in": ["b", "c"]}]
        case FieldKind.YES_NO:
            possible += [{"is": True}, {"is": False}]
        case FieldKind.NUMBER:
            possible += [{"below": 5}, {"at_least": 5}, {"at_most": 4}, {"is": 3}]
        case FieldKind.DATE | FieldKind.YEAR_OR_DATE:
            possible += [{"older_than": 90}]
        case FieldKind.COUNTRY:
            possible += [{"is": "SY"}, {"in": ["RU", "KZ"]}]
    return {"field": field["key"], **draw(st.sampled_from(possible))}


def conditions(earlier: tuple[Document, ...]) -> st.SearchStrategy[Document]:
    """Draw a condition of up to three levels, which may contradict itself."""
    return st.recursive(
        comparisons(earlier),
        lambda inner: st.one_of(
            inner.map(lambda one: {"not": one}),
            st.lists(inner, min_size=1, max_size=3).map(lambda some: {"all": some}),
            st.lists(inner, min_size=1, max_size=3).map(lambda some: {"any": some}),
        ),
        max_leaves=3,
    ).filter(lambda one: _depth(one) <= 6)


def _depth(one: Document) -> int:
    inner = one.get("all") or one.get("any") or ([one["not"]] if "not" in one else [])
    return 1 + max(map(_depth, inner), default=0)


@st.composite
def fields(draw: st.DrawFn, key: str, earlier: tuple[Document, ...], *, inside: bool) -> Document:
    """Draw a question, behind a condition on earlier ones now and then."""
    kind = draw(kinds.filter(lambda one: not inside or one is not FieldKind.FILE))
    field: Document = {"key": key, "kind": kind.value, "label": draw(texts)}
    field |= draw(maybe(texts, "hint")) | draw(maybe(st.just(True), "warn"))
    if kind in CHOOSING:
        field["choices"] = [{"key": one, "label": draw(texts)} for one in ("a", "b", "c")]
    if kind is FieldKind.NUMBER:
        field |= draw(st.sampled_from([{}, {"min": 0}, {"max": 9}, {"min": 1, "max": 4}]))
    if kind is FieldKind.SHORT_TEXT:
        pattern = {"expression": "^.{0,99}$", "message": draw(texts)}
        field |= draw(maybe(st.just(pattern), "pattern"))
        facts = st.sampled_from(["passport_number", "national_number"])
        field |= {} if inside else draw(maybe(facts, "from_person"))
    if draw(st.booleans()):
        field["show_when"] = draw(conditions(earlier))
    if draw(st.integers(0, 3)) == 0:
        field["require_when"] = draw(conditions(earlier))
    else:
        field["required"] = draw(st.booleans())
    return field


@st.composite
def pages(draw: st.DrawFn) -> list[Document]:
    """Draw pages whose conditions look back only; the last has a group."""
    made: list[Document] = []
    earlier: tuple[Document, ...] = ()
    for p in range(draw(st.integers(1, 3))):
        made.append({"key": f"p{p}", "title": draw(texts), "fields": []})
        for f in range(draw(st.integers(1, 3))):
            field = draw(fields(f"f{p}_{f}", earlier, inside=False))
            made[-1]["fields"].append(field)
            if FieldKind(field["kind"]) not in WITHOUT_ANSWER:
                earlier = (*earlier, field)
    first = draw(fields("inner0", earlier, inside=True))
    known = earlier if FieldKind(first["kind"]) in WITHOUT_ANSWER else (*earlier, first)
    inner = [first, draw(fields("inner1", known, inside=True))]
    group = {"key": "group", "kind": "group", "label": draw(texts), "fields": inner}
    group |= draw(st.sampled_from([{}, {"min": 1}, {"max": 3}, {"min": 1, "max": 3}]))
    made.append({"key": "last", "title": draw(texts), "fields": [group]})
    return made


def answered(made: list[Document]) -> tuple[Document, ...]:
    """Return the fields on whose answers what is judged at the end may rest."""
    every = [field for page in made for field in page["fields"]]
    return tuple(one for one in every if FieldKind(one["kind"]) not in WITHOUT_ANSWER)


@st.composite
def papers(draw: st.DrawFn, key: str, earlier: tuple[Document, ...]) -> Document:
    """Draw a paper."""
    return {
        "key": key,
        "title": draw(texts),
        "required": draw(st.booleans()),
        "formats": draw(st.lists(st.sampled_from(PaperFormat), min_size=1, unique=True)),
        "max_bytes": draw(st.integers(1024, 10**7)),
        "max_pages": draw(st.integers(1, 9)),
        "original": draw(st.booleans()),
        "reasons": [{"code": code, "text": draw(texts)} for code in ("unreadable", "old")],
        **draw(maybe(conditions(earlier), "bring_when")),
        **draw(maybe(st.integers(1, 365), "freshness_days")),
        **draw(maybe(st.integers(1, 2000), "min_side")),
        **draw(maybe(st.just(True), "shared")),
        **draw(maybe(texts, "bring")),
        **draw(maybe(texts, "help")),
    }


@st.composite
def dated(draw: st.DrawFn, key: str) -> Document:
    """Draw what all lines of a bill have."""
    first = draw(days)
    last = draw(st.integers(0, 900).map(lambda more: (first + timedelta(more)).isoformat()))
    line = {"key": key, "label": draw(texts), "legal_basis": draw(texts)}
    return line | {"valid_from": first.isoformat()} | draw(maybe(st.just(last), "valid_to"))


@st.composite
def charges(draw: st.DrawFn, earlier: tuple[Document, ...]) -> Document:
    """Draw fees that never overlap (each of another variant), supplements and waivers."""
    amount = st.integers(0, 10**9)
    return {
        "fees": [
            draw(dated(f"fee{n}"))
            | {"variant": f"v{n}", "amount": draw(amount), "currency": "USD"}
            | {"category": draw(st.sampled_from(["any", *APPLICANTS]))}
            | draw(maybe(st.integers(0, 30), "target_days"))
            for n in range(draw(st.integers(0, 3)))
        ],
        "add_ons": [
            draw(dated(f"more{n}"))
            | {"amount": draw(amount), "currency": "RUB", "when": draw(conditions(earlier))}
            for n in range(draw(st.integers(0, 2)))
        ],
        "waivers": [
            draw(dated(f"less{n}"))
            | {"percent": draw(st.integers(1, 100)), "by_officer": True}
            | draw(maybe(conditions(earlier), "when"))
            for n in range(draw(st.integers(0, 2)))
        ],
        "fee_rule": draw(st.sampled_from(["submission", "payment", "lower"])),
    }


@st.composite
def issued(draw: st.DrawFn) -> Document:
    """Draw a document that the service issues."""
    made: Document = {"issues": draw(texts), "issue_template": "decision_1"}
    return made | draw(maybe(texts, "issue_words")) | draw(maybe(st.just(True), "issue_download"))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw the document of a service, in which a condition may still contradict another."""
    made = draw(pages())
    earlier = answered(made)
    path: list[Document] = [{"kind": "review"}, {"kind": "hand_over", "by_proxy": True}]
    deciders = st.lists(st.sampled_from(Decider), max_size=2, unique=True)
    path[0] |= draw(maybe(deciders, "decided_by"))
    visit: Document = {}
    if draw(st.booleans()):
        path.insert(1, {"kind": "appointment", "title": draw(texts)})
        visit = {"appointment": {"pool": "passports", "units": draw(st.integers(1, 4))}}
    text = st.sampled_from(["ready {reference}", "in {days} days", "{reference}, {days}", "100 %"])
    window = {"opens_on": "2026-12-01", "closes_on": "2027-01-31", "sector": Sector.STUDY}
    return {
        "format": 1,
        "code": draw(st.from_regex(r"[A-Z][A-Z0-9_]{2,10}", fullmatch=True)),
        "category": draw(st.sampled_from(Category)),
        "position": draw(st.integers(0, 100)),
        "main_language": "ar",
        "title": draw(texts),
        "summary": draw(texts),
        "guidance": draw(st.one_of(st.just({}), texts)),
        "applicants": [ApplicantCategory(one).value for one in APPLICANTS],
        "pages": made,
        "papers": [draw(papers(f"paper{n}", earlier)) for n in range(draw(st.integers(0, 2)))],
        **draw(charges(earlier)),
        "exclusions": [
            {"key": f"out{n}", "when": draw(conditions(earlier)), "reason": draw(texts)}
            for n in range(draw(st.integers(0, 1)))
        ],
        "notices": [
            {"event": event, "text": {"ar": draw(text)}}
            for event in draw(st.sets(st.sampled_from(NoticeEvent), max_size=2))
        ],
        "path": path,
        **visit,
        **draw(maybe(st.just(window), "window")),
        **draw(st.one_of(maybe(texts, "issues"), issued())),
        "target_days": draw(st.integers(0, 90)),
        "retention_months": draw(st.integers(1, 90)),
        "retention_days": draw(st.integers(1, 900)),
    }


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """Draw a definition that the reader takes: a condition that it calls impossible is left out."""
    document = draw(documents())
    while never := impossible(document):
        for place in never:
            leave_out(document, place)
    return definition.parse(document)


def impossible(document: Document) -> list[str]:
    """Return the places of conditions that can never hold; nothing else may be wrong."""
    try:
        definition.parse(document)
    except definition.DefinitionError as refusal:
        assert {one.code for one in refusal.problems} == {ProblemCode.CONDITION_NEVER}, refusal
        return [one.place for one in refusal.problems]
    return []


def leave_out(document: Document, place: str) -> None:
    """Take the value at a place, such as pages[0].fields[1].show_when, out of a document."""
    *way, last = re.findall(r"[a-z_]+|[0-9]+", place)
    node: Any = document
    for step in way:
        node = node[int(step) if step.isdigit() else step]
    del node[last]
