"""A citizen books, moves and cancels the appointment of a request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import rules as persons
from app.appointments import clashes, presenting, queries, rules, together
from app.appointments.day import queries as hall
from app.appointments.draw import presenting as draw_words
from app.appointments.draw import queries as draws
from app.appointments.forms import ChooseForm, ConfirmForm
from app.appointments.missed import queries as missed_visits
from app.appointments.models import Booking, BookingState, Pool, Slot
from app.appointments.queries import Visit
from app.appointments.refusals import Clash, HoldOver, NotOffered, NotYet, SameTime, TooLate
from app.cases import bills, contents
from app.cases import queries as cases
from app.cases.models import Case
from app.catalogue import presenting as catalogue_words
from app.core import clock, i18n
from app.core.db import transaction
from app.core.errors import SlotTaken
from app.notifications import calendars, letters
from app.web import days, idempotency
from app.web.access import acting, signed_in

PATH = "/requests/<reference>"
bp = Blueprint("appointments", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Why a time is chosen, and where the choice leads."""

    title: object
    """A lazy string."""
    take: Callable[[Case, Slot], Booking]
    page: str
    next: str


def _hold(case: Case, slot: Slot) -> Booking:
    return together.hold(case, slot.id, actor=acting())


def _offer(case: Case, slot: Slot) -> Booking:
    return together.offer_move(_booked(case).uid, slot.id, actor=acting())


BOOK = Purpose(title=_l("Choose day and time"), take=_hold, page=".choose", next=".confirm")
MOVE = Purpose(
    title=_l("Choose another day and time"),
    take=_offer,
    page=".choose_other",
    next=".confirm_move",
)


@bp.get("/book")
@signed_in
def choose(reference: str) -> ResponseReturnValue:
    """Show the days and times that are free, or lead to the appointment that there is."""
    case = cases.get_case(reference, acting())
    booking = queries.booking_of(case.id)
    if booking is not None and booking.state is not BookingState.HELD:
        return redirect(url_for(".show", reference=case.reference))
    if not queries.is_at_appointment(case):
        raise NotYet()
    drawn = draws.find_kept(booking, clock.now())
    if drawn is not None:
        return redirect(url_for("draw.show", reference=case.reference, uid=drawn.uid))
    if missed_visits.block_of(case) is not None:
        return redirect(url_for("missed.show", reference=case.reference))
    return _choice(case, BOOK)


@bp.post("/book")
@signed_in
def keep(reference: str) -> ResponseReturnValue:
    """Keep the chosen time for a few minutes."""
    return _take(cases.get_case(reference, acting()), BOOK)


@bp.get("/move")
@signed_in
def choose_other(reference: str) -> ResponseReturnValue:
    """Show the times to which an appointment can be moved."""
    case = cases.get_case(reference, acting())
    _booked(case)
    return _choice(case, MOVE)


@bp.post("/move")
@signed_in
def keep_other(reference: str) -> ResponseReturnValue:
    """Keep another time beside the present one for a few minutes."""
    return _take(cases.get_case(reference, acting()), MOVE)


def _booked(case: Case) -> Booking:
    booking = queries.booking_of(case.id)
    if booking is None or not booking.can_be_changed(clock.now()):
        raise TooLate()
    return booking


def _take(case: Case, purpose: Purpose) -> ResponseReturnValue:
    form = ChooseForm()
    if not form.validate():
        return _choice(case, purpose, form=form), 422
    try:
        with transaction():
            purpose.take(case, _slot(queries.visit_of(case), form))
    except (SlotTaken, NotOffered, SameTime) as refusal:
        form.at.errors = [refusal.sentence()]
        return _choice(case, purpose, form=form), refusal.status
    except Clash:
        with transaction():
            clashes.report_clash(case, actor=acting())
        raise
    return redirect(url_for(purpose.next, reference=case.reference))


def _slot(visit: Visit, form: ChooseForm) -> Slot:
    moment = presenting.find_moment(form.at.data)
    if moment is None:
        raise NotOffered()
    slot = queries.find_start(_pool(visit, form.site.data), moment, lanes=visit.lanes)
    if slot is None:
        raise NotOffered()
    return slot


