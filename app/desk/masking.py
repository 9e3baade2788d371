"""Identity numbers stay covered until an officer asks for them, which is recorded."""

from collections.abc import Mapping
from typing import Any

from app.catalogue.elements import Field, FieldKind, Page

SHOWN = 3
COVER = "•••••"


def masked(number: str) -> str:
    """Return a number of which the last signs can be compared and no more is read."""
    return COVER + number[-SHOWN:] if len(number) > 2 * SHOWN else COVER if number else ""


def masked_values(page: Page, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of a page with every national number covered (Any: JSON)."""
    return {one.key: _covered(one, values[one.key]) for one in page.fields if one.key in values}


def _covered(one: Field, value: Any) -> Any:
    if one.kind is FieldKind.NATIONAL_NUMBER:
        return masked(str(value))
    if one.kind is FieldKind.GROUP:
        return [_covered_entry(one, entry) for entry in value]
    return value


def _covered_entry(group: Field, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {one.key: _covered(one, entry[one.key]) for one in group.fields if one.key in entry}
