"""The one engine that judges what a citizen typed on one page of a service."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from app.catalogue.answers import kinds as answer_kinds
from app.catalogue.answers.entries import Answer, Entry, ErrorCode, Param, Raw, Refused
from app.catalogue.definition import conditions, patterns
from app.catalogue.definition.conditions import Applicant
from app.catalogue.definition.elements import WITHOUT_ANSWER, Field, FieldKind, Page
from app.core import phones

__all__ = ["Applicant", "ErrorCode", "FieldError", "PageResult", "check_page", "is_shown", "to_raw"]

MOST_ENTRIES = 20

_CHOOSING = frozenset({FieldKind.CHOICE, FieldKind.CHOICES, FieldKind.YES_NO, FieldKind.COUNTRY})


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """What is wrong or unusual in a field, under its key in the form."""

    key: str
    code: ErrorCode
    params: Mapping[str, Param]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult:
    """The answers of a page by field key, JSON-able, with errors and warnings.

    A field with an error has no value; hidden and empty fields have none either.
    A group keeps what was right in its sub-forms.
    Warnings do not stop anybody.
    """

    values: Mapping[str, Answer]
    errors: tuple[FieldError, ...]
    warnings: tuple[FieldError, ...]


@dataclass(slots=True, kw_only=True)
class _Findings:
    errors: list[FieldError] = field(default_factory=list)
    warnings: list[FieldError] = field(default_factory=list)

    def refuse(self, key: str, code: ErrorCode, **params: Param) -> None:
        self.errors.append(FieldError(key=key, code=code, params=params))

    def warn(self, key: str, code: ErrorCode, **params: Param) -> None:
        self.warnings.append(FieldError(key=key, code=code, params=params))


def check_page(
    page: Page,
    raw: Raw,
    earlier: Mapping[str, object],
    today: date,
    *,
    applicant: Applicant | None = None,
) -> PageResult:
    """Return the answers that the posted page holds, and what is wrong with it.

    `earlier` are the stored answers of the other pages; what it says about
    this page is not used. `today` is the day at the post.
    """
    known = _without(earlier, page.fields)
    findings = _Findings()

    def read(one: Field) -> Answer | None:
        return _read(
            Entry(field=one, key=one.key, raw=raw, today=today), known, applicant, findings
        )

    values = _read_all(page.fields, known, applicant, read)
    return PageResult(
        values=values, errors=tuple(findings.errors), warnings=tuple(findings.warnings)
    )


def is_shown(one: Field, answers: Mapping[str, object], applicant: Applicant | None = None) -> bool:
    """Return whether the field is asked, given the answers before it."""
    return one.show_when is None or conditions.evaluate(one.show_when, answers, applicant)


def is_required(
    one: Field, answers: Mapping[str, object], applicant: Applicant | None = None
) -> bool:
    """Return whether the field needs an answer, given the answers before it."""
    if one.require_when is not None:
        return conditions.evaluate(one.require_when, answers, applicant)
    return one.required


def to_raw(fields: Iterable[Field], values: Mapping[str, object]) -> dict[str, list[str]]:
    """Return stored answers as the form posts them, to fill the page again."""
    raw: dict[str, list[str]] = {}
    for one in fields:
        if (value := values.get(one.key)) is not None:
            raw.update(_raw_of(one, one.key, value))
    return raw


def group_size(one: Field, raw: Raw) -> int:
    """Return how many sub-forms of a group were posted, blank ones included."""
    return max(_indices(one.key, raw), default=-1) + 1


def _without(earlier: Mapping[str, object], fields: Iterable[Field]) -> dict[str, object]:
    here = {one.key for one in fields}
    return {key: value for key, value in earlier.items() if key not in here}


def _read_all(
    fields: Iterable[Field],
    known: dict[str, object],
    applicant: Applicant | None,
    read: Callable[[Field], Answer | None],
) -> dict[str, Answer]:
    """Return the values of the shown fields; each is known to those after it."""
    values: dict[str, Answer] = {}
    for one in fields:
        if one.kind in WITHOUT_ANSWER or not is_shown(one, known, applicant):
            continue
        value = read(one)
        if value is not None:
            known[one.key] = values[one.key] = value
    return values


def _read(
    entry: Entry, known: Mapping[str, object], applicant: Applicant | None, findings: _Findings
) -> Answer | None:
    required = is_required(entry.field, known, applicant)
    if entry.field.kind is FieldKind.GROUP:
        return _read_group(entry, known, applicant, findings, least=1 if required else 0)
    try:
        value = answer_kinds.READERS[entry.field.kind](entry)
        _check_pattern(entry, value, findings)
    except Refused as refusal:
        findings.refuse(entry.key, refusal.code, **refusal.params)
        return None
    if value is None and required:
        findings.refuse(entry.key, _missing_code(entry.field))
    if isinstance(value, str):
        _warn_of_unusual(entry, value, findings)
    return value


def _missing_code(one: Field) -> ErrorCode:
    if one.kind is FieldKind.DECLARATION:
        return ErrorCode.TICK
    return ErrorCode.CHOOSE if one.kind in _CHOOSING else ErrorCode.REQUIRED


def _check_pattern(entry: Entry, value: Answer | None, findings: _Findings) -> None:
    pattern = entry.field.pattern
    if pattern is None or not isinstance(value, str) or patterns.matches(pattern.expression, value):
        return
    if not entry.field.warn:
        raise Refused(ErrorCode.PATTERN, message=pattern.message)
    findings.warn(entry.key, ErrorCode.PATTERN, message=pattern.message)


def _warn_of_unusual(entry: Entry, value: str, findings: _Findings) -> None:
    kind = entry.field.kind
    if kind is FieldKind.PHONE and phones.is_unusual(value):
        findings.warn(entry.key, ErrorCode.PHONE_UNUSUAL)
    if kind is FieldKind.NATIONAL_NUMBER and answer_kinds.is_unusual_national_number(value):
        findings.warn(entry.key, ErrorCode.NATIONAL_NUMBER_UNUSUAL)


def _read_group(
    entry: Entry,
    known: Mapping[str, object],
    applicant: Applicant | None,
    findings: _Findings,
    *,
    least: int,
) -> list[object] | None:
    """Return the filled sub-forms; a blank one is left out, not an error."""
    filled = [n for n in _indices(entry.key, entry.raw) if _is_filled(entry, n)]
    least = max(least, entry.field.least or 0) if least or filled else 0
    most = min(MOST_ENTRIES, entry.field.most or MOST_ENTRIES)
    if not filled and least:
        findings.refuse(entry.key, ErrorCode.REQUIRED)
    elif len(filled) < least:
        findings.refuse(entry.key, ErrorCode.TOO_FEW, limit=least)
    elif len(filled) > most:
        findings.refuse(entry.key, ErrorCode.TOO_MANY, limit=most)
        return None
    read = (_read_sub_form(entry, n, known, applicant, findings) for n in filled)
    return [values for values in read if values] or None


def _read_sub_form(
    entry: Entry,
    index: int,
    known: Mapping[str, object],
    applicant: Applicant | None,
    findings: _Findings,
) -> dict[str, Answer]:
    fields = entry.field.fields
    inside = _without(known, fields)

    def read(one: Field) -> Answer | None:
        inner = entry.of(one, f"{entry.key}-{index}.{one.key}")
        return _read(inner, inside, applicant, findings)

    return _read_all(fields, inside, applicant, read)


def _indices(key: str, raw: Raw) -> list[int]:
    pattern = re.compile(re.escape(key) + r"-([0-9]{1,3})\..+")
    found = {int(match[1]) for name in raw if (match := pattern.fullmatch(name))}
    return sorted(found)


def _is_filled(entry: Entry, index: int) -> bool:
    start = f"{entry.key}-{index}."
    return any(
        value.strip()
        for name, values in entry.raw.items()
        if name.startswith(start)
        for value in values
    )


def _raw_of(one: Field, key: str, value: object) -> dict[str, list[str]]:
    if one.kind is FieldKind.GROUP and isinstance(value, list):
        return {
            name: said
            for n, item in enumerate(value)
            for inner in one.fields
            if item.get(inner.key) is not None
            for name, said in _raw_of(inner, f"{key}-{n}.{inner.key}", item[inner.key]).items()
        }
    if isinstance(value, dict):
        return _raw_money(key, value)
    if one.kind in {FieldKind.DATE, FieldKind.YEAR_OR_DATE}:
        return _raw_date(key, str(value))
    if isinstance(value, bool):
        return {key: ["yes" if value else "no"]}
    return {key: [str(each) for each in value] if isinstance(value, list) else [str(value)]}


def _raw_money(key: str, value: Mapping[str, object]) -> dict[str, list[str]]:
    units, cents = divmod(int(str(value["amount"])), 100)
    return {f"{key}.amount": [f"{units}.{cents:02}"], f"{key}.currency": [str(value["currency"])]}


def _raw_date(key: str, value: str) -> dict[str, list[str]]:
    year, _, rest = value.partition("-")
    month, _, day = rest.partition("-")
    return {f"{key}.year": [year], f"{key}.month": [month], f"{key}.day": [day]}
