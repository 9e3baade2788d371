"""How a request stands towards an appointment, as conditions of a query: each stands here once.

The keys are values, columns of the query around it, or its parameters.
"""

from datetime import date, datetime

from sqlalchemy import ColumnElement, Exists, and_, exists
from sqlalchemy.orm import InstrumentedAttribute

from app.appointments.draw.models import ServiceMode
from app.appointments.draw.rules import ReleaseMode
from app.appointments.missed.models import MissedVisit
from app.appointments.missed.rules import COUNTED
from app.appointments.models import ACTIVE, BY_POST, Booking
from app.cases.models import CaseStep
from app.cases.rules import StepKind, StepState

Key = int | ColumnElement[int] | InstrumentedAttribute[int]


def is_visit_next(case_id: Key) -> Exists:
    """Return the condition that the visit is the present step of a request."""
    return exists().where(
        CaseStep.case_id == case_id,
        CaseStep.state == StepState.CURRENT,
        CaseStep.kind == StepKind.APPOINTMENT,
    )


def has_time(case_id: Key) -> Exists:
    """Return the condition that a request has a time, kept or confirmed.

    Its states stand in plain words: where they are parameters, PostgreSQL finds no partial index
    once it keeps a plan, and reads every past booking of the request.
    """
    return exists().where(Booking.case_id == case_id, and_(ACTIVE))


def called_off(since: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Return the condition that the post has cancelled a booking since a moment."""
    return and_(BY_POST, Booking.updated_at > since)


def is_favoured(case_id: Key, since: datetime | ColumnElement[datetime]) -> Exists:
    """Return the condition that the post has cancelled a time of a request since a moment."""
    return exists().where(Booking.case_id == case_id, called_off(since))


def counts(
    post_id: Key, fingerprint: str | ColumnElement[str], since: date | ColumnElement[date]
) -> list[ColumnElement[bool]]:
    """Return the conditions that a missed visit keeps a person from booking since some day."""
    return [
        MissedVisit.post_id == post_id,
        MissedVisit.fingerprint == fingerprint,
        MissedVisit.blocked_until >= since,
        MissedVisit.state.in_(COUNTED),
    ]


def is_given_out(service_id: Key) -> Exists:
    """Return the condition that a draw or a queue gives out the times of a service."""
    return exists().where(
        ServiceMode.service_id == service_id, ServiceMode.mode != ReleaseMode.FIRST_COME
    )
