"""Checks of conditions: what they read exists, comes earlier, and can have the value."""

from collections.abc import Iterable, Iterator

from app.catalogue.definition import conditions
from app.catalogue.definition.conditions import Condition
from app.catalogue.definition.elements import WITHOUT_ANSWER, Definition, Field, FieldKind
from app.catalogue.definition.form_reader import CHOOSING
from app.catalogue.definition.problems import Problem, ProblemCode

_DATES = frozenset({FieldKind.DATE, FieldKind.YEAR_OR_DATE})


def placed(definition: Definition) -> Iterator[tuple[str, Field]]:
    """Yield the fields of all pages, each with its place in the file."""
    for p, page in enumerate(definition.pages):
        for f, field in enumerate(page.fields):
            yield f"pages[{p}].fields[{f}]", field


def check_fields(definition: Definition) -> Iterator[Problem]:
    """Yield what is wrong with the conditions of fields, each of which sees earlier ones only."""
    fields = _answered(definition)
    reading = {key: _read_by(field) for key, field in fields.items()}
    earlier: dict[str, Field] = {}
    for place, field in placed(definition):
        yield from _check_uses(field, place, earlier=earlier, known=fields, reading=reading)
        siblings = dict(earlier)
        group = {inner.key: inner for inner in field.fields}
        for n, inner in enumerate(field.fields):
            inner_place = f"{place}.fields[{n}]"
            yield from _check_uses(
                inner, inner_place, earlier=siblings, known=fields | group, reading=reading
            )
            siblings[inner.key] = inner
        if field.key in fields:
            earlier[field.key] = field


def _answered(definition: Definition) -> dict[str, Field]:
    """Return the fields on whose answers a condition may rest, by key."""
    return {field.key: field for field in definition.fields() if field.kind not in WITHOUT_ANSWER}


def check_over_form(
    condition: Condition | None, place: str, definition: Definition
) -> Iterator[Problem]:
    """Yield what is wrong with a condition that is judged when the whole form is answered."""
    if condition is not None:
        fields = _answered(definition)
        yield from _check_condition(condition, place, earlier=fields, known=fields)


def _check_uses(
    field: Field,
    place: str,
    *,
    earlier: dict[str, Field],
    known: dict[str, Field],
    reading: dict[str, frozenset[str]],
) -> Iterator[Problem]:
    for name, condition in (("show_when", field.show_when), ("require_when", field.require_when)):
        if condition is None:
            continue
        at = f"{place}.{name}"
        if field.key in _reached(conditions.fields_used(condition), reading):
            yield Problem(place=at, code=ProblemCode.CONDITION_CYCLE, params={"field": field.key})
        else:
            yield from _check_condition(condition, at, earlier=earlier, known=known)


def _read_by(field: Field) -> frozenset[str]:
    used = (conditions.fields_used(c) for c in (field.show_when, field.require_when) if c)
    return frozenset().union(*used)


def _reached(start: Iterable[str], reading: dict[str, frozenset[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        key = waiting.pop()
        if key not in reached:
            reached.add(key)
            waiting.extend(reading.get(key, ()))
    return reached


def _check_condition(
    condition: Condition, place: str, *, earlier: dict[str, Field], known: dict[str, Field]
) -> Iterator[Problem]:
    for key in sorted(conditions.fields_used(condition) - conditions.APPLICANT_FIELDS):
        if key not in known:
            yield Problem(
                place=place, code=ProblemCode.CONDITION_UNKNOWN_FIELD, params={"field": key}
            )
        elif key not in earlier:
            yield Problem(
                place=place, code=ProblemCode.CONDITION_LATER_FIELD, params={"field": key}
            )
    yield from _check_dates(condition, place, earlier)
    for key, value in _compared(condition):
        field = earlier.get(key)
        if field and not _can_be(field, value):
            yield Problem(
                place=place,
                code=ProblemCode.CONDITION_UNKNOWN_VALUE,
                params={"field": key, "value": str(value)[:60]},
            )


def _check_dates(condition: Condition, place: str, earlier: dict[str, Field]) -> Iterator[Problem]:
    for key in _aged(condition):
        field = earlier.get(key)
        if field and field.kind not in _DATES:
            yield Problem(place=place, code=ProblemCode.CONDITION_NOT_A_DATE, params={"field": key})


def _aged(condition: Condition) -> Iterator[str]:
    match condition:
        case conditions.OlderThan(field=field):
            yield field
        case conditions.AllOf(parts=parts) | conditions.AnyOf(parts=parts):
            for part in parts:
                yield from _aged(part)
        case conditions.Not(part=part):
            yield from _aged(part)


def _compared(condition: Condition) -> Iterator[tuple[str, conditions.Scalar]]:
    match condition:
        case conditions.Is(field=field, value=value):
            yield field, value
        case conditions.OneOf(field=field, values=values):
            yield from ((field, value) for value in values)
        case conditions.AllOf(parts=parts) | conditions.AnyOf(parts=parts):
            for part in parts:
                yield from _compared(part)
        case conditions.Not(part=part):
            yield from _compared(part)


def _can_be(field: Field, value: conditions.Scalar) -> bool:
    """Return whether the field could ever have the value; a typo would hide for ever."""
    if field.kind in CHOOSING:
        return value in {choice.key for choice in field.choices}
    if field.kind in {FieldKind.YES_NO, FieldKind.DECLARATION}:
        return isinstance(value, bool)
    if field.kind is FieldKind.NUMBER:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str) and field.kind is not FieldKind.GROUP
