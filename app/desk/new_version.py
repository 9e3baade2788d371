"""Moving a request to the newer version of its service, and asking for what that adds."""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField
from wtforms.validators import InputRequired

from app.cases import changing, filing, move_presenting, moving
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.rules import State
from app.catalogue import comparison, difference_words
from app.catalogue import queries as catalogue
from app.catalogue.models import ServiceVersion
from app.core import clock
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, InvalidTransition
from app.desk import acting_on_cases, forms
from app.desk.review_page import CORRECTION_DAYS
from app.desk.views import REVIEWERS
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_new_version", __name__)


class NewVersionForm(forms.ActForm):
    """To which version a request moves, and until when the citizen may answer."""

    to = HiddenField()
    until_on = DateField(
        _l("The citizen has time until"),
        validators=[InputRequired(_l("This is not a day. Choose it once more."))],
    )

    def number(self) -> int:
        """Return the version that the sender looked at; 0, which is never right, for nonsense."""
        text = str(self.to.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


@bp.route("/<reference>/new-version", methods=["GET", "POST"])
@staff(*REVIEWERS)
def show(reference: str) -> ResponseReturnValue:
    """Show what the newer version asks of a request, and ask the citizen for it."""
    form = NewVersionForm()
    if form.validate_on_submit():
        try:
            _ask(reference, form)
        except (Conflict, InvalidTransition) as refusal:
            return acting_on_cases.overtaken(reference, form, refusal)
        except Invalid as refusal:
            form.form_errors.append(refusal.sentence())
        else:
            return acting_on_cases.done(reference, acting_on_cases.ASKED)
    return _page(cases.get_case(reference, acting()), form)


def _ask(reference: str, form: NewVersionForm) -> None:
    with transaction():
        moving.ask_for_new_version(
            reference,
            to=form.number(),
            until_on=form.until_on.data,
            actor=acting(),
            seen=form.seen_version(),
            key=form.idempotency_key(),
        )


def _page(case: Case, form: NewVersionForm) -> ResponseReturnValue:
    target = _find_newer(case)
    if target is None:
        return redirect(url_for("desk_case.show", reference=case.reference))
    ahead = moving.look_ahead(case, target)
    before, after = cases.definition(case), catalogue.definition_of(target)
    found = comparison.compare(before, after)
    form.seen.data, form.to.data = str(case.version), str(target.number)
    if not form.is_submitted():
        form.until_on.data = clock.today(case.service.post.zone) + timedelta(days=CORRECTION_DAYS)
    page = render_template(
        "desk/new_version.html",
        case=case,
        form=form,
        service=before,
        numbers=(case.pinned.number, target.number),
        refusal=ahead.refusal.sentence() if ahead.refusal else "",
        view=move_presenting.view(case, ahead.outline, filing.of(case)),
        bills=move_presenting.bills_of(case, ahead.outline, case.variant),
        sections=difference_words.sections(found, before=before, after=after),
    )
    return page, 422 if form.errors or form.form_errors else 200


def _find_newer(case: Case) -> ServiceVersion | None:
    """Return the version to which its officer could move a request that is being checked."""
    if case.state is not State.IN_REVIEW or not changing.is_holder(case, acting()):
        return None
    return moving.find_newer(case)
