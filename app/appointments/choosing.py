"""The page on which a day and a time are chosen, to book and to move alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import render_template, request, url_for
from flask_babel import lazy_gettext as _l

from app.appointments import outlook, presenting, queries, rules, together, unproven
from app.appointments.draw import presenting as draw_words
from app.appointments.draw import queries as draws
from app.appointments.draw.models import Release
from app.appointments.forms import ChooseForm
from app.appointments.line import offering
from app.appointments.line import presenting as line_words
from app.appointments.line.offering import Line
from app.appointments.models import Booking, Pool, Slot
from app.appointments.outlook import Outlook
from app.appointments.queries import Visit
from app.appointments.refusals import NotOffered, NotYet, PlaceGone, TooLate
from app.cases import queries as cases
from app.cases.family import services as families
from app.cases.models import Case
from app.core import clock, i18n
from app.web import days
from app.web.access import acting
from app.web.proof import asking


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Why a time is chosen, and where the choice leads."""

    title: object
    """A lazy string."""
    take: Callable[[Case, Visit, Slot, str], Booking]
    page: str
    next: str


def _hold(case: Case, visit: Visit, slot: Slot, admission: str) -> Booking:
    return together.hold(case, slot.id, visit=visit, actor=acting(), admission=admission)


def _offer(case: Case, _visit: Visit, slot: Slot, _admission: str) -> Booking:
    return together.offer_move(booked(case).uid, slot.id, actor=acting())


BOOK = Purpose(title=_l("Choose day and time"), take=_hold, page=".choose", next=".confirm")
MOVE = Purpose(
    title=_l("Choose another day and time"),
    take=_offer,
    page=".choose_other",
    next=".confirm_move",
)


def booked(case: Case) -> Booking:
    """Return the appointment of a case while it can be changed; raise TooLate."""
    return _changeable(queries.booking_of(case.id))


def _changeable(booking: Booking | None) -> Booking:
    if booking is None or not booking.can_be_changed(clock.now()):
        raise TooLate()
    return booking


def take(reference: str, purpose: Purpose, form: ChooseForm) -> str:
    """Keep the time that was chosen, and return the fingerprint of whose it is.

    Raises what the purpose does, and NotOffered.
    """
    case = cases.get_row(reference, acting())
    visit = queries.visit_of(case)
    slot = find_slot(visit, form)
    purpose.take(case, visit, slot, form.admission.data or "")
    return case.person.fingerprint


def find_slot(visit: Visit, form: ChooseForm) -> Slot:
    """Return the slot with which the chosen time begins; raise NotOffered or PlaceGone."""
    moment, pool = presenting.find_moment(form.at.data), find_pool(visit, form.site.data)
    if pool is None:
        raise PlaceGone()
    if moment is None:
        raise NotOffered()
    slot = queries.find_start(pool, moment, lanes=visit.lanes)
    if slot is None:
        raise NotOffered()
    return slot


def free_days(case: Case, site: str) -> Mapping[date, int]:
    """Return how many times each day of a place has for who comes, to book or to move.

    Raises NotYet or PlaceGone.
    """
    seen = outlook.of(case)
    has_appointment = seen.booking is not None and seen.booking.state in queries.CONFIRMED
    if not (has_appointment or seen.is_at_appointment):
        raise NotYet()
    moved = _changeable(seen.booking) if has_appointment else None
    visit, _line = _visit_and_line(case, seen, len(party(case, moved)))
    pool = find_pool(visit, site) if site else visit.pools[0]
    if pool is None:
        raise PlaceGone()
    return queries.count_starts(pool, visit, *queries.span(pool))


def _visit_and_line(case: Case, seen: Outlook, party: int) -> tuple[Visit, Line]:
    """Return what the visit of so many takes, and how they stand in queues for it."""
    visit = outlook.visit_of(case, seen, party=party)
    if not seen.has_openings:
        return visit, Line(openings=(), visit=visit)
    line = offering.line_of(case, visit, actor=acting())
    return line.visit, line


