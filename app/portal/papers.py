"""The papers of a request: attached one by one, looked at, taken away again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.exceptions import RequestEntityTooLarge

from app.cases import contents, queries, reasons, rounds, services, wording
from app.cases import filing as drafts
from app.cases import forms as pages
from app.cases.competence import AT_THE_DOOR
from app.cases.family import services as households
from app.cases.models import Case, CaseFile, CaseItem
from app.cases.rules import BROKEN_OFF, ItemKind, ItemState, State
from app.catalogue import messages, presenting
from app.catalogue.answers import engine as answers
from app.catalogue.answers.entries import ErrorCode
from app.catalogue.definition.document import Field, FieldKind, Page, Paper
from app.core import clock, i18n
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.documents import dimensions
from app.documents import queries as document_queries
from app.documents import services as documents
from app.documents.models import Document, DocumentState
from app.documents.rules import LARGEST_FILE, Reason, is_unlike_photo
from app.documents.wording import SENTENCES
from app.portal import places, served, stops, version_note
from app.portal.forms import PaperForm, RemoveForm
from app.web import errors, idempotency, remarks
from app.web.access import acting, signed_in_or_served
from app.web.templating import text_of

PATH = "/requests"
bp = Blueprint("papers", __name__)

ACCEPT = {"jpeg": "image/jpeg", "png": "image/png", "pdf": "application/pdf"}
ISSUED_ON = Page(
    key="paper",
    title={},
    fields=(Field(key="issued_on", kind=FieldKind.DATE, label={}, most=0),),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A paper with what was attached to it."""

    paper: Paper
    url: str
    status: wording.Status
    tags: list[tuple[str, str]]
    files: list[CaseFile]
    can_add: bool
    can_remove: bool
    reason: Markup
    note: str


def url_of(case: Case, key: str) -> str:
    """Return the address of the page of one paper."""
    return url_for("papers.one", reference=case.reference, key=key)


def cards(case: Case) -> list[Card]:
    """Return the papers that this applicant is asked for."""
    return [card_of(case, paper) for paper in contents.asked_papers(case)]


def card_of(case: Case, paper: Paper) -> Card:
    """Return one paper with its files, its state and why it was sent back."""
    item = queries.find_item(case, ItemKind.PAPER, paper.key)
    files = contents.live_files(item)
    is_open = is_editable(case, item)
    return Card(
        paper=paper,
        url=url_of(case, paper.key),
        status=_status(case, item, files),
        tags=presenting.tags_of_asked(paper),
        files=files,
        can_add=is_open and (item.state is ItemState.REJECTED or len(files) < paper.max_pages),
        can_remove=is_open and item.state is not ItemState.REJECTED,
        reason=reason_of(paper, item),
        note=item.note or "",
    )


def is_editable(case: Case, item: CaseItem) -> bool:
    """Return whether the citizen may change this item now."""
    mending = item.state in rounds.MENDING
    return case.state is State.DRAFT or (case.state is State.ACTION_NEEDED and mending)


def reason_of(paper: Paper, item: CaseItem) -> Markup:
    """Return why a paper was sent back, in the reader's language; empty when it was not."""
    for reason in paper.reasons:
        if reason.code == item.reason_code:
            return text_of(reason.text)
    return Markup.escape(reasons.built_in_text(item.reason_code))


def _status(case: Case, item: CaseItem, files: list[CaseFile]) -> wording.Status:
    if case.state in BROKEN_OFF and item.state is not ItemState.ACCEPTED:
        return wording.UNNEEDED
    if item.state is ItemState.REJECTED and not files:
        return wording.ITEMS[ItemState.MISSING]
    if contents.is_being_scanned(item):
        return wording.SCANNED
    refused = [file for file in files if file.document.state is DocumentState.REFUSED]
    return wording.ITEMS[ItemState.REJECTED if refused else item.state]


