"""Filing a request: choosing a person and filling in the pages of the service."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields import SelectChoice

from app.accounts import queries as accounts
from app.accounts.rules import Details, display_name
from app.cases import applicants, contents, queries, rounds, services, wording
from app.cases import filing as drafts
from app.cases import forms as pages
from app.cases.competence import AT_THE_DOOR
from app.cases.family import services as households
from app.cases.family.services import name_of
from app.cases.mandates.services import WithoutAuthority
from app.cases.models import Case
from app.cases.rules import ItemKind, State
from app.catalogue import calls, fees, markdown
from app.catalogue import presenting as catalogue_words
from app.catalogue import queries as catalogue
from app.catalogue.answers.completeness import (
    certain_exclusion,
    page_of_exclusion,
    relevant_answers,
)
from app.catalogue.answers.engine import PageResult, to_raw
from app.catalogue.answers.entries import ErrorCode
from app.catalogue.definition.document import Definition, Page
from app.catalogue.definition.elements import Exclusion
from app.core import clock, i18n
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.portal import (
    family,
    moving,
    places,
    stops,
    version_note,
)
from app.portal.forms import SpeedForm, StartForm
from app.web import idempotency, remarks
from app.web.access import acting, signed_in, signed_in_or_served

PATH = "/requests"
bp = Blueprint("filing", __name__)

MISSING = frozenset({ErrorCode.REQUIRED, ErrorCode.CHOOSE, ErrorCode.TICK, ErrorCode.TOO_FEW})
"""What may stay open when somebody goes on later."""


@bp.route("/new/<code>", methods=["GET", "POST"])
@signed_in
def start(code: str) -> ResponseReturnValue:
    """Ask for whom a request is, and begin a draft."""
    _version, service = catalogue.get_published(catalogue.get_current_post(), code)
    if request.method == "GET" and not calls.is_taking(service, _today()):
        return redirect(url_for("services.show", code=code))
    people = accounts.list_persons(acting().id or 0)
    form = StartForm(data={"variant": request.args.get("variant")})
    ways = catalogue_words.variants_to_choose(service, _today())
    form.offer([(p.uid, _name(p.details)) for p, _kind in people], ways)
    if request.form.get("add"):
        return redirect(_to_add_person(code, request.form.get("variant", "")))
    blocked = ""
    if form.validate_on_submit():
        try:
            return redirect(idempotency.once(form.idempotency_key(), lambda: _begin(code, form)))
        except WithoutAuthority as refusal:
            form.person.errors = [refusal.sentence()]
            uid = refusal.params["uid"]
            blocked = url_for("mandates.show", uid=uid, next=request.full_path)
        except Invalid as refusal:
            form.person.errors = [refusal.sentence()]
    page = render_template(
        "portal/start_request.html",
        form=form,
        service=service,
        people=people,
        hints=_hints(service),
        unfinished=queries.list_unfinished(acting().id or 0, code),
        name_of=name_of,
        states=wording.STATES,
        blocked=blocked,
    )
    return page, 422 if form.errors else 200


def _to_add_person(code: str, variant: str) -> str:
    """Lead to a new person and from there back to the way that was chosen already."""
    chosen = variant if variant in catalogue_words.VARIANTS else None
    return url_for("people.add", next=url_for(".start", code=code, variant=chosen))


def _begin(code: str, form: StartForm) -> str:
    actor = acting()
    begun = households.start(
        [accounts.get_person(actor.id or 0, uid) for uid in dict.fromkeys(form.person.data)],
        service_code=code,
        account=accounts.get_account(actor.id or 0),
        actor=actor,
        language=i18n.language(),
        key=form.idempotency_key(),
        variant=form.variant.data if "variant" in form else "regular",
    )
    return stops.stops(begun[0])[0].url


def _name(details: dict[str, object] | None) -> str:
    return display_name(Details.from_json(details or {}), i18n.language())


def _today() -> date:
    return clock.today(catalogue.current_zone())


def _hints(service: Definition) -> dict[str, str]:
    """Return price and time of every variant that can be chosen."""
    today = _today()
    known = fees.variants_on(service.fees, today)
    return {key: catalogue_words.variant_hint(service, key, today) for key in known}


@bp.get("/<reference>/continue")
@signed_in_or_served(*AT_THE_DOOR)
def go_on(reference: str) -> ResponseReturnValue:
    """Lead to the first page of a draft that still lacks something."""
    case = queries.get_case(reference, acting())
    if case.state is not State.DRAFT:
        return redirect(places.of(case).url)
    return redirect(stops.url_to_go_on(case))


@bp.route("/<reference>/page/<key>", methods=["GET", "POST"])
@signed_in_or_served(*AT_THE_DOOR)
def page(reference: str, key: str) -> ResponseReturnValue:
    """Ask the questions of one page; what was saved stands in it."""
    case = queries.get_case(reference, acting())
    left = moving.version_typed_for(case) if request.method == "POST" else None
    if left is not None:
        return moving.take_late(case, left, key)
    asked = next((one for one in contents.shown_pages(case) if one.key == key), None)
    if asked is None:
        raise NotFound()
    if not _is_open(case, key):
        return redirect(places.of(case).url)
    if request.method == "POST":
        return _take(case, asked)
    typed = queries.find_item(case, ItemKind.ANSWERS, key).typed
    if typed is not None:
        return _show_typed(case, asked, typed)
    saved = queries.answers_of_page(case, key)
    if saved is not None:
        return _show(case, asked, to_raw(asked.fields, saved.values or {}))
    taken = family.carried(case, asked)
    own = to_raw(asked.fields, applicants.known(case, asked))
    return _show(case, asked, own | (taken[1] if taken else {}))


def _show_typed(case: Case, asked: Page, typed: dict[str, list[str]]) -> ResponseReturnValue:
    """Show what was typed and not accepted, and what is wrong where the address asks for it."""
    if not request.args.get("check"):
        return _show(case, asked, typed, more=request.args.get("more", ""))
    applicant, today = drafts.of(case), clock.today(case.service.post.zone)
    result = pages.check(asked, typed, _known(case), today=today, applicant=applicant)
    return _show_again(case, asked, typed, result)


def _is_open(case: Case, key: str) -> bool:
    if case.state is State.DRAFT:
        return True
    states = {item.state for item in case.items if item.key == key}
    return case.state is State.ACTION_NEEDED and bool(states & rounds.MENDING)


def _take(case: Case, asked: Page) -> ResponseReturnValue:
    raw = pages.raw_of(asked, request.form)
    if request.form.get("more"):
        return _keep_typed(case, asked, raw, more=request.form["more"])
    applicant, today = drafts.of(case), clock.today(case.service.post.zone)
    result = pages.check(asked, raw, _known(case), today=today, applicant=applicant)
    if request.form.get("previous"):
        return _go_back(case, asked, result)
    if result.errors and _is_stopped(case, asked, result):
        return _stop(case, asked, result)
    if not _may_save(result):
        return _keep_typed(case, asked, raw, check="1")
    judged_by = case.pinned.number
    with transaction():
        services.save_page(
            case.reference, asked.key, result.values, actor=acting(), judged_by=judged_by
        )
    _flash_remarks(case, asked, result)
    return redirect(_after_page(case.reference, asked.key))


def _is_stopped(case: Case, asked: Page, result: PageResult) -> bool:
    """Return whether what is answered of a page already keeps the draft from being sent."""
    here = {one.key for one in asked.fields}
    others = {key: value for key, value in queries.answers(case).items() if key not in here}
    answers, service = others | dict(result.values), queries.definition(case)
    is_draft = case.state is State.DRAFT
    return is_draft and certain_exclusion(service, answers, drafts.of(case)) is not None


def _stop(case: Case, asked: Page, result: PageResult) -> ResponseReturnValue:
    """Say why it cannot be filed here before anything else is demanded."""
    with transaction():
        services.save_page(case.reference, asked.key, result.values, actor=acting())
    return redirect(url_for(".excluded", reference=case.reference))


def _keep_typed(
    case: Case,
    asked: Page,
    raw: dict[str, list[str]],
    *,
    check: str | None = None,
    more: str | None = None,
) -> ResponseReturnValue:
    """Lead to the same page by its address: the answer to a form cannot be gone back to."""
    with transaction():
        drafts.keep_typed(case.reference, asked.key, pages.typed_of(asked, raw), actor=acting())
    back = request.args.get("back")
    return redirect(
        url_for(".page", reference=case.reference, key=asked.key, back=back, check=check, more=more)
    )


def _flash_remarks(case: Case, asked: Page, result: PageResult) -> None:
    """Say what is unusual, on the page that follows, with the way back to it."""
    for remark in pages.remarks(asked, result):
        remarks.tell(remark, stops.page_url(case, asked.key))


def _go_back(case: Case, asked: Page, result: PageResult) -> ResponseReturnValue:
    """Keep what can be kept and lead to the page before; nothing is insisted on now."""
    previous = stops.way(case, f"page/{asked.key}").previous
    with transaction():
        services.save_page(case.reference, asked.key, result.values, actor=acting())
    if any(error.code not in MISSING for error in result.errors):
        flash(_("What could not be used was not saved. Please enter it again later."), "error")
    return redirect(previous.url if previous else places.home().url)


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
    if pages.revealed(result, " ".join(raw.get("shown", ()))):
        return _render(case, filled, opened=True)
    pages.note_errors(filled, result)
    return _render(case, filled), 422


def _render(case: Case, filled: pages.FilledPage, opened: bool = False) -> str:
    saved = queries.answers_of_page(case, filled.page.key)
    item = queries.find_item(case, ItemKind.ANSWERS, filled.page.key)
    return render_template(
        "portal/page.html",
        case=case,
        filled=filled,
        form=filled.form,
        opened=opened,
        service=queries.definition(case),
        way=stops.way(case, f"page/{filled.page.key}"),
        home=places.home(),
        version_note=version_note.of(case),
        mending=case.state is not State.DRAFT,
        saved_at=saved.saved_at if saved else None,
        person=name_of(case),
        whose=family.position(case),
        is_unsaved=item.typed is not None or "as" in request.args,
        offers=family.offers(case, filled.page),
        note=item.note or "",
    )


def _after_page(reference: str, key: str) -> str:
    case = queries.get_case(reference, acting())
    if case.state is not State.DRAFT:
        return url_for("requests.mend", reference=case.reference)
    if contents.exclusion_of(case) is not None:
        return url_for(".excluded", reference=case.reference)
    if request.form.get("later"):
        flash(_("Your answers are saved. You can go on at any time, on any device."), "success")
        return places.home().url
    if request.args.get("back") == "check":
        return stops.url_to_go_on(case)
    following = stops.way(case, f"page/{key}").following
    return following.url if following else stops.check_url(case)


@bp.route("/<reference>/speed", methods=["GET", "POST"])
@signed_in_or_served(*AT_THE_DOOR)
def speed(reference: str) -> ResponseReturnValue:
    """Ask anew how quickly a draft, and those filed with it, is to be worked on."""
    case = queries.get_case(reference, acting())
    service = queries.definition(case)
    variants = catalogue_words.variants_to_choose(service, _today())
    if case.state is not State.DRAFT or not variants:
        return redirect(places.of(case).url)
    form = SpeedForm(data={"variant": case.variant})
    form.variant.choices = [SelectChoice(*pair) for pair in variants]
    if form.validate_on_submit():
        with transaction():
            households.choose_variant(case, form.variant.data, actor=acting())
        return redirect(stops.check_url(case))
    page = render_template(
        "portal/speed.html",
        form=form,
        service=service,
        hints=_hints(service),
        back=stops.check_url(case),
    )
    return page, 422 if form.errors else 200


@bp.get("/<reference>/excluded")
@signed_in_or_served(*AT_THE_DOOR)
def excluded(reference: str) -> ResponseReturnValue:
    """Say why this request cannot be filed here, and where to go instead."""
    case = queries.get_case(reference, acting())
    reason = contents.exclusion_of(case)
    if case.state is not State.DRAFT or reason is None:
        return redirect(url_for(".go_on", reference=case.reference))
    return render_template(
        "portal/excluded.html",
        case=case,
        exclusion=reason,
        instead=markdown.render(reason.instead or {}),
        service=queries.definition(case),
        change_url=_url_of_answer(case, reason),
    )


def _url_of_answer(case: Case, reason: Exclusion) -> str:
    """Return the page on which the answer stands that excludes, the first one where none does."""
    service, answers = queries.definition(case), queries.answers(case)
    found = page_of_exclusion(service, reason, answers, drafts.of(case))
    return stops.page_url(case, found.key) if found else stops.stops(case)[0].url
