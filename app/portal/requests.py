"""My requests, one request with all that belongs to it, mending and withdrawing it."""

import io
from typing import Any

import segno
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.appointments import presenting as appointment_words
from app.audit import services as audit
from app.cases import (
    bills,
    changing,
    competence,
    queries,
    reasons,
    rounds,
    rules,
    services,
    timeline,
    wording,
)
from app.cases import contents as case_contents
from app.cases.competence import AT_THE_DOOR
from app.cases.family import queries as together
from app.cases.family.services import name_of
from app.cases.models import Case, CaseItem
from app.cases.rules import ItemKind, ItemState, State
from app.cases.talk import thread
from app.cases.talk.rules import Side
from app.catalogue import presenting
from app.core import i18n
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, InvalidTransition, NotFound
from app.notifications import letters
from app.notifications import queries as notifications
from app.payments import presenting as payments
from app.portal import (
    appealing,
    consents,
    family,
    issued,
    mandates,
    next_action,
    papers,
    places,
    service_notice,
    stops,
    summary,
    version_note,
    visits,
)
from app.portal.forms import SeenForm
from app.reporting import standards
from app.web import idempotency, navigation, printing
from app.web.access import Audience, acting, signed_in, signed_in_or_served

PATH = "/requests"
bp = Blueprint("requests", __name__)

MOST_REQUESTS = 20

navigation.enter(navigation.Place.HEAD, Audience.CITIZEN, 20, "requests.index", _l("My requests"))


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """List the requests of the account, what waits for the citizen first."""
    after = request.args.get("after", "")[:32] or None
    page = queries.cases_of(acting().id or 0, after=after, limit=MOST_REQUESTS)
    news = thread.news_of([case.id for case in page.cases], Side.CITIZEN)
    actions = next_action.of_each(page.cases, news)
    cards = sorted(
        ((case, actions[case.id]) for case in page.cases),
        key=lambda pair: (not (pair[1] and pair[1].button), pair[0].state in rules.ENDED),
    )
    return render_template(
        "portal/requests.html",
        cards=cards,
        title_of=lambda case: queries.definition(case).title,
        name_of=name_of,
        states=wording.STATES,
        older=page.after,
        newest=after is None,
        visits=visits.lines_of_each(page.cases),
        unread={case_id: one.unread for case_id, one in news.items()},
    )


@bp.get("/<reference>")
@signed_in
def show(reference: str) -> ResponseReturnValue:
    """Show one request: what is to be done, what happened, papers, fee, appointment."""
    case = queries.get_case(reference, acting())
    events = queries.list_events(case.id)
    booking = visits.find(case)
    return render_template(
        "portal/request.html",
        case=case,
        service=queries.definition(case),
        action=next_action.of(case),
        expected=_expected(case),
        asked=queries.find_open_round(case.id),
        lines=timeline.lines(case, events, visits.line(booking) if booking else None),
        cards=papers.cards(case),
        bill=bills.explained(case),
        status=wording.STATES[case.state],
        promise=summary.promise(case),
        person=name_of(case),
        news=_news(case),
        unread=thread.news(case.id, Side.CITIZEN).unread,
        may_write=case.state is not State.DRAFT and thread.is_open(case),
        booking=booking,
        present=appointment_words,
        can_withdraw=_may_withdraw(case),
        may_revive=rounds.may_revive(case, acting()),
        code=summary.in_groups(case.follow_code or ""),
        refusal=reasons.refusal_text(case.refusal_code),
        version_note=version_note.of(case),
        notice=service_notice.of(case),
        proxy=_proxy(case),
        document=issued.of(case),
        appeal=appealing.offer(case),
        blocking=mandates.blocking(case),
        consent=consents.of(case),
        family=family.of(case),
        money=payments.of(case),
        **_standing(case),
    )


def _standing(case: Case) -> dict[str, bool]:
    """Return where a request stands, as its page asks it."""
    return {
        "is_draft": case.state is State.DRAFT,
        "is_open": case.state in rules.OPEN,
        "is_ended": case.state in rules.ENDED,
        "is_broken_off": case.state in rules.BROKEN_OFF,
        "is_refused": case.state is State.REFUSED,
    }


