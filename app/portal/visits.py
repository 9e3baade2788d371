"""The appointment of a request, as its pages tell of it."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from markupsafe import Markup

from app.appointments import presenting, queries
from app.appointments.models import Booking, BookingState
from app.cases.models import Case
from app.cases.rules import State
from app.core import clock, i18n


def find(case: Case) -> Booking | None:
    """Return the appointment that stands; a time that is only held is none yet."""
    booking = queries.booking_of(case.id)
    return None if booking is None or booking.state is BookingState.HELD else booking


def line(booking: Booking) -> Markup:
    """Return day and time of an appointment as one sentence, which names no place."""
    zone = booking.pool.site.zone
    on = clock.local(booking.starts_at, zone).date()
    return Markup.escape(_("Appointment booked: %(day)s, %(time)s")) % {
        "day": i18n.day(on),
        "time": presenting.time_in(booking.starts_at, zone),
    }


def lines_of_each(cases: Sequence[Case]) -> Mapping[int, Markup]:
    """Return the sentences about the appointments of some cases, by key of the case."""
    booked = queries.booked_of([case.id for case in cases if case.state is State.IN_PROGRESS])
    return {case_id: line(booking) for case_id, booking in booked.items()}


def line_of(case: Case) -> Markup | None:
    """Return the sentence about the appointment of a case, None when it has none."""
    booking = find(case)
    return None if booking is None else line(booking)
