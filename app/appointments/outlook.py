"""What has to be known of a request before times are shown to it: one question for all of it.

Most requests have no time, no draw, no queue and no visit that was missed; whatever one has is
looked up by itself.
"""

from dataclasses import dataclass

from sqlalchemy import Date, String, bindparam, exists, or_, select

from app.appointments import conditions, queries, rules
from app.appointments.draw.models import EntryPerson, Release, ServiceMode
from app.appointments.draw.rules import BEFORE, ReleaseMode
from app.appointments.line.models import Opening
from app.appointments.line.rules import GOES_ON
from app.appointments.models import Booking
from app.appointments.queries import Visit
from app.cases.models import Case
from app.cases.rules import State
from app.core import clock
from app.core.db import BigKey, UtcDateTime, db


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How a request stands towards an appointment."""

    booking: Booking | None
    """The time that is held, booked or being kept."""
    is_at_appointment: bool
    is_favoured: bool
    has_missed: bool
    """Somebody of its name did not come, and that may still count (`missed.queries.block_of`)."""
    has_draws: bool
    has_openings: bool
    mode: ReleaseMode


def of(case: Case) -> Outlook:
    """Return how a case stands, read with its service and its person (`get_row`)."""
    asked = {
        "case_id": case.id,
        "service_id": case.service_id,
        "post_id": case.post_id,
        "fingerprint": case.person.fingerprint,
        "today": clock.today(case.service.post.zone),
        "lately": clock.now() - rules.PRIORITY,
    }
    row = db.session.connection().execute(_QUESTION, asked).one()
    return Outlook(
        booking=queries.booking_of(case.id) if row.has_time else None,
        is_at_appointment=case.state is State.IN_PROGRESS and row.is_visit_next,
        is_favoured=row.is_favoured,
        has_missed=row.has_missed,
        has_draws=row.has_draws,
        has_openings=row.has_openings,
        mode=row.mode or ReleaseMode.FIRST_COME,
    )


def visit_of(case: Case, seen: Outlook, *, party: int) -> Visit:
    """Return what the visit of so many takes; raises as `queries.visit_of`."""
    return queries.visit_with(
        case, mode=seen.mode, is_favoured=seen.is_favoured, party=max(party, 1)
    )


_case = bindparam("case_id", type_=BigKey)
_service = bindparam("service_id", type_=BigKey)
_wished = select(EntryPerson.release_id).where(EntryPerson.case_id == _case, EntryPerson.active)
_missed = conditions.counts(
    bindparam("post_id", type_=BigKey),
    bindparam("fingerprint", type_=String()),
    bindparam("today", type_=Date()),
)
_QUESTION = select(
    conditions.has_time(_case).label("has_time"),
    conditions.is_visit_next(_case).label("is_visit_next"),
    conditions.is_favoured(_case, bindparam("lately", type_=UtcDateTime())).label("is_favoured"),
    exists().where(*_missed).label("has_missed"),
    exists()
    .where(
        Release.service_id == _service,
        or_(Release.state.in_(BEFORE), Release.id.in_(_wished)),
    )
    .label("has_draws"),
    exists()
    .where(Opening.service_id == _service, Opening.state.in_(GOES_ON))
    .label("has_openings"),
    select(ServiceMode.mode)
    .where(ServiceMode.service_id == _service)
    .scalar_subquery()
    .label("mode"),
)
