"""What the citizen and the post write to each other, for officers."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, HiddenField
from wtforms.validators import Length, Optional

from app.cases import looking
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.talk import presenting, thread
from app.cases.talk.forms import FORMATS, MOST_PAGES, text_field
from app.cases.talk.models import ThreadMessage
from app.cases.talk.rules import Side
from app.core import i18n
from app.core.db import transaction
from app.core.errors import Invalid
from app.desk import headline, lane_access, queries, talk
from app.desk.talk import WordsForm
from app.desk.views import READERS, REVIEWERS
from app.documents import services as documents
from app.documents import viewing
from app.documents.models import Document
from app.documents.rules import LARGEST_FILE
from app.documents.services import Upload
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm, one_file

PATH = "/desk/cases"
bp = Blueprint("desk_thread", __name__)


class MessageForm(WordsForm):
    """A message to the citizen."""

    text = text_field(_l("Message to the citizen"))
    file = FileField(_l("File"), validators=[one_file, Optional()])
    expects_answer = BooleanField(_l("The citizen is asked to answer"))


class SettleForm(KeyedForm):
    """Which question needs no answer."""

    uid = HiddenField(validators=[Length(max=32)])


@bp.get("/<reference>/messages")
@staff(*READERS)
def show(reference: str) -> ResponseReturnValue:
    """Show the thread, and record who looked."""
    case = lane_access.opened(reference, acting())
    form = MessageForm()
    form.offer(case)
    return _page(case, form)


@bp.post("/<reference>/messages")
@staff(*REVIEWERS)
def send(reference: str) -> ResponseReturnValue:
    """Take a message to the citizen."""
    case = looking.opened(reference, acting())
    form = MessageForm()
    form.offer(case)
    if form.validate_on_submit():
        try:
            upload = _upload()
            return redirect(idempotency.once(form.content_key(), lambda: _send(case, form, upload)))
        except Invalid as refusal:
            name = refusal.field if refusal.field in form else "text"
            form[name].errors = [refusal.sentence()]
    return _page(case, form), 422 if form.errors else 200


def _upload() -> Upload | None:
    file = request.files.get("file")
    if file is None or not file.filename:
        return None
    return documents.examine(file, formats=FORMATS, max_pages=MOST_PAGES)


def _send(case: Case, form: MessageForm, upload: Upload | None) -> str:
    thread.write(
        case.reference,
        form.text.data,
        actor=acting(),
        expects_answer=form.expects_answer.data,
        upload=upload,
    )
    flash(_("The message was sent. The citizen has been told that there is one."), "success")
    return url_for(".show", reference=case.reference)


@bp.post("/<reference>/messages/words")
@staff(*REVIEWERS)
def put_words(reference: str) -> ResponseReturnValue:
    """Put a canned answer, in the language of the citizen, into the form; nothing is sent."""
    case = looking.opened(reference, acting())
    form = MessageForm()
    form.offer(case)
    form.put_in(case, case.language)
    return _page(case, form)


def _page(case: Case, form: MessageForm) -> str:
    messages = thread.list_messages(case)
    head = headline.of(case)
    names = queries.names_of_staff(one.author_id for one in messages if one.side is Side.STAFF)

    def name_of(message: ThreadMessage) -> str:
        return head.name if message.side is Side.CITIZEN else names.get(message.author_id, "")

    shown = presenting.views(
        messages, Side.STAFF, name_of=name_of, url_of=lambda file, n: _url_of(case, file, n)
    )
    return render_template(
        "desk/thread.html",
        case=case,
        head=head,
        lanes=talk.lanes(case, acting(), "desk_thread.show"),
        messages=shown,
        unread=sum(one.is_new for one in shown),
        is_open=thread.is_open(case),
        may_write=lane_access.may_write(acting()),
        form=form,
        language=i18n.language_said(case.language),
        megabytes=LARGEST_FILE // (1024 * 1024),
    )


def _url_of(case: Case, file: Document, number: int) -> str:
    return url_for(".page_image", reference=case.reference, uid=file.uid, number=number)


@bp.post("/<reference>/messages/read")
@staff(*REVIEWERS)
def mark_read(reference: str) -> ResponseReturnValue:
    """Note that the messages of the citizen were read."""
    with transaction():
        thread.mark_read(reference, actor=acting())
    return redirect(url_for(".show", reference=reference))


@bp.post("/<reference>/messages/settle")
@staff(*REVIEWERS)
def settle(reference: str) -> ResponseReturnValue:
    """Note that a question of the citizen needs no answer."""
    form = SettleForm()
    if not form.validate_on_submit():
        abort(400)
    with transaction():
        thread.settle(reference, form.uid.data, actor=acting())
    return redirect(url_for(".show", reference=reference))


@bp.get("/<reference>/messages/<uid>/<int:number>.jpg")
@staff(*READERS)
def page_image(reference: str, uid: str, number: int) -> ResponseReturnValue:
    """Return one page of a file of the thread, when it is clean; record who looked."""
    actor = acting()
    case = lane_access.check(cases.get_case(reference, actor), actor)
    document = thread.get_document(case, uid)
    looking.note(looking.PAPER, uid, actor)
    return viewing.page_response(cases.normal_reference(reference), document, number, actor)
