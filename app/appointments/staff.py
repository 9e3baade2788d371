"""The reception: who comes today, who is here, whose visit is over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from markupsafe import Markup

from app.accounts import rules as persons
from app.appointments import (
    arriving,
    choosing,
    clashes,
    presenting,
    queries,
    settling,
    together,
    visiting,
)
from app.appointments.arrival_forms import LONGEST_NAME, NameForm
from app.appointments.day import presenting as hall_words
from app.appointments.day import queries as tickets
from app.appointments.day import services as hall
from app.appointments.day.models import Ticket
from app.appointments.day.rules import TicketState
from app.appointments.forms import ArrivalForm, CallOffForm, VisitForm
from app.appointments.models import Booking, BookingState
from app.appointments.rules import CancelReason
from app.appointments.waiting import favouring
from app.cases import competence, finding
from app.cases import presenting as case_words
from app.cases import queries as cases
from app.cases import rules as case_rules
from app.cases.models import Case
from app.catalogue import queries as catalogue
from app.core import clock, i18n
from app.core import text as texts
from app.core.actor import Role
from app.core.db import transaction
from app.core.errors import DomainError, NotFound
from app.web import idempotency
from app.web.access import Audience, acting, staff
from app.web.navigation import Place, enter, may_open

PATH = "/desk/arrivals"
bp = Blueprint("arrivals", __name__)

RECEPTION = (Role.RECEPTIONIST, Role.OFFICER, Role.HEAD)
CLASHES_SHOWN = timedelta(days=14)
WORDS = "arrivals_name"
"""Where the session keeps the name that is looked for."""
SHOWN_STATES = {
    BookingState.BOOKED: _l("Expected"),
    BookingState.CHECKED_IN: _l("Here"),
    BookingState.SERVED: _l("Completed"),
    BookingState.NO_SHOW: _l("Missed"),
}

enter(Place.HEAD, Audience.STAFF, 30, "arrivals.index", lazy_pgettext("section", "Arrivals"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody of today's list, as the reception compares them with their passport."""

    booking: Booking
    case: Case
    details: persons.Details
    service: str
    is_today: bool
    may_end: bool
    ticket: Ticket | None = None

    @property
    def can_arrive(self) -> bool:
        """Whether the arrival can be noted."""
        return self.is_today and self.booking.state is BookingState.BOOKED

    @property
    def can_be_undone(self) -> bool:
        """Whether it can be taken back that they have come."""
        is_called = self.ticket is not None and self.ticket.state is TicketState.CALLED
        is_here = self.booking.state is BookingState.CHECKED_IN
        return self.is_today and is_here and not is_called

    @property
    def can_be_served(self) -> bool:
        """Whether the reader may end this visit."""
        return self.may_end and self.booking.state is BookingState.CHECKED_IN

    @property
    def can_pay(self) -> bool:
        """Whether who is here may be led to the payment by the reader."""
        is_here = self.booking.state is BookingState.CHECKED_IN
        return is_here and may_open("desk_paying.take")

    @property
    def can_be_cancelled(self) -> bool:
        """Whether the post may still cancel the appointment."""
        return self.booking.can_be_changed(clock.now())

    @property
    def number(self) -> tuple[str, str]:
        """The number in the hall and how it stands, both empty before they came."""
        if self.ticket is None:
            return "", ""
        return self.ticket.label, str(hall_words.STATES[self.ticket.state][1])

    @property
    def is_early(self) -> bool:
        """Whether they came on another day than the booked one."""
        return not self.is_today and self.booking.state is BookingState.BOOKED

    @property
    def born(self) -> str:
        """The day of birth, or the year where no more is known."""
        return case_words.birth(self.details)

    @property
    def name(self) -> str:
        """The name in the language of the reader."""
        return persons.display_name(self.details, i18n.language())

    @property
    def other_name(self) -> str:
        """The name in the other script, for whoever hears one and reads the other."""
        arabic, latin = persons.arabic_name(self.details), persons.latin_name(self.details)
        return latin if self.name == arabic else arabic

    def is_called(self, words: Sequence[str]) -> bool:
        """Return whether each of some folded words begins a part of the name, in any script."""
        return persons.search_words(self.details).issuperset(words)

    @property
    def at(self) -> Markup:
        """The time of the visit at its place."""
        return presenting.time_in(self.booking.starts_at, self.booking.pool.site.zone)

    @property
    def state(self) -> tuple[str, str]:
        """Kind and word of the state."""
        return presenting.state_of(self.booking)

    @property
    def lines(self) -> list[tuple[str, object, str]]:
        """What is compared with the passport, as far as it is known."""
        lines = [
            (_("Name in Arabic letters"), persons.arabic_name(self.details)),
            (_("Name in Latin letters"), persons.latin_name(self.details)),
            (_("Name in Russian letters"), persons.russian_name(self.details)),
            (_("Born"), self.born),
            (_("Service"), self.service),
            (_("Time"), presenting.when(self.booking.starts_at, self.booking.pool.site.zone)),
        ]
        return [(term, value, "") for term, value in lines if value]


