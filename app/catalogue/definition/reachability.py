"""Finds conditions that no answers can make true: nobody would ever be asked what they show.

Whether a condition can hold is tried out with the values that matter: those it compares with,
one beside them, and no answer. A field that is hidden has no answer. The trials are counted;
where they do not suffice, the condition is taken to be possible, so that nothing right is refused.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, islice

from app.catalogue.definition import conditions
from app.catalogue.definition.condition_checks import placed
from app.catalogue.definition.conditions import Applicant, Condition
from app.catalogue.definition.elements import Definition, Field, FieldKind
from app.catalogue.definition.problems import Problem, ProblemCode

MOST_TRIALS = 500
"""Of one condition."""
MOST_TRIALS_OF_ALL = 10_000
"""Of a whole definition, so that no file keeps the reader busy for long."""
MOST_INVOLVED = 20
MOST_SUBSETS_OF = 4
_ON = date(2020, 1, 1)
_OTHER = "\uffff"
"""A text that no file can compare with, being no text of anybody."""

Trial = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How what stands behind a condition comes to be asked.

    Without answers none were found; `is_certain` then says that there are none.
    """

    place: str
    key: str
    answers: Trial | None
    applicant: Applicant | None
    is_certain: bool


def check(definition: Definition) -> Iterator[Problem]:
    """Yield a problem for each field and paper whose condition can never hold."""
    for way in ways(definition):
        if way.answers is None and way.is_certain:
            yield Problem(place=way.place, code=ProblemCode.CONDITION_NEVER)


def ways(definition: Definition) -> Iterator[Way]:
    """Yield how each field and paper behind a condition comes to be asked."""
    left = MOST_TRIALS_OF_ALL
    for place, key, condition, fields in _shown(definition):
        most = min(left, MOST_TRIALS)
        found, tried = _search(condition, fields, definition, most=most)
        left -= tried
        answers, applicant = found or (None, None)
        yield Way(
            place=place,
            key=key,
            answers=answers,
            applicant=applicant,
            is_certain=found is not None or tried < most,
        )


def _shown(definition: Definition) -> Iterator[tuple[str, str, Condition, Sequence[Field]]]:
    """Yield place, key and condition of what is asked by one, with the fields it may read."""
    fields = list(definition.fields())
    for place, field in placed(definition):
        if field.show_when is not None:
            yield f"{place}.show_when", field.key, field.show_when, fields
        for n, inner in enumerate(field.fields):
            if inner.show_when is not None:
                names = {one.key for one in field.fields}
                around = [one for one in fields if one.key not in names]
                within = (*around, *field.fields)
                yield f"{place}.fields[{n}].show_when", inner.key, inner.show_when, within
    for n, paper in enumerate(definition.papers):
        if paper.bring_when is not None:
            yield f"papers[{n}].bring_when", paper.key, paper.bring_when, fields


def _search(
    condition: Condition, fields: Sequence[Field], definition: Definition, *, most: int
) -> tuple[tuple[Trial, Applicant] | None, int]:
    """Return the trial that makes the condition true, if any, and how many were made."""
    involved = _involved(condition, fields)
    if len(involved) > MOST_INVOLVED:
        return None, most
    read = [condition, *(one.show_when for one in involved if one.show_when)]
    tried = 0
    for answers, applicant in islice(_trials(involved, read, definition), most):
        tried += 1
        if conditions.evaluate(condition, answers, applicant):
            return (answers, applicant), tried
    return None, tried


def _trials(
    involved: Sequence[Field], read: Sequence[Condition], definition: Definition
) -> Iterator[tuple[Trial, Applicant]]:
    for applicant in _applicants(read, definition):
        yield from ((answers, applicant) for answers in _answers(involved, read, applicant))


