"""The parts of a service as cards: what each is in a few words, and what can be done with it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from app.catalogue import condition_words
from app.catalogue.building import addresses, words
from app.catalogue.building.shown import parse_condition
from app.catalogue.condition_words import Fields
from app.catalogue.definition import document as definitions
from app.catalogue.definition.charges import ANY_CATEGORY
from app.catalogue.definition.elements import ENGINES_PRESENT, FieldKind, StepKind
from app.catalogue.drafting import parts, places
from app.catalogue.drafting.inputs import MEGABYTE
from app.catalogue.drafting.places import CONDITIONS, Draft, Part, Place
from app.catalogue.kind_words import KINDS
from app.catalogue.presenting import VARIANTS
from app.core import i18n


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One part on a list."""

    place: Place
    code: str
    """Of the service."""
    part: Part
    name: Markup
    key: str
    tags: Sequence[str]
    lines: Sequence[Markup]
    is_first: bool
    is_last: bool
    inner: Sequence["Card"] = ()

    @property
    def plain_name(self) -> str:
        """Return the name for readers of buttons."""
        return self.name.striptags()

    @property
    def anchor(self) -> str:
        """Return the id on the page."""
        return addresses.anchor(self.place)

    @property
    def edit_url(self) -> str:
        """Return where it is edited."""
        return addresses.edit(self.code, self.place)

    @property
    def remove_url(self) -> str:
        """Return where removing it is asked once more."""
        numbers = places.numbers_of(self.place)
        return url_for("service_parts.remove", code=self.code, part=self.part, numbers=numbers)

    @property
    def copy_url(self) -> str:
        """Return where a copy is filled in, for what cannot be there twice as it is."""
        if self.part is not Part.FEE:
            return ""
        numbers = places.numbers_of(self.place)
        return url_for("service_parts.add", code=self.code, part=self.part, like=numbers)

    @property
    def can_be_duplicated(self) -> bool:
        """Return whether a second one can stand beside it at once."""
        return self.part in parts.DUPLICABLE

    def act(self, name: str) -> str:
        """Return what a button sends to do something with it."""
        return addresses.act(name, self.place)

    def add_url(self, part: str) -> str:
        """Return where a part inside it is added."""
        into = places.numbers_of(self.place)
        return url_for("service_parts.add", code=self.code, part=part, into=into)


def cards_of(draft: Draft, list_place: Place) -> list[Card]:
    """Return the cards of a list; those of pages hold their fields."""
    definition = definitions.parse(draft)
    group = None
    if places.part_of((*list_place, 0)) is Part.INNER:
        group = definition.pages[int(list_place[1])].fields[int(list_place[3])]
    return list(_cards(draft, list_place, condition_words.fields_of(definition, group)))


def _cards(draft: Draft, list_place: Place, fields: Fields) -> Iterator[Card]:
    items: list[Draft] = places.at(draft, list_place)
    for n, item in enumerate(items):
        place = (*list_place, n)
        part = places.part_of(place)
        if part is None:
            raise places.NoSuchPlace(places.as_text(place))
        yield Card(
            place=place,
            code=draft["code"],
            part=part,
            name=_name(part, item),
            key="" if part in (Part.NOTICE, Part.STEP) else item[places.key_name(part)],
            tags=list(_tags(part, item)),
            lines=list(_lines(part, item, fields)),
            is_first=n == 0,
            is_last=n == len(items) - 1,
            inner=list(_cards(draft, (*place, "fields"), fields)) if part is Part.PAGE else (),
        )


def _name(part: Part, item: Draft) -> Markup:
    if part in (Part.STEP, Part.NOTICE) and not item.get("title"):
        return Markup.escape(words.name_of(part, item))
    names = ("label", "title", "text", "reason")
    return condition_words.own(next(item[name] for name in names if item.get(name)))


def _tags(part: Part, item: Draft) -> Iterator[str]:
    writer = _TAGS.get(part)
    if writer is not None:
        yield from writer(item)


def _of_field(item: Draft) -> Iterator[str]:
    yield str(KINDS[FieldKind(item["kind"])])
    if item["kind"] != FieldKind.INFORMATION:
        yield _need(item)
    count = len(item.get("choices") or item.get("fields") or ())
    if item.get("choices"):
        yield ngettext("%(num)s answer to choose", "%(num)s answers to choose", count)
    elif item.get("fields"):
        yield ngettext("%(num)s field inside", "%(num)s fields inside", count)


