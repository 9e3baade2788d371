"""The page on which one part of a service is filled in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import render_template, request

from app.catalogue import condition_words, editor_tabs, queries, samples
from app.catalogue.building import addresses, cards, shown, words
from app.catalogue.building.saving import ChangeForm
from app.catalogue.building.shown import Errors
from app.catalogue.definition import document as definitions
from app.catalogue.definition.elements import Definition, Field, FieldKind, Paper
from app.catalogue.drafting import inputs, keys, merging, parts, places, rows
from app.catalogue.drafting.inputs import Input, Typed
from app.catalogue.drafting.places import Draft, NoSuchPlace, Part, Place
from app.catalogue.kind_words import KINDS
from app.catalogue.models import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A part with its inputs, what stands in them, and what is wrong with it."""

    service: Service
    part: Part
    place: Place
    item: Draft
    inputs: tuple[Input, ...]
    is_new: bool
    values: Typed
    errors: Errors
    elsewhere: Sequence[str] = ()
    is_merged: bool = False
    """Whether it shows the draft as it stands now, not as the form that was sent saw it."""

    @property
    def stored(self) -> Typed:
        """Return what its inputs show of the part as it is stored."""
        return inputs.written(self.inputs, self.item, self.asked)

    @property
    def asked(self) -> dict[str, rows.Asked]:
        """Return what its conditions may read."""
        return rows.asked_before(self.service.draft, rows.place_of_field(self.place))


def page(sheet: Sheet) -> str:
    """Return the page of a sheet."""
    draft = sheet.service.draft
    definition = definitions.parse(draft)
    made = shown.show(
        sheet.inputs,
        sheet.values,
        sheet.errors,
        draft=draft,
        item=sheet.item,
        part=sheet.part,
        asked=sheet.asked,
        fields=condition_words.fields_of(definition, _group_of(sheet, definition)),
    )
    return render_template(
        "catalogue/building/part.html",
        service=sheet.service,
        sheet=sheet,
        title=_title(sheet),
        inputs=made,
        lacking=_lacking(sheet, definition),
        keyed=ChangeForm(formdata=None),
        seen=_as_sent("seen", sheet) or sheet.service.draft_revision,
        given=_as_sent("given", sheet) or merging.given(sheet.inputs, sheet.stored),
        keys=_as_sent("keys", sheet) or _keys(sheet),
        action="" if sheet.is_new else addresses.edit(sheet.service.code, sheet.place),
        back=addresses.home(sheet.service.code, sheet.place),
        tabs=editor_tabs.tabs(sheet.service.code, at=addresses.tab_of(sheet.part)),
        kind=_kind(sheet),
        key=_locked_key(sheet),
        lists=[] if sheet.is_new else cards.lists_inside(draft, sheet.place, sheet.item),
        pages=_other_pages(sheet),
        ops=[(op.value, text) for op, text in words.OPS.items()],
        numbers=places.numbers_of(sheet.place),
        add_words=words.ADD,
    )


def _as_sent(name: str, sheet: Sheet) -> str:
    """Return what a form that is shown again said of the draft that it was made from."""
    return "" if sheet.is_merged else request.form.get(name, "")


def _keys(sheet: Sheet) -> str:
    """Return by which keys the part is found again if it is moved meanwhile."""
    return "" if sheet.is_new else "/".join(places.keys_of(sheet.service.draft, sheet.place))


def _lacking(sheet: Sheet, definition: Definition) -> list[Paper]:
    """Return the paper of the sheet, when the picture that it names is not there."""
    if sheet.part is not Part.PAPER or sheet.is_new:
        return []
    paper = definition.papers[int(sheet.place[1])]
    return samples.lacking([paper], sheet.service.post_id)


def _group_of(sheet: Sheet, definition: Definition) -> Field | None:
    if sheet.part is not Part.INNER:
        return None
    return definition.pages[int(sheet.place[1])].fields[int(sheet.place[3])]


def _title(sheet: Sheet) -> str:
    return str(words.ADD[sheet.part]) if sheet.is_new else words.title_of(sheet.part, sheet.item)


def _kind(sheet: Sheet) -> str:
    if sheet.part in (Part.FIELD, Part.INNER):
        return str(KINDS[FieldKind(sheet.item["kind"])])
    return words.name_of(Part.STEP, {"kind": sheet.item["kind"]}) if sheet.part is Part.STEP else ""


def _locked_key(sheet: Sheet) -> str:
    """Return the key where it is shown and cannot be typed."""
    name = places.key_name(sheet.part)
    is_typed = any(one.name == name for one in sheet.inputs)
    is_named = sheet.part not in (Part.STEP, Part.NOTICE)
    return str(sheet.item[name]) if is_named and not is_typed and not sheet.is_new else ""


def _other_pages(sheet: Sheet) -> list[tuple[int, str]]:
    """Return the pages to which a field could go."""
    if sheet.part is not Part.FIELD or sheet.is_new:
        return []
    return [
        (n, words.name_of(Part.PAGE, page))
        for n, page in enumerate(sheet.service.draft["pages"])
        if n != sheet.place[1]
    ]


def of_part(service: Service, place: Place, item: Draft) -> Sheet:
    """Return the sheet of a part that is there; what was published keeps its key."""
    part = places.part_of(place)
    if part is None:
        raise NoSuchPlace(places.as_text(place))
    fields = parts.inputs_of(part, service.draft, item)
    if part is not Part.NOTICE and queries.list_versions(service):
        fields = tuple(one for one in fields if one.name != places.key_name(part))
    return _blank(service, part, place, item, fields, is_new=False)


def of_new_part(service: Service, part: Part, place: Place, kind: str) -> Sheet:
    """Return the sheet of a part that is to come, of a kind or like another one."""
    like = request.args.get("like", "")
    try:
        item = _like(service.draft, part, like) if like else parts.blank(part, kind)
    except ValueError:
        raise NoSuchPlace(kind) from None
    fields = parts.new_inputs(part, service.draft, item)
    return _blank(service, part, place, item, fields, is_new=True)


def _with_samples(one: Input, service: Service) -> Input:
    """Return an input with the pictures that a paper of this post may name, as suggestions."""
    if one.name != "sample":
        return one
    return replace(one, options=samples.list_keys(service.post_id))


def _blank(
    service: Service,
    part: Part,
    place: Place,
    item: Draft,
    fields: tuple[Input, ...],
    *,
    is_new: bool,
) -> Sheet:
    if part is Part.PAPER:
        fields = tuple(_with_samples(one, service) for one in fields)
    sheet = Sheet(
        service=service,
        part=part,
        place=place,
        item=item,
        inputs=fields,
        is_new=is_new,
        values={},
        errors={},
    )
    return replace(sheet, values=sheet.stored)


def _like(draft: Draft, part: Part, numbers: str) -> Draft:
    """Return a part as the beginning of another, with a key of its own."""
    place = places.place_of(part, numbers)
    name = places.key_name(part)
    item: Draft = dict(places.at(draft, place))
    return item | {name: keys.free(item[name], keys.taken(draft, part, place[:-1]))}