def _involved(condition: Condition, fields: Sequence[Field]) -> list[Field]:
    """Return the fields on which the condition rests, by way of others too, in order."""
    wanted = set(conditions.fields_used(condition))
    found: list[Field] = []
    for one in reversed(fields):
        if one.key in wanted:
            found.insert(0, one)
            if one.show_when is not None:
                wanted |= conditions.fields_used(one.show_when)
    return found


def _applicants(read: Iterable[Condition], definition: Definition) -> Iterator[Applicant]:
    asked = [one for one in _comparisons(read) if one.field == conditions.APPLICANT_AGE]
    limits = {one.limit for one in asked if isinstance(one, conditions.Bound)}
    told = {value for one in asked for value in _compared(one) if isinstance(value, int)}
    ages = {age for limit in limits | told for age in (limit - 1, limit, limit + 1) if age >= 0}
    for category in definition.applicants:
        for age in (None, *sorted(ages)):
            yield Applicant(category=category.value, age=age, on=_ON)


def _answers(
    fields: Sequence[Field], read: Sequence[Condition], applicant: Applicant
) -> Iterator[Trial]:
    """Yield what could be answered to the fields, one after the other."""
    if not fields:
        yield {}
        return
    *before, last = fields
    values = _values(last, read)
    for answers in _answers(before, read, applicant):
        yield answers
        if last.show_when is None or conditions.evaluate(last.show_when, answers, applicant):
            yield from ({**answers, last.key: value} for value in values)


def _values(field: Field, read: Iterable[Condition]) -> list[object]:
    """Return answers to a field that conditions could tell apart."""
    asked = [one for one in _comparisons(read) if one.field == field.key]
    if field.kind in {FieldKind.YES_NO, FieldKind.DECLARATION}:
        return [True, False] if field.kind is FieldKind.YES_NO else [True]
    compared = {value for one in asked for value in _compared(one)}
    if field.kind in {FieldKind.CHOICE, FieldKind.CHOICES}:
        return _chosen(field, compared)
    if field.kind is FieldKind.NUMBER:
        return _numbers(field, asked, compared)
    ages = {one.days for one in asked if isinstance(one, conditions.OlderThan)}
    days = [(_ON - timedelta(days=age + more)).isoformat() for age in ages for more in (0, 1)]
    return [*compared, *days, _OTHER]


def _chosen(field: Field, compared: set[conditions.Scalar]) -> list[object]:
    keys = [one.key for one in field.choices]
    told = [key for key in keys if key in compared]
    beside = [key for key in keys if key not in compared][:1]
    known = told + beside
    if field.kind is FieldKind.CHOICE:
        return list(known)
    sizes = range(1, len(known) + 1) if len(known) <= MOST_SUBSETS_OF else (1, len(known))
    return [list(some) for size in sizes for some in combinations(known, size)]


def _numbers(
    field: Field, asked: Iterable[conditions.Comparison], compared: set[conditions.Scalar]
) -> list[object]:
    limits = [one.limit for one in asked if isinstance(one, conditions.Bound)]
    bounds = [bound for bound in (field.least, field.most) if bound is not None]
    told = [value for value in compared if isinstance(value, int)]
    near = {n + more for n in (*limits, *bounds, *told, 0) for more in (-1, 0, 1)}
    return [n for n in sorted(near) if _is_within(n, field)]


def _is_within(number: int, field: Field) -> bool:
    return (field.least is None or number >= field.least) and (
        field.most is None or number <= field.most
    )


def _compared(one: conditions.Comparison) -> tuple[conditions.Scalar, ...]:
    match one:
        case conditions.Is(value=value):
            return (value,)
        case conditions.OneOf(values=values):
            return values
        case _:
            return ()


def _comparisons(read: Iterable[Condition]) -> Iterator[conditions.Comparison]:
    for condition in read:
        match condition:
            case conditions.AllOf(parts=parts) | conditions.AnyOf(parts=parts):
                yield from _comparisons(parts)
            case conditions.Not(part=part):
                yield from _comparisons((part,))
            case _:
                yield condition
