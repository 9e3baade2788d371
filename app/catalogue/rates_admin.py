"""What the post counts a currency as: listed for admins, added with a day, ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from app.catalogue import queries, rates, rating
from app.catalogue.rates import Rate, RateState
from app.core import clock, i18n
from app.core.actor import Role
from app.core.errors import Invalid
from app.web import idempotency
from app.web.access import Audience, acting, staff
from app.web.forms import DAY, REQUIRED, KeyedForm, LocalDateField
from app.web.navigation import Place, enter

PATH = "/admin/rates"
bp = Blueprint("rates_admin", __name__)

STATES: Mapping[RateState, tuple[str, Any]] = {
    # Any: lazy strings have no public type.
    RateState.IN_FORCE: ("done", lazy_pgettext("rate", "Counted now")),
    RateState.TO_COME: ("work", lazy_pgettext("rate", "To come")),
    RateState.REPLACED: ("stopped", lazy_pgettext("rate", "Replaced by a newer one")),
    RateState.ENDED: ("stopped", lazy_pgettext("rate", "Ended")),
}
STANDING = frozenset({RateState.IN_FORCE, RateState.TO_COME})

enter(Place.HEAD, Audience.STAFF, 61, "rates_admin.index", _l("Rates"))


class RateForm(KeyedForm):
    """How many units of one currency are counted for one of another, from what day on."""

    source = SelectField(_l("One unit of"))
    target = SelectField(_l("is counted as so much of"))
    rate = StringField(_l("Rate"), validators=[InputRequired(REQUIRED), Length(max=20)])
    on = LocalDateField(_l("From this day on"), [InputRequired(REQUIRED)], format=DAY)


class EndForm(KeyedForm):
    """Which rate is meant."""

    source = HiddenField()
    target = HiddenField()
    on = HiddenField()


@dataclass(frozen=True, slots=True, kw_only=True)
class RateView:
    """A rate as it is listed."""

    source: str
    target: str
    words: str
    on: date
    ended_on: date | None
    state: tuple[str, Any]
    """The kind of the status and its word (Any: a lazy string)."""
    may_end: bool


@bp.route("", methods=["GET", "POST"])
@staff(Role.ADMIN)
def index() -> ResponseReturnValue:
    """List the rates of the post, and take one more."""
    form = _form()
    if form.validate_on_submit():
        try:
            return redirect(idempotency.once(form.idempotency_key(), lambda: _add(form)))
        except Invalid as refusal:
            form[refusal.field].errors = [refusal.sentence()]
    post = queries.get_current_post()
    known = rates.parse(post.rates)
    if not form.is_submitted():
        form.on.data = clock.today(post.zone)
        # Whoever gives a rate most likely gives that of the pair that was given last.
        form.source.data, form.target.data = known[-1].pair if known else rates.CURRENCIES[:2]
    today = clock.today(post.zone)
    rows = [_view(one, rates.state_of(one, known, today=today)) for one in reversed(known)]
    page = render_template("catalogue/rates.html", form=form, rows=rows, act=EndForm(formdata=None))
    return page, 422 if form.errors else 200


def _form() -> RateForm:
    form = RateForm()
    names = [(code, i18n.currency_name(code)) for code in rates.CURRENCIES]
    form.source.choices = form.target.choices = names
    return form


def _add(form: RateForm) -> str:
    rating.add(
        queries.get_current_post().id,
        form.source.data,
        form.target.data,
        form.rate.data,
        form.on.data,
        actor=acting(),
    )
    flash(_("The rate is saved. It is shown beside fees, for orientation."), "success")
    return url_for(".index")


@bp.post("/end")
@staff(Role.ADMIN)
def end() -> ResponseReturnValue:
    """Have a rate count no more."""
    form = EndForm()
    if not form.validate():
        return redirect(url_for(".index"))
    return redirect(idempotency.once(form.content_key(), lambda: _end(form)))


def _end(form: EndForm) -> str:
    rating.end(
        queries.get_current_post().id,
        form.source.data,
        form.target.data,
        form.on.data,
        actor=acting(),
    )
    flash(_("The rate counts no more."), "success")
    return url_for(".index")


def _view(rate: Rate, state: RateState) -> RateView:
    return RateView(
        source=rate.source,
        target=rate.target,
        words=f"1 {rate.source} = {rate.rate:f} {rate.target}",
        on=rate.on,
        ended_on=rate.ended_on,
        state=STATES[state],
        may_end=state in STANDING,
    )
