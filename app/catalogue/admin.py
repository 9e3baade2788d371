"""Services for admins: texts, fees and times of the draft, publishing it, its versions."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.catalogue import drafting, editor_tabs, messages, queries, services
from app.catalogue.definition import document as definitions
from app.catalogue.definition.document import Definition, DefinitionError
from app.catalogue.models import Service
from app.core import i18n
from app.core.actor import Role
from app.core.db import transaction
from app.core.errors import DomainError
from app.core.text import UnreadableText
from app.web.access import Audience, acting, staff
from app.web.forms import KeyedForm
from app.web.navigation import Place, enter

PATH = "/admin/services"
bp = Blueprint("service_admin", __name__)

enter(Place.HEAD, Audience.STAFF, 60, "service_admin.index", _l("Services"))
editor_tabs.enter(10, "service_admin.edit", _l("Texts and fees"))

Errors = dict[str, str]
"""Id of an input to the sentence about it."""


@bp.get("")
@staff(Role.ADMIN)
def index() -> ResponseReturnValue:
    """List the services with what is published of each."""
    post = queries.get_current_post()
    return render_template("catalogue/admin_index.html", rows=queries.list_overview(post.id))


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
    form = KeyedForm()
    if not form.validate():
        return _editor(service, service.draft, {}), 422
    typed, errors = _typed(service.draft, request.form.to_dict())
    definition = _definition(typed, errors)
    if definition is None or errors:
        return _editor(service, typed, errors), 422
    with transaction():
        services.save_draft(post, definition, actor=acting())
    flash(_("The draft has been saved."), "success")
    return redirect(url_for(".edit", code=code))


@bp.post("/<code>/publish")
@staff(Role.ADMIN)
def publish(code: str) -> ResponseReturnValue:
    """Publish the draft; cases that run keep the version they began with."""
    post_id = queries.get_current_post().id
    try:
        with transaction():
            version = services.publish(queries.get_service(post_id, code), actor=acting())
            number = version.number
    except DomainError as refusal:
        flash(refusal.sentence(), "error")
        return redirect(url_for(".edit", code=code))
    flash(
        _("Version %(number)s is published. Requests that run keep theirs.", number=number),
        "success",
    )
    return redirect(url_for(".edit", code=code))


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


def _editor(service: Service, draft: drafting.Draft, errors: Errors) -> str:
    versions = queries.list_versions(service)
    return render_template(
        "catalogue/admin_edit.html",
        form=KeyedForm(formdata=None),
        service=service,
        draft=draft,
        errors=errors,
        texts=list(drafting.text_slots(draft)),
        fees=list(drafting.fee_slots(draft)),
        typed=request.form,
        major_units=drafting.major_units,
        legends=_legends(draft),
        required=service.post.languages,
        tabs=editor_tabs.tabs(service.code),
        versions=versions,
    )


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
