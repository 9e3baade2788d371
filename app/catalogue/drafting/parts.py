"""What each part of a service is made of: its inputs, and what a new one begins with."""

import copy
from collections.abc import Collection

from app.catalogue.answers.kinds import CURRENCIES
from app.catalogue.definition import elements
from app.catalogue.definition.charges import ANY_CATEGORY, FeeRule, Variant
from app.catalogue.definition.elements import (
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
from app.catalogue.definition.form_reader import CHOOSING, TEXTUAL
from app.catalogue.drafting import keys, places
from app.catalogue.drafting.inputs import Input, Shape
from app.catalogue.drafting.places import Draft, Part, Place

WITHOUT_BOUNDS = frozenset(
    {
        FieldKind.YES_NO,
        FieldKind.CHOICE,
        FieldKind.COUNTRY,
        FieldKind.EMAIL,
        FieldKind.PHONE,
        FieldKind.DECLARATION,
        FieldKind.INFORMATION,
    }
)
SIMPLE = tuple(
    kind.value
    for kind in FieldKind
    if kind not in CHOOSING | {FieldKind.GROUP, FieldKind.FILE, FieldKind.INFORMATION}
)
"""Kinds that need nothing beside their words: with one of them a page or a group can begin."""

INSIDE_GROUPS = tuple(kind for kind in FieldKind if kind not in {FieldKind.GROUP, FieldKind.FILE})
DUPLICABLE = frozenset(set(Part) - {Part.FEE, Part.NOTICE, Part.STEP})
"""A fee cannot be there twice on one day: its copy is a form to fill in."""

SETTINGS: dict[str, tuple[Input, ...]] = {
    "about": (
        Input("category", Shape.ONE, tuple(one.value for one in Category)),
        Input("position", Shape.WHOLE),
        Input("applicants", Shape.SOME, tuple(one.value for one in ApplicantCategory)),
        Input("personal_appearance", Shape.FLAG),
        Input("enabled", Shape.FLAG),
        Input("example", Shape.FLAG),
        Input("note", Shape.TEXT, rows=3, optional=True),
    ),
    "times": (
        Input("target_days", Shape.WHOLE),
        Input("retention_months", Shape.WHOLE, optional=True),
        Input("retention_days", Shape.WHOLE, optional=True),
        Input("retention_least_months", Shape.WHOLE, optional=True),
        Input("issues", Shape.TEXT, optional=True),
        Input("issue_template", Shape.ONE, ("", *(one.value for one in IssueTemplate))),
        Input("issue_words", Shape.TEXT, rows=4, optional=True),
        Input("issue_download", Shape.FLAG),
        Input("appointment.pool", Shape.KEY),
        Input("appointment.units", Shape.WHOLE),
        Input("appointment.minutes_before", Shape.WHOLE, optional=True),
        Input("appointment.minutes_after", Shape.WHOLE, optional=True),
        Input("appointment.moves", Shape.WHOLE, optional=True),
    ),
    "window": (
        Input("window.opens_on", Shape.DAY),
        Input("window.closes_on", Shape.DAY),
        Input("window.places", Shape.WHOLE, optional=True),
        Input("window.sector", Shape.ONE, ("", *(one.value for one in Sector)), optional=True),
    ),
    "consent": (Input("consent_when", Shape.CONDITION, optional=True),),
    "fee_rule": (Input("fee_rule", Shape.ONE, tuple(one.value for one in FeeRule)),),
}
"""What a service has once, by the form that changes it."""

_DATED = (
    Input("valid_from", Shape.DAY),
    Input("valid_to", Shape.DAY, optional=True),
    Input("legal_basis", Shape.TEXT),
)
_PAPER = (
    Input("title", Shape.TEXT),
    Input("key", Shape.KEY),
    Input("help", Shape.TEXT, rows=2, optional=True),
    Input("required", Shape.FLAG),
    Input("bring_when", Shape.CONDITION, optional=True),
    Input("formats", Shape.SOME, tuple(one.value for one in PaperFormat)),
    Input("max_bytes", Shape.MEGABYTES),
    Input("max_pages", Shape.WHOLE),
    Input("freshness_days", Shape.WHOLE, optional=True),
    Input("min_side", Shape.WHOLE, optional=True),
    Input("bring", Shape.TEXT, optional=True),
    Input("original", Shape.FLAG),
    Input("shared", Shape.FLAG),
    Input("sample", Shape.KEY, optional=True),
)
_CHOICE = (Input("label", Shape.TEXT), Input("key", Shape.KEY))
_FIXED: dict[Part, tuple[Input, ...]] = {
    Part.PAGE: (
        Input("title", Shape.TEXT),
        Input("key", Shape.KEY),
        Input("help", Shape.TEXT, rows=3, optional=True),
    ),
    Part.CHOICE: _CHOICE,
    Part.INNER_CHOICE: _CHOICE,
    Part.PAPER: _PAPER,
    Part.REASON: (Input("text", Shape.TEXT), Input("code", Shape.KEY)),
    Part.EXCLUSION: (
        Input("reason", Shape.TEXT, rows=3),
        Input("key", Shape.KEY),
        Input("when", Shape.CONDITION),
        Input("instead", Shape.TEXT, rows=2, optional=True),
    ),
    Part.WAIVER: (
        Input("label", Shape.TEXT),
        Input("key", Shape.KEY),
        Input("percent", Shape.WHOLE),
        Input("when", Shape.CONDITION, optional=True),
        Input("by_officer", Shape.FLAG),
        Input("with_add_ons", Shape.FLAG),
        *_DATED,
    ),
}
_FROM_PERSON = Input(
    "from_person", Shape.ONE, ("", *(one.value for one in PersonFact)), optional=True
)
_FIRST_FIELD = (
    Input("fields.0.kind", Shape.ONE, SIMPLE),
    Input("fields.0.label", Shape.TEXT),
    Input("fields.0.key", Shape.KEY),
)
_FIRST_CHOICES = tuple(
    Input(f"choices.{n}.{name}", shape)
    for n in (0, 1)
    for name, shape in (("label", Shape.TEXT), ("key", Shape.KEY))
)


def inputs_of(part: Part, draft: Draft, item: Draft) -> tuple[Input, ...]:
    """Return the inputs of a part that is there."""
    if part in (Part.FIELD, Part.INNER):
        fields = _field_inputs(FieldKind(item["kind"]))
        is_taking = part is Part.FIELD and FieldKind(item["kind"]) in TAKING
        return (*fields, _FROM_PERSON) if is_taking else fields
    if part is Part.FEE:
        return _fee_inputs(draft, item)
    if part is Part.ADD_ON:
        charged = (_amount(), _currency(item))
        return (
            Input("key", Shape.KEY),
            Input("when", Shape.CONDITION),
            _label(),
            *charged,
            *_DATED,
        )
    if part is Part.STEP:
        return _step_inputs(StepKind(item["kind"]))
    if part is Part.NOTICE:
        return (Input("event", Shape.ONE, _events(draft, item)), Input("text", Shape.TEXT, rows=4))
    return _FIXED[part]


def new_inputs(part: Part, draft: Draft, item: Draft) -> tuple[Input, ...]:
    """Return the inputs of a new part: a page begins with a question, a choice with two answers."""
    inputs = inputs_of(part, draft, item)
    if part is Part.PAGE or item.get("kind") == FieldKind.GROUP:
        return (*inputs, *_FIRST_FIELD)
    if item.get("kind") in CHOOSING:
        return (*inputs, *_FIRST_CHOICES)
    return inputs


def blank(part: Part, kind: str = "") -> Draft:
    """Return what a new part begins with; `kind` is that of a field or step, or a notice's event.

    Raises ValueError for a kind that the part has not, or a step that nothing carries out.
    """
    if part in (Part.FIELD, Part.INNER):
        return _blank_field(part, FieldKind(kind))
    if part is Part.STEP:
        return _blank_step(StepKind(kind))
    if part is Part.NOTICE:
        return {"event": NoticeEvent(kind).value if kind else ""}
    return copy.deepcopy(_BLANK.get(part, {}))


_BLANK: dict[Part, Draft] = {
    Part.PAGE: {"fields": [{"kind": FieldKind.SHORT_TEXT.value, "required": True}]},
    Part.PAPER: {
        "required": True,
        "formats": [form.value for form in elements.ANY_FORMAT],
        "max_bytes": elements.LARGEST_FILE,
        "max_pages": 10,
        "original": False,
        "reasons": [
            {"code": one.code, "text": dict(one.text)}
            for one in (elements.UNREADABLE, elements.OTHER)
        ],
    },
    Part.FEE: {"category": ANY_CATEGORY, "currency": "USD"},
    Part.ADD_ON: {"currency": "USD"},
    Part.WAIVER: {"percent": 100},
}


def _blank_step(kind: StepKind) -> Draft:
    if kind not in elements.ENGINES_PRESENT:
        raise ValueError(kind)
    return {"kind": kind.value}


def _blank_field(part: Part, kind: FieldKind) -> Draft:
    if part is Part.INNER and kind not in INSIDE_GROUPS:
        raise ValueError(kind)
    item: Draft = {"kind": kind.value, "required": kind is not FieldKind.INFORMATION}
    if kind in CHOOSING:
        item["choices"] = [{}, {}]
    if kind is FieldKind.GROUP:
        item["fields"] = [{"kind": FieldKind.SHORT_TEXT.value, "required": True}]
    return item


def settings_of(form: str, draft: Draft) -> tuple[Input, ...]:
    """Return the inputs of what a service has once; a seat is asked where somebody comes."""
    comes = any(step["kind"] == StepKind.APPOINTMENT for step in draft["path"])
    return tuple(one for one in SETTINGS[form] if comes or not one.name.startswith("appointment."))


def with_keys(part: Part, draft: Draft, list_place: Place, item: Draft) -> Draft:
    """Return a new part with keys suggested where none was typed."""
    changed = copy.deepcopy(item)
    name = places.key_name(part)
    if part not in (Part.NOTICE, Part.STEP) and not changed.get(name):
        used = keys.taken(draft, part, list_place)
        changed[name] = keys.suggest(_words(changed), part.value, taken=used)
    if part is Part.PAGE:
        _fill_keys(changed["fields"], Part.FIELD, keys.taken(draft, Part.FIELD, ()))
    elif changed.get("fields"):
        _fill_keys(changed["fields"], Part.INNER, set())
    if changed.get("choices"):
        _fill_keys(changed["choices"], Part.CHOICE, set())
    return changed


def _fill_keys(items: list[Draft], part: Part, used: Collection[str]) -> None:
    taken = set(used) | {one["key"] for one in items if one.get("key")}
    for one in items:
        if not one.get("key"):
            one["key"] = keys.suggest(_words(one), part.value, taken=taken)
            taken.add(one["key"])


def _words(item: Draft) -> dict[str, str]:
    names = ("label", "title", "text", "reason")
    words: dict[str, str] = next((item[name] for name in names if item.get(name)), {})
    return words


def _field_inputs(kind: FieldKind) -> tuple[Input, ...]:
    words = 4 if kind in (FieldKind.INFORMATION, FieldKind.DECLARATION) else 1
    found: list[Input] = [
        Input("label", Shape.TEXT, rows=words),
        Input("key", Shape.KEY),
        Input("hint", Shape.TEXT, rows=2, optional=True),
    ]
    if kind is not FieldKind.INFORMATION:
        found.append(Input("required", Shape.FLAG))
    found += _bounds(kind)
    if kind in TEXTUAL:
        found.append(Input("pattern.expression", Shape.LINE, optional=True))
        found.append(Input("pattern.message", Shape.TEXT, optional=True))
    if kind in TEXTUAL or kind is FieldKind.PHONE:
        found.append(Input("warn", Shape.FLAG))
    found.append(Input("show_when", Shape.CONDITION, optional=True))
    if kind is not FieldKind.INFORMATION:
        found.append(Input("require_when", Shape.CONDITION, optional=True))
    return tuple(found)


def _bounds(kind: FieldKind) -> list[Input]:
    if kind in WITHOUT_BOUNDS:
        return []
    shape = Shape.MONEY if kind is FieldKind.MONEY else Shape.WHOLE
    names = ("max",) if kind is FieldKind.FILE else ("min", "max")
    return [Input(name, shape, optional=True) for name in names]


def _fee_inputs(draft: Draft, item: Draft) -> tuple[Input, ...]:
    categories = dict.fromkeys([ANY_CATEGORY, *draft["applicants"], item.get("category", "any")])
    # A file may name a variant of its own; the form offers only those that we have words for.
    variants = dict.fromkeys(["", *Variant, item.get("variant") or ""])
    return (
        _label(),
        Input("key", Shape.KEY),
        Input("variant", Shape.ONE, tuple(variants)),
        Input("category", Shape.ONE, tuple(categories)),
        Input("target_days", Shape.WHOLE, optional=True),
        _amount(),
        _currency(item),
        *_DATED,
    )


def _label() -> Input:
    return Input("label", Shape.TEXT)


def _amount() -> Input:
    return Input("amount", Shape.MONEY)


def _currency(item: Draft) -> Input:
    known = dict.fromkeys([*CURRENCIES, item.get("currency") or CURRENCIES[0]])
    return Input("currency", Shape.ONE, tuple(known))


def _step_inputs(kind: StepKind) -> tuple[Input, ...]:
    found: list[Input] = [Input("title", Shape.TEXT, optional=True)]
    if kind in (StepKind.REVIEW, StepKind.SECOND_REVIEW):
        deciders = tuple(one.value for one in Decider)
        found.append(Input("decided_by", Shape.SOME, deciders, optional=True))
    if kind is StepKind.HAND_OVER:
        found.append(Input("by_proxy", Shape.FLAG))
    return tuple(found)


def _events(draft: Draft, item: Draft) -> tuple[str, ...]:
    used = {notice["event"] for notice in draft.get("notices", [])} - {item.get("event")}
    return tuple(one.value for one in NoticeEvent if one.value not in used)


def unused_steps(draft: Draft) -> tuple[StepKind, ...]:
    """Return the kinds of steps that can be carried out and that the path has not yet."""
    used = {step["kind"] for step in draft["path"]}
    present = elements.ENGINES_PRESENT
    return tuple(kind for kind in StepKind if kind in present and kind.value not in used)
