"""A second officer gives a case back to the first one, never without a word."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.cases import changing, second_look
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.rules import Action
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, InvalidTransition
from app.desk import acting_on_cases, forms, headline, second
from app.desk.views import READERS
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_second", __name__)


@bp.route("/<reference>/give-back", methods=["GET", "POST"])
@staff(*READERS)
def give_back(reference: str) -> ResponseReturnValue:
    """Ask what is to be looked at once more, and give the case back."""
    case, form = cases.get_case(reference, acting()), forms.GroundForm()
    if form.validate_on_submit():
        try:
            return _give_back(case.reference, form)
        except (Conflict, InvalidTransition) as refusal:
            return acting_on_cases.overtaken(reference, form, refusal)
        except Invalid as refusal:
            form.ground.errors = [refusal.sentence()]
    elif not form.is_submitted():
        if not _may_give_back(case):
            raise InvalidTransition()
        form.seen.data = str(case.version)
    page = render_template(
        "desk/give_back.html",
        head=headline.of(case),
        form=form,
        first=second.first_of(case, acting()),
    )
    return page, 422 if form.errors else 200


def _may_give_back(case: Case) -> bool:
    offered = Action.GIVEN_BACK in headline.offers(case, acting())
    standing = changing.standing(case)
    return offered and changing.may_act(case, standing, Action.GIVEN_BACK, acting())


def _give_back(reference: str, form: forms.GroundForm) -> ResponseReturnValue:
    with transaction():
        second_look.give_back(
            reference,
            ground=form.ground.data or "",
            actor=acting(),
            seen=form.seen_version(),
            key=form.idempotency_key(),
        )
    return acting_on_cases.done(reference, _l("The request is back with the first officer."))
