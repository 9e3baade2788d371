"""Filing a request: choosing a person, the pages of the service, the check, sending."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.accounts.rules import Details, display_name
from app.cases import filing as drafts
from app.cases import forms as pages
from app.cases import presenting, queries, services
from app.cases.models import Case
from app.cases.rules import ItemState, State
from app.catalogue import fees
from app.catalogue import presenting as catalogue_words
from app.catalogue import queries as catalogue
from app.catalogue.answers import PageResult, to_raw
from app.catalogue.completeness import relevant_answers
from app.catalogue.definition import Definition, Page
from app.catalogue.entries import ErrorCode
from app.core import clock, i18n
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, InvalidTransition, NotFound
from app.portal import papers, stops
from app.portal.forms import SeenForm, StartForm
from app.web import idempotency
from app.web.access import acting, signed_in

PATH = "/requests"
bp = Blueprint("filing", __name__)

MISSING = frozenset({ErrorCode.REQUIRED, ErrorCode.CHOOSE, ErrorCode.TICK, ErrorCode.TOO_FEW})
"""What may stay open when somebody goes on later."""


@bp.route("/new/<code>", methods=["GET", "POST"])
@signed_in
def start(code: str) -> ResponseReturnValue:
    """Ask for whom a request is, and begin a draft."""
    _version, service = catalogue.get_published(catalogue.get_current_post(), code)
    people = accounts.list_persons(acting().id or 0)
    form = StartForm()
    form.offer([(p.uid, _name(p.details)) for p, _kind in people], _variants(service))
    if form.validate_on_submit():
        return redirect(idempotency.once(form.idempotency_key(), lambda: _begin(code, form)))
    page = render_template(
        "portal/start_request.html",
        form=form,
        service=service,
        people=people,
        hints=_hints(service),
    )
    return page, 422 if form.errors else 200


def _begin(code: str, form: StartForm) -> str:
    actor = acting()
    case = services.start(
        service_code=code,
        person=accounts.get_person(actor.id or 0, form.person.data),
        account=accounts.get_account(actor.id or 0),
        actor=actor,
        language=i18n.language(),
        key=form.idempotency_key(),
        variant=form.variant.data if "variant" in form else "regular",
    )
    return stops.stops(case)[0].url


def _name(details: dict[str, object] | None) -> str:
    return display_name(Details.from_json(details or {}), i18n.language())


def _variants(service: Definition) -> list[tuple[str, object]]:
    today = clock.today(catalogue.current_zone())
    known = fees.variants_on(service.fees, today)
    return [(key, catalogue_words.VARIANTS.get(key, key)) for key in known if len(known) > 1]


def _hints(service: Definition) -> dict[str, str]:
    """Return price and time of every variant that can be chosen."""
    today = clock.today(catalogue.current_zone())
    known = fees.variants_on(service.fees, today)
    return {key: catalogue_words.variant_hint(service, key, today) for key in known}


@bp.get("/<reference>/continue")
@signed_in
def go_on(reference: str) -> ResponseReturnValue:
    """Lead to the first page of a draft that still lacks something."""
    case = queries.get_case(reference, acting())
    if case.state is not State.DRAFT:
        return redirect(url_for("requests.show", reference=case.reference))
    return redirect(stops.url_to_go_on(case))


@bp.route("/<reference>/page/<key>", methods=["GET", "POST"])
@signed_in
def page(reference: str, key: str) -> ResponseReturnValue:
    """Ask the questions of one page; what was saved stands in it."""
    case = queries.get_case(reference, acting())
    asked = next((one for one in drafts.shown_pages(case) if one.key == key), None)
    if asked is None:
        raise NotFound()
    if not _is_open(case, key):
        return redirect(url_for("requests.show", reference=case.reference))
    if request.method == "POST":
        return _take(case, asked)
    saved = queries.answers_of_page(case, key)
    raw = to_raw(asked.fields, saved.values or {}) if saved else {}
    return _show(case, asked, raw)


def _is_open(case: Case, key: str) -> bool:
    if case.state is State.DRAFT:
        return True
    mending = {ItemState.REJECTED, ItemState.REPLACED}
    states = {item.state for item in case.items if item.key == key}
    return case.state is State.ACTION_NEEDED and bool(states & mending)


def _take(case: Case, asked: Page) -> ResponseReturnValue:
    raw = pages.raw_of(asked, request.form)
    if request.form.get("more"):
        return _show(case, asked, raw, more=request.form["more"])
    applicant, today = drafts.of(case), clock.today(case.service.post.zone)
    result = pages.check(asked, raw, _known(case), today=today, applicant=applicant)
    if not _may_save(result):
        return _show_again(case, asked, raw, result)
    with transaction():
        services.save_page(case.reference, asked.key, result.values, actor=acting())
    for remark in pages.remarks(asked, result):
        flash(remark)
    return redirect(_after_page(case.reference, asked.key))


def _may_save(result: PageResult) -> bool:
    if not result.errors:
        return True
    later = bool(request.form.get("later"))
    return later and all(error.code in MISSING for error in result.errors)


def _known(case: Case) -> dict[str, object]:
    return relevant_answers(queries.definition(case), queries.answers(case), drafts.of(case))


def _show(
    case: Case, asked: Page, raw: dict[str, list[str]], more: str = ""
) -> ResponseReturnValue:
    today = clock.today(case.service.post.zone)
    applicant, known = drafts.of(case), _known(case)
    typed = pages.check(asked, raw, known, today=today, applicant=applicant).values
    filled = pages.fill(asked, raw, known | dict(typed), applicant=applicant, more=more)
    return _render(case, filled)


def _show_again(
    case: Case, asked: Page, raw: dict[str, list[str]], result: PageResult
) -> ResponseReturnValue:
    applicant = drafts.of(case)
    known = _known(case) | dict(result.values)
    filled = pages.fill(asked, raw, known, applicant=applicant)
    if pages.revealed(result, request.form.get("shown", "")):
        return _render(case, filled, opened=True)
    pages.note_errors(filled, result)
    return _render(case, filled), 422


def _render(case: Case, filled: pages.FilledPage, opened: bool = False) -> str:
    saved = queries.answers_of_page(case, filled.page.key)
    return render_template(
        "portal/page.html",
        case=case,
        filled=filled,
        form=filled.form,
        opened=opened,
        service=queries.definition(case),
        way=stops.way(case, f"page/{filled.page.key}"),
        mending=case.state is not State.DRAFT,
        saved_at=saved.saved_at if saved else None,
    )


def _after_page(reference: str, key: str) -> str:
    case = queries.get_case(reference, acting())
    if case.state is not State.DRAFT:
        return url_for("requests.mend", reference=case.reference)
    if request.form.get("later"):
        flash(_("Your answers are saved. You can go on at any time, on any device."), "success")
        return url_for("requests.index")
    if request.args.get("back") == "check":
        return stops.url_to_go_on(case)
    following = stops.way(case, f"page/{key}").following
    return following.url if following else stops.check_url(case)


@bp.route("/<reference>/check", methods=["GET", "POST"])
@signed_in
def check(reference: str) -> ResponseReturnValue:
    """Show everything once more, and send it."""
    case = queries.get_case(reference, acting())
    if case.state is not State.DRAFT:
        return redirect(url_for(".sent", reference=case.reference))
    form = SeenForm(data={"seen": case.version})
    if not form.validate_on_submit():
        return _summary(case, form)
    try:
        return redirect(idempotency.once(form.idempotency_key(), lambda: _send(reference, form)))
    except (Conflict, InvalidTransition, Invalid) as refusal:
        return _not_sent(reference, refusal.sentence())


def _send(reference: str, form: SeenForm) -> str:
    case = services.submit(
        reference, actor=acting(), seen=form.seen.data, key=form.idempotency_key()
    )
    return url_for(".sent", reference=case.reference)


def _not_sent(reference: str, sentence: str) -> ResponseReturnValue:
    """Lead to what the other tab has sent, or show the request as it stands now."""
    case = queries.get_case(reference, acting())
    if case.state is not State.DRAFT:
        return redirect(url_for(".sent", reference=case.reference))
    form = SeenForm(formdata=None, data={"seen": case.version})
    form.form_errors.append(sentence)
    return _summary(case, form), 409


def _summary(case: Case, form: SeenForm) -> str:
    known, applicant = _known(case), drafts.of(case)
    sections = [
        (page, stops.page_url(case, page.key), presenting.rows(page, known, applicant))
        for page in drafts.shown_pages(case)
    ]
    return render_template(
        "portal/check.html",
        case=case,
        form=form,
        service=queries.definition(case),
        sections=sections,
        papers=papers.cards(case),
        lacking=_lacking(case),
        person=_name(case.person.details),
        costs=_costs(case),
        way=stops.way(case, "check"),
    )


def _costs(case: Case) -> list[tuple[str, object, str]]:
    """Return what the request costs and how long it takes, as rows of a summary."""
    service = queries.definition(case)
    today = clock.today(case.service.post.zone)
    rows: list[tuple[str, object, str]] = []
    if _variants(service):
        word = catalogue_words.VARIANTS.get(case.variant, case.variant)
        rows.append((_("How quickly?"), word, ""))
    known = fees.due(service.fees, today, variant=case.variant, category=drafts.CATEGORY)
    days = fees.days_of(service, case.variant)
    return [
        *rows,
        (_("Consular fee"), catalogue_words.total_in_words(known), ""),
        (_("Promised time"), catalogue_words.working_days(days), ""),
    ]


def _lacking(case: Case) -> list[tuple[str, object]]:
    """Return (address, title) of every page and paper that still lacks something."""
    gaps = drafts.gaps(case)
    service = queries.definition(case)
    pages_left = [
        (stops.page_url(case, page.key), page.title)
        for page in service.pages
        if page.key in gaps.pages
    ]
    papers_left = [
        (papers.url_of(case, paper.key), paper.title)
        for paper in service.papers
        if paper.key in gaps.papers
    ]
    return [*pages_left, *papers_left]


@bp.get("/<reference>/sent")
@signed_in
def sent(reference: str) -> ResponseReturnValue:
    """Say that a request has been sent, and what comes next."""
    case = queries.get_case(reference, acting())
    if case.state is State.DRAFT:
        return redirect(stops.check_url(case))
    service = queries.definition(case)
    return render_template(
        "portal/sent.html",
        case=case,
        service=service,
        steps=catalogue_words.step_lines(service.path)[1:],
    )


@bp.route("/<reference>/discard", methods=["GET", "POST"])
@signed_in
def discard(reference: str) -> ResponseReturnValue:
    """Ask whether a draft is to be deleted, and delete it."""
    case = queries.get_case(reference, acting())
    if case.state is not State.DRAFT:
        return redirect(url_for("requests.show", reference=case.reference))
    form = SeenForm(data={"seen": case.version})
    if form.validate_on_submit():
        with transaction():
            services.discard(reference, actor=acting())
        flash(_("The draft was deleted."), "success")
        return redirect(url_for("requests.index"))
    return render_template(
        "portal/discard.html", case=case, form=form, service=queries.definition(case)
    )
