"""Waiving of a fee what the service leaves to an officer, and taking it back, with the reasons."""

from collections.abc import Iterable

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from app.cases import bills, rules, waiving
from app.cases import queries as cases
from app.cases import services as case_services
from app.cases.models import Case
from app.catalogue.definition.charges import Waiver
from app.core.actor import Actor
from app.core.errors import InvalidTransition
from app.desk import acting_on_cases, forms, headline
from app.desk.views import REVIEWERS
from app.web.access import acting, staff
from app.web.forms import REQUIRED, only_text
from app.web.templating import text_of

PATH = "/desk/cases"
bp = Blueprint("desk_waiver", __name__)


class WaiverForm(forms.ActForm):
    """Which waiver is granted, and why."""

    # What was granted meanwhile is no choice any more, and the same form again no error.
    waiver = RadioField(
        _l("What is waived?"), validators=[InputRequired(REQUIRED)], validate_choice=False
    )
    ground = TextAreaField(
        _l("On what ground"),
        filters=[only_text],
        validators=[
            InputRequired(_l("Say on what ground the fee is waived.")),
            Length(max=case_services.LONGEST_NOTE),
        ],
    )


class RevokeForm(forms.GroundForm):
    """Which waiver is taken back, and why."""

    waiver = RadioField(
        _l("Which waiver is taken back?"),
        validators=[InputRequired(REQUIRED)],
        validate_choice=False,
    )


@bp.route("/<reference>/waiver", methods=["GET", "POST"])
@staff(*REVIEWERS)
def grant(reference: str) -> ResponseReturnValue:
    """Ask which waiver is granted and on what ground, and grant it."""
    form = WaiverForm()
    case = cases.get_case(reference, acting())
    _list(form.waiver, bills.grantable(case), is_sent=form.is_submitted())
    if form.validate_on_submit():
        return acting_on_cases.carry_out(
            reference, form, _granting(reference, form), _l("The waiver is granted.")
        )
    if not form.is_submitted():
        _check_grantable(case)
        form.seen.data = str(case.version)
    page = render_template("desk/waiver.html", head=headline.of(case), form=form)
    return page, 422 if form.errors else 200


def _list(field: RadioField, waivers: Iterable[Waiver], *, is_sent: bool) -> None:
    """Offer waivers as choices; the only one is chosen already."""
    field.choices = [SelectChoice(one.key, text_of(one.label)) for one in waivers]
    if len(field.choices) == 1 and not is_sent:
        field.data = field.choices[0].value


def _check_grantable(case: Case) -> None:
    offered = rules.Action.WAIVER_GRANTED in headline.offers(case, acting())
    if not offered or not bills.grantable(case):
        raise InvalidTransition()


def _granting(reference: str, form: WaiverForm) -> acting_on_cases.Act:
    def grant_it(actor: Actor) -> object:
        return case_services.grant_waiver(
            reference,
            form.waiver.data,
            ground=form.ground.data,
            actor=actor,
            seen=form.seen_version(),
            key=form.idempotency_key(),
        )

    return grant_it


@bp.route("/<reference>/waiver/revoke", methods=["GET", "POST"])
@staff(*REVIEWERS)
def revoke(reference: str) -> ResponseReturnValue:
    """Ask which waiver is taken back and why, and take it back."""
    form = RevokeForm()
    case = cases.get_case(reference, acting())
    _list(form.waiver, waiving.granted(case), is_sent=form.is_submitted())
    if form.validate_on_submit():
        return acting_on_cases.carry_out(
            reference, form, _revoking(reference, form), _l("The waiver is taken back.")
        )
    if not form.is_submitted():
        if not waiving.may_revoke(case, acting()):
            raise InvalidTransition()
        form.seen.data = str(case.version)
    page = render_template("desk/waiver_revoke.html", head=headline.of(case), form=form)
    return page, 422 if form.errors else 200


def _revoking(reference: str, form: RevokeForm) -> acting_on_cases.Act:
    def revoke_it(actor: Actor) -> object:
        return waiving.revoke(
            reference,
            form.waiver.data,
            ground=form.ground.data or "",
            actor=actor,
            seen=form.seen_version(),
            key=form.idempotency_key(),
        )

    return revoke_it
