"""Preview, a page of the editor: the draft as a citizen sees it, and a trial of its form.

A trial leaves no trace: its answers travel sealed in a hidden field of the form, so that every
page of it is the answer to a POST.
"""

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from app.audit import services as audit
from app.cases import forms as pages
from app.cases import pace, presenting, timing
from app.catalogue import bill_words, editor_tabs, fees, queries
from app.catalogue import presenting as catalogue_words
from app.catalogue import views as catalogue_views
from app.catalogue.answers.engine import PageResult, to_raw
from app.catalogue.definition import document as definitions
from app.catalogue.definition.document import Definition, Page
from app.catalogue.definition.elements import ApplicantCategory
from app.catalogue.models import Post, Service
from app.catalogue.workdays import NoWorkingDay
from app.core import clock, crypto
from app.core.actor import Role
from app.core.db import transaction
from app.core.errors import NotFound
from app.portal import trial_run
from app.portal.stops import Way
from app.portal.trial_run import Trial
from app.web.access import acting, staff
from app.web.forms import REQUIRED, KeyedForm
from app.web.templating import text_of
from app.web.uploads import takes_form_of

PATH = "/admin/services"
bp = Blueprint("service_preview", __name__)
editor_tabs.enter(80, "service_preview.show", _l("Preview"))

LAYOUT = "portal/preview_base.html"
LARGEST_FORM = 8 * 1024 * 1024
"""All answers of a long form, sealed, come with each of its pages."""
SUMMARY = "summary"
OLDEST = 130

# Keys of fields have no hyphen, so these are never the names of questions.
SEALED, AT, GO = "trial-sealed", "trial-at", "trial-go"

CATEGORIES: dict[ApplicantCategory, Any] = {
    # Any: lazy strings of Flask-Babel have no public type.
    ApplicantCategory.CITIZEN: _l("A citizen"),
    ApplicantCategory.CONSIDERED_AS_SUCH: _l(
        "Somebody considered as Syrian, such as a Palestinian Syrian"
    ),
    ApplicantCategory.FOREIGNER: _l("A foreigner"),
    ApplicantCategory.COMPANY: _l("A company"),
}


