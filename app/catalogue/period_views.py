"""The periods of the post, set by its admins."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms.validators import InputRequired

from app.catalogue import kept, periods, queries
from app.catalogue.definition.outcomes import Outcome, Span
from app.catalogue.models import Post
from app.core.actor import Role
from app.core.errors import Invalid
from app.web import idempotency
from app.web.access import Audience, acting, staff
from app.web.forms import KeyedForm, LocalIntegerField
from app.web.navigation import Place, enter

PATH = "/admin"
bp = Blueprint("periods", __name__)
enter(Place.HEAD, Audience.STAFF, 73, "periods.show", _l("Periods"))

MONTHS, DAYS = lazy_pgettext("keeping", "Months"), lazy_pgettext("keeping", "Days after them")
ENDS = {
    Outcome.COMPLETED: _l("After a request was completed"),
    Outcome.REFUSED: _l("After a request was refused"),
    Outcome.WITHDRAWN: _l("After a request was withdrawn"),
    Outcome.LAPSED: _l("After a request lapsed"),
}
NEEDED = InputRequired(_l("Please give a whole number."))


class PeriodsForm(KeyedForm):
    """Days, counted by the calendar."""

    appeal_days = LocalIntegerField(
        _l("Days in which an appeal against a refusal is taken"), [NEEDED]
    )
    consignment_days = LocalIntegerField(
        _l("Days after which the head is reminded of a consignment that is away"), [NEEDED]
    )
    draft_days = LocalIntegerField(
        _l("Days after which a draft goes that was never sent"), [NEEDED]
    )
    idle_months = LocalIntegerField(
        _l("Months without a sign-in after which an account goes that has no request"), [NEEDED]
    )
    completed_months = LocalIntegerField(MONTHS, [NEEDED])
    completed_days = LocalIntegerField(DAYS, [NEEDED])
    refused_months = LocalIntegerField(MONTHS, [NEEDED])
    refused_days = LocalIntegerField(DAYS, [NEEDED])
    withdrawn_months = LocalIntegerField(MONTHS, [NEEDED])
    withdrawn_days = LocalIntegerField(DAYS, [NEEDED])
    lapsed_months = LocalIntegerField(MONTHS, [NEEDED])
    lapsed_days = LocalIntegerField(DAYS, [NEEDED])

    def spans(self) -> dict[Outcome, Span]:
        """Return for how long requests are kept, by how they ended."""
        return {
            one: Span(months=self[f"{one.value}_months"].data, days=self[f"{one.value}_days"].data)
            for one in Outcome
        }


def _filled(post: Post) -> PeriodsForm:
    """Return the form with what counts now."""
    spans = {one.value: kept.span_of(post, one) for one in Outcome}
    months = {f"{one}_months": span.months for one, span in spans.items()}
    days = {f"{one}_days": span.days for one, span in spans.items()}
    return PeriodsForm(obj=post, data={**months, **days})


@bp.route("/periods", methods=["GET", "POST"])
@staff(Role.ADMIN)
def show() -> ResponseReturnValue:
    """Show the periods of the post, and set them."""
    form = _filled(queries.get_current_post())
    if form.validate_on_submit():
        try:
            target = idempotency.once(form.content_key(), lambda: _save(form))
        except Invalid as refusal:
            form[refusal.field].errors = [refusal.sentence()]
        else:
            flash(_("Saved."), "success")
            return redirect(target)
    page = render_template("catalogue/periods.html", form=form, ends=ENDS)
    return page, 422 if form.errors else 200


def _save(form: PeriodsForm) -> str:
    post = queries.get_current_post()
    periods.save(
        post,
        appeal_days=form.appeal_days.data,
        consignment_days=form.consignment_days.data,
        draft_days=form.draft_days.data,
        idle_months=form.idle_months.data,
        actor=acting(),
    )
    kept.save(post, form.spans(), actor=acting())
    return url_for(".show")
