"""Languages, a page of the editor: every text of the draft beside its translations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from app.catalogue import (
    editor_tabs,
    messages,
    queries,
    readiness,
    services,
    text_names,
    translation,
)
from app.catalogue.building import shown
from app.catalogue.definition import document as definitions
from app.catalogue.definition.document import Definition, DefinitionError
from app.catalogue.definition.texts import PlacedText, placed_texts
from app.catalogue.drafting import merging
from app.catalogue.drafting.inputs import LANGUAGES, Input, Shape
from app.catalogue.models import Service
from app.catalogue.translation import Draft, Spot, TextState, Work
from app.core import i18n
from app.core.actor import Role
from app.core.errors import Conflict
from app.core.text import UnreadableText, clean_text
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm

PATH = "/admin/services"
bp = Blueprint("service_languages", __name__)

OPEN = "open"
"""What still needs work, of all parts."""
TEXTS_A_PAGE = 40
"""A form has at most a thousand fields, and a translator less patience."""
Errors = dict[str, str]
"""Id of an input to the sentence about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One text with all that its fieldset shows, by language."""

    place: str
    legend: Markup
    values: Mapping[str, str]
    states: Mapping[str, str]
    notes: Mapping[str, str]
    ticks: Mapping[str, str]
    errors: Mapping[str, str]
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The part of a draft that is looked at, and what was typed there."""

    service: Service
    draft: Draft
    part: str
    number: int
    typed: Mapping[str, str]
    errors: Errors

    @property
    def languages(self) -> list[str]:
        """Return the languages side by side."""
        return translation.languages_of(self.draft["main_language"], self.service.post.languages)


@bp.get("/<code>/languages")
@staff(Role.ADMIN)
def show(code: str) -> ResponseReturnValue:
    """Show one part of the draft with its languages side by side."""
    service = queries.get_service(queries.get_current_post().id, code)
    return _page(_view(service, {}, {}))


@bp.post("/<code>/languages")
@staff(Role.ADMIN)
def save(code: str) -> ResponseReturnValue:
    """Save what was changed and what was found right; what is wrong is said beside it."""
    post = queries.get_current_post()
    service = queries.get_service(post.id, code)
    form, typed = KeyedForm(), request.form.to_dict()
    if not form.validate():
        return _page(_view(service, typed, {})), 422
    changes, errors = _changes(service.draft, typed)
    confirmed = _confirmed(service.draft, typed)
    definition = _definition(translation.with_texts(service.draft, changes), errors)
    if definition is None or errors:
        return _page(_view(service, typed, errors)), 422
    view = _view(service, {}, {})
    target = _url(service, view.part, view.number)

    def effect() -> str:
        services.save_draft(
            post, definition, actor=acting(), seen=_seen(typed), confirmed=confirmed
        )
        return target

    if changes or confirmed:
        try:
            target = idempotency.once(form.content_key(), effect)
        except Conflict as refusal:
            return _page(_merged(code, typed, refusal)), 409
    flash(_("The texts have been saved."), "success")
    return redirect(target)


def _view(service: Service, typed: Mapping[str, str], errors: Errors) -> View:
    number = request.args.get("page", "1")
    return View(
        service=service,
        draft=service.draft,
        part=request.args.get("part", ""),
        number=int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 1,
        typed=typed,
        errors=errors,
    )


def _merged(code: str, typed: Mapping[str, str], refusal: Conflict) -> View:
    """Return the texts as others left them meanwhile, with what their sender touched."""
    service = queries.get_service(queries.get_current_post().id, code)
    texts = [text for text in placed_texts(service.draft) if _inputs(text, typed)]
    wanted = _as_inputs(texts)
    sent = {name: [said] for name, said in typed.items()}
    stored = _stored(texts)
    merged = merging.merge(wanted, typed.get("given", ""), typed=sent, stored=stored)
    values = {name: said for name, many in merged.values.items() for said in many}
    errors = {"main": refusal.sentence(), **shown.changed_by_both(merged)}
    kept = {name: said for name, said in values.items() if name not in ("seen", "given")}
    return _view(service, kept, errors)


def _as_inputs(texts: Sequence[PlacedText]) -> list[Input]:
    return [Input(text.place, Shape.TEXT) for text in texts]


def _stored(texts: Sequence[PlacedText]) -> dict[str, list[str]]:
    return {
        f"{text.place}-{code}": [text.text.get(code, "")] for text in texts for code in LANGUAGES
    }


def _changes(draft: Draft, typed: Mapping[str, str]) -> tuple[dict[Spot, str], Errors]:
    """Return the words that differ from those of the draft, and what cannot be read."""
    changes: dict[Spot, str] = {}
    errors: Errors = {}
    for text in placed_texts(draft):
        for language, name in _inputs(text, typed):
            try:
                words = clean_text(typed[name])
                if words != clean_text(text.text.get(language, "")):
                    changes[text.place, language] = words
            except UnreadableText:
                errors[name] = _("The text contains characters that cannot be read.")
    return changes, errors


def _inputs(text: PlacedText, typed: Mapping[str, str]) -> list[tuple[str, str]]:
    names = [name for name in typed if name.startswith(f"{text.place}-")]
    pairs = [(name.removeprefix(f"{text.place}-"), name) for name in names]
    return [(language, name) for language, name in pairs if language.isalpha()]


def _confirmed(draft: Draft, typed: Mapping[str, str]) -> set[Spot]:
    """Return the translations beside which "still right" was ticked."""
    ticked = {name.removesuffix("-right") for name in typed if name.endswith("-right")}
    return {
        (text.place, language)
        for text in placed_texts(draft)
        for language in text.text
        if f"{text.place}-{language}" in ticked
    }


