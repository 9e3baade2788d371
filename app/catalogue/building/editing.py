"""Adding, editing, moving, duplicating and removing a part of a service, of whatever kind."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.catalogue import editor_tabs, queries
from app.catalogue.building import addresses, saving, sheets, shown, words
from app.catalogue.building.saving import ChangeForm, Refused
from app.catalogue.building.sheets import Sheet
from app.catalogue.definition.elements import FieldKind
from app.catalogue.drafting import inputs, merging, moves, parts, places
from app.catalogue.drafting.moves import StillRead
from app.catalogue.drafting.places import Draft, NoSuchPlace, Part, Place
from app.catalogue.kind_words import KINDS
from app.catalogue.models import Service
from app.core.actor import Role
from app.core.errors import Conflict, NotFound
from app.web import errors, idempotency
from app.web.access import staff

PATH = "/admin/services/<code>/parts"
bp = Blueprint("service_parts", __name__)

Apply = Callable[[Draft], Draft]


@bp.errorhandler(NoSuchPlace)
def nothing_there(_error: NoSuchPlace) -> ResponseReturnValue:
    """Answer an address to which the draft has no part (any more).

    Whoever sent the same form twice is led to where it led at first: the part went with it.
    """
    key, button = ChangeForm().idempotency_key(), request.form.get("act")
    led_to = idempotency.led_to(saving.key_for(key, button) if button else key)
    return redirect(led_to) if led_to else errors.refused(NotFound())


@bp.route("/<part>/new", methods=["GET", "POST"])
@staff(Role.ADMIN)
def add(code: str, part: str) -> ResponseReturnValue:
    """Add a part; a field or step begins with its kind."""
    service = _service(code)
    kind_of = _part(part)
    list_place = _list(service.draft, kind_of)
    kind = request.args.get("kind", "")
    if kind_of in (Part.FIELD, Part.INNER, Part.STEP) and not kind:
        return _choose_kind(service, kind_of)
    place = moves.place_of_new(service.draft, list_place)
    sheet = sheets.of_new_part(service, kind_of, place, kind)
    return _filled_in(
        sheet,
        lambda item: lambda draft: _with_added(draft, list_place, item),
        done=addresses.home(code, place),
    )


def _with_added(draft: Draft, list_place: Place, item: Draft) -> Draft:
    part = places.part_of((*list_place, 0))
    whole = parts.with_keys(part, draft, list_place, item) if part else item
    known = queries.list_pools(queries.get_current_post().id) if part is Part.STEP else []
    return moves.added(draft, list_place, whole, pool=next(iter(known), moves.ANY_POOL))


@bp.route("/<part>/<numbers>", methods=["GET", "POST"])
@staff(Role.ADMIN)
def edit(code: str, part: str, numbers: str) -> ResponseReturnValue:
    """Edit a part; its key cannot change once the service was published."""
    service = _service(code)
    place = _place_now(service, _part(part), numbers)
    if place is None:
        return _gone(service, _part(part)), 409
    item = places.at(service.draft, place)
    sheet = sheets.of_part(service, place, item)
    to_page = _to_page(place)
    return _filled_in(
        sheet,
        lambda made: lambda draft: _with_edits(draft, place, made, to_page),
        done=addresses.home(code, place if to_page is None else _carried(service, to_page)),
    )


@bp.route("/<part>/<numbers>/remove", methods=["GET", "POST"])
@staff(Role.ADMIN)
def remove(code: str, part: str, numbers: str) -> ResponseReturnValue:
    """Ask once more, then remove a part that nothing else reads."""
    service = _service(code)
    place = places.place_of(_part(part), numbers)
    item = places.at(service.draft, place)
    form = ChangeForm()
    elsewhere = _say(moves.readers_of(service.draft, place), service.draft)
    if request.method == "GET" or not form.validate():
        return _removal(service, place, item, elsewhere)
    try:
        location = saving.change(
            code,
            lambda draft: moves.removed(draft, place),
            seen=_seen(),
            key=form.idempotency_key(),
            leads_to=addresses.home(code, place).partition("#")[0],
            what=f"removed {places.as_text(place)}",
        )
    except (Refused, StillRead, Conflict) as refusal:
        return _removal(service, place, item, _why(refusal, service.draft)), 422
    flash(_("Removed from the draft."), "success")
    return redirect(location)


@bp.post("/act")
@staff(Role.ADMIN)
def act(code: str) -> ResponseReturnValue:
    """Move or duplicate a part, by the button that was pressed."""
    service = _service(code)
    sent = request.form.get("act", "")
    name, _space, where = sent.partition(" ")
    part, _space, numbers = where.partition(" ")
    place = places.place_of(_part(part), numbers)
    places.at(service.draft, place)
    apply, after = _acts(service.draft, place, name)
    try:
        location = saving.change(
            code,
            apply,
            seen=_seen(),
            key=saving.key_for(ChangeForm().idempotency_key(), sent),
            leads_to=addresses.home(code, after),
            what=f"{name} {places.as_text(place)}",
        )
    except (Refused, StillRead, Conflict) as refusal:
        for sentence in _why(refusal, service.draft):
            flash(sentence, "error")
        return redirect(addresses.home(code, place))
    flash(_("The draft has been saved."), "success")
    return redirect(location)


def _acts(draft: Draft, place: Place, name: str) -> tuple[Apply, Place]:
    """Return what a button does, and where the part stands afterwards."""
    if name in ("up", "down"):
        by = -1 if name == "up" else 1
        return (lambda d: moves.moved(d, place, by=by)), addresses.next_place(draft, place, by)
    if name == "duplicate":
        return (lambda d: moves.duplicated(d, place)), (*place[:-1], int(place[-1]) + 1)
    raise NoSuchPlace(name)


def _filled_in(
    sheet: Sheet, apply_with: Callable[[Draft], Apply], *, done: str
) -> ResponseReturnValue:
    """Show a sheet, or save what was typed into it; what is wrong is said beside it."""
    if request.method == "GET":
        return sheets.page(sheet)
    form = ChangeForm()
    typed = request.form.to_dict(flat=False)
    sheet = replace(sheet, values=typed)
    if "apply" in typed:
        return sheets.page(sheet)
    item, wrong = inputs.read(sheet.inputs, typed, sheet.item, sheet.asked)
    if wrong or not form.validate():
        found = shown.errors_of(wrong, sheet.inputs, sheet.service.draft["main_language"])
        return sheets.page(replace(sheet, errors=found)), 422
    return _saved(sheet, apply_with(item), leads_to=done, key=form.idempotency_key())


def _saved(sheet: Sheet, apply: Apply, *, leads_to: str, key: str) -> ResponseReturnValue:
    try:
        location = saving.change(
            sheet.service.code,
            apply,
            seen=_seen(),
            key=key,
            leads_to=leads_to,
            what=f"{'added' if sheet.is_new else 'changed'} {places.as_text(sheet.place)}",
        )
    except Refused as refused:
        found, elsewhere = shown.sort_problems(
            refused.problems, sheet.place, sheet.inputs, refused.draft
        )
        return sheets.page(replace(sheet, errors=found, elsewhere=elsewhere)), 422
    except Conflict as conflict:
        return sheets.page(_merged(sheet, conflict)), 409
    flash(_("The draft has been saved."), "success")
    return redirect(location)


def _merged(sheet: Sheet, conflict: Conflict) -> Sheet:
    """Return a sheet as others left it meanwhile, with what its sender touched in its place."""
    service = _service(sheet.service.code)
    # The same place, for it was found by its keys; a new part is to come at the end of its list.
    item = sheet.item if sheet.is_new else places.at(service.draft, sheet.place)
    sheet = replace(sheet, service=service, item=item, is_merged=True)
    was = request.form.get("given", "")
    merged = merging.merge(sheet.inputs, was, typed=sheet.values, stored=sheet.stored)
    return replace(
        sheet,
        values=merged.values,
        errors=shown.changed_by_both(merged),
        elsewhere=[conflict.sentence()],
    )


def _to_page(place: Place) -> int | None:
    """Return to which page the pressed button moves a field, None for a button that only saves."""
    if request.form.get("act") != "carry":
        return None
    to_page = request.form.get("to_page", -1, int)
    if to_page < 0 or to_page == place[1]:
        raise NoSuchPlace("carry")
    return to_page


def _carried(service: Service, to_page: int) -> Place:
    return moves.place_of_new(service.draft, ("pages", to_page, "fields"))


def _with_edits(draft: Draft, place: Place, made: Draft, to_page: int | None) -> Draft:
    """Return the draft with what was typed, and the field on the page to which it moves."""
    changed = moves.replaced(draft, place, made)
    return changed if to_page is None else moves.carried(changed, place, to_page=to_page)


def _place_now(service: Service, part: Part, numbers: str) -> Place | None:
    """Return where the part of a form stands now, None when it is gone.

    An address counts parts, a form names its own by keys: it may have been moved meanwhile.
    """
    sent = request.form.get("keys", "")
    if sent:
        return places.find(service.draft, part, sent.split("/"))
    return places.place_of(part, numbers)


def _gone(service: Service, part: Part) -> str:
    """Return the page for a form whose part was removed, or got another key, meanwhile."""
    typed = request.form.to_dict(flat=False)
    own = {"csrf_token", "once", "seen", "given", "keys"}
    return render_template(
        "catalogue/building/gone.html",
        service=service,
        title=_("This part is not there any more"),
        kept=[text for name, many in typed.items() if name not in own for text in many if text],
        back=url_for(addresses.tab_of(part), code=service.code),
        tabs=editor_tabs.tabs(service.code, at=addresses.tab_of(part)),
    )


def _choose_kind(service: Service, part: Part) -> str:
    into = request.args.get("into", "")
    if part is Part.STEP:
        steps = parts.unused_steps(service.draft)
        found = [(k.value, str(words.STEPS[k])) for k in steps]
    else:
        kinds = parts.INSIDE_GROUPS if part is Part.INNER else tuple(FieldKind)
        found = [(k.value, str(KINDS[k])) for k in kinds]
    return render_template(
        "catalogue/building/kind.html",
        service=service,
        title=str(words.ADD[part]),
        kinds=[
            (url_for(".add", code=service.code, part=part, into=into or None, kind=k), text)
            for k, text in found
        ],
        back=url_for(addresses.tab_of(part), code=service.code),
        tabs=editor_tabs.tabs(service.code, at=addresses.tab_of(part)),
    )


def _removal(service: Service, place: Place, item: Draft, elsewhere: Sequence[str]) -> str:
    part = _part(str(places.part_of(place)))
    return render_template(
        "catalogue/building/remove.html",
        service=service,
        title=_("Remove: %(name)s", name=words.title_of(part, item)),
        keyed=ChangeForm(formdata=None),
        elsewhere=elsewhere,
        back=addresses.home(service.code, place),
        tabs=editor_tabs.tabs(service.code, at=addresses.tab_of(part)),
    )


def _why(refusal: Refused | StillRead | Conflict, draft: Draft) -> list[str]:
    """Return why a change was refused, each sentence with its place."""
    if isinstance(refusal, StillRead):
        return _say(refusal.places, draft)
    if isinstance(refusal, Refused):
        return shown.sort_problems(refusal.problems, ("nowhere",), (), refusal.draft)[1]
    return [refusal.sentence()]


def _say(readers: Sequence[Place], draft: Draft) -> list[str]:
    return [
        _("It is read here: %(place)s. Change that first.", place=words.place_in_words(one, draft))
        for one in readers
    ]


def _service(code: str) -> Service:
    return queries.get_service(queries.get_current_post().id, code)


def _part(name: str) -> Part:
    if name not in set(Part):
        raise NoSuchPlace(name)
    return Part(name)


def _list(draft: Draft, part: Part) -> Place:
    """Return the list into which a new part goes; raises NoSuchPlace when nothing holds it."""
    place = places.list_of(part, request.args.get("into", ""))
    if len(place) > 1:
        places.at(draft, place[:-1])
    return place


def _seen() -> int:
    return request.form.get("seen", 0, int)
