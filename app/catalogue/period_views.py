"""The periods of the post, set by its admins."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired

from app.catalogue import periods, queries
from app.core.actor import Role
from app.core.db import transaction
from app.core.errors import Invalid
from app.web.access import Audience, acting, staff
from app.web.forms import KeyedForm, LocalIntegerField
from app.web.navigation import Place, enter

PATH = "/admin"
bp = Blueprint("periods", __name__)
enter(Place.HEAD, Audience.STAFF, 73, "periods.show", _l("Periods"))

NEEDED = InputRequired(_l("Please give a whole number."))


class PeriodsForm(KeyedForm):
    """Days, counted by the calendar."""

    appeal_days = LocalIntegerField(
        _l("Days in which an appeal against a refusal is taken"), [NEEDED]
    )
    consignment_days = LocalIntegerField(
        _l("Days after which the head is reminded of a consignment that is away"), [NEEDED]
    )


@bp.route("/periods", methods=["GET", "POST"])
@staff(Role.ADMIN)
def show() -> ResponseReturnValue:
    """Show the periods of the post, and set them."""
    form = PeriodsForm(obj=queries.get_current_post())
    if form.validate_on_submit():
        try:
            with transaction():
                periods.save(
                    queries.get_current_post(),
                    appeal_days=form.appeal_days.data,
                    consignment_days=form.consignment_days.data,
                    actor=acting(),
                )
        except Invalid as refusal:
            form[refusal.field].errors = [refusal.sentence()]
        else:
            flash(_("Saved."), "success")
            return redirect(url_for(".show"))
    return render_template("catalogue/periods.html", form=form), 422 if form.errors else 200