def _pool(visit: Visit, site: str | None) -> Pool:
    return next((pool for pool in visit.pools if pool.site.code == site), visit.pools[0])


def _choice(case: Case, purpose: Purpose, *, form: ChooseForm | None = None) -> str:
    party = _party(case, purpose)
    visit = together.visit_of(case, party)
    site = request.values.get("site", "")
    pool = _pool(visit, site)
    chosen = (form.at.data or "") if form else ""
    on = _day(request.args.get("day", ""), chosen, pool) or _present_day(case, purpose, pool)
    offer = presenting.offer(pool, visit, on=on, chosen=chosen)
    return _page(
        "appointments/choose.html",
        case,
        purpose=purpose,
        form=form or ChooseForm(formdata=None, site=pool.site.code),
        visit=visit,
        pool=pool,
        places=_places(case, visit, pool, purpose),
        offer=offer,
        nearest=_nearest(pool, visit, chosen) if form and form.errors else [],
        held=queries.booking_of(case.id),
        people=_names(party),
        waiting=i18n.listed(_names(together.waiting(case, acting()))),
        now=clock.now(),
        draws=draws.list_for_case(case, pool_ids=[one.id for one in visit.pools]),
        draw_words=draw_words,
    )


def _party(case: Case, purpose: Purpose) -> list[Case]:
    """Return for whom a time is chosen: who can be booked together, or comes together."""
    if purpose is BOOK:
        return together.ready(case, acting())
    return [each.case for each in together.at_one_time(_booked(case), acting())]


def _names(cases_of_party: Sequence[Case]) -> list[str]:
    return [_name(one) for one in cases_of_party]


def _name(case: Case) -> str:
    details = persons.Details.from_json(case.person.details or {})
    return persons.display_name(details, i18n.language())


def _page(template: str, case: Case, **context: object) -> str:
    """Return a page about a case, with what all of them say."""
    booking = context.get("booking")
    if isinstance(booking, Booking):
        party = [each.case for each in together.at_one_time(booking, acting())]
        context.setdefault("people", _names(party))
    return render_template(
        template,
        case=case,
        service=cases.definition(case),
        present=presenting,
        back_to=url_for(".choose", reference=case.reference).removesuffix("/book"),
        **context,
    )


def _places(
    case: Case, visit: Visit, chosen: Pool, purpose: Purpose
) -> list[tuple[str, str, bool]]:
    return [
        (
            url_for(purpose.page, reference=case.reference, site=pool.site.code),
            i18n.text_in(pool.site.name),
            pool is chosen,
        )
        for pool in visit.pools
    ]


def _present_day(case: Case, purpose: Purpose, pool: Pool) -> date | None:
    """Return the day of the appointment that is moved: most want another hour, or a day near it."""
    if purpose is not MOVE:
        return None
    return clock.local(_booked(case).starts_at, pool.site.zone).date()


def _day(asked: str, chosen: str, pool: Pool) -> date | None:
    moment = presenting.find_moment(chosen)
    if moment is not None:
        return clock.local(moment, pool.site.zone).date()
    return days.read(asked[:10])


def _nearest(pool: Pool, visit: Visit, chosen: str) -> list[presenting.TimeRow]:
    moment = presenting.find_moment(chosen)
    if moment is None:
        return []
    found = queries.free_starts(pool, visit, *queries.span(pool))
    return [
        presenting.time_row(start, pool, with_day=True) for start in rules.nearest(found, moment)
    ]


@bp.get("/book/confirm")
@signed_in
def confirm(reference: str) -> ResponseReturnValue:
    """Show what is kept, for how long, and ask whether it is right."""
    case = cases.get_case(reference, acting())
    booking = queries.booking_of(case.id)
    if booking is None or booking.state is not BookingState.HELD:
        return redirect(url_for(".choose", reference=case.reference))
    if booking.expires_at is not None and booking.expires_at <= clock.now():
        return _over(case, ".choose")
    return _confirmation(case, booking, "appointments/confirm.html")


@bp.post("/book/confirm")
@signed_in
def confirmed(reference: str) -> ResponseReturnValue:
    """Make the time that is kept an appointment."""
    case = cases.get_case(reference, acting())
    booking = queries.booking_of(case.id)
    if booking is None:
        return _over(case, ".choose")
    act = partial(together.confirm, booking.uid, actor=acting())
    return _settle(case, act, ".choose", _("The appointment is booked."))


