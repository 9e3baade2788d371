"""Issuing the document of a case, looking at it, and revoking it, which is asked twice."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.cases import issuing
from app.cases import queries as cases
from app.core.actor import Actor, Role
from app.core.errors import Conflict
from app.desk import acting_on_cases, forms, headline, looking
from app.desk.views import REVIEWERS
from app.documents import issued as documents
from app.documents import serving
from app.documents.models import IssuedState
from app.web.access import acting, staff
from app.web.forms import only_text

PATH = "/desk/cases"
bp = Blueprint("desk_issued", __name__)


BEING_MADE = _l("The document is being made. Load the page again in a moment.")


class AnewForm(forms.ActForm):
    """Why another document takes the place of a valid one."""

    reason = TextAreaField(
        _l("Why is another one needed?"),
        filters=[only_text],
        validators=[
            DataRequired(_l("Say why another document is to take its place.")),
            Length(max=issuing.LONGEST_REASON),
        ],
    )


class RevokeForm(forms.ActForm):
    """Why a document is revoked."""

    reason = TextAreaField(
        _l("Why is it revoked?"),
        filters=[only_text],
        validators=[
            DataRequired(_l("Say why the document is revoked.")),
            Length(max=issuing.LONGEST_REASON),
        ],
    )


@bp.get("/<reference>/document")
@staff(*REVIEWERS)
def come_back(reference: str) -> ResponseReturnValue:
    """Lead to the case whoever opens the address of the button."""
    return redirect(url_for("desk_case.show", reference=reference))


@bp.post("/<reference>/document")
@staff(*REVIEWERS)
def issue(reference: str) -> ResponseReturnValue:
    """Have the document made, where no other one is valid."""
    form = forms.ActForm()
    if not form.validate_on_submit():
        abort(400)

    def order(actor: Actor) -> object:
        return issuing.issue(
            reference, actor=actor, seen=form.seen_version(), key=form.idempotency_key()
        )

    return acting_on_cases.carry_out(reference, form, order, BEING_MADE)


@bp.route("/<reference>/document/anew", methods=["GET", "POST"])
@staff(*REVIEWERS)
def anew(reference: str) -> ResponseReturnValue:
    """Ask why, and have a document made that takes the place of the valid one."""
    form, actor = AnewForm(), acting()
    case = cases.get_case(reference, actor)
    if form.validate_on_submit():
        return acting_on_cases.carry_out(reference, form, _replacing(reference, form), BEING_MADE)
    valid = documents.find_valid(case.id)
    if valid is None:
        return redirect(url_for("desk_case.show", reference=reference))
    form.seen.data = form.seen.data or str(case.version)
    page = render_template(
        "desk/issue_anew.html", head=headline.of(case), form=form, document=valid
    )
    return page, 422 if form.errors else 200


def _replacing(reference: str, form: AnewForm) -> acting_on_cases.Act:
    def order(actor: Actor) -> object:
        return issuing.issue(
            reference,
            actor=actor,
            seen=form.seen_version(),
            key=form.idempotency_key(),
            reason=form.reason.data or "",
        )

    return order


@bp.get("/<reference>/document/<int:number>.pdf")
@staff(*REVIEWERS)
def show(reference: str, number: int) -> ResponseReturnValue:
    """Return the PDF of a document, and record who looked."""
    actor = acting()
    row = documents.get_numbered(cases.get_case(reference, actor).id, number)
    looking.note(looking.DOCUMENT, row.uid, actor)
    return serving.pdf_response(row)


@bp.route("/<reference>/document/<int:number>/revoke", methods=["GET", "POST"])
@staff(Role.HEAD)
def revoke(reference: str, number: int) -> ResponseReturnValue:
    """Ask why, ask once more, and declare a document void."""
    form, actor = RevokeForm(), acting()
    case = cases.get_case(reference, actor)
    row = documents.get_numbered(case.id, number)
    is_valid = form.validate_on_submit()
    if is_valid and "confirmed" in request.form:
        said = _l("The document is revoked. Whoever verifies it reads that.")
        return acting_on_cases.carry_out(reference, form, _revoking(reference, number, form), said)
    if row.state is not IssuedState.VALID:
        raise Conflict()
    form.seen.data = str(case.version)
    page = render_template(
        "desk/revoke_document.html",
        head=headline.of(case),
        form=form,
        document=row,
        is_asked_again=is_valid,
    )
    return page, 422 if form.errors else 200


def _revoking(reference: str, number: int, form: RevokeForm) -> acting_on_cases.Act:
    def void(actor: Actor) -> object:
        return issuing.revoke(reference, number, reason=form.reason.data or "", actor=actor)

    return void
