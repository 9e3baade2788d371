"""An appeal as staff read it, and its decision by somebody who did not refuse."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.cases import looking, reasons
from app.cases import queries as cases
from app.cases.appeals import presenting, services
from app.cases.appeals import queries as appeals
from app.cases.appeals.models import Appeal
from app.cases.models import Case
from app.cases.talk.forms import text_field
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, InvalidTransition, NotFound
from app.desk import acting_on_cases, forms, headline, queries
from app.desk.views import REVIEWERS
from app.documents import viewing
from app.documents.models import Document
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_appeal", __name__)

SAID = {
    "dismiss": acting_on_cases.News(
        told=_l("The appeal is decided: the refusal stands. The citizen has been told."),
        alone=_l("The appeal is decided: the refusal stands."),
    ),
    "grant": acting_on_cases.OPEN_AGAIN,
}


class DecisionForm(forms.ActForm):
    """Why an appeal is decided so."""

    answer = text_field(_l("Reasons of the decision, as the citizen reads them"))


@bp.route("/<reference>/appeal", methods=["GET", "POST"])
@staff(*REVIEWERS)
def show(reference: str) -> ResponseReturnValue:
    """Show what was said against a refusal, and take the decision."""
    case, form = looking.opened(reference, acting()), DecisionForm()
    appeal = appeals.find(case.id)
    if appeal is None:
        raise NotFound()
    do = request.form.get("do", "")
    if do in SAID and form.validate_on_submit():
        try:
            return _decide(case, form, do)
        except (Conflict, InvalidTransition) as refusal:
            return acting_on_cases.overtaken(reference, form, refusal)
        except Invalid as refusal:
            form.answer.errors = [refusal.sentence()]
    elif not form.is_submitted():
        form.seen.data = str(case.version)
    return _page(case, appeal, form), 422 if form.errors else 200


def _decide(case: Case, form: DecisionForm, do: str) -> ResponseReturnValue:
    step = services.grant if do == "grant" else services.dismiss
    with transaction():
        step(
            case.reference,
            form.answer.data,
            actor=acting(),
            seen=form.seen_version(),
            key=form.idempotency_key(),
        )
    return acting_on_cases.done(case.reference, SAID[do])


def _page(case: Case, appeal: Appeal, form: DecisionForm) -> str:
    names = queries.names_of_staff([appeal.refused_by, appeal.decided_by])
    return render_template(
        "desk/appeal.html",
        head=headline.of(case),
        appeal=appeal,
        form=form,
        files=presenting.files(appeal, lambda file, n: _url_of(case, file, n)),
        reason=reasons.refusal_text(case.refusal_code),
        note=case.refusal_note or "",
        refused_by=names.get(appeal.refused_by or 0, ""),
        decided_by=names.get(appeal.decided_by or 0, ""),
        may_decide=services.may_decide(appeal, acting()),
    )


def _url_of(case: Case, file: Document, number: int) -> str:
    return url_for(".page_image", reference=case.reference, uid=file.uid, number=number)


@bp.get("/<reference>/appeal/<uid>/<int:number>.jpg")
@staff(*REVIEWERS)
def page_image(reference: str, uid: str, number: int) -> ResponseReturnValue:
    """Return one page of a file of the appeal, when it is clean; record who looked."""
    actor = acting()
    document = appeals.get_document(cases.get_id(reference, actor), uid)
    looking.note(looking.PAPER, uid, actor)
    return viewing.page_response(cases.normal_reference(reference), document, number, actor)