@bp.get("")
@staff(*RECEPTION)
def index() -> ResponseReturnValue:
    """Show today's visits, and whom a reference belongs to."""
    typed = request.args.get("reference", "")
    if not typed.strip():
        return _page(None, "", "")
    try:
        case = cases.get_case(finding.reference_in(typed), acting())
    except NotFound:
        return _page(None, typed, _("No request of this post has this number.")), 404
    booking = queries.booking_of(case.id) or queries.last_booking_of(case.id)
    if booking is None or booking.state is BookingState.HELD:
        error = _("This request has no confirmed appointment.")
        return _page(None, typed, error, without=_who_can_be_given(case)), 404
    return _page(_visitor(booking, tickets.find_by_booking(booking.id)), typed, "")


@bp.post("/name")
@staff(*RECEPTION)
def narrow() -> ResponseReturnValue:
    """Narrow today's list down to a name, which is kept in the session: it is in no address."""
    session[WORDS] = _typed_name(NameForm().name.data or "")
    return redirect(url_for(".index", state=request.args.get("state") or None))


def _typed_name(name: str) -> str:
    try:
        return texts.clean_line(name)[:LONGEST_NAME]
    except texts.UnreadableText:
        return ""


@bp.post("/check-in")
@staff(*RECEPTION)
def check_in() -> ResponseReturnValue:
    """Note that somebody has come."""
    return _note(_take_in)


@bp.post("/not-here")
@staff(*RECEPTION)
def not_here() -> ResponseReturnValue:
    """Take back that somebody has come."""
    return _note(_expect_again)


def _take_in(reference: str) -> list[str]:
    """Note an arrival; return what to say of it."""
    number = hall.check_in(reference, actor=acting()).label
    about = hall_words.about(_("Number in the hall: %(number)s"), number)
    return [_("The arrival has been noted."), about]


def _expect_again(reference: str) -> list[str]:
    """Take an arrival back; return what to say of it."""
    hall.undo_check_in(reference, actor=acting())
    return [_("The person is expected again.")]


def _note(act: Callable[[str], list[str]]) -> ResponseReturnValue:
    form = ArrivalForm()
    if not form.validate():
        flash(_("Please give the number of a request."), "error")
        return redirect(url_for(".index"))
    try:
        with transaction():
            said = act(finding.reference_in(form.reference.data))
    except DomainError as refusal:
        flash(refusal.sentence(), "error")
        return redirect(url_for(".index"))
    for sentence in said:
        flash(sentence, "success")
    return redirect(url_for(".index"))


@bp.post("/served")
@staff(Role.OFFICER, Role.HEAD)
def served() -> ResponseReturnValue:
    """Note that everything was done at the counter; the request goes on."""
    form = VisitForm()
    if not form.validate():
        flash(_("Please give the number of a request."), "error")
        return redirect(url_for(".index"))
    try:
        with transaction():
            visiting.serve(
                form.reference.data,
                actor=acting(),
                seen=form.seen.data,
                key=form.idempotency_key(),
            )
    except DomainError as refusal:
        flash(refusal.sentence(), "error")
        return redirect(url_for(".index"))
    flash(_("The visit is completed. The request goes on to its next step."), "success")
    return redirect(url_for(".index"))


