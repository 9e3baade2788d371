"""Conditions over earlier answers: when to show, to require, to bring."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

Scalar: TypeAlias = str | int | bool

APPLICANT_CATEGORY = "applicant.category"
APPLICANT_AGE = "applicant.age"
APPLICANT_FIELDS = frozenset({APPLICANT_CATEGORY, APPLICANT_AGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """What conditions may know of the person concerned, and when; age in full years.

    `on` is the day at the post for which a condition is judged: what lies how far back.
    """

    category: str
    age: int | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Is:
    """The answer is this value, or is among the chosen ones."""

    field: str
    value: Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """The answer, or one of the chosen ones, is among these values."""

    field: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The field has an answer."""

    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Below:
    """The answer is a number under the limit."""

    field: str
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeast:
    """The answer is this number or a higher one."""

    field: str
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMost:
    """The answer is this number or a lower one."""

    field: str
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderThan:
    """The answer is a date that lies more than so many days back."""

    field: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """Every part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The part does not hold."""

    part: "Condition"


Bound: TypeAlias = Below | AtLeast | AtMost
Comparison: TypeAlias = Is | OneOf | Answered | Bound | OlderThan
Condition: TypeAlias = Comparison | AllOf | AnyOf | Not


def evaluate(
    condition: Condition, answers: Mapping[str, object], applicant: Applicant | None = None
) -> bool:
    """Return whether the condition holds.

    A field without an answer makes every comparison false, so that nothing is
    asked on the ground of what is unknown.
    """
    match condition:
        case AllOf(parts=parts):
            return all(evaluate(part, answers, applicant) for part in parts)
        case AnyOf(parts=parts):
            return any(evaluate(part, answers, applicant) for part in parts)
        case Not(part=part):
            return not evaluate(part, answers, applicant)
        case _:
            answer = _look_up(condition.field, answers, applicant)
            return _compare(condition, answer, applicant.on if applicant else None)


def fields_used(condition: Condition) -> frozenset[str]:
    """Return the keys of all fields that the condition reads."""
    return frozenset(_walk(condition))


def fields_denied(condition: Condition) -> frozenset[str]:
    """Return the keys of the fields without whose answer a condition may hold by their silence."""
    match condition:
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return frozenset().union(*map(fields_denied, parts))
        case Not(part=part):
            return fields_used(part)
        case _:
            return frozenset()


def dump(condition: Condition) -> dict[str, object]:
    """Return the condition as it stands in a service's JSON file."""
    match condition:
        case AllOf(parts=parts):
            return {"all": [dump(part) for part in parts]}
        case AnyOf(parts=parts):
            return {"any": [dump(part) for part in parts]}
        case Not(part=part):
            return {"not": dump(part)}
        case _:
            return _dump_comparison(condition)


def _dump_comparison(condition: Comparison) -> dict[str, object]:
    match condition:
        case Is(field=field, value=value):
            return {"field": field, "is": value}
        case OneOf(field=field, values=values):
            return {"field": field, "in": list(values)}
        case Answered(field=field):
            return {"field": field, "answered": True}
        case Below(field=field, limit=limit):
            return {"field": field, "below": limit}
        case AtLeast(field=field, limit=limit):
            return {"field": field, "at_least": limit}
        case AtMost(field=field, limit=limit):
            return {"field": field, "at_most": limit}
        case OlderThan(field=field, days=days):
            return {"field": field, "older_than": days}


def _compare(condition: Comparison, answer: object, on: date | None) -> bool:
    match condition:
        case OlderThan(days=days):
            happened = _day(answer)
            return happened is not None and on is not None and (on - happened).days > days
        case Answered():
            return _is_given(answer)
        case Below() | AtLeast() | AtMost():
            if isinstance(answer, bool) or not isinstance(answer, int):
                return False
            return _fits(condition, answer)
        case Is(value=value):
            return any(_same(one, value) for one in _each(answer))
        case OneOf(values=values):
            return any(_same(one, value) for one in _each(answer) for value in values)


def _fits(bound: Bound, number: int) -> bool:
    match bound:
        case Below(limit=limit):
            return number < limit
        case AtLeast(limit=limit):
            return number >= limit
        case AtMost(limit=limit):
            return number <= limit


def _look_up(field: str, answers: Mapping[str, object], applicant: Applicant | None) -> object:
    if field == APPLICANT_CATEGORY:
        return applicant.category if applicant else None
    if field == APPLICANT_AGE:
        return applicant.age if applicant else None
    return answers.get(field)


def _day(answer: object) -> date | None:
    """Return the day of an answer; of a year alone its last one, in favour of the applicant."""
    if not isinstance(answer, str):
        return None
    try:
        if len(answer) == 4:
            return date(int(answer), 12, 31)
        return date.fromisoformat(answer)
    except ValueError:
        return None


def _is_given(answer: object) -> bool:
    return answer is not None and answer != "" and answer != [] and answer is not False


def _each(answer: object) -> list[object]:
    return answer if isinstance(answer, list) else [answer]


def _same(answer: object, value: Scalar) -> bool:
    # In Python True == 1; a ticked box is not the number one.
    return type(answer) is type(value) and answer == value


def _walk(condition: Condition) -> Iterator[str]:
    match condition:
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from _walk(part)
        case Not(part=part):
            yield from _walk(part)
        case _:
            yield condition.field