def show_times(
    case: Case,
    purpose: Purpose,
    *,
    form: ChooseForm | None = None,
    seen: Outlook | None = None,
) -> str:
    """Return the page of the days and times that are free for who comes.

    `seen` is how the case stands, where that was asked already.
    """
    seen = seen or outlook.of(case)
    moved = _changeable(seen.booking) if purpose is MOVE else None
    who = party(case, moved)
    visit, line = _visit_and_line(case, seen, len(who))
    pool = find_pool(visit, request.values.get("site")) or visit.pools[0]
    offer = _offer_of(pool, visit, form, moved)
    return page(
        "appointments/choose.html",
        case,
        purpose=purpose,
        form=_shown(form, pool, line),
        visit=visit,
        pool=pool,
        places=_places(case, visit, pool, purpose),
        offer=offer,
        nearest=_nearest(pool, visit, _chosen(form)) if form is None or form.errors else [],
        held=seen.booking,
        people=names(who),
        waiting=i18n.listed(names(together.waiting(case, acting()))),
        now=clock.now(),
        line=line,
        task=asking.task(unproven.HOLD),
        draws=_draws(case, visit) if seen.has_draws else (),
        draw_words=draw_words,
        line_words=line_words,
    )


def _chosen(form: ChooseForm | None) -> str:
    """Return the time that is chosen, or was: one that is gone is named in the address."""
    return (form.at.data or "") if form else request.args.get("at", "")[:20]


def _offer_of(
    pool: Pool, visit: Visit, form: ChooseForm | None, moved: Booking | None
) -> presenting.Offer:
    """Return the days of a place and the times of one: that of what is chosen, or is moved."""
    chosen = _chosen(form)
    on = asked_day(request.args.get("day", ""), chosen, pool) or _present_day(moved, pool)
    # What was chosen at a place that is gone is no choice of the one that is shown instead.
    ticked = "" if form and form.site.data != pool.site.code else chosen
    return presenting.offer(pool, visit, on=on, chosen=ticked)


def _shown(form: ChooseForm | None, pool: Pool, line: Line) -> ChooseForm:
    """Return the form of a place and of whose turn it is, with what was chosen in it before."""
    form = form or ChooseForm(formdata=None)
    form.site.data, form.admission.data = pool.site.code, line.token
    return form


def _draws(case: Case, visit: Visit) -> Sequence[Release]:
    return draws.list_for_case(case, pool_ids=[one.id for one in visit.pools])


def party(case: Case, moved: Booking | None) -> list[Case]:
    """Return for whom a time is chosen: who can be booked together, or comes to what is moved."""
    if moved is None:
        return together.ready(case, acting())
    return [each.case for each in together.at_one_time(moved, acting())]


def names(party: Sequence[Case]) -> list[str]:
    """Return the names of those whom some cases concern, for the reader."""
    return [families.name_of(one) for one in party]


def find_pool(visit: Visit, site: str | None) -> Pool | None:
    """Return the counters of a visit at a place, None where there are none any more."""
    return next((pool for pool in visit.pools if pool.site.code == site), None)


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


def _present_day(moved: Booking | None, pool: Pool) -> date | None:
    """Return the day of the appointment that is moved: most want another hour, or a day near it."""
    return clock.local(moved.starts_at, pool.site.zone).date() if moved else None


def asked_day(asked: str, chosen: str, pool: Pool) -> date | None:
    """Return the day of the time that was chosen, else the one that an address names, if any."""
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


def page(template: str, case: Case, **context: object) -> str:
    """Return a page about a case, with what all of them say."""
    booking = context.get("booking")
    if isinstance(booking, Booking):
        party = [each.case for each in together.at_one_time(booking, acting())]
        context.setdefault("people", names(party))
    return render_template(
        template,
        case=case,
        service=cases.definition(case),
        present=presenting,
        back_to=url_for(".choose", reference=case.reference).removesuffix("/book"),
        **context,
    )