@bp.get("/move/confirm")
@signed_in
def confirm_move(reference: str) -> ResponseReturnValue:
    """Show the present and the other time, and ask whether to exchange them."""
    case = cases.get_case(reference, acting())
    booking = queries.booking_of(case.id)
    if booking is None or booking.offer_starts_at is None:
        return redirect(url_for(".show", reference=case.reference))
    if booking.offer_expires_at is not None and booking.offer_expires_at <= clock.now():
        return _over(case, ".choose_other")
    return _confirmation(case, booking, "appointments/confirm_move.html")


@bp.post("/move/confirm")
@signed_in
def moved(reference: str) -> ResponseReturnValue:
    """Exchange the present time for the other one."""
    case = cases.get_case(reference, acting())
    booking = queries.booking_of(case.id)
    if booking is None:
        return redirect(url_for(".choose", reference=case.reference))
    act = partial(together.confirm_move, booking.uid, actor=acting())
    return _settle(case, act, ".choose_other", _("The appointment is moved."))


def _confirmation(case: Case, booking: Booking, template: str) -> str:
    return _page(template, case, booking=booking, form=ConfirmForm(formdata=None))


def _settle(case: Case, act: Callable[[], object], again: str, done: str) -> ResponseReturnValue:
    target = url_for(".show", reference=case.reference)

    def effect() -> str:
        act()
        return target

    try:
        leads_to = idempotency.once(ConfirmForm().idempotency_key(), effect)
    except (HoldOver, SlotTaken):
        return _over(case, again)
    flash(done, "success")
    return redirect(leads_to)


def _over(case: Case, endpoint: str) -> ResponseReturnValue:
    flash(HoldOver().sentence(), "error")
    return redirect(url_for(endpoint, reference=case.reference))


@bp.get("/appointment")
@signed_in
def show(reference: str) -> ResponseReturnValue:
    """Show the appointment with its code, and what can be done with it."""
    case = cases.get_case(reference, acting())
    booking = queries.booking_of(case.id) or queries.last_booking_of(case.id)
    if booking is None or booking.state is BookingState.HELD:
        return redirect(url_for(".choose", reference=case.reference))
    return _page(
        "appointments/show.html",
        case,
        booking=booking,
        ticket=hall.find_by_booking(booking.id),
        missed=missed_visits.find_of(case.id),
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
    form = ConfirmForm()
    if not form.validate_on_submit():
        return _confirmation(case, _booked(case), "appointments/cancel.html")
    target = url_for(".choose", reference=case.reference)

    def effect() -> str:
        booking = queries.booking_of(case.id)
        if booking is not None:
            together.cancel(booking.uid, actor=acting())
        return target

    leads_to = idempotency.once(form.idempotency_key(), effect)
    flash(_("The appointment has been cancelled. Its time is free for others now."), "success")
    return redirect(leads_to)


@bp.get("/appointment/code.svg")
@signed_in
def code(reference: str) -> ResponseReturnValue:
    """Return the reference as a QR code, which the reception scans."""
    case = cases.get_case(reference, acting())
    return Response(str(presenting.qr(case.reference)), mimetype="image/svg+xml")


@bp.get("/appointment/visit.ics")
@signed_in
def calendar(reference: str) -> ResponseReturnValue:
    """Return the appointment for the reader's own calendar."""
    case = cases.get_case(reference, acting())
    booking = _booked(case)
    return Response(
        calendars.entry(_entry(case, booking), now=clock.now()),
        mimetype="text/calendar",
        headers={"Content-Disposition": f'attachment; filename="{case.reference}.ics"'},
    )


def _entry(case: Case, booking: Booking) -> calendars.Appointment:
    link = url_for(".show", reference=case.reference, _external=True)
    return calendars.Appointment(
        uid=letters.calendar_uid(booking.uid),
        sequence=booking.sequence,
        starts_at=booking.starts_at,
        minutes=booking.minutes,
        summary=_("Appointment at the consulate, %(reference)s", reference=case.reference),
        description=_("Bring the originals of all papers. All else is here: %(link)s", link=link),
        place=letters.place_of(booking.pool.site),
        link=link,
    )
