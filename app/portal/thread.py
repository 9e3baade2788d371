"""What a citizen and the post write to each other about a request."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from app.accounts import throttle
from app.cases import queries
from app.cases.models import Case
from app.cases.rules import State
from app.cases.talk import presenting, thread
from app.cases.talk.forms import FORMATS, MOST_PAGES, ThreadForm
from app.cases.talk.models import ThreadMessage
from app.cases.talk.rules import Side
from app.catalogue import queries as catalogue
from app.core.db import transaction
from app.core.errors import Invalid, NotFound, TooMany
from app.documents import services as documents
from app.documents import serving
from app.documents.models import Document
from app.documents.rules import LARGEST_FILE, Reason
from app.documents.services import Upload
from app.documents.wording import SENTENCES
from app.web import errors, idempotency
from app.web.access import acting, signed_in

PATH = "/requests"
bp = Blueprint("thread", __name__)

WRITING = throttle.Limit(name="thread", most=30, window=timedelta(hours=1))


@bp.route("/<reference>/messages", methods=["GET", "POST"])
@signed_in
def show(reference: str) -> ResponseReturnValue:
    """Show the thread, and take a message."""
    case = _sent_case(reference)
    form = ThreadForm()
    status = 200
    if form.validate_on_submit():
        try:
            return redirect(_write(case, form))
        except Invalid as refusal:
            name = refusal.field if refusal.field in form else "text"
            form[name].errors = [refusal.sentence()]
        except TooMany as refusal:
            form.form_errors.append(refusal.sentence())
            status = refusal.status
    if form.errors:
        status = 422 if status == 200 else status
    return _page(case, form), status


def _sent_case(reference: str) -> Case:
    case = queries.get_case(reference, acting())
    if case.state is State.DRAFT:
        raise NotFound()
    return case


def _write(case: Case, form: ThreadForm) -> str:
    upload = _upload()
    with transaction():
        throttle.count(WRITING, str(acting().id))
    return idempotency.once(form.content_key(), lambda: _send(case.reference, form, upload))


def _upload() -> Upload | None:
    """Return the file that came along, looked at before any transaction, or None."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return None
    return documents.examine(file, formats=FORMATS, max_pages=MOST_PAGES)


def _send(reference: str, form: ThreadForm, upload: Upload | None) -> str:
    thread.write(
        reference,
        form.text.data,
        actor=acting(),
        expects_answer=form.expects_answer.data,
        upload=upload,
    )
    flash(_("Your message was sent."), "success")
    return url_for(".show", reference=reference)


def _page(case: Case, form: ThreadForm) -> str:
    messages = thread.list_messages(case)
    shown = presenting.views(
        messages, Side.CITIZEN, name_of=_name_of, url_of=lambda file, n: _url_of(case, file, n)
    )
    return render_template(
        "portal/thread.html",
        case=case,
        service=queries.definition(case),
        messages=shown,
        unread=sum(one.is_new for one in shown),
        is_asked=any(one.waits and not one.is_mine for one in shown),
        is_open=thread.is_open(case),
        form=form,
        megabytes=LARGEST_FILE // (1024 * 1024),
    )


def _name_of(message: ThreadMessage) -> str:
    """Return who wrote; officers change, and the citizen deals with the post."""
    if message.side is Side.CITIZEN:
        return _("You")
    return str(catalogue.current_post_name().name)


def _url_of(case: Case, file: Document, number: int) -> str:
    return url_for(".page_image", reference=case.reference, uid=file.uid, number=number)


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say beside the field that a file is too large, on the page from which it was sent."""
    try:
        case = _sent_case((request.view_args or {}).get("reference", ""))
    except NotFound as refusal:
        return errors.refused(refusal)
    form = ThreadForm(formdata=None)
    megabytes = LARGEST_FILE // (1024 * 1024)
    form.file.errors = [str(SENTENCES[Reason.TOO_LARGE]) % {"megabytes": megabytes}]
    return _page(case, form), 413


@bp.post("/<reference>/messages/read")
@signed_in
def mark_read(reference: str) -> ResponseReturnValue:
    """Note that the messages of the post were read."""
    with transaction():
        thread.mark_read(reference, actor=acting())
    return redirect(url_for(".show", reference=reference))


@bp.get("/<reference>/messages/<uid>/<int:number>.jpg")
@signed_in
def page_image(reference: str, uid: str, number: int) -> ResponseReturnValue:
    """Show one page of a file of the thread."""
    document = thread.get_document(_sent_case(reference), uid)
    return serving.image_response(documents.page_image(document, number))
