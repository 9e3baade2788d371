"""What ends something for good is asked twice: a refusal, and a visit that never took place."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.appointments import visiting
from app.cases import queries as cases
from app.cases import reasons, rules, second_look
from app.cases import services as case_services
from app.cases.appeals import services as appeals
from app.core.actor import Actor
from app.core.errors import Invalid, InvalidTransition
from app.desk import acting_on_cases, forms, headline
from app.desk.views import READERS, REVIEWERS
from app.payments import presenting as payments
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_final", __name__)

# Any: lazy strings of Flask-Babel have no public type.
REFUSED: Mapping[bool, Any] = {
    False: acting_on_cases.News(
        told=_l("The request is refused. The citizen has been told."),
        alone=_l("The request is refused."),
    ),
    True: _l("The first check is done. A second officer looks at the refusal before it counts."),
}
"""What is said of a refusal, by whether it is a proposal to a second officer."""


@bp.route("/<reference>/without-visit", methods=["GET", "POST"])
@staff(*REVIEWERS)
def without_visit(reference: str) -> ResponseReturnValue:
    """Ask whether the visit is really not needed, and go on without it."""
    form, actor = forms.ActForm(), acting()
    if form.validate_on_submit():
        return acting_on_cases.carry_out(
            reference, form, _going_on(reference, form), _l("The request goes on without a visit.")
        )
    case = cases.get_case(reference, actor)
    if rules.Action.VISIT_COMPLETED not in headline.offers(case, actor):
        raise InvalidTransition()
    form.seen.data = str(case.version)
    due = payments.of(case).due
    return render_template("desk/without_visit.html", head=headline.of(case), form=form, due=due)


def _going_on(reference: str, form: forms.ActForm) -> acting_on_cases.Act:
    def go_on(actor: Actor) -> object:
        return visiting.complete_visit(
            reference, actor=actor, seen=form.seen_version(), key=form.idempotency_key()
        )

    return go_on


@bp.post("/<reference>/refuse")
@staff(*READERS)
def refuse(reference: str) -> ResponseReturnValue:
    """End a request that cannot be granted, with a reason that the citizen reads, asked twice.

    The first of two officers proposes it to the second one.
    """
    form = forms.RefuseForm()
    form.offer(reasons.of_refusal())
    if not form.validate_on_submit():
        return acting_on_cases.again(reference, form, _what_is_wrong(form))
    case = cases.get_case(reference, acting())
    is_proposal = second_look.is_first(case, acting())
    if "confirmed" in request.form:
        act = _refusing(reference, form)
        return acting_on_cases.carry_out(reference, form, act, REFUSED[is_proposal])
    return render_template(
        "desk/refuse.html",
        head=headline.of(case),
        form=form,
        reason=reasons.refusal_text(form.reason.data),
        is_proposal=is_proposal,
        lacks_decider=appeals.lacks_decider(case, acting()),
    )


def _what_is_wrong(form: forms.RefuseForm) -> Invalid:
    field = form.reason if form.reason.errors else form.note
    errors: list[Any] = list(field.errors)  # Any: lazy strings of WTForms
    return Invalid(errors[0] if errors else None, field=field.id)


def _refusing(reference: str, form: forms.RefuseForm) -> acting_on_cases.Act:
    def end(actor: Actor) -> object:
        return case_services.refuse(
            reference,
            reason_code=form.reason.data,
            note=form.note.data or "",
            actor=actor,
            seen=form.seen_version(),
            key=form.idempotency_key(),
        )

    return end
