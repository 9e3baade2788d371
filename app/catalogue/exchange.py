"""File, a page of the editor: a service out as one JSON file, and in from one."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import HiddenField

from app.catalogue import (
    difference_words,
    editor_tabs,
    languages,
    messages,
    queries,
    samples,
    services,
    translation,
)
from app.catalogue.definition import document as definitions
from app.catalogue.definition.document import Definition, DefinitionError, Problem, ProblemCode
from app.catalogue.definition.texts import placed_texts
from app.catalogue.models import Post, Service
from app.core.actor import Role
from app.core.errors import Conflict, NotFound
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm
from app.web.uploads import takes_form_of

PATH = "/admin/services"
bp = Blueprint("service_file", __name__)
editor_tabs.enter(90, "service_file.show", _l("File"))

MOST_PROBLEMS = 50
"""As many mistakes are listed; the rest is counted."""
LARGEST_FORM = 2 * definitions.LARGEST_FILE
"""In its canonical form a file names what it had left to the default."""
NOT_THERE = 0
"""The revision of a draft that did not exist when the admin looked."""


class UploadForm(KeyedForm):
    """A service file from the admin's machine."""

    file = FileField(_l("Service file (JSON)"))


class ConfirmForm(KeyedForm):
    """A file that was read, and the draft beside which it was shown."""

    document = HiddenField()
    seen = HiddenField()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What is wrong with a file, and where."""

    place: str
    sentence: str


@bp.get("/<code>/file")
@staff(Role.ADMIN)
def show(code: str) -> ResponseReturnValue:
    """Offer the draft and every version as a file, and take another in."""
    service = queries.get_service(queries.get_current_post().id, code)
    return render_template(
        "catalogue/file.html",
        service=service,
        versions=queries.list_versions(service),
        form=UploadForm(formdata=None),
        tabs=editor_tabs.tabs(code),
    )


@bp.get("/<code>/file/draft.json")
@staff(Role.ADMIN)
def draft(code: str) -> ResponseReturnValue:
    """Return the draft as a file."""
    service = queries.get_service(queries.get_current_post().id, code)
    return _sent(definitions.parse(service.draft), f"{code}.json")


@bp.get("/<code>/file/<int:number>.json")
@staff(Role.ADMIN)
def version(code: str, number: int) -> ResponseReturnValue:
    """Return a version as a file."""
    service = queries.get_service(queries.get_current_post().id, code)
    found = [one for one in queries.list_versions(service) if one.number == number]
    if not found:
        raise NotFound()
    return _sent(queries.definition_of(found[0]), f"{code}-{number}.json")


def _sent(definition: Definition, name: str) -> Response:
    response = Response(definitions.write_json(definition), mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@bp.route("/import", methods=["GET", "POST"])
@staff(Role.ADMIN)
def bring() -> ResponseReturnValue:
    """Take a file, and show what it would change before anything is changed."""
    form = UploadForm()
    if not form.validate_on_submit():
        return _upload_page(form), 422 if form.errors else 200
    file = request.files.get("file")
    if file is None or not file.filename:
        form.file.errors = [_("Choose a file.")]
        return _upload_page(form), 422
    try:
        definition = definitions.read_json(file.stream.read(definitions.LARGEST_FILE + 1))
    except DefinitionError as refusal:
        return _upload_page(form, refusal.problems), 422
    return _confirm_page(definition)


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say on the page from which it was sent that a file is far too large."""
    problem = Problem(
        place="",
        code=ProblemCode.FILE_TOO_LARGE,
        params={"limit": definitions.LARGEST_FILE},
    )
    return _upload_page(UploadForm(formdata=None), [problem]), 413


