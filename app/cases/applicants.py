"""What the conditions of a service may know of the person whom a case concerns."""

from app.accounts.rules import Details, age
from app.cases.models import Case
from app.catalogue.definition.conditions import Applicant
from app.catalogue.definition.elements import Page, PersonFact
from app.core import clock

CATEGORY = "citizen"


def of(case: Case) -> Applicant:
    """Return what conditions may know of the person of a case, today or when it was sent."""
    zone = case.service.post.zone
    on = clock.local(case.submitted_at, zone).date() if case.submitted_at else clock.today(zone)
    details = _details(case)
    return Applicant(category=CATEGORY, age=age(details, on), on=on)


def known(case: Case, page: Page) -> dict[str, str]:
    """Return what the record of the person says already, by the keys of the fields for it."""
    details = _details(case)
    facts = {
        PersonFact.NATIONAL_NUMBER: details.national_number,
        PersonFact.PASSPORT_NUMBER: details.passport_number,
    }
    asked = {one.key: one.from_person for one in page.fields if one.from_person}
    return {key: facts[fact] for key, fact in asked.items() if facts[fact]}


def _details(case: Case) -> Details:
    return Details.from_json(case.person.details or {})
