"""The post itself gives somebody a time, or another one: of any kind of seats, also a near one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from app.appointments import choosing, presenting, queries, together
from app.appointments.arrival_forms import GiveForm
from app.appointments.models import Booking, BookingState, Lane, Pool
from app.appointments.queries import Visit
from app.appointments.refusals import NotForAll, NotOffered, NotYet
from app.cases import queries as cases
from app.cases.family import services as families
from app.cases.models import Case
from app.core import i18n
from app.core.actor import Role
from app.core.errors import Conflict, DomainError, Invalid, SlotTaken
from app.web import idempotency
from app.web.access import acting, staff

PATH = "/desk/arrivals/<reference>/time"
bp = Blueprint("giving", __name__)
ALONE = "one"
"""In the address: the others of the household get no time with this request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Of which seats a time is given to whom."""

    case: Case
    household: Sequence[Case]
    """Who could have the same time, or comes to the appointment that is moved."""
    is_alone: bool
    """One of a household is given a time without the others."""
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
            who=ALONE if self.is_alone else None,
        )

    @property
    def party(self) -> Sequence[Case]:
        """Return who gets the same time."""
        return [self.case] if self.is_alone else self.household


@bp.route("", methods=["GET", "POST"])
@staff(Role.RECEPTIONIST, Role.OFFICER, Role.HEAD)
def choose(reference: str) -> ResponseReturnValue:
    """Show the free times of one kind of seats at a place; give the one that is chosen."""
    choice, form = _choice(cases.get_case(reference, acting())), GiveForm()
    if not form.validate_on_submit():
        return _page(choice, form, {}), 422 if form.errors else 200
    target = url_for("arrivals.index", reference=choice.case.reference)

    def effect() -> str:
        _give(choice, form.at.data)
        return target

    try:
        leads_to = idempotency.once(form.content_key(), effect)
    except (Conflict, Invalid, SlotTaken) as refusal:
        form.at.errors = [refusal.sentence()]
        again = _choice(cases.get_case(reference, acting()))
        refused = refusal.refused if isinstance(refusal, NotForAll) else {}
        return _page(again, form, refused), refusal.status
    flash(_done(len(choice.party)), "success")
    return redirect(leads_to)


def _done(number: int) -> str:
    return ngettext(
        "The appointment stands. Whoever has an account is told.",
        "The appointment stands for all %(num)d people. Whoever has an account is told.",
        number,
    )


def _choice(case: Case) -> Choice:
    """Return what is asked for, of what a request can have; raise NotYet."""
    if not queries.is_at_appointment(case):
        raise NotYet()
    found = queries.booking_of(case.id)
    booking = found if found and found.state is not BookingState.HELD else None
    visit = queries.visit_of(case)
    wanted = request.values.get("lane")
    # Who has an appointment moves it among the seats of everybody, as they themselves would.
    lanes = list(Lane) if booking is None else [Lane.PUBLIC]
    lane = next((one for one in lanes if one == wanted), Lane.PUBLIC)
    household = choosing.party(case, booking)
    is_one = booking is None and len(household) > 1 and request.values.get("who") == ALONE
    return Choice(
        case=case,
        household=household,
        is_alone=is_one,
        booking=booking,
        visit=replace(
            visit, lanes=(lane,), lead=timedelta(0), party=1 if is_one else len(household)
        ),
        pool=choosing.find_pool(visit, request.values.get("site")) or visit.pools[0],
        lane=lane,
    )


def _give(choice: Choice, at: str) -> None:
    moment = presenting.find_moment(at)
    slot = moment and queries.find_start(choice.pool, moment, lanes=choice.visit.lanes)
    if not slot:
        raise NotOffered()
    if choice.booking is not None:
        together.offer_move(choice.booking.uid, slot.id, actor=acting())
        together.confirm_move(choice.booking.uid, actor=acting())
        return
    together.give(choice.party, slot.id, lanes=choice.visit.lanes, actor=acting())


def _page(choice: Choice, form: GiveForm, refused: Mapping[int, DomainError]) -> str:
    chosen = form.at.data or ""
    on = choosing.asked_day(request.args.get("day", ""), chosen, choice.pool)
    return render_template(
        "appointments/giving.html",
        choice=choice,
        offer=presenting.offer(choice.pool, choice.visit, on=on, chosen=chosen),
        people=[_person(one, refused.get(one.id)) for one in choice.party],
        waiting=i18n.listed(choosing.names(together.waiting(choice.case, acting()))),
        service=cases.definition(choice.case),
        places=_places(choice),
        lanes=_lanes(choice),
        whom=_whom(choice),
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


def _person(case: Case, refusal: DomainError | None) -> tuple[str, str, str]:
    """Return name and number of one who is given a time, and what is in the way."""
    return families.name_of(case), case.reference, refusal.sentence() if refusal else ""


def _whom(choice: Choice) -> Sequence[tuple[str, str, bool]]:
    """Return the choice between a household and one of it; none where there is none."""
    if choice.booking is not None or len(choice.household) < 2:
        return []
    whole = ngettext("All %(num)d person", "All %(num)d people", len(choice.household))
    names = ((False, whole), (True, families.name_of(choice.case)))
    return [
        (replace(choice, is_alone=one).href(choice.pool, choice.lane), name, choice.is_alone is one)
        for one, name in names
    ]
