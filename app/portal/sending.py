"""The end of filing a request: the check, sending, what comes next, and deleting a draft."""

from functools import partial

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.cases import bills, contents, looking, queries, services
from app.cases.competence import AT_THE_DOOR
from app.cases.family.services import name_of
from app.cases.models import Case
from app.cases.rules import State
from app.catalogue import presenting as catalogue_words
from app.core.errors import Conflict, Invalid, InvalidTransition, NotFound
from app.portal import (
    consents,
    family,
    mandates,
    papers,
    places,
    stops,
    summary,
    version_note,
)
from app.portal.forms import SeenForm
from app.web import idempotency
from app.web.access import acting, signed_in_or_served

PATH = "/requests"
bp = Blueprint("sending", __name__)


@bp.route("/<reference>/check", methods=["GET", "POST"])
@signed_in_or_served(*AT_THE_DOOR)
def check(reference: str) -> ResponseReturnValue:
    """Show everything once more, and send it."""
    case = queries.get_case(reference, acting())
    if case.state is not State.DRAFT:
        return redirect(url_for(".sent", reference=case.reference))
    if case.filing_id is not None:
        return redirect(stops.check_url(case))
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
    if acting().at_counter:
        looking.uncovered(case, acting())
    return render_template(
        "portal/check.html",
        case=case,
        form=form,
        service=queries.definition(case),
        sections=summary.sections(case),
        page_url=stops.page_url,
        about=summary.person(case),
        change_person=summary.change_url(case, acting()),
        papers=papers.cards(case),
        lacking=_lacking(case),
        person=name_of(case),
        pace=summary.pace(case),
        bill=bills.explained(case),
        way=stops.way(case, "check"),
        version_note=version_note.of(case),
        blocking=mandates.blocking(case),
        consent=consents.of(case),
    )


def _lacking(case: Case) -> list[tuple[str, object]]:
    """Return (address, title) of every page and paper that still lacks something."""
    gaps = contents.gaps(case)
    service = queries.definition(case)
    pages_left = [
        (stops.page_url(case, page.key), page.title)
        for page in service.pages
        if page.key in gaps.pages
    ]
    papers_left = [
        (papers.url_of(case, paper.key), paper.title)
        for paper in service.all_papers()
        if paper.key in gaps.papers
    ]
    return [*pages_left, *papers_left]


@bp.get("/<reference>/sent")
@signed_in_or_served(*AT_THE_DOOR)
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
        at_counter=acting().at_counter,
        place=_after_sending(case),
        family=family.of(case),
    )


def _after_sending(case: Case) -> places.Place:
    """Return where to go once a request was sent; the counter is ready for who comes next."""
    return places.home() if acting().at_counter else places.of(case)


@bp.route("/<reference>/discard", methods=["GET", "POST"])
@signed_in_or_served(*AT_THE_DOOR)
def discard(reference: str) -> ResponseReturnValue:
    """Ask whether a draft is to be deleted, and delete it."""
    try:
        case = queries.get_case(reference, acting())
    except NotFound:
        # The same form was quicker a moment ago, and what it was about is gone.
        done = idempotency.led_to(SeenForm().idempotency_key())
        if done is None:
            raise
        return redirect(done)
    if case.state is not State.DRAFT:
        return redirect(places.of(case).url)
    form = SeenForm(data={"seen": case.version})
    if form.validate_on_submit():
        done = idempotency.once(form.idempotency_key(), partial(_discard, reference))
        flash(_("The draft was deleted."), "success")
        return redirect(done)
    return render_template("portal/discard.html", case=case, form=form, place=places.of(case))


def _discard(reference: str) -> str:
    services.discard(reference, actor=acting())
    return places.home().url
