"""An appeal against a refusal: filed by the citizen, and read again with its decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import FileField
from wtforms.validators import Optional

from app.cases import queries
from app.cases.appeals import presenting, rules, services
from app.cases.appeals import queries as appeals
from app.cases.appeals.models import Appeal
from app.cases.models import Case
from app.cases.talk.forms import FORMATS, MOST_PAGES, text_field
from app.core.errors import Conflict, Invalid, InvalidTransition, NotFound
from app.documents import services as documents
from app.documents import serving
from app.documents.models import Document
from app.documents.rules import LARGEST_FILE, Reason
from app.documents.services import Upload
from app.documents.wording import SENTENCES
from app.web import errors, idempotency
from app.web.access import acting, signed_in
from app.web.forms import KeyedForm, one_file

PATH = "/requests"
bp = Blueprint("appealing", __name__)


class AppealForm(KeyedForm):
    """What is wrong with a refusal, and up to three files."""

    text = text_field(_l("Why is the refusal wrong?"))
    file = FileField(_l("File"), validators=[one_file, Optional()])
    second = FileField(_l("Second file"), validators=[one_file, Optional()])
    third = FileField(_l("Third file"), validators=[one_file, Optional()])


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the page of a refused request says of an appeal."""

    url: str
    may_file: bool
    until: date | None
    appeal: Appeal | None


def offer(case: Case) -> Offer | None:
    """Return what may be said of an appeal, None where there is nothing to say."""
    appeal, may_file = appeals.find(case.id), appeals.may_file(case)
    if appeal is None and not may_file:
        return None
    return Offer(
        url=url_for("appealing.show", reference=case.reference),
        may_file=may_file,
        until=appeals.last_day(case),
        appeal=appeal,
    )


@bp.route("/<reference>/appeal", methods=["GET", "POST"])
@signed_in
def show(reference: str) -> ResponseReturnValue:
    """Show the appeal of a request, or take one."""
    case, form = _case(reference), AppealForm()
    if form.validate_on_submit():
        try:
            uploads = _uploads(form)
            key = form.content_key()
            return redirect(idempotency.once(key, lambda: _file(reference, form, uploads)))
        except (Conflict, InvalidTransition) as refusal:
            form.form_errors.append(refusal.sentence())
        except Invalid as refusal:
            _note(form, refusal)
    return _page(case, form), 422 if form.errors else 200


def _case(reference: str) -> Case:
    """Return a request of which there is something to say here; raise NotFound."""
    case = queries.get_case(reference, acting())
    if appeals.last_day(case) is None and appeals.find(case.id) is None:
        raise NotFound()
    return case


def _note(form: AppealForm, refusal: Invalid) -> None:
    if refusal.field in form:
        form[refusal.field].errors = [refusal.sentence()]
    else:
        form.form_errors.append(refusal.sentence())


def _uploads(form: AppealForm) -> list[Upload]:
    """Return the files that came along, looked at before any transaction."""
    found = []
    for name in ("file", "second", "third"):
        file = request.files.get(name)
        if file is not None and file.filename:
            try:
                found.append(documents.examine(file, formats=FORMATS, max_pages=MOST_PAGES))
            except Invalid as refusal:
                raise Invalid(refusal.sentence(), field=name) from None
    return found


def _file(reference: str, form: AppealForm, uploads: Sequence[Upload]) -> str:
    services.file(
        reference, form.text.data, uploads=uploads, actor=acting(), key=form.idempotency_key()
    )
    flash(_("Your appeal was received. You are told how it is decided."), "success")
    return url_for(".show", reference=reference)


def _page(case: Case, form: AppealForm) -> str:
    appeal = appeals.find(case.id)
    return render_template(
        "portal/appeal.html",
        case=case,
        service=queries.definition(case),
        form=form,
        appeal=appeal,
        files=presenting.files(appeal, lambda file, n: _url_of(case, file, n)) if appeal else [],
        may_file=appeals.may_file(case),
        until=appeals.last_day(case),
        most=rules.MOST_FILES,
        megabytes=LARGEST_FILE // (1024 * 1024),
    )


def _url_of(case: Case, file: Document, number: int) -> str:
    return url_for(".page_image", reference=case.reference, uid=file.uid, number=number)


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say beside the field that a file is too large, on the page from which it was sent."""
    try:
        case = _case((request.view_args or {}).get("reference", ""))
    except NotFound as refusal:
        return errors.refused(refusal)
    form = AppealForm(formdata=None)
    megabytes = LARGEST_FILE // (1024 * 1024)
    form.file.errors = [str(SENTENCES[Reason.TOO_LARGE]) % {"megabytes": megabytes}]
    return _page(case, form), 413


@bp.get("/<reference>/appeal/<uid>/<int:number>.jpg")
@signed_in
def page_image(reference: str, uid: str, number: int) -> ResponseReturnValue:
    """Show one page of a file of the appeal."""
    document = appeals.get_document(_case(reference).id, uid)
    return serving.image_response(documents.page_image(document, number))