def _seen(typed: Mapping[str, str]) -> int:
    seen = typed.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else 0


def _definition(draft: Draft, errors: Errors) -> Definition | None:
    try:
        return definitions.parse(draft)
    except DefinitionError as refusal:
        main = draft["main_language"]
        names = {text.address: text.place for text in placed_texts(draft)}
        for problem in refusal.problems:
            address, _dot, language = problem.place.rpartition(".")
            if problem.place in names:
                address, language = problem.place, main
            name = f"{names.get(address, address)}-{language}"
            errors.setdefault(name, messages.describe_problem(problem))
        return None


def _page(view: View) -> str:
    record = view.service.translated or {}
    found = translation.work(view.draft, record, view.languages)
    parts = translation.by_part(placed_texts(view.draft))
    part = view.part if view.part in parts else OPEN if found else translation.SERVICE
    texts = parts.get(part) or list({one.text.place: one.text for one in found}.values())
    pages = max(1, -(-len(texts) // TEXTS_A_PAGE))
    number = min(max(1, view.number), pages)
    shown_texts = texts[(number - 1) * TEXTS_A_PAGE : number * TEXTS_A_PAGE]
    return render_template(
        "catalogue/languages.html",
        form=KeyedForm(formdata=None),
        seen=view.typed.get("seen") or view.service.draft_revision,
        given=view.typed.get("given")
        or merging.given(_as_inputs(shown_texts), _stored(shown_texts)),
        service=view.service,
        errors=view.errors,
        part=part,
        part_name=_("What needs work") if part == OPEN else text_names.part_name(view.draft, part),
        chips=_chips(view, parts, found, part),
        rows=[_row(view, text, record) for text in shown_texts],
        shown=[(code, i18n.own_name(code)) for code in view.languages],
        previous=_url(view.service, part, number - 1) if number > 1 else "",
        following=_url(view.service, part, number + 1) if number < pages else "",
        position=_("Page %(page)d of %(pages)d", page=number, pages=pages) if pages > 1 else "",
        counts=counts_in_words(found),
        gate=readiness.gate(view.service),
        tabs=editor_tabs.tabs(view.service.code),
    )


def _url(service: Service, part: str, number: int = 1) -> str:
    page = number if number > 1 else None
    return url_for("service_languages.show", code=service.code, part=part or None, page=page)


def _chips(
    view: View, parts: Mapping[str, Any], found: list[Work], part: str
) -> list[tuple[str, Markup, bool]]:
    # Any: only the names of the parts are read.
    waiting = [translation.part_of(one.text) for one in found]
    names = {one: text_names.part_name(view.draft, one) for one in parts}
    chips = [
        (
            _url(view.service, one),
            _chip(name, waiting.count(one)),
            one == part,
        )
        for one, name in names.items()
    ]
    everything = _chip(Markup.escape(_("What needs work")), len(found))
    return [(_url(view.service, OPEN), everything, part == OPEN), *chips] if found else chips


def _chip(name: Markup, waiting: int) -> Markup:
    # One element: the parts of a chip stand apart.
    sentence = Markup("<span>{} ({})</span>") if waiting else Markup("<span>{}</span>")
    return sentence.format(name, waiting)


def _row(view: View, text: PlacedText, record: translation.Record) -> Row:
    main, codes = view.draft["main_language"], view.languages
    states = {code: translation.state_of(text, code, main, record) for code in codes}
    values = {
        code: view.typed.get(f"{text.place}-{code}", text.text.get(code, "")) for code in codes
    }
    stale = [code for code in codes if states[code] is TextState.STALE]
    return Row(
        place=text.place,
        legend=text_names.name_of(view.draft, text),
        values=values,
        states={code: state.value for code, state in states.items()},
        notes={code: _("The original has changed: check the translation.") for code in stale},
        ticks={code: view.typed.get(f"{text.place}-{code}-right", "") for code in stale},
        errors={
            code: view.errors[f"{text.place}-{code}"]
            for code in codes
            if f"{text.place}-{code}" in view.errors
        },
        rows=_rows(text, values),
    )


def _rows(text: PlacedText, values: Mapping[str, str]) -> int:
    """Return how high the inputs are; one line would swallow the breaks of several."""
    longest = max(len(words) for words in values.values())
    if text.place == "guidance" or longest > 400:
        return 8
    is_long = longest > 60 or any("\n" in words for words in values.values())
    return 3 if is_long or text_names.shape_of(text).endswith(("help", "hint", "summary")) else 1


def counts_in_words(found: list[Work]) -> list[str]:
    """Return a sentence for each language in which something is missing or stale."""
    return [
        _(
            "%(language)s: missing %(missing)s, out of date %(stale)s",
            language=i18n.language_name(language),
            missing=states[TextState.MISSING],
            stale=states[TextState.STALE],
        )
        for language, states in translation.count(found).items()
    ]


def work_of(service: Service) -> list[Work]:
    """Return what is missing or stale in the languages that are shown side by side."""
    languages = translation.languages_of(service.draft["main_language"], service.post.languages)
    return translation.work(service.draft, service.translated or {}, languages)


def _count(code: str) -> Markup | None:
    service = queries.get_service(queries.get_current_post().id, code)
    # As many as the page of publishing counts: those in languages that the post requires.
    found = len(readiness.work_of(service))
    if not found:
        return None
    words = ngettext("text needs a translation", "texts need a translation", found)
    return Markup('{}<span class="j-vh"> {}</span>').format(found, words)


editor_tabs.enter(70, "service_languages.show", _l("Languages"), count=_count)
