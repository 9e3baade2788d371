"""A condition as rows of a form: up to six comparisons that hold all together, or any of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.catalogue.definition.conditions import APPLICANT_AGE, APPLICANT_CATEGORY
from app.catalogue.definition.elements import WITHOUT_ANSWER
from app.catalogue.drafting import places
from app.catalogue.drafting.places import Draft, Part, Place
from app.core.text import fold_digits

MOST_ROWS = 6
YES, NO = "yes", "no"


class Op(StrEnum):
    """What a row can say of an answer."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    ANSWERED = "answered"
    BELOW = "below"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    OLDER_THAN = "older_than"


_WITH_NUMBER = frozenset({Op.BELOW, Op.AT_LEAST, Op.AT_MOST, Op.OLDER_THAN})


class Join(StrEnum):
    """How rows hold together."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a condition may read: a field or something of the applicant, and its answers."""

    key: str
    kind: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison, as it is typed."""

    field: str
    op: Op
    values: tuple[str, ...] = ()


class NoValue(ValueError):
    """A row compares with nothing, or with what the field cannot have; `row` counts from 0."""

    def __init__(self, text: str, *, row: int = 0) -> None:
        super().__init__(text)
        self.row = row


def asked_before(draft: Draft, place: Place | None) -> dict[str, Asked]:
    """Return what a condition at a place may read, by key, in the order of the form.

    A field sees those before it, one inside a group also its earlier siblings; whatever is
    judged when the form is complete (no place) sees all.
    """
    found = {
        APPLICANT_CATEGORY: Asked(APPLICANT_CATEGORY, "choice", tuple(draft["applicants"])),
        APPLICANT_AGE: Asked(APPLICANT_AGE, "number"),
    }
    for where, field in places.fields_of(draft):
        if place is not None and where >= place[:4]:
            break
        found |= _asked(field)
    if place is not None and len(place) == 6:
        inner = places.at(draft, place[:5])
        for field in inner[: int(place[5])]:
            found |= _asked(field)
    return found


def _asked(field: Draft) -> dict[str, Asked]:
    kind = field["kind"]
    if kind in WITHOUT_ANSWER:
        return {}
    options = tuple(choice["key"] for choice in field.get("choices", []))
    if kind in ("yes_no", "declaration"):
        options = (YES, NO)
    return {field["key"]: Asked(field["key"], kind, options)}


def rows_of(condition: Draft | None, asked: Mapping[str, Asked]) -> tuple[Join, list[Row]] | None:
    """Return a condition as rows, or None when it is deeper than rows can say."""
    if not condition:
        return Join.ALL, []
    join = Join.ANY if "any" in condition else Join.ALL
    parts: Sequence[Draft] = condition.get("all") or condition.get("any") or [condition]
    found = [_row_of(part, asked) for part in parts]
    if len(found) > MOST_ROWS or None in found:
        return None
    return join, [row for row in found if row is not None]


def _row_of(part: Draft, asked: Mapping[str, Asked]) -> Row | None:
    op, inner = (Op.IS_NOT, part["not"]) if "not" in part else (None, part)
    if op is not None and "is" not in inner:
        return None
    op = op or next((Op(name) for name in inner if name in set(Op)), None)
    of = asked.get(inner.get("field", ""))
    if op is None or of is None:
        return None
    row = Row(of.key, op, tuple(_typed(inner, op)))
    return row if _says(row, of) == part else None


def _typed(part: Draft, op: Op) -> Iterator[str]:
    if op is Op.ANSWERED:
        return
    value = part["is" if op is Op.IS_NOT else op.value]
    for one in value if isinstance(value, list) else [value]:
        yield (YES if one else NO) if isinstance(one, bool) else str(one)


def _says(row: Row, of: Asked) -> Draft | None:
    try:
        return comparison(row, of)
    except NoValue:
        return None


def condition_of(join: Join, rows: Sequence[Row], asked: Mapping[str, Asked]) -> Draft | None:
    """Return the condition that rows say, None for no rows; raises NoValue."""
    parts = [_nth(n, row, asked) for n, row in enumerate(rows)]
    if len(parts) < 2:
        return parts[0] if parts else None
    return {join.value: parts}


def _nth(n: int, row: Row, asked: Mapping[str, Asked]) -> Draft:
    try:
        return comparison(row, asked.get(row.field) or Asked(row.field, ""))
    except NoValue:
        raise NoValue(row.field, row=n) from None


def comparison(row: Row, of: Asked) -> Draft:
    """Return what one row says; raises NoValue when its value is missing or no number."""
    if row.op is Op.ANSWERED:
        return {"field": row.field, "answered": True}
    values = [text.strip() for text in row.values if text.strip()]
    if not values:
        raise NoValue(row.field)
    if row.op in _WITH_NUMBER:
        return {"field": row.field, row.op.value: _whole(values[0])}
    if row.op is Op.IN:
        many = values if of.options else [v for text in values for v in _split(text)]
        return {"field": row.field, "in": [_scalar(one, of) for one in many]}
    said = {"field": row.field, "is": _scalar(values[0], of)}
    return {"not": said} if row.op is Op.IS_NOT else said


def _split(text: str) -> list[str]:
    parts = text.replace("،", ",").replace(";", ",").split(",")
    return [part.strip() for part in parts if part.strip()]


def _scalar(text: str, of: Asked) -> Any:
    """Return a value as the field would have it (Any: text, whole number, true or false)."""
    if of.kind in ("yes_no", "declaration"):
        if text not in (YES, NO):
            raise NoValue(of.key)
        return text == YES
    return _whole(text) if of.kind == "number" else text


def _whole(text: str) -> int:
    plain = fold_digits(text).replace("−", "-").strip()
    if not plain.removeprefix("-").isascii() or not plain.removeprefix("-").isdigit():
        raise NoValue(text)
    return int(plain[:14])


def typed_rows(name: str, typed: Mapping[str, Sequence[str]]) -> tuple[Join, list[Row]]:
    """Return the rows that came as NAME.join and NAME.0.field, .op and .value; empty ones drop."""
    rows = []
    for n in range(MOST_ROWS):
        field = _first(typed, f"{name}.{n}.field")
        if field:
            op = _first(typed, f"{name}.{n}.op")
            values = tuple(typed.get(f"{name}.{n}.value", ()))
            rows.append(Row(field, Op(op) if op in set(Op) else Op.IS, values))
    return (Join.ANY if _first(typed, f"{name}.join") == Join.ANY else Join.ALL), rows


def written_rows(name: str, join: Join, rows: Sequence[Row]) -> dict[str, list[str]]:
    """Return rows as a form would send them."""
    sent = {f"{name}.join": [join.value]}
    for n, row in enumerate(rows):
        sent[f"{name}.{n}.field"] = [row.field]
        sent[f"{name}.{n}.op"] = [row.op.value]
        sent[f"{name}.{n}.value"] = list(row.values)
    return sent


def _first(typed: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(typed.get(name, ())), "")


def place_of_field(place: Place) -> Place | None:
    """Return where a condition is judged from: a field's place, or None for the whole form."""
    return place if places.part_of(place) in (Part.FIELD, Part.INNER) else None
