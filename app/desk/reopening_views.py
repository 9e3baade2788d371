"""Opening a decided case again is asked twice, and never done without a reason."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.cases import queries as cases
from app.cases import reopening
from app.cases.models import Case
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, InvalidTransition
from app.desk import acting_on_cases, forms, headline
from app.desk.views import REVIEWERS
from app.documents import issued as documents
from app.documents.models import IssuedState
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_reopening", __name__)


@bp.route("/<reference>/reopen", methods=["GET", "POST"])
@staff(*REVIEWERS)
def reopen(reference: str) -> ResponseReturnValue:
    """Say what opening a case again does, ask why, and do it."""
    case, form = cases.get_case(reference, acting()), forms.GroundForm()
    if form.validate_on_submit():
        try:
            return _reopen(case.reference, form)
        except (Conflict, InvalidTransition) as refusal:
            return acting_on_cases.overtaken(reference, form, refusal)
        except Invalid as refusal:
            form.ground.errors = [refusal.sentence()]
    elif not form.is_submitted():
        if not reopening.may_reopen(case, acting()):
            raise InvalidTransition()
        form.seen.data = str(case.version)
    page = render_template(
        "desk/reopen.html", head=headline.of(case), form=form, is_issued=_is_issued(case)
    )
    return page, 422 if form.errors else 200


def _is_issued(case: Case) -> bool:
    return any(row.state is IssuedState.VALID for row in documents.list_of(case.id))


def _reopen(reference: str, form: forms.GroundForm) -> ResponseReturnValue:
    with transaction():
        reopening.reopen(
            reference,
            ground=form.ground.data or "",
            actor=acting(),
            seen=form.seen_version(),
            key=form.idempotency_key(),
        )
    return acting_on_cases.done(reference, acting_on_cases.OPEN_AGAIN)
