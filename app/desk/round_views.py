"""More time for a citizen: for what is asked of them now, or after their request has lapsed."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import DateField
from wtforms.validators import InputRequired

from app.cases import changing, rounds
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.rules import Action
from app.core import clock
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, InvalidTransition
from app.desk import acting_on_cases, forms, headline
from app.desk.review_page import CORRECTION_DAYS
from app.desk.views import REVIEWERS
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_round", __name__)

# Any: lazy strings of Flask-Babel have no public type.
EXTENDED: Any = acting_on_cases.News(
    told=_l("The citizen has more time and has been told."),
    alone=_l("The citizen has more time."),
)
REVIVED: Any = acting_on_cases.News(
    told=_l("The request is open again. The citizen has been told."),
    alone=_l("The request is open again."),
)

Step = Callable[..., Case]


class DeadlineForm(forms.ActForm):
    """Until when the citizen has time."""

    until_on = DateField(
        _l("The citizen has time until"),
        validators=[InputRequired(_l("Choose the last day."))],
    )


@bp.route("/<reference>/extend", methods=["GET", "POST"])
@staff(*REVIEWERS)
def extend(reference: str) -> ResponseReturnValue:
    """Ask until when the citizen has more time, and give it."""
    case = cases.get_case(reference, acting())
    asked = cases.find_open_round(case.id)
    last = asked.until_on if asked else clock.today(case.service.post.zone)
    usual = last + timedelta(days=CORRECTION_DAYS)
    return _page(case, rounds.extend, EXTENDED, usual, is_open=_may_extend(case), last=last)


@bp.route("/<reference>/revive", methods=["GET", "POST"])
@staff(*REVIEWERS)
def revive(reference: str) -> ResponseReturnValue:
    """Ask until when the citizen of a lapsed request has time, and open it again."""
    case = cases.get_case(reference, acting())
    usual = rounds.new_deadline(case)
    is_open = rounds.may_revive(case, acting())
    return _page(case, rounds.revive, REVIVED, usual, is_open=is_open, last=None)


def _may_extend(case: Case) -> bool:
    standing = changing.standing(case)
    offered = Action.CORRECTION_EXTENDED in headline.offers(case, acting())
    return offered and changing.may_act(case, standing, Action.CORRECTION_EXTENDED, acting())


def _page(
    case: Case, step: Step, said: Any, usual: date, *, is_open: bool, last: date | None
) -> ResponseReturnValue:
    form = DeadlineForm()
    if form.validate_on_submit():
        answer = _carry_out(case, form, step, said)
        if answer is not None:
            return answer
    elif not form.is_submitted():
        if not is_open:
            raise InvalidTransition()
        form.seen.data, form.until_on.data = str(case.version), usual
    page = render_template(
        "desk/deadline.html", head=headline.of(case), form=form, last=last, is_lapsed=last is None
    )
    return page, 422 if form.errors else 200


def _carry_out(case: Case, form: DeadlineForm, step: Step, said: Any) -> ResponseReturnValue | None:
    """Do it and lead back to the case; None when the day was refused and is asked once more."""
    reference = case.reference
    try:
        with transaction():
            step(
                reference,
                until_on=form.until_on.data,
                actor=acting(),
                seen=form.seen_version(),
                key=form.idempotency_key(),
            )
    except (Conflict, InvalidTransition) as refusal:
        return acting_on_cases.overtaken(reference, form, refusal)
    except Invalid as refusal:
        form.until_on.errors = [refusal.sentence()]
        return None
    return acting_on_cases.done(reference, said)
