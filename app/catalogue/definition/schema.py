"""The JSON Schema of service files, made from the very lists and limits of their reader.

It says what a file may hold where that can be said of each value by itself. What only shows
when the parts are read together (keys used twice, cycles, periods that overlap, a text without
the main language) is known to the reader alone.
"""

import json
from collections.abc import Iterable

from app.catalogue.definition import (
    charge_reader,
    conditions,
    consistency,
    document,
    keeping,
    patterns,
    shapes,
)
from app.catalogue.definition import form_reader as form
from app.catalogue.definition import reader as values
from app.catalogue.definition.charges import FeeRule
from app.catalogue.definition.elements import (
    FORMAT,
    TAKING,
    ApplicantCategory,
    Category,
    Decider,
    FieldKind,
    IssueTemplate,
    NoticeEvent,
    PaperFormat,
    PersonFact,
    Sector,
    StepKind,
)
from app.catalogue.definition.outcomes import Outcome
from app.catalogue.definition.shapes import Json
from app.catalogue.definition.texts import LANGUAGE

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAME = f"urn:jaliya:service:{FORMAT}"


def make() -> Json:
    """Return the schema of a service file."""
    return {
        "$schema": DIALECT,
        "$id": NAME,
        "title": "A consular service",
        "description": "One service of a mission: its form, papers, fees, path and texts.",
        **_service(),
        "$defs": _definitions(),
    }


def write() -> bytes:
    """Return the schema as the file that is published."""
    return json.dumps(make(), ensure_ascii=False, indent=1).encode() + b"\n"


def _service() -> Json:
    shape = shapes.an_object(
        required={
            "format": {"const": FORMAT},
            "code": shapes.matching(document.CODE),
            "category": shapes.among(Category),
            "position": shapes.whole(0, document.MOST_POSITION),
            "main_language": shapes.matching(LANGUAGE),
            "title": shapes.text(values.LINE),
            "summary": shapes.text(values.LINE),
            "applicants": shapes.members(ApplicantCategory, least=1),
            "path": shapes.many("step", document.MOST_STEPS, least=1),
            "target_days": shapes.whole(0, charge_reader.MOST_TARGET_DAYS),
        },
        optional={
            "enabled": {"type": "boolean"},
            "guidance": shapes.words(values.GUIDANCE),
            "personal_appearance": {"type": "boolean"},
            "example": {"type": "boolean"},
            "sources": shapes.strings(),
            "note": shapes.words(values.PARAGRAPH),
            "pages": shapes.many("page", form.MOST_PAGES),
            "papers": shapes.many("paper", document.MOST_PAPERS),
            "fees": shapes.many("fee", document.MOST_FEES),
            "appointment": shapes.ref("appointment"),
            **_keeping(),
            "exclusions": shapes.many("exclusion", document.MOST_EXCLUSIONS),
            "add_ons": shapes.many("add_on", document.MOST_FEES),
            "waivers": shapes.many("waiver", document.MOST_FEES),
            "fee_rule": shapes.among(FeeRule),
            "notices": shapes.many("notice", len(NoticeEvent)),
            "window": shapes.ref("window"),
            "issues": shapes.words(values.LINE),
            "issue_template": shapes.among(IssueTemplate),
            "issue_words": shapes.words(values.PARAGRAPH),
            "issue_download": {"type": "boolean"},
            "consent_when": shapes.ref("condition"),
        },
    )
    return shape | _between_parts()


def _keeping() -> Json:
    """Return for how long requests are kept after their end."""
    return {
        "retention_months": shapes.whole(1, keeping.MOST_MONTHS),
        "retention_days": shapes.whole(1, keeping.MOST_DAYS),
        "retention_outcomes": _by_outcome(keeping.MOST_MONTHS),
        "retention_outcome_days": _by_outcome(keeping.MOST_DAYS),
        "retention_least_months": shapes.whole(1, keeping.MOST_MONTHS),
    }


def _by_outcome(most: int) -> Json:
    """Return for how many months or days a request is kept that ended so."""
    number = shapes.whole(1, most)
    return shapes.an_object(required={}, optional={one.value: number for one in Outcome})


def _between_parts() -> Json:
    """Return what one part of a service says of another."""
    visit = {"properties": {"kind": {"const": StepKind.APPOINTMENT.value}}, "required": ["kind"]}
    with_visit = {"properties": {"path": {"type": "array", "contains": visit}}}
    return {
        "if": with_visit,
        "then": shapes.given("appointment"),
        "else": shapes.absent("appointment"),
        "allOf": [
            {
                "if": shapes.given("issue_template"),
                "then": shapes.given("issues"),
                "else": {"properties": {"issue_download": {"enum": [False, None]}}},
            }
        ],
    }


