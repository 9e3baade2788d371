"""Doing without the consent of the other parent, for a reason that is kept."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from app.cases import looking
from app.cases.consents import services
from app.core.errors import NotFound
from app.desk import acting_on_cases, consents, forms, headline
from app.desk.views import REVIEWERS
from app.web.access import acting, staff
from app.web.forms import only_text

PATH = "/desk/cases"
bp = Blueprint("desk_consent", __name__)


class WaiveForm(forms.ActForm):
    """Why a consent is not needed."""

    reason = TextAreaField(
        _l("Why is it not needed?"),
        filters=[only_text],
        validators=[
            InputRequired(_l("Say why the consent is not needed.")),
            Length(max=services.LONGEST_REASON),
        ],
    )


@bp.route("/<reference>/consent", methods=["GET", "POST"])
@staff(*REVIEWERS)
def waive(reference: str) -> ResponseReturnValue:
    """Ask why a consent is not needed, and do without it."""
    case = looking.opened(reference, acting())
    form = WaiveForm()
    if form.validate_on_submit():
        said = _l("The consent is waived.")
        return acting_on_cases.carry_out(
            reference,
            form,
            lambda actor: services.waive(
                reference, form.reason.data, actor=actor, seen=form.seen_version()
            ),
            said,
        )
    if not consents.may_waive(case, acting()):
        raise NotFound()
    if not form.is_submitted():
        form.seen.data = str(case.version)
    page = render_template(
        "desk/consent.html", head=headline.of(case), form=form, view=consents.of(case, acting())
    )
    return page, 422 if form.errors else 200
