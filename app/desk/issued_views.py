"""Issuing the document of a case, looking at it, and revoking it, which is asked twice."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.cases import issuing, looking
from app.cases import queries as cases
from app.core.actor import Actor, Role
from app.core.errors import Conflict, InvalidTransition
from app.desk import acting_on_cases, forms, headline
from app.desk.views import REVIEWERS
from app.documents import issued as documents
from app.documents import serving
from app.documents.models import IssuedDocument, IssuedState
from app.web.access import acting, staff
from app.web.forms import only_text

PATH = "/desk/cases"
bp = Blueprint("desk_issued", __name__)


BEING_MADE = _l("The document is being made. Load the page again in a moment.")


def _statement_field(label: Any) -> TextAreaField:
    # Any: a lazy string.
    return TextAreaField(
        label,
        filters=[only_text],
        validators=[
            DataRequired(_l("Write what the document says in this language.")),
            Length(max=issuing.LONGEST_STATEMENT),
        ],
    )


class OrderForm(forms.ActForm):
    """What an officer writes in a document, and why it takes the place of a valid one."""

    statement_ar = _statement_field(_l("What the document says, in Arabic"))
    statement_ru = _statement_field(_l("What the document says, in Russian"))

    reason = TextAreaField(
        _l("Why is another one needed?"),
        filters=[only_text],
        validators=[
            DataRequired(_l("Say why another document is to take its place.")),
            Length(max=issuing.LONGEST_REASON),
        ],
    )

    def offer(self, *, replaces: bool, writes: bool) -> None:
        """Ask only for what is needed."""
        if not replaces:
            del self.reason
        if not writes:
            del self.statement_ar, self.statement_ru

    def begin_with(self, earlier: Sequence[IssuedDocument]) -> None:
        """Have what stood in the newest document be changed, if there was one."""
        said = next((one.statement for one in earlier if one.statement), None)
        if said and self.statement_ar and self.statement_ru:
            self.statement_ar.data, self.statement_ru.data = said.get("ar"), said.get("ru")

    def statement(self) -> dict[str, str]:
        """Return what is written in the document, by language."""
        if not self.statement_ar or not self.statement_ru:
            return {}
        return {"ar": self.statement_ar.data or "", "ru": self.statement_ru.data or ""}


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


@bp.route("/<reference>/document/order", methods=["GET", "POST"])
@staff(*REVIEWERS)
def order(reference: str) -> ResponseReturnValue:
    """Ask what stands in the document, and why another one takes the place of a valid one."""
    form, actor = OrderForm(), acting()
    case = cases.get_case(reference, actor)
    valid = documents.find_valid(case.id)
    form.offer(replaces=valid is not None, writes=issuing.wants_statement(case))
    if form.validate_on_submit():
        return acting_on_cases.carry_out(reference, form, _ordering(reference, form), BEING_MADE)
    if not form.is_submitted():
        if not issuing.rights(case, actor).issue:
            raise InvalidTransition()
        form.seen.data = str(case.version)
        form.begin_with(documents.list_of(case.id))
    page = render_template(
        "desk/issue_document.html", head=headline.of(case), form=form, document=valid
    )
    return page, 422 if form.errors else 200


def _ordering(reference: str, form: OrderForm) -> acting_on_cases.Act:
    def act(actor: Actor) -> object:
        return issuing.issue(
            reference,
            actor=actor,
            seen=form.seen_version(),
            key=form.idempotency_key(),
            reason=(form.reason.data or "") if form.reason else "",
            statement=form.statement(),
        )

    return act


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
