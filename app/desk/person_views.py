"""The person of a case, corrected by staff from the papers that they have seen."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.accounts import rules as persons
from app.accounts.rules import Details
from app.cases import looking, masking
from app.cases import services as case_services
from app.cases.models import Case
from app.core import i18n
from app.core.actor import Actor
from app.desk import acting_on_cases, forms
from app.desk.views import REVIEWERS
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_person", __name__)

COVERED = ("national_number", "passport_number")
"""What stands in no form: who wants to see it asks for it on the page of the case."""


@bp.route("/<reference>/person", methods=["GET", "POST"])
@staff(*REVIEWERS)
def correct(reference: str) -> ResponseReturnValue:
    """Ask what is right of the person of a case, and write it down."""
    case = looking.opened(reference, acting())
    if not case_services.may_correct_person(case, acting()):
        return redirect(url_for("desk_case.show", reference=case.reference))
    details = Details.from_json(case.person.details or {})
    form = _form(case, details)
    if not form.validate_on_submit():
        return _page(case, details, form), 422 if form.errors else 200

    def write(actor: Actor) -> object:
        return case_services.correct_person(
            reference,
            form.corrected(details),
            actor=actor,
            seen=form.seen_version(),
            key=form.idempotency_key(),
        )

    return acting_on_cases.carry_out(reference, form, write, _l("Saved."))


def _form(case: Case, details: Details) -> forms.CorrectionForm:
    shown = {name: text for name, text in details.to_json().items() if name not in COVERED}
    return forms.CorrectionForm(data={**shown, "seen": str(case.version)})


def _page(case: Case, details: Details, form: forms.CorrectionForm) -> str:
    return render_template(
        "desk/person.html",
        case=case,
        form=form,
        name=persons.display_name(details, i18n.language()),
        covered={name: masking.masked(getattr(details, name)) for name in COVERED},
    )
