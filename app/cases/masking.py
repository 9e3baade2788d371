"""Identity numbers stay covered until somebody asks for them, which is recorded."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from app.accounts.rules import Details, digits_of, document_number
from app.cases.models import Case
from app.catalogue.definition.elements import Field, FieldKind, Page
from app.catalogue.definition.identity import is_of_identity

SHOWN = 3
COVER = "•••••"


def masked(number: str) -> str:
    """Return a number of which the last signs can be compared and no more is read."""
    return COVER + number[-SHOWN:] if len(number) > 2 * SHOWN else COVER if number else ""


def numbers_of(details: Details) -> frozenset[str]:
    """Return the identity numbers of a person, in the form in which they are compared."""
    numbers = digits_of(details.national_number), document_number(details.passport_number)
    return frozenset(number for number in numbers if number)


def masked_values(page: Page, values: Mapping[str, Any], known: AbstractSet[str]) -> dict[str, Any]:
    """Return the answers of a page with identity numbers covered (Any: JSON).

    Covered is what a field asks for as an identity number, whoever it names (definition.identity),
    and any other text that repeats a number of the person, which `known` holds.
    """
    return _entry(page.fields, values, known)


def masked_in(case: Case, page: Page, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of a page of a case with its person's identity numbers covered."""
    known = numbers_of(Details.from_json(case.person.details or {}))
    return masked_values(page, values, known)


def _entry(
    fields: Sequence[Field], values: Mapping[str, Any], known: AbstractSet[str]
) -> dict[str, Any]:
    return {one.key: _covered(one, values[one.key], known) for one in fields if one.key in values}


def _covered(one: Field, value: Any, known: AbstractSet[str]) -> Any:
    if one.kind is FieldKind.GROUP:
        return [_entry(one.fields, entry, known) for entry in value]
    if is_of_identity(one) or (isinstance(value, str) and document_number(value) in known):
        return masked(str(value))
    return value