@bp.get("/<reference>/contents")
@signed_in
def contents(reference: str) -> ResponseReturnValue:
    """Show what was sent: the answers, and the papers by name with their pages.

    Numbers of passports and identity cards are covered, of whomever they are: devices are shared.
    """
    case = _sent(reference)
    return _contents(case, summary.covered_person(case), summary.covered_sections(case))


@bp.post("/<reference>/contents")
@signed_in
def reveal(reference: str) -> ResponseReturnValue:
    """Show the same once with the identity numbers, on record."""
    uid, actor = _sent(reference).uid, acting()
    with transaction():
        audit.record("identity_numbers_seen", actor=actor, object_kind="case", object_uid=uid)
    case = _sent(reference)
    return _contents(case, summary.person(case), summary.sections(case), is_revealed=True)


def _sent(reference: str) -> Case:
    case = queries.get_case(reference, acting())
    if case.submitted_at is None:
        raise NotFound()
    return case


def _contents(
    case: Case,
    about: list[summary.SummaryRow],
    sections: list[summary.Section],
    *,
    is_revealed: bool = False,
) -> str:
    return render_template(
        "portal/contents.html",
        case=case,
        service=queries.definition(case),
        person=name_of(case),
        about=about,
        sections=sections,
        papers=papers.cards(case),
        is_revealed=is_revealed,
    )


def _proxy(case: Case) -> object:
    """Return who else may collect what lies ready, or nothing."""
    is_ready = case.state is State.READY
    return presenting.PROXY if is_ready and queries.definition(case).by_proxy() else ""


def _news(case: Case) -> list[tuple[object, object]]:
    keys = [case.id] if case.filing_id is None else together.ids_of(case, acting())
    messages = notifications.list_for_cases(keys, acting().id or 0)
    return [
        (message.created_at, letters.line(message))
        for message in messages
        if message.case_id == case.id or letters.tells_of(message, case.reference)
    ]


@bp.route("/<reference>/mend", methods=["GET", "POST"])
@signed_in_or_served(*AT_THE_DOOR)
def mend(reference: str) -> ResponseReturnValue:
    """Show just what has to be mended, and send it all at once."""
    case = queries.get_case(reference, acting())
    asked = queries.find_open_round(case.id)
    if case.state is not State.ACTION_NEEDED or asked is None:
        return redirect(places.of(case).url)
    form = SeenForm(data={"seen": case.version})
    if form.validate_on_submit():
        try:
            return redirect(idempotency.once(form.idempotency_key(), lambda: _resend(form, case)))
        except (Conflict, InvalidTransition, Invalid) as refusal:
            form = SeenForm(formdata=None, data={"seen": case.version})
            form.form_errors.append(refusal.sentence())
    page = render_template(
        "portal/mend.html",
        case=case,
        form=form,
        asked=asked,
        place=places.of(case),
        service=queries.definition(case),
        cards=_papers_to_mend(case),
        pages=_pages_to_mend(case),
        is_mended=case_contents.is_mended(case),
        refusal=papers.refusal_of,
    )
    return page, 409 if form.form_errors else 200


def _resend(form: SeenForm, case: Case) -> str:
    services.resubmit(
        case.reference, actor=acting(), seen=form.seen.data, key=form.idempotency_key()
    )
    flash(_("Thank you. What you mended was received, and the check goes on."), "success")
    return places.of(case).url


def _to_mend(case: Case, kind: ItemKind) -> set[str]:
    return {item.key for item in case.items if item.kind is kind and item.state in rounds.MENDING}


def _papers_to_mend(case: Case) -> list[papers.Card]:
    keys = _to_mend(case, ItemKind.PAPER)
    service = queries.definition(case)
    return [papers.card_of(case, paper) for paper in service.all_papers() if paper.key in keys]


