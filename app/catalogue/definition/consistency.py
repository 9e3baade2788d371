"""Checks of a whole definition: what is right alone and wrong together."""

from collections.abc import Iterable, Iterator, Sequence

from app.catalogue.definition import conditions
from app.catalogue.definition.conditions import Condition
from app.catalogue.definition.elements import (
    ANY_CATEGORY,
    Definition,
    Fee,
    Field,
    FieldKind,
    Paper,
    StepKind,
)
from app.catalogue.definition.form_reader import CHOOSING, MOST_FIELDS
from app.catalogue.definition.problems import Problem, ProblemCode

UNREADABLE = "unreadable"


def check(definition: Definition) -> Iterator[Problem]:
    """Yield every mistake that only shows when the parts are read together."""
    yield from _check_count(definition)
    yield from _check_keys(definition)
    yield from _check_conditions(definition)
    yield from _check_papers(definition.papers)
    yield from _check_fees(definition)
    yield from _check_path(definition)


def _check_count(definition: Definition) -> Iterator[Problem]:
    count = sum(1 + len(field.fields) for field in definition.fields())
    if count > MOST_FIELDS:
        yield Problem(place="pages", code=ProblemCode.TOO_MANY, params={"limit": MOST_FIELDS})


def _check_keys(definition: Definition) -> Iterator[Problem]:
    yield from _repeated((page.key, f"pages[{n}].key") for n, page in enumerate(definition.pages))
    # Answers are kept by field key, so a key names one field of the whole form.
    yield from _repeated((field.key, f"{place}.key") for place, field in _placed(definition))
    for place, field in _placed(definition):
        yield from _repeated(
            (c.key, f"{place}.choices[{n}].key") for n, c in enumerate(field.choices)
        )
        yield from _repeated(
            (f.key, f"{place}.fields[{n}].key") for n, f in enumerate(field.fields)
        )
    yield from _repeated(
        (paper.key, f"papers[{n}].key") for n, paper in enumerate(definition.papers)
    )
    yield from _repeated((fee.key, f"fees[{n}].key") for n, fee in enumerate(definition.fees))
    yield from _repeated((step.kind, f"path[{n}].kind") for n, step in enumerate(definition.path))


def _repeated(keys: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for key, place in keys:
        if key and key in seen:
            yield Problem(place=place, code=ProblemCode.DUPLICATE, params={"key": key})
        seen.add(key)


def _placed(definition: Definition) -> Iterator[tuple[str, Field]]:
    for p, page in enumerate(definition.pages):
        for f, field in enumerate(page.fields):
            yield f"pages[{p}].fields[{f}]", field


def _check_conditions(definition: Definition) -> Iterator[Problem]:
    fields = {field.key: field for field in definition.fields()}
    reading = {key: _read_by(field) for key, field in fields.items()}
    earlier: dict[str, Field] = {}
    for place, field in _placed(definition):
        yield from _check_uses(field, place, earlier=earlier, known=fields, reading=reading)
        siblings = dict(earlier)
        group = {inner.key: inner for inner in field.fields}
        for n, inner in enumerate(field.fields):
            inner_place = f"{place}.fields[{n}]"
            yield from _check_uses(
                inner, inner_place, earlier=siblings, known=fields | group, reading=reading
            )
            siblings[inner.key] = inner
        earlier[field.key] = field
    for n, paper in enumerate(definition.papers):
        if paper.bring_when:
            place = f"papers[{n}].bring_when"
            yield from _check_condition(paper.bring_when, place, earlier=earlier, known=fields)


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
    for key, value in _compared(condition):
        field = earlier.get(key)
        if field and not _can_be(field, value):
            yield Problem(
                place=place,
                code=ProblemCode.CONDITION_UNKNOWN_VALUE,
                params={"field": key, "value": str(value)[:60]},
            )


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
    return isinstance(value, str) and field.kind not in {FieldKind.GROUP, FieldKind.INFORMATION}


def _check_papers(papers: Sequence[Paper]) -> Iterator[Problem]:
    for n, paper in enumerate(papers):
        place = f"papers[{n}].reasons"
        yield from _repeated((r.code, f"{place}[{i}].code") for i, r in enumerate(paper.reasons))
        if UNREADABLE not in {reason.code for reason in paper.reasons}:
            yield Problem(place=place, code=ProblemCode.UNREADABLE_REASON_MISSING)


def _check_fees(definition: Definition) -> Iterator[Problem]:
    fees = definition.fees
    for n, fee in enumerate(fees):
        clash = next((other for other in fees[:n] if other.overlaps(fee)), None)
        if clash:
            yield _fee_problem(n, "valid_from", ProblemCode.FEES_OVERLAP, fee=clash.key)
        if fee.valid_to and fee.valid_to < fee.valid_from:
            yield _fee_problem(n, "valid_to", ProblemCode.DATES_REVERSED)
        if fee.target_days is not None and fee.variant is None:
            yield _fee_problem(n, "target_days", ProblemCode.NOT_ALLOWED)
        if not _is_served(fee, definition):
            yield _fee_problem(n, "category", ProblemCode.FEE_CATEGORY_UNSERVED, value=fee.category)


def _fee_problem(n: int, key: str, code: ProblemCode, **params: str) -> Problem:
    return Problem(place=f"fees[{n}].{key}", code=code, params=params)


def _is_served(fee: Fee, definition: Definition) -> bool:
    return fee.category == ANY_CATEGORY or fee.category in set(definition.applicants)


def _check_path(definition: Definition) -> Iterator[Problem]:
    asks_for_visit = any(step.kind is StepKind.APPOINTMENT for step in definition.path)
    if asks_for_visit and definition.appointment is None:
        yield Problem(place="appointment", code=ProblemCode.APPOINTMENT_MISSING)
    if definition.appointment and not asks_for_visit:
        yield Problem(place="appointment", code=ProblemCode.APPOINTMENT_UNUSED)
