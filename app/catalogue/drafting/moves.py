"""Adding, changing, moving, duplicating and removing the parts of a draft.

Every function returns a changed copy; whether that makes a service is for parse to say.
"""

import copy
from collections.abc import Sequence

from app.catalogue.drafting import keys, places
from app.catalogue.drafting.places import Draft, NoSuchPlace, Part, Place

ANY_POOL = "general"


class StillRead(Exception):
    """What was to be removed is read by conditions elsewhere; `places` says by which."""

    def __init__(self, found: Sequence[Place]) -> None:
        super().__init__(", ".join(map(places.as_text, found)))
        self.places = tuple(found)


def added(draft: Draft, list_place: Place, item: Draft, *, pool: str = ANY_POOL) -> Draft:
    """Return a copy with one more at its place in a list: the end, but for steps.

    A step with a visit brings a seat of the pool, without which it would be no service.
    """
    changed = copy.deepcopy(draft)
    where = int(place_of_new(draft, list_place)[-1])
    _list(changed, list_place).insert(where, copy.deepcopy(item))
    if list_place == ("path",) and item.get("kind") == "appointment":
        changed["appointment"] = changed.get("appointment") or {"pool": pool, "units": 1}
    return changed


def place_of_new(draft: Draft, list_place: Place) -> Place:
    """Return where a new part comes: at the end, a step before the hand-over that ends a path."""
    items = places.at(draft, list_place)
    ends = list_place == ("path",) and items and items[-1]["kind"] == "hand_over"
    return (*list_place, len(items) - 1 if ends else len(items))


def replaced(draft: Draft, place: Place, item: Draft) -> Draft:
    """Return a copy with another part at a place; a new key of a field is followed everywhere."""
    part = places.part_of(place)
    name = places.key_name(part) if part else "key"
    before = places.at(draft, place)
    changed = draft
    if item.get(name) and item[name] != before.get(name):
        changed = keys.renamed(draft, place, item[name])
    changed = copy.deepcopy(changed)
    places.at(changed, place[:-1])[int(place[-1])] = copy.deepcopy(item)
    return changed


def moved(draft: Draft, place: Place, *, by: int) -> Draft:
    """Return a copy with a part so many places further down, at most to either end."""
    changed = copy.deepcopy(draft)
    siblings = places.at(changed, place[:-1])
    item = places.at(changed, place)
    at = int(place[-1])
    del siblings[at]
    siblings.insert(max(0, at + by), item)
    return changed


def carried(draft: Draft, place: Place, *, to_page: int) -> Draft:
    """Return a copy with a field at the end of another page.

    A page must keep one field, which parse says. Raises NoSuchPlace.
    """
    if places.part_of(place) is not Part.FIELD:
        raise NoSuchPlace(places.as_text(place))
    changed = copy.deepcopy(draft)
    item = places.at(changed, place)
    target = places.at(changed, ("pages", to_page))
    del places.at(changed, place[:-1])[int(place[-1])]
    target["fields"].append(item)
    return changed


def duplicated(draft: Draft, place: Place) -> Draft:
    """Return a copy with a part twice, the second one behind the first under fresh keys."""
    part = places.part_of(place)
    if part is None:
        raise NoSuchPlace(places.as_text(place))
    changed = copy.deepcopy(draft)
    item = copy.deepcopy(places.at(changed, place))
    name = places.key_name(part)
    item[name] = keys.free(item[name], keys.taken(changed, part, place[:-1]))
    if part is Part.PAGE:
        _freshen(changed, item)
    places.at(changed, place[:-1]).insert(int(place[-1]) + 1, item)
    return changed


def removed(draft: Draft, place: Place) -> Draft:
    """Return a copy without a part; raises StillRead when a condition elsewhere reads it."""
    found = readers_of(draft, place)
    if found:
        raise StillRead(found)
    changed = copy.deepcopy(draft)
    item = places.at(changed, place)
    del places.at(changed, place[:-1])[int(place[-1])]
    if place[0] == "path" and item["kind"] == "appointment":
        changed.pop("appointment", None)
    return changed


def readers_of(draft: Draft, place: Place) -> list[Place]:
    """Return the places of the conditions that read a field, or a field of a page."""
    part = places.part_of(place)
    item = places.at(draft, place)
    fields = {place: item} if part in (Part.FIELD, Part.INNER) else {}
    if part is Part.PAGE:
        fields = {(*place, "fields", n): field for n, field in enumerate(item["fields"])}
    return [
        where
        for where, condition in places.conditions_of(draft)
        if where[: len(place)] != place
        and any(
            field["key"] in places.fields_read(condition)
            and keys.is_in_sight(draft, at, field["key"], where)
            for at, field in fields.items()
        )
    ]


def _list(draft: Draft, place: Place) -> list[Draft]:
    """Return the list at a place, made where the draft has none yet."""
    holder = places.at(draft, place[:-1])
    if not isinstance(holder, dict):
        raise NoSuchPlace(places.as_text(place))
    found: list[Draft] = holder.setdefault(str(place[-1]), [])
    return found


def _freshen(draft: Draft, page: Draft) -> None:
    """Give the fields of a duplicated page keys of their own, and have them read each other."""
    used = keys.taken(draft, Part.FIELD, ())
    names: dict[str, str] = {}
    for field in page["fields"]:
        names[field["key"]] = keys.free(field["key"], used | set(names.values()))
        field["key"] = names[field["key"]]
    for field in page["fields"]:
        own = {inner["key"] for inner in field.get("fields", [])}
        for one in (field, *field.get("fields", [])):
            seen = {old: new for old, new in names.items() if one is field or old not in own}
            for name in places.CONDITIONS:
                keys.read_instead(one.get(name), seen)