def _pages_to_mend(case: Case) -> list[tuple[object, str, str, str, wording.Status]]:
    """Return (title, address, reason, note, status) of the pages of answers to be corrected."""
    keys = _to_mend(case, ItemKind.ANSWERS)
    found: list[tuple[object, str, str, str, wording.Status]] = []
    for page in queries.definition(case).pages:
        if page.key in keys:
            item = queries.find_item(case, ItemKind.ANSWERS, page.key)
            url = stops.page_url(case, page.key)
            reason = reasons.built_in_text(item.reason_code)
            found.append((page.title, url, reason, item.note or "", _status_of_page(item)))
    return found


def _status_of_page(item: CaseItem) -> wording.Status:
    if item.state is ItemState.REJECTED and item.reason_code == reasons.SERVICE_CHANGED:
        return wording.ASKED_ANEW
    return wording.ITEMS[item.state]


@bp.route("/<reference>/withdraw", methods=["GET", "POST"])
@signed_in
def withdraw(reference: str) -> ResponseReturnValue:
    """Ask whether a request is really to be withdrawn, and withdraw it."""
    case = queries.get_case(reference, acting())
    if case.state is State.WITHDRAWN:
        return redirect(url_for(".show", reference=case.reference))
    if not _may_withdraw(case):
        raise InvalidTransition()
    form = SeenForm(data={"seen": case.version})
    if form.validate_on_submit():
        return redirect(idempotency.once(form.idempotency_key(), lambda: _end(form, reference)))
    return render_template(
        "portal/withdraw.html",
        case=case,
        form=form,
        service=queries.definition(case),
        booking=visits.find(case),
    )


def _expected(case: Case) -> str:
    """Return how long requests such as this one take, while the post still works on it."""
    measured = standards.expected(case) if case.state in rules.OWED else None
    if measured is None:
        return ""
    return f"{standards.in_words(measured)} {standards.expected_day(case, measured)}".rstrip()


def _end(form: SeenForm, reference: str) -> str:
    case = services.withdraw(
        reference, actor=acting(), seen=form.seen.data, key=form.idempotency_key()
    )
    number = case.reference
    flash(_("Your request %(reference)s has been withdrawn.", reference=number), "success")
    return url_for(".show", reference=case.reference)


def _may_withdraw(case: Case) -> bool:
    return rules.Action.WITHDRAWN in competence.offers(changing.standing(case), acting())


@bp.get("/<reference>/slip")
@signed_in_or_served(*AT_THE_DOOR)
def slip(reference: str) -> ResponseReturnValue:
    """Show the slip to print: number, follow-up code, the appointment, what to bring."""
    case = queries.get_case(reference, acting())
    if case.submitted_at is None:
        raise NotFound()
    return printing.sheet(
        "portal/slip.html",
        lambda: _slip(case),
        language=case.language if acting().at_counter else i18n.language(),
        back=places.of(case).url,
    )


def _slip(case: Case) -> dict[str, Any]:
    service = queries.definition(case)
    return {
        "case": case,
        "code": summary.in_groups(case.follow_code or ""),
        "follow_at": current_app.config["SETTINGS"].base_url + url_for("follow.ask"),
        "service": service,
        "person": name_of(case),
        "fee": bills.in_words(case),
        "brought": presenting.to_bring_of(case_contents.asked_papers(case)),
        "is_collected": any(step.kind is rules.StepKind.HAND_OVER for step in service.path),
        "proxy": presenting.PROXY if service.by_proxy() else "",
        "is_paid": presenting.is_paid(service),
        "is_over": case.state in rules.ENDED,
        "promised": summary.promised_on(case),
        "status": wording.STATES[case.state],
        "booking": visits.find(case),
        "family": family.of(case),
        "present": appointment_words,
    }


@bp.get("/<reference>/qr.svg")
@signed_in_or_served(*AT_THE_DOOR)
def qr(reference: str) -> ResponseReturnValue:
    """Draw the code that leads to the page on which the request is followed."""
    case = queries.get_case(reference, acting())
    base = current_app.config["SETTINGS"].base_url
    address = base + url_for("follow.ask", reference=case.reference)
    body = io.BytesIO()
    segno.make(address, error="m").save(body, kind="svg", scale=4, border=2, xmldecl=False)
    return body.getvalue(), 200, {"Content-Type": "image/svg+xml"}