@bp.post("/import/confirm")
@staff(Role.ADMIN)
@takes_form_of(LARGEST_FORM)
def confirm() -> ResponseReturnValue:
    """Make what was shown the draft, unless the draft has gone on meanwhile."""
    form = ConfirmForm()
    if not form.validate():
        return _upload_page(UploadForm(formdata=None)), 422
    try:
        raw = (form.document.data or "").encode("utf-8", "replace")
        definition = definitions.read_json(raw, most=LARGEST_FORM)
    except DefinitionError as refusal:
        return _upload_page(UploadForm(formdata=None), refusal.problems), 422
    try:
        place = idempotency.once(form.idempotency_key(), lambda: _keep(definition, form))
    except Conflict:
        flash(_("The draft was changed meanwhile. Look at the differences again."), "error")
        return _confirm_page(definition), 409
    return redirect(place)


def _keep(definition: Definition, form: ConfirmForm) -> str:
    seen = form.seen.data or ""
    services.save_draft(
        queries.get_current_post(),
        definition,
        actor=acting(),
        seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else NOT_THERE,
    )
    flash(_("The file is the draft now. Nothing is published yet."), "success")
    return url_for("service_admin.edit", code=definition.code)


def _upload_page(form: UploadForm, problems: Sequence[Problem] = ()) -> str:
    mistakes = [
        Mistake(place=one.place, sentence=messages.describe_problem(one))
        for one in problems[:MOST_PROBLEMS]
    ]
    return render_template(
        "catalogue/import.html",
        form=form,
        mistakes=mistakes,
        more=max(0, len(problems) - MOST_PROBLEMS),
    )


def _confirm_page(definition: Definition) -> str:
    post = queries.get_current_post()
    service = queries.find_service(post.id, definition.code)
    now = definitions.parse(service.draft) if service else None
    return render_template(
        "catalogue/import_confirm.html",
        form=ConfirmForm(
            formdata=None,
            data={
                "document": _compact(definition),
                "seen": service.draft_revision if service else NOT_THERE,
            },
        ),
        definition=definition,
        service=service,
        counts=_counts(now, definition),
        is_same=now is not None and _hash(now) == _hash(definition),
        sections=difference_words.between(now, definition) if now else [],
        changed_texts=_changed_texts(now, definition),
        lacking=samples.lacking(definition.all_papers(), post.id),
        waiting=languages.counts_in_words(_work(post, service, definition)),
    )


def _compact(definition: Definition) -> str:
    return json.dumps(definitions.dump(definition), ensure_ascii=False, separators=(",", ":"))


def _hash(definition: Definition) -> str:
    return definitions.content_hash(definition)


def _counts(now: Definition | None, then: Definition) -> list[tuple[str, str, int]]:
    """Return (what, how many in the draft, how many in the file)."""
    before, after = _sizes(now) if now else {}, _sizes(then)
    return [(name, str(before.get(name, "–")), size) for name, size in after.items()]


def _sizes(definition: Definition) -> dict[str, int]:
    return {
        _("Pages"): len(definition.pages),
        _("Questions"): sum(1 + len(field.fields) for field in definition.fields()),
        _("Papers"): len(definition.papers),
        _("Fees"): len(definition.fees),
        _("Add-ons"): len(definition.add_ons),
        _("Waivers"): len(definition.waivers),
        _("Steps"): len(definition.path),
        _("Exclusions"): len(definition.exclusions),
        _("Notices"): len(definition.notices),
    }


def _changed_texts(now: Definition | None, then: Definition) -> int:
    """Return how many texts are new, gone or worded otherwise."""
    before = _texts(now) if now else {}
    after = _texts(then)
    return sum(before.get(place) != after.get(place) for place in before.keys() | after.keys())


def _texts(definition: Definition) -> dict[str, dict[str, str]]:
    return {one.place: dict(one.text) for one in placed_texts(definitions.dump(definition))}


def _work(post: Post, service: Service | None, definition: Definition) -> list[translation.Work]:
    """Return which translations would be missing or stale once the file is the draft."""
    draft = definitions.dump(definition)
    record = translation.updated(
        (service.translated or {}) if service else {},
        before=service.draft if service else None,
        after=draft,
    )
    wanted = translation.languages_of(definition.main_language, post.languages)
    return translation.work(draft, record, wanted)
