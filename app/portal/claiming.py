"""A request that was filed at the counter, taken into an account by who holds its slip."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf

from app.accounts import queries as accounts
from app.accounts import throttle
from app.accounts.forms import KINDS, BirthField, Needed
from app.accounts.models import AuthorityKind
from app.audit import services as audit
from app.cases import queries, visitors
from app.cases.models import Case
from app.core import reference as references
from app.core.db import transaction
from app.core.errors import Invalid, TooMany
from app.portal.forms import FollowForm
from app.web import idempotency
from app.web.access import acting, signed_in
from app.web.forms import CHOOSE, KeyedForm

PATH = "/requests"
bp = Blueprint("claiming", __name__)

ACCOUNT = throttle.Limit(name="claim", most=10, window=timedelta(hours=1))
# More than one account may try: otherwise any account closes a request to who holds its slip.
ONE_CASE = throttle.Limit(name="claim:case", most=100, window=timedelta(hours=1))
# Whoever holds the slip has the date of birth left to guess, from however many accounts.
BIRTH_IN_A_DAY = throttle.Limit(name="claim:birth:day", most=5, window=timedelta(days=1))
BIRTH_IN_A_MONTH = throttle.Limit(name="claim:birth", most=15, window=timedelta(days=30))
NETWORK = throttle.Limit(name="claim:network", most=30, window=timedelta(hours=1))


class AskAtTheCounter(TooMany):
    """Of one request so many dates of birth were tried that it is added at the counter alone."""

    message = _l(
        "For this request the date of birth was entered wrongly too often. Please come to the"
        " counter, or try again on another day."
    )


class ClaimForm(KeyedForm, FollowForm):
    """What stands on a slip, and what only those know whom the request is for."""

    reference = FollowForm.reference
    code = FollowForm.code
    birth = BirthField(_l("Date of birth of the person whom the request is for"), [Needed()])
    kind = RadioField(
        _l("Who is this?"),
        [Needed(), AnyOf(list(KINDS), message=CHOOSE)],
        choices=[SelectChoice(value, text) for value, text in KINDS.items()],
        validate_choice=False,
    )


@bp.route("/claim", methods=["GET", "POST"])
@signed_in
def claim() -> ResponseReturnValue:
    """Ask for what stands on the slip, and add the request to the account."""
    form = ClaimForm(data={"reference": request.args.get("reference", "")[:40]})
    if not form.validate_on_submit():
        return _page(form, 422 if form.errors else 200)
    slip_of = None
    try:
        slip_of = _count(form)
        target = idempotency.once(form.idempotency_key(), lambda: _claim(form))
    except TooMany as refusal:
        form.form_errors.append(refusal.sentence())
        return _page(form, refusal.status)
    except visitors.NothingFits as refusal:
        _record_failure(slip_of)
        form.form_errors.append(refusal.sentence())
        return _page(form, 422)
    except Invalid as refusal:
        form[refusal.field].errors = [refusal.sentence()]
        return _page(form, 422)
    return redirect(target)


def _count(form: ClaimForm) -> Case | None:
    """Count the try before it is judged, and return of which request the slip is, if of any.

    Who is right tries once, so nothing is taken back.
    """
    with transaction():
        throttle.count_network(NETWORK, request.remote_addr)
        throttle.count(ACCOUNT, str(acting().id))
        throttle.count(ONE_CASE, references.fold(form.reference.data))
        case = queries.follow(form.reference.data, form.code.data)
        if case is not None:
            throttle.count(BIRTH_IN_A_MONTH, case.uid, AskAtTheCounter)
            throttle.count(BIRTH_IN_A_DAY, case.uid, AskAtTheCounter)
        return case


def _record_failure(case: Case | None) -> None:
    """Name the request whose slip somebody holds who does not know whom it is for."""
    with transaction():
        about = case or accounts.get_account(acting().id or 0)
        audit.record(
            "case_claim_failed",
            actor=acting(),
            object_kind="case" if case else "account",
            object_uid=about.uid,
            post_id=case.post_id if case else None,
        )


def _claim(form: ClaimForm) -> str:
    case = visitors.claim(
        form.reference.data,
        form.code.data,
        form.birth.data or "",
        kind=AuthorityKind(form.kind.data),
        actor=acting(),
        key=form.idempotency_key(),
    )
    flash(_("The request is in your list now. You receive a message at every step."), "success")
    return url_for("requests.show", reference=case.reference)


def _page(form: ClaimForm, status: int) -> ResponseReturnValue:
    return render_template("portal/claim.html", form=form), status
