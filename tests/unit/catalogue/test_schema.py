"""The published JSON Schema says of a file what its reader says, as far as a schema can."""

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import pytest

from app.catalogue import example_files
from app.catalogue.definition import document as definition
from app.catalogue.definition import reader, schema, shapes
from app.catalogue.definition.elements import FieldKind
from tests.servers import ROOT
from tests.unit.catalogue.conftest import minimal_service, question, words

Document = dict[str, Any]
Way = tuple[str | int, ...]
EVERY = 9
FILES = sorted((example_files.FOLDER / "services").glob("*.json"))
VALUES: tuple[Any, ...] = (
    None,
    True,
    5,
    -1,
    10**13,
    "",
    "x",
    "A B",
    "<b>x</b>",
    "\u202e",
    "9" * 30_000,
    [],
    ["x", "x"],
    [{}] * 600,
    {},
    {"ar": "س"},
    {"Arabic": "س"},
    {"ar": 1},
)


@cache
def validator() -> Any:  # Any: jsonschema's classes are made at run time
    return jsonschema.Draft202012Validator(schema.make())


def rich_service() -> Document:
    """Return a service that uses everything a file may hold."""
    document = minimal_service()
    lost = {"field": "lost", "is": True}
    document["pages"][0]["fields"] += [
        question("reason", "choice", choices=[{"key": "a", "label": words("A")}]),
        question("number", pattern={"expression": "^[0-9]+$", "message": words("Digits")}),
        question("event", "date", required=None, require_when={"all": [{"not": lost}, lost]}),
        question("intro", "information", hint=words("Hint")),
        question("scan", "file", max=2),
        question("children", "group", fields=[question("name", "name_ar")], min=1, max=5),
    ]
    line = {"currency": "USD", "valid_from": "2026-01-01", "legal_basis": words("Law")}
    document["add_ons"] = [
        {
            "key": "late",
            "when": {
                "any": [{"field": "event", "older_than": 30}, {"field": "lost", "in": [True]}]
            },
            "label": words("Late"),
            "amount": 5,
            "valid_to": "2027-01-01",
            **line,
        }
    ]
    del line["currency"]
    waiver = {"key": "free", "label": words("Free"), "percent": 50, "by_officer": True, **line}
    document["waivers"] = [{**waiver, "when": {"field": "applicant.age", "below": 18}}]
    document["exclusions"] = [
        {"key": "out", "when": {"field": "old_number", "answered": True}, "reason": words("Why")}
    ]
    document["notices"] = [{"event": "ready", "text": words("Come")}]
    document["window"] = {"opens_on": "2026-01-01", "closes_on": "2026-02-01", "sector": "study"}
    document["papers"][0] |= {"min_side": 400, "bring": words("Three"), "freshness_days": 90}
    document["fees"][0]["target_days"] = 3
    document["path"][0]["decided_by"] = ["head"]
    document["path"][2]["by_proxy"] = True
    document |= {
        "issue_template": "decision_1",
        "issue_words": words("It is so"),
        "issue_download": True,
    }
    return document | {"fee_rule": "lower", "issues": words("Letter"), "note": words("Note")}


def is_read(document: object) -> bool:
    try:
        definition.parse(document)
    except definition.DefinitionError:
        return False
    return True


def test_the_committed_copy_is_what_is_published() -> None:
    committed = (ROOT / "docs" / "service.schema.json").read_bytes()

    assert committed == schema.write(), "write docs/service.schema.json anew: schema.write()"


def test_it_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.make())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_example_is_valid(path: Any) -> None:
    validator().validate(json.loads(path.read_text("utf-8")))


def test_a_service_that_uses_everything_is_valid() -> None:
    assert is_read(rich_service())
    validator().validate(rich_service())


def ways(value: object, way: Way = ()) -> Iterator[Way]:
    if way:
        yield way
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for step, inner in items:
        yield from ways(inner, (*way, step))


def holder(document: Document, way: Way) -> Any:
    node: Any = document
    for step in way[:-1]:
        node = node[step]
    return node


def kinds_of_places(document: Document) -> list[Way]:
    """Return one place of each kind: checking takes its time, and lists repeat themselves."""
    found = {tuple(step for step in way if isinstance(step, str)): way for way in ways(document)}
    return list(found.values())


