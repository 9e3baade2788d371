"""Services for admins: texts, fees and times of the draft."""

from collections.abc import Mapping, Sequence
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from app.catalogue import (
    editor_tabs,
    languages,
    messages,
    queries,
    readiness,
    samples,
    services,
    translation,
)
from app.catalogue.building import shown
from app.catalogue.definition import document as definitions
from app.catalogue.definition.document import Definition, DefinitionError
from app.catalogue.drafting import inputs, merging, text_page
from app.catalogue.drafting import texts as drafting
from app.catalogue.models import Post, Service
from app.catalogue.translation import TextState
from app.core import i18n
from app.core.actor import Role
from app.core.errors import Conflict
from app.core.text import UnreadableText
from app.web import idempotency
from app.web.access import Audience, acting, staff
from app.web.forms import KeyedForm
from app.web.navigation import Place, enter

PATH = "/admin/services"
bp = Blueprint("service_admin", __name__)

enter(Place.HEAD, Audience.STAFF, 60, "service_admin.index", _l("Services"))
editor_tabs.enter(10, "service_admin.edit", _l("Texts and fees"))

Errors = dict[str, str]
"""Id of an input to the sentence about it; no id for what concerns the whole draft."""


class DraftForm(KeyedForm):
    """A draft as its sender saw it: its revision, and which papers and fees it had."""

    seen = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    shape = HiddenField()
    given = HiddenField()


@bp.get("")
@staff(Role.ADMIN)
def index() -> ResponseReturnValue:
    """List the services with what is published of each."""
    post = queries.get_current_post()
    rows = queries.list_overview(post.id)
    waiting = {one.service.code: languages.work_of(one.service) for one in rows}
    counts = {code: languages.counts_in_words(found) for code, found in waiting.items()}
    return render_template("catalogue/admin_index.html", rows=rows, counts=counts)


@bp.get("/<code>")
@staff(Role.ADMIN)
def edit(code: str) -> ResponseReturnValue:
    """Show the draft with its languages side by side."""
    service = queries.get_service(queries.get_current_post().id, code)
    return _editor(service, service.draft, {})


@bp.post("/<code>")
@staff(Role.ADMIN)
def save(code: str) -> ResponseReturnValue:
    """Save the draft; what is wrong is said beside what was typed, and nothing is changed."""
    post = queries.get_current_post()
    service = queries.get_service(post.id, code)
    form = DraftForm()
    if not form.validate():
        return _editor(service, service.draft, {}), 422
    typed, errors = _typed(service.draft, _sent())
    definition = _definition(typed, errors)
    if definition is None or errors:
        return _editor(service, typed, errors), 422
    try:
        target = idempotency.once(
            form.content_key(), partial(_save, post, definition, form.seen.data)
        )
    except Conflict as refusal:
        return _not_saved(code, form, typed, refusal)
    flash(_("The draft has been saved."), "success")
    return redirect(target)


def _save(post: Post, definition: Definition, seen: int) -> str:
    services.save_draft(post, definition, actor=acting(), seen=seen)
    return url_for(".edit", code=definition.code)


def _not_saved(
    code: str, form: DraftForm, typed: drafting.Draft, refusal: Conflict
) -> ResponseReturnValue:
    """Show the draft as somebody else left it, with what was typed kept in its places.

    Places count papers and fees: where those are others by now, it is kept as a list beside.
    """
    service = queries.get_service(queries.get_current_post().id, code)
    errors: Errors = {"": refusal.sentence()}
    if form.shape.data == drafting.shape(service.draft):
        merged = merging.merge(
            text_page.inputs_of(service.draft),
            form.given.data or "",
            typed={name: [said] for name, said in _sent().items()},
            stored=text_page.written(service.draft),
        )
        values = {name: said for name, many in merged.values.items() for said in many}
        shown_draft, _errors = _typed(service.draft, values)
        errors |= shown.changed_by_both(merged)
        return _editor(service, shown_draft, errors, values=values), 409
    kept = list(drafting.texts_that_differ(typed, service.draft))
    return _editor(service, service.draft, errors, kept=kept), 409