def _definitions() -> Json:
    return {
        "key": shapes.matching(values.KEY),
        "day": {"type": "string", "pattern": shapes.whole_of(values.DAY), "format": "date"},
        "page": shapes.an_object(
            required={
                "key": shapes.ref("key"),
                "title": shapes.text(values.LINE),
                "fields": shapes.many("field", form.MOST_FIELDS, least=1),
            },
            optional={"help": shapes.words(values.PARAGRAPH)},
        ),
        **_fields(),
        **_conditions(),
        **_papers(),
        **_charges(),
        **_path(),
    }


def _fields() -> Json:
    return {
        "field": _field(FieldKind, from_person={"enum": [fact.value for fact in PersonFact]}),
        "inner_field": _field(set(FieldKind) - {FieldKind.GROUP, FieldKind.FILE}),
        "choice": shapes.an_object(
            required={"key": shapes.ref("key"), "label": shapes.text(values.LINE)}
        ),
        "pattern": shapes.an_object(
            required={
                "expression": {
                    "type": "string",
                    "maxLength": patterns.LONGEST,
                    "pattern": r"^\^[\u0000-\u007f]*\$$",
                },
                "message": shapes.text(values.LINE),
            }
        ),
    }


def _field(kinds: Iterable[FieldKind], **further: Json) -> Json:
    known = [kind.value for kind in FieldKind if kind in set(kinds)]
    shape = shapes.an_object(
        required={
            "key": shapes.ref("key"),
            "kind": {"enum": known},
            "label": shapes.text(values.GUIDANCE),
        },
        optional={
            "hint": shapes.words(values.PARAGRAPH),
            "required": {"type": "boolean"},
            "min": shapes.whole(-values.LARGEST, values.LARGEST),
            "max": shapes.whole(-values.LARGEST, values.LARGEST),
            "pattern": shapes.ref("pattern"),
            "choices": shapes.many("choice", form.MOST_CHOICES),
            "show_when": shapes.ref("condition"),
            "require_when": shapes.ref("condition"),
            "warn": {"type": "boolean"},
            "fields": {},
            **further,
        },
    )
    return shape | {"allOf": _rules_of_kinds()}


def _rules_of_kinds() -> list[Json]:
    """Return what the kind of a field says of its other keys."""
    return [
        _when(
            {FieldKind.INFORMATION}, other={"properties": {"label": shapes.text(values.PARAGRAPH)}}
        ),
        _when(form.TEXTUAL, other=shapes.absent("pattern")),
        _when(TAKING, other=shapes.absent("from_person")),
        _when(form.CHOOSING, then=shapes.filled("choices"), other=shapes.empty("choices")),
        _when(
            {FieldKind.GROUP},
            then={
                "properties": {
                    "fields": shapes.many("inner_field", form.MOST_INNER_FIELDS, least=1),
                },
                "required": ["fields"],
            },
            other={"properties": {"fields": False}},
        ),
        {
            "if": shapes.given("require_when"),
            "then": {"properties": {"required": {"enum": [False, None]}}},
        },
    ]


def _when(kinds: Iterable[FieldKind], *, then: Json | None = None, other: Json) -> Json:
    chosen = sorted(kind.value for kind in kinds)
    test = {"properties": {"kind": {"enum": chosen}}, "required": ["kind"]}
    return {"if": test, "then": then or {}, "else": other}


def _conditions() -> Json:
    levels: Json = {
        f"condition_{depth}": _condition(depth) for depth in range(1, form.DEEPEST_CONDITION + 1)
    }
    asked = {
        "anyOf": [shapes.ref("key"), {"enum": sorted(conditions.APPLICANT_FIELDS)}],
    }
    scalar: Json = {"type": ["string", "integer", "boolean"]}
    many = {"type": "array", "items": scalar, "minItems": 1, "maxItems": form.MOST_CHOICES}
    tests: dict[str, Json] = {
        "is": scalar,
        "in": many,
        **dict.fromkeys(form.BOUNDS, shapes.whole(-values.LARGEST, values.LARGEST)),
        "older_than": shapes.whole(0, form.OLDEST),
        "answered": {"const": True},
    }
    comparisons = [
        shapes.an_object(required={"field": asked, name: test}) for name, test in tests.items()
    ]
    return {"condition": shapes.ref("condition_1"), **levels, "comparison": {"anyOf": comparisons}}


def _condition(depth: int) -> Json:
    """Return a condition at a depth; at the last one there is nothing but a comparison."""
    if depth == form.DEEPEST_CONDITION:
        return shapes.ref("comparison")
    deeper = f"condition_{depth + 1}"
    parts = shapes.many(deeper, form.MOST_PARTS, least=1)
    return {
        "anyOf": [
            shapes.ref("comparison"),
            shapes.an_object(required={"all": parts}),
            shapes.an_object(required={"any": parts}),
            shapes.an_object(required={"not": shapes.ref(deeper)}),
        ]
    }