@bp.route("/<reference>/cancel", methods=["GET", "POST"])
@staff(*RECEPTION)
def cancel(reference: str) -> ResponseReturnValue:
    """Ask why the post cancels an appointment, then cancel it for all who come together."""
    case = cases.get_case(reference, acting())
    form = CallOffForm()
    if not form.validate_on_submit():
        booking = choosing.booked(case)
        people = [each.case for each in together.at_one_time(booking, acting())]
        page = render_template(
            "appointments/call_off.html",
            booking=booking,
            people=choosing.names(people),
            form=form,
            present=presenting,
        )
        return page, 422 if form.errors else 200

    def effect() -> str:
        standing, reason = queries.booking_of(case.id), form.chosen()
        if standing is None:
            return url_for(".index")
        if reason is CancelReason.BY_POST:
            favouring.call_off(standing.uid, actor=acting())
        else:
            together.cancel(standing.uid, actor=acting(), reason=reason)
        return url_for(".index")

    leads_to = idempotency.once(form.content_key(), effect)
    flash(_("The appointment has been cancelled, and the citizen is told."), "success")
    return redirect(leads_to)


def _who_can_be_given(case: Case) -> str:
    """Return the reference of a request that can have a time, empty for any other."""
    return case.reference if queries.is_at_appointment(case) else ""


def _page(found: Visitor | None, typed: str, error: str, *, without: str = "") -> str:
    post_id = acting().post_id or 0
    bookings = arriving.arrivals(post_id)
    numbers = tickets.by_booking([booking.id for booking in bookings])
    visitors = [_visitor(booking, numbers.get(booking.id)) for booking in bookings]
    name = str(session.get(WORDS, ""))
    state = next((one for one in SHOWN_STATES if one == request.args.get("state")), None)
    return render_template(
        "appointments/arrivals.html",
        today=clock.today(catalogue.current_zone()),
        visitors=[one for one in visitors if _is_looked_for(one, name, state)],
        is_empty=not visitors,
        counts=_counts(visitors),
        state=state,
        name_form=NameForm(formdata=None, name=name),
        found=found,
        typed=typed,
        error=error,
        without=without,
        may_file=may_open("counter.index"),
        give=_who_can_be_given(found.case) if found else "",
        form=ArrivalForm(formdata=None),
        visit_form=VisitForm(formdata=None),
        has_sites=len({visitor.booking.pool.site_id for visitor in visitors}) > 1,
        clashes=clashes.list_clashes(post_id, clock.now() - CLASHES_SHOWN),
        may_settle=acting().has_role(*settling.JUDGES),
        present=presenting,
    )


def _is_looked_for(visitor: Visitor, name: str, state: BookingState | None) -> bool:
    is_in_state = state is None or visitor.booking.state is state
    return is_in_state and visitor.is_called(texts.match_key(name).split())


def _counts(visitors: Sequence[Visitor]) -> list[tuple[BookingState, str, int]]:
    """Return the states of today with word and number."""
    states = [visitor.booking.state for visitor in visitors]
    return [(state, str(word), states.count(state)) for state, word in SHOWN_STATES.items()]


def _visitor(booking: Booking, ticket: Ticket | None = None) -> Visitor:
    case, actor = booking.case, acting()
    zone = booking.pool.site.zone
    is_today = clock.local(booking.starts_at, zone).date() == clock.today(zone)
    may_end = competence.is_permitted(case_rules.Action.VISIT_COMPLETED, actor)
    return Visitor(
        booking=booking,
        case=case,
        details=persons.Details.from_json(case.person.details or {}),
        service=i18n.text_in(cases.definition(case).title),
        is_today=is_today,
        may_end=may_end,
        ticket=ticket,
    )
