"""What a request needs from other people before it is sent, and before it is accepted."""

from datetime import date

from app.accounts.models import Account, Person
from app.cases.consents import services as consents
from app.cases.mandates import services as mandates
from app.cases.models import Case


def check_person(account: Account | None, person: Person, service: str, *, on: date) -> None:
    """Refuse to begin a request for somebody for whom the account may not file this service."""
    mandates.check_person(account, person, service, on=on)


def check_filing(case: Case) -> None:
    """Refuse to send a draft without the authority, or the name of who has to consent."""
    mandates.check_filing(case)
    consents.check_filing(case)


def check_decision(case: Case) -> None:
    """Refuse to accept a case whose authority, or a consent to it, is lacking."""
    mandates.check_decision(case)
    consents.check_decision(case)
