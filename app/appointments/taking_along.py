"""What a citizen takes along of an appointment: the code for the reception, a calendar entry."""

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.appointments import choosing, presenting
from app.appointments.models import Booking
from app.cases import queries as cases
from app.cases.models import Case
from app.core import clock
from app.notifications import calendars, letters
from app.web.access import acting, signed_in

PATH = "/requests/<reference>"
bp = Blueprint("appointment_along", __name__)


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
    booking = choosing.booked(case)
    return Response(
        calendars.entry(_entry(case, booking), now=clock.now()),
        mimetype="text/calendar",
        headers={"Content-Disposition": f'attachment; filename="{case.reference}.ics"'},
    )


def _entry(case: Case, booking: Booking) -> calendars.Appointment:
    link = url_for("appointments.show", reference=case.reference, _external=True)
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