class BeginForm(KeyedForm):
    """Who is invented for a trial."""

    category = RadioField(_l("Who applies?"), validators=[InputRequired(REQUIRED)])
    age = IntegerField(_l("Age in full years"), validators=[Optional(), NumberRange(0, OLDEST)])
    variant = RadioField(_l("How quickly?"), validators=[InputRequired(REQUIRED)])

    def offer(self, service: Definition, today: date) -> None:
        """Set what can be chosen; what leaves no choice is not asked."""
        self.category.choices = [
            SelectChoice(one.value, CATEGORIES[one]) for one in service.applicants
        ]
        known = fees.variants_on(service.fees, today)
        self.variant.choices = [
            SelectChoice(key, catalogue_words.variant_name(service, key)) for key in known
        ]
        if not known:
            del self.variant


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a page of a trial carries along, for its template."""

    sealed: str
    at: str
    code: str
    has_previous: bool

    @property
    def url(self) -> str:
        """Return where the page is sent to."""
        return url_for("service_preview.step", code=self.code)

    def in_language(self, language: str) -> str:
        """Return where it is sent to be shown in another language."""
        return url_for("service_preview.step", code=self.code, lang=language)


@bp.get("/<code>/preview")
@staff(Role.ADMIN)
def show(code: str) -> ResponseReturnValue:
    """Show the page of the service as its draft would make it."""
    service, draft = _open(code)
    return catalogue_views.service_page(
        "catalogue/service.html",
        draft,
        layout=LAYOUT,
        updated=service.draft_changed_at,
        start=url_for(".begin", code=code),
        printed=url_for(".printed", code=code),
        **_frame(service),
    )


@bp.get("/<code>/preview/print")
@staff(Role.ADMIN)
def printed(code: str) -> ResponseReturnValue:
    """Show the list of papers to print as the draft would make it."""
    service, draft = _open(code)
    updated = service.draft_changed_at
    return catalogue_views.service_page("catalogue/papers_list.html", draft, updated=updated)


@bp.route("/<code>/trial", methods=["GET", "POST"])
@staff(Role.ADMIN)
def begin(code: str) -> ResponseReturnValue:
    """Ask who applies, and begin a trial; that there was one is all that is recorded."""
    service, draft = _open(code)
    today = clock.today(service.post.zone)
    form = BeginForm()
    form.offer(draft, today)
    if not form.validate_on_submit():
        page = render_template(
            "portal/trial_begin.html", form=form, draft=draft, layout=LAYOUT, **_frame(service)
        )
        return page, 422 if form.errors else 200
    _record(service)
    variant = form.variant.data if "variant" in form else None
    trial = Trial(category=form.category.data, age=form.age.data, variant=variant, on=today)
    return _arrive(*_open(code), trial, "")


@bp.post("/<code>/trial/step")
@staff(Role.ADMIN)
@takes_form_of(LARGEST_FORM)
def step(code: str) -> ResponseReturnValue:
    """Take one page of a trial, and show the next, or what is wrong with this one."""
    service, draft = _open(code)
    trial, at, go = _unsealed(code), request.form.get(AT, ""), request.form.get(GO, "")
    page = next((one for one in draft.pages if one.key == at), None)
    if go == "back":
        return _arrive(service, draft, trial, _before(draft, trial, at))
    if page is None:
        return _arrive(service, draft, trial, at)
    raw = pages.raw_of(page, request.form)
    if go == "stay" or request.form.get("more"):
        return _ask(service, draft, trial, page, raw, more=request.form.get("more", ""))
    result = _check(draft, trial, page, raw)
    answered = trial.with_page(page, result.values)
    if result.errors and not trial_run.is_stopped(draft, answered):
        return _ask_again(service, draft, trial, page, raw, result)
    return _arrive(service, draft, answered, _after(draft, answered, page.key))


def _open(code: str) -> tuple[Service, Definition]:
    service = queries.get_service(queries.get_current_post().id, code)
    return service, definitions.parse(service.draft)


def _record(service: Service) -> None:
    with transaction():
        audit.record(
            "service.tried",
            actor=acting(),
            object_kind="service",
            object_uid=service.uid,
            post_id=service.post_id,
            fields={"code": service.code},
        )


def _place(code: str) -> str:
    return f"trial:{code}:{acting().id}"


def _unsealed(code: str) -> Trial:
    try:
        sealed = request.form.get(SEALED, "")
        return trial_run.load(crypto.unseal_from_browser(sealed, _place(code)))
    except crypto.Unreadable:
        raise NotFound() from None


def _check(draft: Definition, trial: Trial, page: Page, raw: dict[str, list[str]]) -> PageResult:
    known = trial_run.relevant(draft, trial)
    return pages.check(page, raw, known, today=trial.on, applicant=trial.applicant)


def _before(draft: Definition, trial: Trial, at: str) -> str:
    keys = [page.key for page in trial_run.shown_pages(draft, trial)]
    stopped_at = trial_run.page_of_exclusion(draft, trial) if at == SUMMARY else None
    if stopped_at is not None:
        return stopped_at
    place = keys.index(at) if at in keys else len(keys)
    return keys[max(0, place - 1)] if keys else SUMMARY


def _after(draft: Definition, trial: Trial, at: str) -> str:
    keys = [page.key for page in trial_run.shown_pages(draft, trial)]
    order = [page.key for page in draft.pages]
    later = [key for key in keys if order.index(key) > order.index(at)]
    return later[0] if later else SUMMARY


def _arrive(service: Service, draft: Definition, trial: Trial, at: str) -> str:
    """Return a page of the trial as it is come to: no key is the first one."""
    shown = {page.key: page for page in trial_run.shown_pages(draft, trial)}
    at = at or next(iter(shown), SUMMARY)
    refused = trial_run.exclusion(draft, trial) if request.form.get(GO) != "back" else None
    if refused is not None:
        return _render(
            "portal/trial_excluded.html", service, draft, trial, SUMMARY, exclusion=refused
        )
    if at not in shown:
        return _summary(service, draft, trial)
    raw = to_raw(shown[at].fields, trial.answers)
    return _ask(service, draft, trial, shown[at], raw)


def _ask(
    service: Service,
    draft: Definition,
    trial: Trial,
    page: Page,
    raw: dict[str, list[str]],
    more: str = "",
) -> str:
    typed = _check(draft, trial, page, raw).values
    known = trial_run.relevant(draft, trial) | dict(typed)
    filled = pages.fill(page, raw, known, applicant=trial.applicant, more=more)
    return _question_page(service, draft, trial, filled)


def _ask_again(
    service: Service,
    draft: Definition,
    trial: Trial,
    page: Page,
    raw: dict[str, list[str]],
    result: PageResult,
) -> ResponseReturnValue:
    known = trial_run.relevant(draft, trial) | dict(result.values)
    filled = pages.fill(page, raw, known, applicant=trial.applicant)
    if pages.revealed(result, request.form.get("shown", "")):
        return _question_page(service, draft, trial, filled, opened=True)
    pages.note_errors(filled, result)
    return _question_page(service, draft, trial, filled), 422


def _question_page(
    service: Service,
    draft: Definition,
    trial: Trial,
    filled: pages.FilledPage,
    opened: bool = False,
) -> str:
    return _render(
        "portal/trial_page.html",
        service,
        draft,
        trial,
        filled.page.key,
        filled=filled,
        form=filled.form,
        opened=opened,
    )


def _summary(service: Service, draft: Definition, trial: Trial) -> str:
    known, applicant = trial_run.relevant(draft, trial), trial.applicant
    bill = trial_run.bill(draft, trial)
    return _render(
        "portal/trial_summary.html",
        service,
        draft,
        trial,
        SUMMARY,
        sections=[
            (page, presenting.rows(page, known, applicant))
            for page in trial_run.shown_pages(draft, trial)
        ],
        papers=trial_run.papers(draft, trial),
        paper_tags=partial(catalogue_words.paper_tags, draft),
        bill=bill_words.view(bill, draft.fee_rule, service.post.rates, today=trial.on),
        steps=catalogue_words.step_lines(draft.path),
        promised=_promised(service.post, draft, trial),
    )


def _promised(post: Post, draft: Definition, trial: Trial) -> date | None:
    calendar = timing.calendar_since(trial.on, post, draft)
    try:
        return pace.due_on(trial.on, fees.days_of(draft, trial.variant), calendar)
    except NoWorkingDay:
        return None


def _render(
    template: str, service: Service, draft: Definition, trial: Trial, at: str, **more: Any
) -> str:
    # Any: variables of a template. In it "service" is what the citizen reads: the definition.
    return render_template(
        template,
        layout=LAYOUT,
        trial=Step(
            sealed=crypto.seal_for_browser(trial.dump(), _place(service.code)),
            at=at,
            code=service.code,
            has_previous=at == SUMMARY or _before(draft, trial, at) != at,
        ),
        way=_way(draft, trial, at),
        service=draft,
        **_frame(service),
        **more,
    )


def _way(draft: Definition, trial: Trial, at: str) -> Way:
    keys = [page.key for page in trial_run.shown_pages(draft, trial)]
    total = len(keys) + bool(trial_run.papers(draft, trial)) + 1
    position = keys.index(at) + 1 if at in keys else total
    return Way(position=position, total=total, previous=None, following=None)


def _frame(service: Service) -> dict[str, Any]:
    # Any: variables of the layout.
    return {
        "tabs": editor_tabs.tabs(service.code),
        "code": service.code,
        "called": text_of(service.draft["title"]),
    }