def _of_paper(item: Draft) -> Iterator[str]:
    yield _need(item)
    yield ", ".join(form.upper() for form in item["formats"])
    size = f"{item['max_bytes'] / MEGABYTE:.2f}".rstrip("0").rstrip(".")
    yield _("up to %(size)s MB", size=size)
    if item.get("freshness_days"):
        days = item["freshness_days"]
        yield ngettext("at most %(num)s day old", "at most %(num)s days old", days)
    if item.get("original"):
        yield _("bring the original")


def _of_charge(item: Draft) -> Iterator[str]:
    yield i18n.money(item["amount"], item["currency"])
    if item.get("variant"):
        yield str(VARIANTS.get(item["variant"], item["variant"]))
    if item.get("target_days"):
        yield ngettext("%(num)s working day", "%(num)s working days", item["target_days"])
    if item.get("category", ANY_CATEGORY) != ANY_CATEGORY:
        yield str(condition_words.CATEGORIES[item["category"]])


def _of_waiver(item: Draft) -> Iterator[str]:
    yield _("%(percent)s percent", percent=item["percent"])
    if item.get("by_officer"):
        yield _("by decision of an officer")


def _of_step(item: Draft) -> Iterator[str]:
    if StepKind(item["kind"]) not in ENGINES_PRESENT:
        yield _("cannot be carried out yet")


def _need(item: Draft) -> str:
    return _("required") if item.get("required", True) else _("may stay empty")


_TAGS: dict[Part, Callable[[Draft], Iterator[str]]] = {
    Part.FIELD: _of_field,
    Part.INNER: _of_field,
    Part.PAPER: _of_paper,
    Part.FEE: _of_charge,
    Part.ADD_ON: _of_charge,
    Part.WAIVER: _of_waiver,
    Part.STEP: _of_step,
}


def _lines(part: Part, item: Draft, fields: Fields) -> Iterator[Markup]:
    for name in CONDITIONS:
        condition = parse_condition(item.get(name))
        if condition is not None:
            said = condition_words.in_words(condition, fields)
            label = words.label_of(name, part)
            yield Markup.escape(_("%(label)s: %(words)s")) % {"label": label, "words": said}
    if item.get("valid_from"):
        yield Markup.escape(_period(item))
    if part is Part.FIELD and item.get("fields"):
        yield _comma().join(condition_words.own(one["label"]) for one in item["fields"])
    if part is Part.STEP and item.get("decided_by"):
        who = (str(words.OPTIONS["decided_by"][one]) for one in item["decided_by"])
        yield Markup.escape(_("Decided by: %(who)s", who=_comma().join(who)))


def _comma() -> Markup:
    return Markup.escape("، " if i18n.language() == "ar" else ", ")


def _period(item: Draft) -> str:
    first = i18n.short_day(date.fromisoformat(item["valid_from"]))
    if not item.get("valid_to"):
        return _("from %(first)s", first=first)
    last = i18n.short_day(date.fromisoformat(item["valid_to"]))
    return _("%(first)s to %(last)s", first=first, last=last)


def card_of(draft: Draft, place: Place) -> Card:
    """Return the card of one part; raises NoSuchPlace."""
    places.at(draft, place)
    return cards_of(draft, place[:-1])[int(place[-1])]


def lists_inside(draft: Draft, place: Place, item: Draft) -> list[tuple[Part, str, Any]]:
    """Return (part, heading, cards) of what a part holds lists of (Any: cards)."""
    part = places.part_of(place)
    found: list[tuple[Part, str, Any]] = []
    if item.get("choices"):
        inner = Part.CHOICE if part is Part.FIELD else Part.INNER_CHOICE
        found.append((inner, _("Answers to choose from"), cards_of(draft, (*place, "choices"))))
    if part is Part.FIELD and item.get("fields"):
        heading = _("Fields of the group")
        found.append((Part.INNER, heading, cards_of(draft, (*place, "fields"))))
    if part is Part.PAPER:
        heading = _("Reasons to ask for it again")
        found.append((Part.REASON, heading, cards_of(draft, (*place, "reasons"))))
    return found
