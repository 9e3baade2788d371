"""The post itself gives somebody a time, or another one: of any kind of seats, also a near one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import rules as persons
from app.appointments import presenting, queries, services, together
from app.appointments.arrival_forms import GiveForm
from app.appointments.models import Booking, BookingState, Lane, Pool
from app.appointments.queries import Visit
from app.appointments.refusals import NotOffered, NotYet
from app.cases import queries as cases
from app.cases.models import Case
from app.core import clock, i18n
from app.core.actor import Role
from app.core.errors import Conflict, Invalid
from app.web import days, idempotency
from app.web.access import acting, staff

PATH = "/desk/arrivals/<reference>/time"
bp = Blueprint("giving", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Of which seats a time is given to whom."""

    case: Case
    booking: Booking | None
    """The appointment that is moved; None for who has none."""
    visit: Visit
    pool: Pool
    lane: Lane

    def href(self, pool: Pool, lane: Lane, on: date | None = None) -> str:
        """Return where the times of other seats, or of another day, stand."""
        return url_for(
            ".choose",
            reference=self.case.reference,
            site=pool.site.code,
            lane=lane.value,
            day=on.isoformat() if on else None,
        )


@bp.route("", methods=["GET", "POST"])
@staff(Role.RECEPTIONIST, Role.OFFICER, Role.HEAD)
def choose(reference: str) -> ResponseReturnValue:
    """Show the free times of one kind of seats at a place; give the one that is chosen."""
    choice, form = _choice(cases.get_case(reference, acting())), GiveForm()
    if not form.validate_on_submit():
        return _page(choice, form), 422 if form.errors else 200
    target = url_for("arrivals.index", reference=choice.case.reference)

    def effect() -> str:
        _give(choice, form.at.data)
        return target

    try:
        leads_to = idempotency.once(form.content_key(), effect)
    except (Conflict, Invalid) as refusal:
        form.at.errors = [refusal.sentence()]
        return _page(_choice(cases.get_case(reference, acting())), form), refusal.status
    flash(_("The appointment stands. Whoever has an account is told."), "success")
    return redirect(leads_to)


def _choice(case: Case) -> Choice:
    """Return what is asked for, of what a request can have; raise NotYet."""
    if not queries.is_at_appointment(case):
        raise NotYet()
    found = queries.booking_of(case.id)
    booking = found if found and found.state is not BookingState.HELD else None
    visit = queries.visit_of(case)
    site, wanted = request.values.get("site"), request.values.get("lane")
    pool = next((one for one in visit.pools if one.site.code == site), visit.pools[0])
    # Who has an appointment moves it among the seats of everybody, as they themselves would.
    lanes = list(Lane) if booking is None else [Lane.PUBLIC]
    lane = next((one for one in lanes if one == wanted), Lane.PUBLIC)
    visit = replace(visit, lanes=(lane,), lead=timedelta(0))
    return Choice(case=case, booking=booking, visit=visit, pool=pool, lane=lane)


def _give(choice: Choice, at: str) -> None:
    moment = presenting.find_moment(at)
    slot = moment and queries.find_start(choice.pool, moment, lanes=choice.visit.lanes)
    if not slot:
        raise NotOffered()
    if choice.booking is not None:
        together.offer_move(choice.booking.uid, slot.id, actor=acting())
        together.confirm_move(choice.booking.uid, actor=acting())
        return
    held = services.hold(choice.case, slot.id, visit=choice.visit, actor=acting())
    services.confirm(held.uid, actor=acting())


def _page(choice: Choice, form: GiveForm) -> str:
    on = days.read(request.args.get("day", "")[:10])
    chosen = form.at.data or ""
    moment = presenting.find_moment(chosen)
    if moment is not None:
        on = clock.local(moment, choice.pool.site.zone).date()
    details = persons.Details.from_json(choice.case.person.details or {})
    return render_template(
        "appointments/giving.html",
        choice=choice,
        offer=presenting.offer(choice.pool, choice.visit, on=on, chosen=chosen),
        name=persons.display_name(details, i18n.language()),
        service=cases.definition(choice.case),
        places=_places(choice),
        lanes=_lanes(choice),
        form=form,
        present=presenting,
    )


def _places(choice: Choice) -> Sequence[tuple[str, str, bool]]:
    return [
        (choice.href(pool, choice.lane), i18n.text_in(pool.site.name), pool is choice.pool)
        for pool in choice.visit.pools
    ]


def _lanes(choice: Choice) -> Sequence[tuple[str, str, bool]]:
    if choice.booking is not None:
        return []
    return [
        (choice.href(choice.pool, lane), str(words), lane is choice.lane)
        for lane, words in presenting.LANES.items()
    ]
