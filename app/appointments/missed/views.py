"""A visit that was missed, as its owner reads what follows, and says something against it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.appointments import presenting
from app.appointments.missed import presenting as words
from app.appointments.missed import queries, rules, services
from app.appointments.missed.models import MissedVisit
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.talk.forms import text_field
from app.core import clock
from app.core.errors import Conflict, Invalid, NotFound
from app.web import idempotency
from app.web.access import acting, signed_in
from app.web.forms import KeyedForm

PATH = "/requests/<reference>/missed"
bp = Blueprint("missed", __name__)


class ObjectionForm(KeyedForm):
    """Why a missed visit should not count."""

    text = text_field(_l("Why should it not count?"))


@bp.route("", methods=["GET", "POST"])
@signed_in
def show(reference: str) -> ResponseReturnValue:
    """Show what follows from the last visit that was missed, or take an objection."""
    case = cases.get_case(reference, acting())
    missed = queries.find_of(case.id)
    if missed is None:
        raise NotFound()
    form = ObjectionForm()
    if not form.validate_on_submit():
        return _page(case, missed, form), 422 if form.errors else 200

    def effect() -> str:
        services.object_to(reference, form.text.data, actor=acting())
        return url_for(".show", reference=case.reference)

    try:
        leads_to = idempotency.once(form.content_key(), effect)
    except Invalid as refusal:
        form.text.errors = [refusal.sentence()]
        return _page(case, missed, form), refusal.status
    except Conflict as refusal:
        form.form_errors.append(refusal.sentence())
        return _page(case, missed, form), refusal.status
    flash(_("Your objection was received. You are told how it is decided."), "success")
    return redirect(leads_to)


def _page(case: Case, missed: MissedVisit, form: ObjectionForm) -> str:
    zone = missed.booking.pool.site.zone
    return render_template(
        "missed/show.html",
        case=case,
        service=cases.definition(case),
        missed=missed,
        when=presenting.when(missed.missed_at, zone),
        state=words.STATES[missed.state],
        block=queries.block_of(case),
        may_object=services.may_object(missed),
        until=clock.local(missed.missed_at, zone).date() + rules.PERIOD,
        form=form,
    )
