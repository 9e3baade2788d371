"""Stable keys: suggested from a label, free among siblings, renamed with all that read them."""

import copy
import re
from collections.abc import Collection, Mapping
from typing import Any

from app.catalogue.definition.reader import KEY
from app.catalogue.drafting import places
from app.catalogue.drafting.places import Draft, Part, Place

LONGEST = 40
_SUGGESTED = 30

_LETTERS = (
    str.maketrans("абвгдеёзийклмнопрстуфцыэ", "abvgdeeziyklmnoprstufcye", "ъь")
    | str.maketrans({"ж": "zh", "х": "kh", "ч": "ch", "ш": "sh", "щ": "sch", "ю": "yu", "я": "ya"})
    | str.maketrans("ابتجحدرزسصضطظعفقكلمنهويةىأإآؤئ", "abtjhdrzssdtzafqklmnhwyaaaiawy", "ء")
    | str.maketrans({"ث": "th", "خ": "kh", "ذ": "dh", "ش": "sh", "غ": "gh"})
)
_OTHER = re.compile(r"[^a-z0-9]+")


def suggest(label: Mapping[str, str], fallback: str, *, taken: Collection[str]) -> str:
    """Return a free key made from a label: the English one, else the Russian, else the Arabic."""
    words = label.get("en") or label.get("ru") or label.get("ar") or ""
    plain = _OTHER.sub("_", words.casefold().translate(_LETTERS)).strip("_")
    short = plain if len(plain) <= _SUGGESTED else plain[:_SUGGESTED].rpartition("_")[0]
    key = (short or plain[:_SUGGESTED]).strip("_")
    return free(key if KEY.fullmatch(key) else fallback, taken)


def free(key: str, taken: Collection[str]) -> str:
    """Return the key, with a number behind it where it is taken."""
    if key not in taken:
        return key
    stem = re.sub(r"_\d{1,3}$", "", key)[: LONGEST - 4]
    return next(name for n in range(2, 1000) if (name := f"{stem}_{n}") not in taken)


def taken(draft: Draft, part: Part, list_place: Place) -> set[str]:
    """Return the keys that a new part of a list cannot have."""
    if part in (Part.FIELD, Part.PAPER):
        # A file question is kept as a paper, so that fields and papers share their keys.
        return {field["key"] for _place, field in places.fields_of(draft)} | {
            paper["key"] for paper in draft.get("papers", [])
        }
    if part in (Part.FEE, Part.ADD_ON, Part.WAIVER):
        lines = (draft.get(name, []) for name in ("fees", "add_ons", "waivers"))
        return {line["key"] for one in lines for line in one}
    name = places.key_name(part)
    return {one[name] for one in places.at(draft, list_place)}


def renamed(draft: Draft, place: Place, key: str) -> Draft:
    """Return a copy in which a part has another key, and what reads a field reads it by that."""
    part = places.part_of(place)
    changed = copy.deepcopy(draft)
    node = places.at(changed, place)
    name = places.key_name(part) if part else "key"
    before = node[name]
    if part in (Part.FIELD, Part.INNER):
        for where, condition in places.conditions_of(changed):
            if is_in_sight(changed, place, before, where):
                read_instead(condition, {before: key})
    node[name] = key
    return changed


def is_in_sight(draft: Draft, field: Place, key: str, condition: Place) -> bool:
    """Return whether a condition that names the key means this field.

    Inside a group, its own field of the same key stands before that of the form.
    """
    if places.part_of(field) is Part.INNER:
        return condition[:4] == field[:4] and len(condition) == 7
    if len(condition) != 7 or condition[0] != "pages":
        return True
    group = places.at(draft, condition[:4])
    return key not in {inner["key"] for inner in group.get("fields", [])}


def read_instead(condition: Any, names: Mapping[str, str]) -> None:
    """Have a condition read other fields, in place (Any: JSON)."""
    if isinstance(condition, list):
        for part in condition:
            read_instead(part, names)
    elif isinstance(condition, dict):
        if condition.get("field") in names:
            condition["field"] = names[condition["field"]]
        for name in ("all", "any", "not"):
            read_instead(condition.get(name), names)
