"""Saying that a request that looks like another one is not the same wish."""

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import HiddenField
from wtforms.validators import InputRequired, Length

from app.cases.duplicates import services
from app.core.db import transaction
from app.desk.views import REVIEWERS
from app.web.access import acting, staff
from app.web.forms import Form

PATH = "/desk/cases"
bp = Blueprint("desk_twins", __name__)


class TwinForm(Form):
    """Which other request is meant."""

    other = HiddenField(validators=[InputRequired(), Length(max=32)])


@bp.post("/<reference>/not-the-same")
@staff(*REVIEWERS)
def dismiss(reference: str) -> ResponseReturnValue:
    """Note that the two are not the same, and lead back to the case."""
    form = TwinForm()
    if not form.validate_on_submit():
        abort(400)
    with transaction():
        case = services.dismiss(reference, form.other.data, actor=acting())
    flash(_("Noted on both requests. The hint is not shown any more."), "success")
    return redirect(url_for("desk_case.show", reference=case.reference))
