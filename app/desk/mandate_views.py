"""Checking the paper by which an account acts for an applicant: accepted, not accepted, revoked."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.cases import looking
from app.cases import queries as cases
from app.cases.mandates import queries, wording
from app.cases.mandates import services as mandates
from app.cases.mandates.models import Mandate
from app.cases.mandates.services import LONGEST_REASON
from app.cases.models import Case
from app.core.actor import Actor
from app.core.errors import Invalid, NotFound
from app.desk import acting_on_cases, forms, headline
from app.desk import mandates as shown
from app.desk.views import REVIEWERS
from app.documents import viewing
from app.web.access import acting, staff
from app.web.forms import CHOOSE, only_text

PATH = "/desk/cases"
bp = Blueprint("desk_mandate", __name__)

VERDICTS = {
    "accept": _l("The paper proves the authority"),
    "reject": _l("Not accepted: the account is asked for another paper"),
    "revoke": _l("Revoke the authority, because it does not stand any more"),
}
SAID = {
    "accept": _l("The authority is accepted."),
    "reject": _l("The authority is not accepted. The account has been told."),
    "revoke": _l("The authority is revoked. The account has been told."),
}


class MandateForm(forms.ActForm):
    """What an officer says of a paper, and of which."""

    paper = HiddenField()
    verdict = RadioField(
        _l("What is decided?"),
        choices=[SelectChoice(*pair) for pair in VERDICTS.items()],
        validators=[InputRequired(CHOOSE)],
    )
    reason = TextAreaField(
        _l("Reason, as the account reads it"),
        filters=[only_text],
        validators=[Optional(), Length(max=LONGEST_REASON)],
    )


@bp.route("/<reference>/authority", methods=["GET", "POST"])
@staff(*REVIEWERS)
def show(reference: str) -> ResponseReturnValue:
    """Show the paper of an authority beside what was entered of it, and take the verdict."""
    case = looking.opened(reference, acting())
    mandate = _mandate(case)
    form = MandateForm()
    if form.validate_on_submit():
        try:
            _check_reason(form)
        except Invalid as refusal:
            form.reason.errors = [refusal.sentence()]
        else:
            said = SAID[form.verdict.data]
            return acting_on_cases.carry_out(reference, form, _deciding(case, form), said)
    if not form.is_submitted():
        form.seen.data, form.paper.data = str(case.version), mandate.uid
    return _page(case, mandate, form), 422 if form.errors else 200


def _mandate(case: Case) -> Mandate:
    mandate = queries.find_of_case(case)
    if mandate is None:
        raise NotFound()
    return mandate


def _check_reason(form: MandateForm) -> None:
    if form.verdict.data != "accept" and not (form.reason.data or "").strip():
        raise Invalid(_l("Say why, so that it can be mended."), field="reason")


def _deciding(case: Case, form: MandateForm) -> acting_on_cases.Act:
    uid, reason = form.paper.data or "", form.reason.data or ""

    def decide(actor: Actor) -> object:
        if form.verdict.data == "accept":
            return mandates.accept(uid, case, actor=actor, seen=form.seen_version())
        settle = mandates.reject if form.verdict.data == "reject" else mandates.revoke
        return settle(uid, case, reason, actor=actor, seen=form.seen_version())

    return decide


def _page(case: Case, mandate: Mandate, form: MandateForm) -> str:
    return render_template(
        "desk/mandate.html",
        head=headline.of(case),
        form=form,
        may_decide=mandates.may_decide(case, acting()),
        view=shown.of(case),
        mandate=mandate,
        status=wording.STATES[mandate.state],
        warning=shown.warning(case, mandate),
        facts=shown.facts(case, mandate),
        pages=shown.pages(case, mandate),
    )


@bp.get("/<reference>/authority/<uid>/<int:number>.jpg")
@staff(*REVIEWERS)
def image(reference: str, uid: str, number: int) -> ResponseReturnValue:
    """Return one page of the paper, when the checks have found it clean; record who looked."""
    actor = acting()
    case = cases.get_case(reference, actor)
    mandate = _mandate(case)
    if mandate.uid != uid:
        raise NotFound()
    looking.note(looking.PAPER, uid, actor)
    return viewing.page_response(case.reference, mandate.document, number, actor)
