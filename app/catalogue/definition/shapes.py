"""The shapes of which the JSON Schema of service files is made, as their reader knows them."""

import re
from enum import StrEnum
from typing import TypeAlias

from app.catalogue.definition import reader as values
from app.catalogue.definition.texts import LANGUAGE

Json: TypeAlias = dict[str, object]

UNSEEN = r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]"
"""What no text may hold; lone surrogates cannot be said in a schema, the reader refuses them."""
NULL: Json = {"type": "null"}


def an_object(*, required: Json, optional: Json | None = None) -> Json:
    """Return the shape of an object; what is optional may be null as well."""
    more = {name: or_null(shape) for name, shape in (optional or {}).items()}
    return {
        "type": "object",
        "properties": {**required, **more},
        "required": list(required),
        "additionalProperties": False,
    }


def or_null(shape: object) -> Json:
    """Return the shape of what may be null instead."""
    return {"anyOf": [shape, NULL]}


def ref(name: str) -> Json:
    """Return a reference to a definition."""
    return {"$ref": f"#/$defs/{name}"}


def text(longest: int) -> Json:
    """Return the shape of a text that must have words."""
    return words(longest) | {"minProperties": 1}


def words(longest: int) -> Json:
    """Return the shape of a map of languages, which may be empty."""
    said = {
        "type": "string",
        "maxLength": longest,
        "not": {"anyOf": [{"pattern": UNSEEN}, {"pattern": values.HTML.pattern}]},
    }
    return {
        "type": "object",
        "patternProperties": {whole_of(LANGUAGE): said},
        "additionalProperties": False,
    }


def many(name: str, most: int, *, least: int = 0) -> Json:
    """Return the shape of a list of things defined elsewhere."""
    return {"type": "array", "items": ref(name), "minItems": least, "maxItems": most}


def members(kinds: type[StrEnum], *, least: int) -> Json:
    """Return the shape of a list of members of a closed list."""
    return {
        "type": "array",
        "items": among(kinds),
        "uniqueItems": True,
        "minItems": least,
    }


def strings() -> Json:
    """Return the shape of a list of short lines."""
    one = {"type": "string", "maxLength": values.LINE, "not": {"pattern": UNSEEN}}
    return {"type": "array", "items": one, "uniqueItems": True, "maxItems": values.MOST_STRINGS}


def among(kinds: type[StrEnum]) -> Json:
    """Return the shape of a member of a closed list."""
    return {"enum": [kind.value for kind in kinds]}


def whole(least: int, most: int) -> Json:
    """Return the shape of a whole number within bounds."""
    return {"type": "integer", "minimum": least, "maximum": most}


def matching(form_of: re.Pattern[str]) -> Json:
    """Return the shape of a line that a pattern fits as a whole."""
    return {"type": "string", "pattern": whole_of(form_of)}


def whole_of(form_of: re.Pattern[str]) -> str:
    """Return a pattern that fits whole texts only."""
    return f"^{form_of.pattern}$"


def given(name: str) -> Json:
    """Return what holds of an object that has a value under a name."""
    return {"properties": {name: {"not": NULL}}, "required": [name]}


def absent(name: str) -> Json:
    """Return what holds of an object that has none."""
    return {"properties": {name: NULL}}


def filled(name: str) -> Json:
    """Return what holds of an object with a list under a name that is not empty."""
    return {"properties": {name: {"type": "array", "minItems": 1}}, "required": [name]}


def empty(name: str) -> Json:
    """Return what holds of an object without such a list."""
    return {"properties": {name: {"anyOf": [{"maxItems": 0}, NULL]}}}
