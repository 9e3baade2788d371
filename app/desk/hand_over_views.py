"""Handing over what lies ready: who came, what they showed, and that they signed."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.cases import originals, receipt_words, receipts
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.receipts import Authority, Receipt, Receiver, Shown
from app.cases.rules import Action
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, InvalidTransition
from app.desk import acting_on_cases, forms, headline
from app.desk.views import REVIEWERS
from app.payments import presenting as payments
from app.web.access import acting, staff
from app.web.forms import CHOOSE, only_text
from app.web.navigation import may_open

PATH = "/desk/cases"
bp = Blueprint("desk_hand_over", __name__)


class HandOverForm(forms.ActForm):
    """Who came for a document."""

    receiver = RadioField(_l("Who came?"), validators=[InputRequired(CHOOSE)])
    shown = SelectField(
        _l("Identity document that was shown"),
        choices=[SelectChoice(one.value, text) for one, text in receipt_words.SHOWN.items()],
    )
    ending = StringField(
        _l("Last characters of its number"), filters=[only_text], validators=[Length(max=40)]
    )
    proxy = StringField(
        _l("Name of who came"),
        filters=[only_text],
        validators=[Optional(), Length(max=receipts.LONGEST_NAME)],
    )
    authority = RadioField(
        _l("Their paper"),
        choices=[SelectChoice(one.value, text) for one, text in receipt_words.AUTHORITIES.items()],
        validators=[Optional()],
    )
    authority_number = StringField(
        _l("Number or day of the paper"),
        filters=[only_text],
        validators=[Optional(), Length(max=receipts.LONGEST_NUMBER)],
    )
    other_number = BooleanField(_l("Compared once more, and the number is another one"))
    unpaid = BooleanField(_l("Hand over although the fee is not paid"))
    is_signed = BooleanField(_l("The printed receipt is signed"))

    def offer(self, case: Case, *, is_due: bool) -> None:
        """Let those be chosen who may come by the service; ask about a fee that is owed."""
        may = receipts.receivers_of(case)
        self.receiver.choices = [
            SelectChoice(one.value, receipt_words.RECEIVERS[one]) for one in may
        ]
        if may == (Receiver.APPLICANT,):
            del self.proxy
        if Receiver.PROXY not in may:
            del self.authority, self.authority_number
        if not is_due:
            del self.unpaid

    def receipt(self) -> Receipt:
        """Return what was noted."""
        authority = self.authority.data if self.authority else None
        return Receipt(
            receiver=Receiver(self.receiver.data),
            shown=Shown(self.shown.data),
            ending=self.ending.data or "",
            is_signed=self.is_signed.data,
            is_other_number=self.other_number.data,
            is_unpaid=self.unpaid.data if self.unpaid else False,
            proxy=(self.proxy.data or "") if self.proxy else "",
            authority=Authority(authority) if authority else None,
            authority_number=(self.authority_number.data or "") if self.authority else "",
        )


@bp.route("/<reference>/hand-over", methods=["GET", "POST"])
@staff(*REVIEWERS)
def show(reference: str) -> ResponseReturnValue:
    """Ask who came and hand over; what is missing is said where it is asked."""
    form, actor = HandOverForm(), acting()
    case = cases.get_case(reference, actor)
    due = payments.of(case).due
    form.offer(case, is_due=bool(due))
    if form.validate_on_submit() and _is_known_unpaid(form):
        try:
            return _hand_over(reference, form)
        except (Conflict, InvalidTransition) as refusal:
            return acting_on_cases.overtaken(reference, form, refusal)
        except Invalid as refusal:
            form[refusal.field].errors = [refusal.sentence()]
    elif not form.is_submitted():
        if Action.HANDED_OVER not in headline.offers(case, actor):
            raise InvalidTransition()
        form.seen.data = str(case.version)
    page = render_template(
        "desk/hand_over.html",
        head=headline.of(case),
        form=form,
        sheet=receipts.sheet_of(case),
        held=originals.count_held(case.id),
        due=due,
        asks_number=bool(form.other_number.errors) or form.other_number.data,
        may_take=may_open("desk_paying.take"),
        by_proxy=Receiver.PROXY in receipts.receivers_of(case),
    )
    return page, 422 if form.errors else 200


def _is_known_unpaid(form: HandOverForm) -> bool:
    """Return whether the officer knows of a fee that is owed; else say it beside the box."""
    if form.unpaid and not form.unpaid.data:
        form.unpaid.errors = [_("Take the fee first, or confirm that you hand over without it.")]
        return False
    return True


def _hand_over(reference: str, form: HandOverForm) -> ResponseReturnValue:
    with transaction():
        receipts.hand_over(
            reference,
            form.receipt(),
            actor=acting(),
            seen=form.seen_version(),
            key=form.idempotency_key(),
        )
    flash(_("The document has been handed over."), "success")
    return redirect(url_for("desk_case.show", reference=reference))