def _sent() -> dict[str, str]:
    """Return what was typed, dates in one piece as they are stored."""
    return text_page.in_one_piece(request.form.to_dict(flat=False))


def _typed(draft: drafting.Draft, values: Mapping[str, str]) -> tuple[drafting.Draft, Errors]:
    try:
        changed = drafting.with_texts(draft, values, i18n.LANGUAGES)
        return drafting.with_figures(changed, values), {}
    except drafting.NotAnAmount as error:
        place = str(error)
        return changed, {place: _("Enter an amount such as 200 or 12.50.")}
    except UnreadableText:
        return draft, {"title-ar": _("The text contains characters that cannot be read.")}


def _definition(draft: drafting.Draft, errors: Errors) -> Definition | None:
    try:
        return definitions.parse(draft)
    except DefinitionError as refusal:
        for problem in refusal.problems:
            name = drafting.name_of(problem.place, draft["main_language"])
            errors.setdefault(name, messages.describe_problem(problem))
        return None


def _editor(
    service: Service,
    draft: drafting.Draft,
    errors: Errors,
    *,
    kept: Sequence[drafting.TextSlot] = (),
    values: Mapping[str, str] | None = None,
) -> str:
    versions = queries.list_versions(service)
    return render_template(
        "catalogue/admin_edit.html",
        form=_form_for(service, errors),
        kept=kept,
        service=service,
        draft=draft,
        errors=errors,
        texts=list(drafting.text_slots(draft)),
        fees=list(drafting.fee_slots(draft)),
        typed=_sent() if values is None else values,
        day_parts=inputs.day_parts,
        major_units=drafting.major_units,
        legends=_legends(draft),
        required=service.post.languages,
        stale=_stale(service, draft),
        gate=readiness.gate(service),
        lacking=samples.lacking(definitions.parse(service.draft).all_papers(), service.post_id),
        tabs=editor_tabs.tabs(service.code),
        versions=versions,
    )


def _form_for(service: Service, errors: Errors) -> DraftForm:
    """Return the form for the draft as it is shown.

    Whoever was told of a mistake of their own still has to hear of what others did meanwhile.
    """
    mine = DraftForm()
    if errors and "" not in errors and mine.seen.data is not None:
        sent = {"seen": mine.seen.data, "shape": mine.shape.data, "given": mine.given.data}
        return DraftForm(formdata=None, data=sent)
    draft = service.draft
    given = merging.given(text_page.inputs_of(draft), text_page.written(draft))
    data = {"seen": service.draft_revision, "shape": drafting.shape(draft), "given": given}
    return DraftForm(formdata=None, data=data)


def _stale(service: Service, draft: drafting.Draft) -> set[str]:
    """Return the ids of the inputs whose original has changed since they were translated."""
    found = translation.work(draft, service.translated or {}, i18n.LANGUAGES)
    return {
        f"{drafting.dotted(one.text.address)}-{one.language}"
        for one in found
        if one.state is TextState.STALE
    }


def _legends(draft: drafting.Draft) -> dict[str, str]:
    legends = {
        "title": _("Title of the service"),
        "summary": _("What it is, in one sentence"),
        "guidance": _("Guidance (paragraphs, lists and links)"),
    }
    for n, paper in enumerate(draft.get("papers", [])):
        called = i18n.text_in(paper["title"])
        legends[f"papers.{n}.title"] = _("Paper “%(paper)s”: name", paper=called)
        legends[f"papers.{n}.help"] = _("Paper “%(paper)s”: advice", paper=called)
        legends[f"papers.{n}.bring"] = _("Paper “%(paper)s”: what to bring", paper=called)
    for n, fee in enumerate(draft.get("fees", [])):
        called = i18n.text_in(fee["label"])
        legends[f"fees.{n}.label"] = _("Fee “%(fee)s”: name", fee=called)
        legends[f"fees.{n}.legal_basis"] = _("Fee “%(fee)s”: legal basis", fee=called)
    return legends
