"""Requests of two accounts that name the same person: staff look, and say whose they are."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import BooleanField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput, ListWidget

from app.appointments import presenting, queries, settling
from app.appointments.models import Booking
from app.cases import queries as cases
from app.cases.models import Case
from app.core import i18n
from app.core.errors import Conflict
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm

PATH = "/desk/clashes"
bp = Blueprint("clashes", __name__)


class SettleForm(KeyedForm):
    """Which requests are somebody else's, and that the paper was seen."""

    foreign = SelectMultipleField(
        _l("Which of these requests did somebody else file with the number of this person?"),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validate_choice=False,
    )
    is_seen = BooleanField(
        _l("I have seen the original paper of the person behind this request."),
        [DataRequired(_l("Please see the paper first."))],
    )


@bp.route("/<reference>", methods=["GET", "POST"])
@staff(*settling.JUDGES)
def settle(reference: str) -> ResponseReturnValue:
    """Show the requests that name the same person, and note whose they are."""
    case, form = cases.get_case(reference, acting()), SettleForm()
    form.foreign.choices = _choices(settling.list_others(case))
    if not form.validate_on_submit():
        return _page(case, form), 422 if form.errors else 200

    def effect() -> str:
        settling.settle(reference, form.foreign.data or (), actor=acting())
        return url_for("arrivals.index")

    try:
        leads_to = idempotency.once(form.content_key(), effect)
    except Conflict as refusal:
        form.foreign.errors = [refusal.sentence()]
        return _page(case, form), refusal.status
    flash(_("Saved. This person can book a time again."), "success")
    return redirect(leads_to)


def _page(case: Case, form: SettleForm) -> str:
    return render_template("appointments/clash.html", case=case, form=form)


def _choices(others: Sequence[Case]) -> list[SelectChoice]:
    held = {one.case_id: one for one in queries.list_active([case.id for case in others])}
    return [_choice(case, held.get(case.id)) for case in others]


def _choice(case: Case, booking: Booking | None) -> SelectChoice:
    """Return a request with its service and the time that it holds."""
    when = presenting.when(booking.starts_at, booking.pool.site.zone) if booking else ""
    about = [i18n.text_in(cases.definition(case).title), when or _("no appointment")]
    label = Markup('<bdi dir="ltr">{}</bdi> · {}').format(case.reference, i18n.listed(about))
    return SelectChoice(case.reference, label)
