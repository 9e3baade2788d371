"""Naming the other parent of an applicant, whose consent a service asks for."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import RadioField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, InputRequired, Length

from app.accounts.rules import find_address
from app.cases import queries as cases
from app.cases.consents import queries, rules, services, wording
from app.cases.family.services import name_of
from app.cases.models import Case
from app.cases.rules import ENDED, State
from app.cases.wording import Status
from app.core import i18n
from app.core.errors import Invalid, NotFound
from app.portal import stops
from app.web import idempotency
from app.web.access import acting, signed_in
from app.web.forms import CHOOSE, REQUIRED, KeyedForm, only_text

PATH = "/requests"
bp = Blueprint("consents", __name__)

OWN_NAME = Markup('<bdi lang="{}">{}</bdi>')


class ConsentForm(KeyedForm):
    """Who is asked, where, and in which language."""

    name = StringField(
        _l("Name of the other parent"),
        filters=[only_text],
        validators=[InputRequired(REQUIRED), Length(max=120)],
    )
    address = StringField(
        _l("E-mail address of the other parent"),
        filters=[only_text],
        validators=[InputRequired(REQUIRED), Length(max=254)],
    )
    language = RadioField(
        _l("Language of the messages to them"),
        validators=[AnyOf(list(i18n.LANGUAGES), message=CHOOSE)],
        choices=[
            SelectChoice(code, OWN_NAME.format(code, name)) for code, name in i18n.LANGUAGES.items()
        ],
        validate_choice=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentView:
    """Where the consent to a request stands, for the one who filed it."""

    status: Status | None
    """None before anybody was named."""
    name: str
    until: date | None
    url: str
    """Where the other parent is named or changed, empty once nothing can be changed."""

    @property
    def is_missing(self) -> bool:
        """Return whether nobody was named yet, so that a draft cannot be sent."""
        return self.status is None


def of(case: Case) -> ConsentView | None:
    """Return where the consent to a case stands; None where none is needed."""
    if not queries.is_needed(case):
        return None
    consent = queries.find(case.id)
    state = consent.state if consent else None
    is_open = case.state not in ENDED and rules.may_change(state)
    return ConsentView(
        status=wording.STATES[consent.state] if consent else None,
        name=(consent.name or "") if consent else "",
        until=consent.until_on if consent and consent.state is rules.ConsentState.ASKED else None,
        url=url_for("consents.name", reference=case.reference) if is_open else "",
    )


@bp.route("/<reference>/consent", methods=["GET", "POST"])
@signed_in
def name(reference: str) -> ResponseReturnValue:
    """Ask who the other parent is and where they are reached."""
    case = cases.get_case(reference, acting())
    shown = of(case)
    if shown is None or not shown.url:
        raise NotFound()
    form = ConsentForm(data=_known(case))
    if form.validate_on_submit():
        try:
            return redirect(idempotency.once(form.idempotency_key(), lambda: _name(case, form)))
        except Invalid as refusal:
            form.address.errors = [refusal.sentence()]
    page = render_template(
        "portal/consent.html",
        case=case,
        form=form,
        shown=shown,
        person=name_of(case),
        is_draft=case.state is State.DRAFT,
        back=_back(case),
    )
    return page, 422 if form.errors else 200


def _known(case: Case) -> dict[str, str]:
    consent = queries.find(case.id)
    if consent is None:
        return {"language": i18n.language()}
    return {
        "name": consent.name or "",
        "address": consent.address or "",
        "language": consent.language,
    }


def _name(case: Case, form: ConsentForm) -> str:
    address = find_address(form.address.data)
    if address is None:
        raise Invalid(_l("This is not an e-mail address."), field="address")
    services.name(
        case.reference,
        person=form.name.data,
        address=address,
        language=form.language.data,
        actor=acting(),
    )
    flash(_("Saved."), "success")
    return _back(case)


def _back(case: Case) -> str:
    if case.state is State.DRAFT:
        return stops.check_url(case)
    return url_for("requests.show", reference=case.reference)