@bp.get("/<reference>/papers")
@signed_in_or_served(*AT_THE_DOOR)
def index(reference: str) -> ResponseReturnValue:
    """List the papers of a draft."""
    case = queries.get_case(reference, acting())
    if case.state is not State.DRAFT:
        return redirect(places.of(case).url)
    return render_template(
        "portal/papers.html",
        case=case,
        cards=cards(case),
        service=queries.definition(case),
        way=stops.way(case, "papers"),
        version_note=version_note.of(case),
        lacking=contents.gaps(case).papers,
        refusal=refusal_of,
    )


@bp.route("/<reference>/papers/<key>", methods=["GET", "POST"])
@signed_in_or_served(*AT_THE_DOOR)
def one(reference: str, key: str) -> ResponseReturnValue:
    """Show one paper, and take a file for it."""
    case, paper, item = _open(reference, key)
    if not is_editable(case, item):
        return redirect(places.of(case).url)
    form = PaperForm()
    issued_on = None
    try:
        issued_on = _issued_on(case, paper)
        if form.validate_on_submit():
            return redirect(_attach(case, paper, form, issued_on))
    except Invalid as refusal:
        _note(form, refusal)
    return _show(case, paper, form, issued_on), 422 if form.errors else 200


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say beside the field that a file is too large, on the page from which it was sent."""
    values: Mapping[str, Any] = request.view_args or {}  # Any: what the address holds.
    try:
        case, paper, _item = _open(values.get("reference", ""), values.get("key", ""))
        issued_on = _issued_on(case, paper)
    except (NotFound, Invalid) as refusal:
        return errors.refused(refusal)
    form = PaperForm(formdata=None)
    megabytes = min(paper.max_bytes, LARGEST_FILE) // (1024 * 1024)
    form.file.errors = [str(SENTENCES[Reason.TOO_LARGE]) % {"megabytes": megabytes}]
    return _show(case, paper, form, issued_on), 413


def _open(reference: str, key: str) -> tuple[Case, Paper, CaseItem]:
    case = queries.get_case(reference, acting())
    for paper in queries.definition(case).all_papers():
        if paper.key == key:
            return case, paper, queries.find_item(case, ItemKind.PAPER, key)
    raise NotFound()


def _note(form: PaperForm, refusal: Invalid) -> None:
    name = refusal.field if refusal.field in form else "file"
    form[name].errors = [refusal.sentence()]


def _show(case: Case, paper: Paper, form: PaperForm, issued_on: date | None) -> str:
    form.issued_on.data = " ".join(request.args.getlist("issued_on"))
    return render_template(
        "portal/paper.html",
        case=case,
        card=card_of(case, paper),
        form=form,
        issued_on=issued_on,
        asks_date=paper.freshness_days is not None and issued_on is None,
        accept=",".join(ACCEPT[kind.value] for kind in paper.formats),
        kinds=", ".join(kind.value.upper() for kind in paper.formats),
        megabytes=min(paper.max_bytes, LARGEST_FILE) // (1024 * 1024),
        service=queries.definition(case),
        sample=presenting.sample_of(paper, case.post_id),
        takers=_takers(case, paper),
        back=_back(case),
        refusal=refusal_of,
    )


def _takers(case: Case, paper: Paper) -> str:
    """Return the names of others of a filing for whom the same file can be attached."""
    others = households.takers(case, paper.key, acting())
    return i18n.listed(households.name_of(one) for one in others)


def _back(case: Case) -> str:
    if case.state is State.DRAFT:
        return stops.papers_url(case)
    return url_for("requests.mend", reference=case.reference)


def _attach(case: Case, paper: Paper, form: PaperForm, issued_on: date | None) -> str:
    """Take the file in and return where to go on; raises Invalid with the field at fault."""
    drafts.check_paper(case, paper.key, issued_on=issued_on)
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid(_("Choose a file."), field="file")
    # Looking at a file takes its time, so that is done before the transaction.
    upload = documents.examine(
        file,
        formats=[kind.value for kind in paper.formats],
        max_bytes=paper.max_bytes,
        max_pages=paper.max_pages,
    )
    _check_size(paper, upload)
    return idempotency.once(
        form.idempotency_key(),
        lambda: _keep(case.reference, paper, upload, issued_on, for_all=form.for_all.data),
    )


def _check_size(paper: Paper, upload: documents.Upload) -> None:
    """Refuse a picture on which too little can be seen."""
    side = dimensions.shorter_side(upload.data) if paper.min_side else None
    if paper.min_side and side is not None and side < paper.min_side:
        raise Invalid(
            _l(
                "The picture is too small: its shorter side has %(side)s pixels, and at least "
                "%(least)s are needed. Take it with the camera, or choose the original file."
            ),
            field="file",
            side=side,
            least=paper.min_side,
        )


def _keep(
    reference: str,
    paper: Paper,
    upload: documents.Upload,
    issued_on: date | None,
    *,
    for_all: bool,
) -> str:
    case = queries.get_case(reference, acting())
    actor = acting()
    if for_all:
        households.attach_to_all(case, paper.key, upload, issued_on=issued_on, actor=actor)
    else:
        document = documents.keep(upload, data_key=case.data_key)
        services.attach(reference, paper.key, document, issued_on=issued_on, actor=actor)
    _say_received(case, paper, upload)
    return _back(case)


def _say_received(case: Case, paper: Paper, upload: documents.Upload) -> None:
    flash(_("The file was received."), "success")
    # Only of a photo is the size of the picture asked; a scan may be as long and as white as it is.
    if paper.min_side and upload.measures and is_unlike_photo(upload.measures):
        words = _(
            "This looks like a screenshot and not like a photo. Please check it before you go on."
        )
        remarks.tell(words, url_of(case, paper.key))


def _issued_on(case: Case, paper: Paper) -> date | None:
    """Return the day of issue, None before it was told; raise Invalid for one that cannot be.

    The day is asked before the file and kept in the address: a file that was chosen is lost
    with every refusal, and a paper that is too old need not be photographed at all.
    """
    if paper.freshness_days is None or "issued_on" not in request.args:
        return None
    today = clock.today(case.service.post.zone)
    raw = pages.raw_of(ISSUED_ON, request.args)
    result = answers.check_page(ISSUED_ON, raw, {}, today)
    for error in result.errors:
        if error.code is not ErrorCode.REQUIRED:
            raise Invalid(messages.describe_error(error)[1], field="issued_on")
    day = result.values.get("issued_on")
    issued_on = date.fromisoformat(str(day)) if day else None
    drafts.check_paper(case, paper.key, issued_on=issued_on)
    return issued_on


@bp.post("/<reference>/papers/<key>/remove")
@signed_in_or_served(*AT_THE_DOOR)
def remove(reference: str, key: str) -> ResponseReturnValue:
    """Take a file away again."""
    case, paper, _item = _open(reference, key)
    form = RemoveForm()
    if form.validate_on_submit():
        with transaction():
            services.detach(reference, paper.key, form.file.data, actor=acting())
        flash(_("The file was removed."), "success")
    return redirect(url_of(case, key))


@bp.get("/<reference>/papers/<key>/<uid>.jpg")
@signed_in_or_served(*AT_THE_DOOR)
def picture(reference: str, key: str, uid: str) -> ResponseReturnValue:
    """Show the citizen a small picture of their own paper."""
    case, document = _own_document(reference, key, uid)
    if document.checked_at is None:
        # Not there yet: the page asks again, and no browser complains of it.
        return "", 204
    return served.small_picture(case.reference, document)


@bp.get("/<reference>/papers/<key>/<uid>/<int:number>.jpg")
@signed_in_or_served(*AT_THE_DOOR)
def page_image(reference: str, key: str, uid: str, number: int) -> ResponseReturnValue:
    """Show the citizen one page of their own paper."""
    case, document = _own_document(reference, key, uid)
    if not 1 <= number <= document.pages:
        raise NotFound()
    return served.page_image(case.reference, document, number)


def _own_document(reference: str, key: str, uid: str) -> tuple[Case, Document]:
    case, _paper, item = _open(reference, key)
    if not any(file.document.uid == uid for file in contents.live_files(item)):
        raise NotFound()
    return case, document_queries.get_document(uid)


def refusal_of(file: CaseFile) -> str:
    """Return why the checks refused a file, empty when they did not."""
    if file.document.state is not DocumentState.REFUSED:
        return ""
    return _("This file could not be used. Remove it and attach another one.")
