"""A citizen books, moves and cancels the appointment of a request."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Row

from app.appointments import (
    choosing,
    claiming,
    clashes,
    glance,
    kept,
    limits,
    moving,
    outlook,
    plain,
    presenting,
    queries,
    together,
    unproven,
)
from app.appointments.day import queries as hall
from app.appointments.draw import queries as draws
from app.appointments.forms import CancelForm, ChooseForm, ConfirmForm
from app.appointments.kept import Seen
from app.appointments.line.refusals import NotAdmitted, TurnOver
from app.appointments.missed import queries as missed_visits
from app.appointments.models import Booking, BookingState
from app.appointments.refusals import (
    Clash,
    ClosedMeanwhile,
    Drawn,
    HoldOver,
    KeptChanged,
    ManyAlready,
    NotOffered,
    NotYet,
    Offered,
    PlaceGone,
    SameTime,
)
from app.appointments.waiting import queries as waiting
from app.cases import bills, contents
from app.cases import queries as cases
from app.cases.models import Case
from app.catalogue import presenting as catalogue_words
from app.core import clock
from app.core.db import transaction
from app.core.errors import SlotTaken, TooMany
from app.web import idempotency
from app.web.access import acting, signed_in
from app.web.proof import asking

PATH = "/requests/<reference>"
LONGEST_CODE = 32
"""No code of a place and no time that a page offers is longer."""
bp = Blueprint("appointments", __name__)

REFUSED = (
    SlotTaken,
    NotOffered,
    PlaceGone,
    NotAdmitted,
    TurnOver,
    SameTime,
    asking.WrongAnswer,
    asking.UsedBefore,
    TooMany,
)
"""What the page of times says beside them."""


@bp.get("/book")
@signed_in
def choose(reference: str) -> ResponseReturnValue:
    """Show the days and times that are free, or lead to the appointment that there is."""
    case = cases.get_row(reference, acting())
    seen = outlook.of(case)
    if seen.booking is not None and seen.booking.state is not BookingState.HELD:
        return redirect(url_for(".show", reference=case.reference))
    if not seen.is_at_appointment:
        raise NotYet()
    drawn = draws.find_kept(seen.booking, clock.now())
    if drawn is not None:
        return redirect(url_for("draw.show", reference=case.reference, uid=drawn.uid))
    if seen.has_missed and missed_visits.block_of(case) is not None:
        return redirect(url_for("missed.show", reference=case.reference))
    return choosing.show_times(case, choosing.BOOK, seen=seen)


def _answered_at(case: Case, booking: Booking | None) -> str | None:
    """Return where a time is answered that a draw or the waiting list keeps; None without one."""
    now = clock.now()
    drawn = draws.find_kept(booking, now)
    if drawn is not None:
        return url_for("draw.show", reference=case.reference, uid=drawn.uid)
    if booking is not None and kept.is_offered(booking, now):
        return url_for("waiting.show", reference=case.reference)
    return None


@bp.post("/book")
@signed_in
def keep(reference: str) -> ResponseReturnValue:
    """Keep the chosen time for a few minutes."""
    seats = _look(reference)
    return _gone(reference) if glance.is_gone(seats) else _take(reference, choosing.BOOK, seats)


def _look(reference: str) -> Sequence[Row[Any]]:
    """Return what there is at the chosen time, before a form is read: a crowd asks. (Any: rows.)"""
    moment = presenting.find_moment(_sent("at"))
    if moment is None:
        return []
    return glance.look(reference, moment, site=_sent("site"), actor=acting(), now=clock.now())


def _sent(field: str) -> str:
    return request.form.get(field, "")[:LONGEST_CODE]


def _gone(reference: str) -> ResponseReturnValue:
    """Answer whoever wants a time that has no seat left.

    When times are given out, most of those who press the button are answered so.
    """
    back = url_for(".choose", reference=reference, site=_sent("site"), at=_sent("at"))
    page = render_template("appointments/gone.html", refusal=SlotTaken().sentence(), back=back)
    return page, SlotTaken.status


@bp.get("/move")
@signed_in
def choose_other(reference: str) -> ResponseReturnValue:
    """Show the times to which an appointment can be moved."""
    case = cases.get_row(reference, acting())
    moving.refuse_often(choosing.booked(case), acting())
    return choosing.show_times(case, choosing.MOVE)


@bp.post("/move")
@signed_in
def keep_other(reference: str) -> ResponseReturnValue:
    """Keep another time beside the present one for a few minutes."""
    return _take(reference, choosing.MOVE)


def _take(
    reference: str, purpose: choosing.Purpose, seats: Sequence[Row[Any]] = ()
) -> ResponseReturnValue:
    form = cache(ChooseForm)  # A crowd is not read a form that it does not need.
    if not seats and not form().validate():
        return _choose_again(reference, purpose, form()), 422
    confirm_at = url_for(purpose.next, reference=cases.normal_reference(reference))
    try:
        with transaction():
            asking.demand(unproven.HOLD)
            whose = plain.hold(seats, clock.now()) or choosing.take(reference, purpose, form())
            limits.count_hold(whose, acting(), network=request.remote_addr)
    except asking.NoAnswer:
        case = cases.get_case(reference, acting())
        return unproven.page(case, form(), title=purpose.title, again=purpose.page)
    except REFUSED as refusal:
        if isinstance(refusal, asking.UsedBefore) and _is_kept(reference, form()):
            return redirect(confirm_at)
        form().at.errors = [refusal.sentence()]
        return _choose_again(reference, purpose, form()), refusal.status
    except Clash:
        with transaction():
            clashes.report_clash(cases.get_case(reference, acting()), actor=acting())
        raise
    return redirect(confirm_at)


def _is_kept(reference: str, form: ChooseForm) -> bool:
    return unproven.is_kept(cases.get_case(reference, acting()), form)


def _choose_again(reference: str, purpose: choosing.Purpose, form: ChooseForm) -> str:
    return choosing.show_times(cases.get_row(reference, acting()), purpose, form=form)


@bp.get("/book/confirm")
@signed_in
def confirm(reference: str) -> ResponseReturnValue:
    """Show what is kept, for how long, and ask whether it is right."""
    case = cases.get_case(reference, acting())
    booking = queries.booking_of(case.id)
    if booking is None or booking.state is not BookingState.HELD:
        return redirect(url_for(".choose", reference=case.reference))
    elsewhere = _answered_at(case, booking)
    if elsewhere is not None:
        return redirect(elsewhere)
    if claiming.is_over(booking, clock.now()):
        return _over(case, choosing.BOOK)
    form = _confirm_form(kept.own(booking))
    return choosing.page("appointments/confirm.html", case, booking=booking, form=form)


@bp.post("/book/confirm")
@signed_in
def confirmed(reference: str) -> ResponseReturnValue:
    """Make the time that is kept an appointment."""
    case = cases.get_case(reference, acting())
    booking = queries.booking_of(case.id)
    if booking is None:
        return _over(case, choosing.BOOK)
    act = partial(together.confirm, booking.uid, actor=acting())
    return _settle(case, act, choosing.BOOK, _("The appointment is booked."))


@bp.get("/move/confirm")
@signed_in
def confirm_move(reference: str) -> ResponseReturnValue:
    """Show the present and the other time, and ask whether to exchange them."""
    case = cases.get_case(reference, acting())
    booking = queries.booking_of(case.id)
    if booking is None or booking.offer_starts_at is None:
        return redirect(url_for(".show", reference=case.reference))
    elsewhere = _answered_at(case, booking)
    if elsewhere is not None:
        return redirect(elsewhere)
    if booking.offer_expires_at is not None and booking.offer_expires_at <= clock.now():
        return _over(case, choosing.MOVE)
    return choosing.page(
        "appointments/confirm_move.html",
        case,
        booking=booking,
        other=kept.other_pool(booking),
        form=_confirm_form(kept.other(booking)),
    )


@bp.post("/move/confirm")
@signed_in
def moved(reference: str) -> ResponseReturnValue:
    """Exchange the present time for the other one."""
    case = cases.get_case(reference, acting())
    booking = queries.booking_of(case.id)
    if booking is None:
        return redirect(url_for(".choose", reference=case.reference))
    act = partial(together.confirm_move, booking.uid, actor=acting())
    return _settle(case, act, choosing.MOVE, _("The appointment is moved."))


def _confirm_form(shown: Seen) -> ConfirmForm:
    at = presenting.moment_value(shown.at) if shown.at else ""
    return ConfirmForm(formdata=None, site=shown.site, at=at)


def _settle(
    case: Case, act: Callable[..., object], purpose: choosing.Purpose, done: str
) -> ResponseReturnValue:
    form, target = ConfirmForm(), url_for(".show", reference=case.reference)

    def effect() -> str:
        act(seen=form.seen())
        return target

    try:
        leads_to = idempotency.once(form.idempotency_key(), effect)
    except (HoldOver, SlotTaken):
        return _over(case, purpose)
    except (KeptChanged, Drawn, Offered, ManyAlready) as refusal:
        flash(refusal.sentence(), "error")
        return redirect(url_for(purpose.next, reference=case.reference))
    except ClosedMeanwhile as refusal:
        flash(refusal.sentence(), "error")
        # Those nearest to the time that was kept are shown.
        wanted = {"site": form.site.data, "at": form.at.data}
        return redirect(url_for(purpose.page, reference=case.reference, **wanted))
    flash(done, "success")
    return redirect(leads_to)


def _over(case: Case, purpose: choosing.Purpose) -> ResponseReturnValue:
    flash(HoldOver().sentence(), "error")
    return redirect(url_for(purpose.page, reference=case.reference))


@bp.get("/appointment")
@signed_in
def show(reference: str) -> ResponseReturnValue:
    """Show the appointment with its code, and what can be done with it."""
    case = cases.get_case(reference, acting())
    booking = queries.booking_of(case.id) or queries.last_booking_of(case.id)
    if booking is None or booking.state is BookingState.HELD:
        return redirect(url_for(".choose", reference=case.reference))
    return choosing.page(
        "appointments/show.html",
        case,
        booking=booking,
        ticket=hall.find_by_booking(booking.id),
        missed=missed_visits.find_of(case.id),
        turn=waiting.turns_of([case.id], clock.now()).get(case.id),
        can_change=booking.can_be_changed(clock.now()),
        fee=bills.in_words(case),
        brought=catalogue_words.to_bring_of(contents.asked_papers(case)),
        is_paid=catalogue_words.is_paid(cases.definition(case)),
        can_book=queries.is_at_appointment(case),
    )


@bp.route("/appointment/cancel", methods=["GET", "POST"])
@signed_in
def cancel(reference: str) -> ResponseReturnValue:
    """Ask before an appointment is given up, then give it up."""
    case = cases.get_case(reference, acting())
    form = CancelForm()
    if not form.validate_on_submit():
        booking = choosing.booked(case)
        page = choosing.page("appointments/cancel.html", case, booking=booking, form=form)
        return page, 422 if form.errors else 200
    target = url_for(".choose", reference=case.reference)

    def effect() -> str:
        booking = queries.booking_of(case.id)
        if booking is not None:
            together.cancel(booking.uid, actor=acting(), reason=form.chosen())
        return target

    leads_to = idempotency.once(form.idempotency_key(), effect)
    flash(_("The appointment has been cancelled. Its time goes to others."), "success")
    return redirect(leads_to)
