"""What the other parent reads and answers, without an account: a link, and a code good once."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.accounts import throttle
from app.accounts.rules import Details
from app.cases import queries as cases
from app.cases.consents import asking, services, wording
from app.cases.consents.models import Consent
from app.cases.consents.rules import ConsentState
from app.cases.consents.services import LONGEST_REASON
from app.cases.models import Case
from app.core import i18n
from app.core.db import transaction
from app.core.errors import Invalid, InvalidTransition, TooMany
from app.web.access import current_actor, public
from app.web.forms import CHOOSE, REQUIRED, Form, only_text

PATH = "/consent"
bp = Blueprint("co_signer", __name__)

YES, NO = "yes", "no"
CODES = throttle.Limit(name="consent_code", most=6, window=timedelta(hours=1))


class AnswerForm(Form):
    """A code, and what somebody says."""

    code = StringField(_l("Code of six digits"), validators=[InputRequired(REQUIRED)])
    answer = RadioField(
        _l("Do you consent?"),
        choices=[SelectChoice(YES, _l("Yes, I consent")), SelectChoice(NO, _l("No"))],
        validators=[InputRequired(CHOOSE)],
    )
    reason = TextAreaField(
        _l("If not: why?"),
        filters=[only_text],
        validators=[Optional(), Length(max=LONGEST_REASON)],
    )


@bp.route("/<uid>/<token>", methods=["GET", "POST"])
@public
def show(uid: str, token: str) -> ResponseReturnValue:
    """Show what is consented to, no more than that, and take the answer."""
    consent = asking.get(uid, token)
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            return _answer(uid, token, form)
        except Invalid as refusal:
            name = refusal.field if refusal.field in form else "code"
            form[name].errors = [refusal.sentence()]
        except InvalidTransition:
            return redirect(url_for(".show", uid=uid, token=token))
        consent = asking.get(uid, token)
    return _page(consent, token, form), 422 if form.errors else 200


def _answer(uid: str, token: str, form: AnswerForm) -> ResponseReturnValue:
    if form.answer.data == NO and not (form.reason.data or "").strip():
        raise Invalid(_l("Say why you do not consent."), field="reason")
    # The try is committed before it is judged: a refusal must not give it back.
    with transaction():
        services.spend_try(uid)
    with transaction():
        if form.answer.data == YES:
            services.sign(uid, form.code.data, reader=current_actor())
        else:
            services.decline(uid, form.code.data, form.reason.data, reader=current_actor())
    flash(_("Thank you. Your answer was received."), "success")
    return redirect(url_for(".show", uid=uid, token=token))


def _page(consent: Consent, token: str, form: AnswerForm) -> str:
    case = consent.case
    return render_template(
        "portal/co_sign.html",
        consent=consent,
        token=token,
        form=form,
        status=wording.STATES[consent.state],
        is_open=consent.state is ConsentState.ASKED and case.ended_at is None,
        has_code=consent.code_hash is not None,
        service=cases.definition(case),
        reference=case.reference,
        child=_first_name(case),
    )


def _first_name(case: Case) -> str:
    details = Details.from_json(case.person.details or {})
    return details.first_ar if i18n.language() == "ar" else details.first_latin or details.first_ar


@bp.post("/<uid>/<token>/code")
@public
def send_code(uid: str, token: str) -> ResponseReturnValue:
    """Send a code to the address that was named."""
    consent = asking.get(uid, token)
    if Form().validate_on_submit() and consent.state is ConsentState.ASKED:
        try:
            with transaction():
                throttle.count(CODES, uid)
                asking.send_code(asking.get(uid, token))
        except TooMany as refusal:
            flash(refusal.sentence(), "error")
        else:
            flash(_("A code is on its way to you."), "success")
    return redirect(url_for(".show", uid=uid, token=token))