def mutations(step: int) -> Iterator[tuple[str, Document]]:
    """Yield a service in which every so many places one was changed, removed or made strange."""
    whole = rich_service()
    for turn, way in enumerate(kinds_of_places(whole)[::step]):
        for n, value in list(enumerate(VALUES))[turn % EVERY :: EVERY]:
            changed = copy.deepcopy(whole)
            holder(changed, way)[way[-1]] = value
            yield f"{way} = value {n}", changed
        removed = copy.deepcopy(whole)
        del holder(removed, way)[way[-1]]
        yield f"{way} removed", removed
        strange = copy.deepcopy(whole)
        node = holder(strange, (*way, ""))
        if isinstance(node, dict):
            node["stranger"] = 1
            yield f"{way} with a stranger", strange


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.grid)])
def test_what_the_schema_refuses_the_reader_refuses(step: int) -> None:
    """So that nobody is told a file is wrong that would be taken."""
    tried = refused = 0
    disagreed = []
    for name, document in mutations(step):
        tried += 1
        if not validator().is_valid(document):
            refused += 1
            if is_read(document):
                disagreed.append(name)

    assert disagreed == []
    assert refused > tried // 2


def at(document: Document, way: Way, value: object) -> Document:
    holder(document, way)[way[-1]] = value
    return document


@pytest.mark.parametrize(
    ("way", "value"),
    [
        (("format",), 2),
        (("format",), True),
        (("code",), "pass"),
        (("category",), "taxes"),
        (("position",), -1),
        (("applicants",), []),
        (("applicants",), ["citizen", "citizen"]),
        (("sources",), 0),
        (("title", "ar"), "<script>"),
        (("title", "ar"), "x" * 301),
        (("title", "ar"), "a\u0007"),
        (("guidance",), {"Arabic": "س"}),
        (("path",), []),
        (("path", 0, "by_proxy"), True),
        (("path", 1, "decided_by"), ["head"]),
        (("path", 1, "kind"), "payment"),
        (("appointment",), None),
        (("pages",), [{"key": "p", "title": words("P"), "fields": []}]),
        (("pages", 0, "key"), "Big"),
        (("pages", 0, "fields", 0, "kind"), "colour"),
        (("pages", 0, "fields", 0, "choices"), [{"key": "a", "label": words("A")}]),
        (("pages", 0, "fields", 0, "fields"), None),
        (("pages", 0, "fields", 0, "label", "ar"), "x" * 5_000),
        (("pages", 0, "fields", 1, "pattern"), {"expression": "^x$", "message": words("x")}),
        (("pages", 0, "fields", 2, "choices"), []),
        (("pages", 0, "fields", 3, "pattern", "expression"), "[0-9]"),
        (("pages", 0, "fields", 3, "pattern", "expression"), "^[أ-ي]$"),
        (("pages", 0, "fields", 4, "required"), True),
        (("pages", 0, "fields", 7, "fields"), []),
        (("pages", 0, "fields", 7, "fields", 0, "kind"), "file"),
        (("pages", 1, "fields", 0, "show_when"), {"field": "lost"}),
        (("pages", 1, "fields", 0, "show_when"), {"field": "lost", "is": True, "in": [True]}),
        (("pages", 1, "fields", 0, "show_when"), {"all": []}),
        (("papers", 0, "reasons"), [{"code": c, "text": words(c)} for c in ("a", "b")]),
        (("papers", 0, "max_bytes"), 10),
        (("papers", 0, "formats"), ["docx"]),
        (("fees", 0, "currency"), "usd"),
        (("fees", 0, "amount"), 1.5),
        (("fees", 0, "valid_from"), "2026-W01-1"),
        (("fees", 0, "variant"), None),
        (("papers", 0, "min_side"), 0),
        (("waivers", 0, "percent"), 101),
        (("notices", 0, "event"), "lost"),
        (("window", "sector"), "war"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_a_schema_can_say_both_refuse(way: Way, value: object) -> None:
    document = at(rich_service(), way, value)

    assert not is_read(document)
    assert not validator().is_valid(document)


def nested(depth: int) -> Document:
    inner: Document = {"field": "lost", "is": True}
    for _level in range(depth - 1):
        inner = {"not": inner}
    return inner


@pytest.mark.parametrize(("depth", "is_taken"), [(6, True), (7, False)])
def test_both_know_how_deep_conditions_may_go(depth: int, is_taken: bool) -> None:
    document = at(rich_service(), ("exclusions", 0, "when"), nested(depth))

    assert is_read(document) is validator().is_valid(document) is is_taken


@pytest.mark.parametrize("kind", FieldKind)
def test_both_know_every_kind_of_field(kind: FieldKind) -> None:
    field = question("extra", kind.value)
    document = rich_service()
    document["pages"][1]["fields"].append(field)

    assert is_read(document) is validator().is_valid(document)


def test_both_know_the_same_unseen_signs() -> None:
    signs = [chr(code) for code in range(0x10000) if not 0xD800 <= code <= 0xDFFF]

    assert [s for s in signs if reader.HIDDEN.search(s)] == [
        s for s in signs if re.search(shapes.UNSEEN, s)
    ]
