"""A page of answers, corrected by staff: the page of the citizen, filled with what stands."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.cases import contents, correcting, filing, looking, masking
from app.cases import forms as pages
from app.cases import queries as cases
from app.cases.models import Case
from app.catalogue.answers.completeness import relevant_answers
from app.catalogue.answers.engine import to_raw
from app.catalogue.definition.document import Page
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound
from app.desk import acting_on_cases, forms, headline
from app.desk.views import REVIEWERS
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_answers", __name__)

Raw = dict[str, list[str]]


@bp.route("/<reference>/answers/<key>", methods=["GET", "POST"])
@staff(*REVIEWERS)
def correct(reference: str, key: str) -> ResponseReturnValue:
    """Ask what is right on a page of answers, and write it down."""
    case = looking.opened(reference, acting())
    if not correcting.may_correct_answers(case, acting()):
        return redirect(url_for("desk_case.show", reference=case.reference))
    asked = next((one for one in contents.shown_pages(case) if one.key == key), None)
    if asked is None:
        raise NotFound()
    if request.method == "POST":
        return _take(case, asked)
    saved = cases.answers_of_page(case, key)
    values = saved.values or {} if saved else {}
    if masking.masked_in(case, asked, values) != values:
        # What is mended has to be read: the numbers stand here as they were typed.
        looking.uncovered(case, acting())
    raw = to_raw(asked.fields, values)
    return _page(case, _filled(case, asked, raw))


def _take(case: Case, asked: Page) -> ResponseReturnValue:
    form, raw = forms.ActForm(), pages.raw_of(asked, request.form)
    if not form.validate_on_submit():
        return _page(case, _filled(case, asked, raw)), 422
    if request.form.get("more"):
        return _page(case, _filled(case, asked, raw, more=request.form["more"]))
    today, known = clock.today(case.service.post.zone), _known(case)
    result = pages.check(asked, raw, known, today=today, applicant=filing.of(case))
    if result.errors:
        filled = _filled(case, asked, raw)
        pages.note_errors(filled, result)
        return _page(case, filled), 422

    def write(actor: Actor) -> object:
        return correcting.correct_answers(
            case.reference,
            asked.key,
            result.values,
            actor=actor,
            seen=form.seen_version(),
            key=form.idempotency_key(),
        )

    return acting_on_cases.carry_out(case.reference, form, write, _l("Saved."))


def _known(case: Case) -> dict[str, object]:
    return relevant_answers(cases.definition(case), cases.answers(case), filing.of(case))


def _filled(case: Case, asked: Page, raw: Raw, more: str = "") -> pages.FilledPage:
    known, applicant = _known(case), filing.of(case)
    today = clock.today(case.service.post.zone)
    typed = pages.check(asked, raw, known, today=today, applicant=applicant).values
    return pages.fill(asked, raw, known | dict(typed), applicant=applicant, more=more)


def _page(case: Case, filled: pages.FilledPage) -> str:
    act = forms.ActForm()
    if not act.is_submitted():
        act.seen.data = str(case.version)
    return render_template(
        "desk/answers.html",
        case=case,
        head=headline.of(case),
        filled=filled,
        form=filled.form,
        act=act,
    )
