"""Groups of visitors that a post can tell something."""

from datetime import UTC, datetime, time, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from app.appointments.models import Booking
from app.appointments.queries import CONFIRMED
from app.cases.models import Case
from app.notifications.announcements import audiences
from app.notifications.announcements.audiences import Audience


def _accounts(post_id: int, value: str) -> Select[int | None]:
    """Return whose appointments are on a day by the clocks of their places.

    The day of the places is a day of UTC or one beside it, which the index narrows down to.
    """
    day = audiences.day_of(value)
    noon = datetime.combine(day, time(12), UTC)
    return (
        select(Case.account_id)
        .join(Booking, Booking.case_id == Case.id)
        .where(
            Booking.post_id == post_id,
            Booking.state.in_(CONFIRMED),
            Booking.starts_at > noon - timedelta(days=2),
            Booking.starts_at < noon + timedelta(days=2),
            Booking.local_at.startswith(f"{day.isoformat()}T"),
            Case.account_id.is_not(None),
        )
        .distinct()
    )


BOOKED_ON = Audience(code="booked_on", name=_l("Appointments on a day"), accounts=_accounts)