def _papers() -> Json:
    unreadable = {
        "properties": {"code": {"const": consistency.UNREADABLE}},
        "required": ["code"],
    }
    reasons = shapes.many("reason", document.MOST_REASONS, least=2) | {"contains": unreadable}
    return {
        "paper": shapes.an_object(
            required={
                "key": shapes.ref("key"),
                "title": shapes.text(values.LINE),
                "formats": shapes.members(PaperFormat, least=1),
                "max_bytes": shapes.whole(document.LEAST_PAPER, document.LARGEST_PAPER),
                "max_pages": shapes.whole(1, document.MOST_PAPER_PAGES),
                "reasons": reasons,
            },
            optional={
                "help": shapes.words(values.PARAGRAPH),
                "required": {"type": "boolean"},
                "bring_when": shapes.ref("condition"),
                "freshness_days": shapes.whole(1, document.MOST_FRESHNESS_DAYS),
                "min_side": shapes.whole(1, document.LARGEST_SIDE),
                "original": {"type": "boolean"},
                "bring": shapes.words(values.PARAGRAPH),
                "sample": shapes.ref("key"),
                "shared": {"type": "boolean"},
            },
        ),
        "reason": shapes.an_object(
            required={"code": shapes.ref("key"), "text": shapes.text(values.LINE)}
        ),
    }


def _charges() -> Json:
    line: Json = {
        "key": shapes.ref("key"),
        "label": shapes.text(values.LINE),
        "valid_from": shapes.ref("day"),
        "legal_basis": shapes.text(values.LINE),
    }
    priced = {
        "amount": shapes.whole(0, values.LARGEST),
        "currency": shapes.matching(charge_reader.CURRENCY),
    }
    waiver = shapes.an_object(
        required={**line, "percent": shapes.whole(1, 100)},
        optional={
            "when": shapes.ref("condition"),
            "by_officer": {"type": "boolean"},
            "with_add_ons": {"type": "boolean"},
            "valid_to": shapes.ref("day"),
        },
    )
    by_officer = {"properties": {"by_officer": {"const": True}}, "required": ["by_officer"]}
    fee = shapes.an_object(
        required={**line, **priced, "category": shapes.ref("key")},
        optional={
            "variant": shapes.ref("key"),
            "valid_to": shapes.ref("day"),
            "target_days": shapes.whole(0, charge_reader.MOST_TARGET_DAYS),
        },
    )
    # Days of its own are those of a variant.
    in_own_time = {"if": shapes.given("target_days"), "then": shapes.given("variant")}
    return {
        "fee": fee | in_own_time,
        "add_on": shapes.an_object(
            required={**line, **priced, "when": shapes.ref("condition")},
            optional={"valid_to": shapes.ref("day")},
        ),
        "waiver": waiver | {"anyOf": [shapes.given("when"), shapes.given("valid_to"), by_officer]},
    }


def _appointment() -> Json:
    buffer = shapes.whole(0, document.MOST_BUFFER)
    return shapes.an_object(
        required={"pool": shapes.ref("key"), "units": shapes.whole(1, document.MOST_UNITS)},
        optional={
            "minutes_before": buffer,
            "minutes_after": buffer,
            "moves": shapes.whole(0, document.MOST_MOVES),
        },
    )


def _path() -> Json:
    step = shapes.an_object(
        required={"kind": shapes.among(StepKind)},
        optional={
            "title": shapes.words(values.PARAGRAPH),
            "decided_by": shapes.members(Decider, least=0),
            "by_proxy": {"type": "boolean"},
        },
    )
    reviews = sorted(kind.value for kind in consistency.REVIEWS)
    no_one = {"properties": {"decided_by": {"maxItems": 0}}}
    in_person = {"properties": {"by_proxy": {"enum": [False, None]}}}
    rules = [
        {"if": {"properties": {"kind": {"enum": reviews}}}, "else": no_one},
        {"if": {"properties": {"kind": {"const": "hand_over"}}}, "else": in_person},
    ]
    return {
        "step": step | {"allOf": rules},
        "appointment": _appointment(),
        "exclusion": shapes.an_object(
            required={
                "key": shapes.ref("key"),
                "when": shapes.ref("condition"),
                "reason": shapes.text(values.PARAGRAPH),
            },
            optional={"instead": shapes.words(values.PARAGRAPH)},
        ),
        "notice": shapes.an_object(
            required={"event": shapes.among(NoticeEvent), "text": shapes.text(values.PARAGRAPH)}
        ),
        "window": shapes.an_object(
            required={"opens_on": shapes.ref("day"), "closes_on": shapes.ref("day")},
            optional={
                "places": shapes.whole(1, document.MOST_PLACES),
                "sector": shapes.among(Sector),
            },
        ),
    }
