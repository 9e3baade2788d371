"""What the conditions of a service may know of the person whom a case concerns."""

from app.accounts.rules import Details, age
from app.cases.models import Case
from app.catalogue.definition.conditions import Applicant
from app.core import clock

CATEGORY = "citizen"


def of(case: Case) -> Applicant:
    """Return what conditions may know of the person of a case, today or when it was sent."""
    zone = case.service.post.zone
    on = clock.local(case.submitted_at, zone).date() if case.submitted_at else clock.today(zone)
    details = Details.from_json(case.person.details or {})
    return Applicant(category=CATEGORY, age=age(details, on), on=on)
