"""A citizen joins the waiting list, sees the place, answers an offer, and leaves."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.appointments import clashes, together
from app.appointments import presenting as seats
from app.appointments import queries as bookings
from app.appointments.day import asking
from app.appointments.missed import queries as missed_visits
from app.appointments.models import BookingState, Pool
from app.appointments.refusals import Clash
from app.appointments.waiting import history, offers, presenting, queries, rules, services
from app.appointments.waiting.forms import JoinForm
from app.appointments.waiting.models import WaitingEntry
from app.appointments.waiting.rules import ON_LIST, EntryState
from app.cases import queries as cases
from app.cases.family import services as families
from app.cases.models import Case
from app.core import clock
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.web import idempotency
from app.web.access import acting, signed_in
from app.web.forms import KeyedForm

PATH = "/requests/<reference>/waiting"
bp = Blueprint("waiting", __name__)


@bp.route("", methods=["GET", "POST"])
@signed_in
def show(reference: str) -> ResponseReturnValue:
    """Show the place on the list and what is offered; join, or change what is waited for."""
    case = cases.get_case(reference, acting())
    pools = bookings.visit_of(case).pools
    entry = queries.find_of(case.id)
    if not _is_on_list(entry) and missed_visits.block_of(case) is not None:
        return redirect(url_for("missed.show", reference=case.reference))
    form = _form(case, pools, entry if _is_on_list(entry) else None)
    if not form.validate_on_submit():
        return _page(case, pools, entry, form), 422 if form.errors else 200

    def effect() -> str:
        services.join(case, form.wanted(), actor=acting())
        return url_for(".show", reference=case.reference)

    try:
        leads_to = idempotency.once(form.content_key(), effect)
    except Invalid as refusal:
        form[refusal.field or "last_on"].errors = [refusal.sentence()]
        return _page(case, pools, queries.find_of(case.id), form), refusal.status
    except Clash:
        with transaction():
            clashes.report_clash(case, actor=acting())
        raise
    flash(_("The request is on the waiting list. You are told as soon as a time fits."), "success")
    return redirect(leads_to)


def _is_on_list(entry: WaitingEntry | None) -> bool:
    return entry is not None and entry.state in ON_LIST


def _form(case: Case, pools: Sequence[Pool], entry: WaitingEntry | None) -> JoinForm:
    others = services.companions(case, acting())
    today = clock.today(pools[0].site.zone)
    known: dict[str, object] = {
        "first_on": today,
        "last_on": _last_day(case, today),
        "places": [pool.id for pool in pools],
        "coming": [one.reference for one in others],
    }
    if entry is not None:
        coming = {person.case_id for person in entry.persons if person.active}
        known |= {
            "first_on": entry.first_on,
            "last_on": entry.last_on,
            "part": entry.part.value,
            "notice": str(entry.notice_hours),
            "places": [place.pool_id for place in entry.places],
            "coming": [one.reference for one in others if one.id in coming],
        }
    form = JoinForm(data=known)
    form.offer(pools, [(one.reference, families.name_of(one)) for one in others])
    return form


def _last_day(case: Case, today: date) -> date:
    """Return the last day that is proposed: that of an appointment, which an earlier one is for."""
    last, booking = today + timedelta(days=rules.WINDOW), bookings.booking_of(case.id)
    if booking is None or booking.state is not BookingState.BOOKED:
        return last
    on = clock.local(booking.starts_at, booking.pool.site.zone).date()
    return max(min(on, last), today)


def _page(case: Case, pools: Sequence[Pool], entry: WaitingEntry | None, form: JoinForm) -> str:
    booking = bookings.booking_of(case.id)
    is_on_list = _is_on_list(entry)
    return render_template(
        "appointments/waiting/show.html",
        case=case,
        service=cases.definition(case),
        entry=entry,
        is_on_list=is_on_list,
        offer=_standing_offer(entry) if is_on_list else None,
        booked=booking if booking and booking.state is BookingState.BOOKED else None,
        facts=_facts(entry, pools, case) if entry and is_on_list else [],
        standing=presenting.standing(queries.standing_of(entry, clock.now()))
        if entry and is_on_list
        else [],
        can_join=bookings.is_at_appointment(case),
        can_come_back=entry is not None
        and entry.state is EntryState.SILENT
        and rules.may_come_back(entry.ended_at, clock.now()),
        answer_by=presenting.answer_by(entry) if entry else "",
        form=form,
        answer=KeyedForm(formdata=None),
        rests_until=_rests_until(case, pools) if is_on_list else "",
        present=presenting,
        seats=seats,
    )


def _rests_until(case: Case, pools: Sequence[Pool]) -> Markup | str:
    """Return until when nothing is offered to a case, empty when something may be."""
    until = history.rests_until(case.id)
    is_ahead = until is not None and until > clock.now()
    return seats.when(until, pools[0].site.zone) if until and is_ahead else ""


def _standing_offer(entry: WaitingEntry | None) -> object:
    """Return the offer of an entry that is kept at this moment, None without one."""
    if entry is None:
        return None
    offer, booking = queries.open_offer(entry.id), queries.kept_for(entry.id)
    is_kept = offer is not None and booking is not None and offer.until > clock.now()
    return offer if is_kept else None


def _facts(entry: WaitingEntry, pools: Sequence[Pool], case: Case) -> list[tuple[str, str, str]]:
    coming = {person.case_id for person in entry.persons if person.active}
    people = [families.name_of(one) for one in _household(case) if one.id in coming]
    return presenting.facts(entry, pools, people)


def _household(case: Case) -> Sequence[Case]:
    booking = bookings.booking_of(case.id)
    if booking is not None and booking.state is BookingState.BOOKED:
        return [one.case for one in together.at_one_time(booking, acting())]
    return together.ready(case, acting())


@bp.post("/accept")
@signed_in
def accept(reference: str) -> ResponseReturnValue:
    """Make the time that is offered the appointment."""

    def act(entry: WaitingEntry) -> str:
        offers.accept(entry, actor=acting())
        return _("Your appointment is confirmed.")

    return _answer(reference, act)


@bp.post("/decline")
@signed_in
def decline(reference: str) -> ResponseReturnValue:
    """Leave the time that is offered to the next."""

    def act(entry: WaitingEntry) -> str:
        offers.decline(entry)
        return _(
            "The time goes to the next. Your place on the list stays, and for twelve hours no "
            "other time is offered to you."
        )

    return _answer(reference, act)


@bp.post("/leave")
@signed_in
def leave(reference: str) -> ResponseReturnValue:
    """Leave the list."""

    def act(entry: WaitingEntry) -> str:
        services.leave(entry.uid)
        return _("The request is not on the waiting list any more.")

    return _answer(reference, act)


@bp.post("/stay")
@signed_in
def stay(reference: str) -> ResponseReturnValue:
    """Say that the request still waits."""

    def act(entry: WaitingEntry) -> str:
        services.stay(entry.uid)
        return _("Thank you. The place stays.")

    return _answer(reference, act)


@bp.post("/back")
@signed_in
def come_back(reference: str) -> ResponseReturnValue:
    """Take the place again that was given up in silence."""

    def act(entry: WaitingEntry) -> str:
        services.come_back(entry.uid)
        return _("The request is on the list again, at its earlier place.")

    return _answer(reference, act)


def _answer(reference: str, act: Callable[[WaitingEntry], str]) -> ResponseReturnValue:
    case = cases.get_case(reference, acting())
    entry = queries.find_of(case.id)
    if entry is None:
        raise NotFound()
    target = url_for(".show", reference=case.reference)
    return asking.carry_out(KeyedForm(), lambda: act(queries.get(entry.uid)), target)
