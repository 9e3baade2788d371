"""What stands above every page of a case: who, what, how urgent, what it costs, when they come."""

from dataclasses import dataclass

from flask_babel import gettext as _

from app.accounts import rules as persons
from app.accounts.rules import Details
from app.appointments import presenting
from app.appointments import queries as appointments
from app.appointments.models import Booking, BookingState
from app.cases import bills, changing, competence, rules
from app.cases import queries as cases
from app.cases.models import Case
from app.catalogue.bill_words import BillView
from app.catalogue.definition.elements import Definition
from app.core import clock, i18n
from app.core.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The appointment that stands: when and where, and whether the visitor is here."""

    when: str
    where: str
    is_here: bool
    is_ahead: bool
    """Whether it has not begun and nobody came: leaving it out gives the time to others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A case as its officer tells it from others."""

    reference: str
    name: str
    service: str
    variant: str
    """What a hurried request is called, empty for a regular one."""
    fee: str
    bill: BillView
    visit: Visit | None

    @property
    def is_here(self) -> bool:
        """Return whether the visitor was checked in."""
        return self.visit is not None and self.visit.is_here


def of(case: Case) -> Headline:
    """Return what stands above the pages of a case."""
    definition = cases.definition(case)
    details = Details.from_json(case.person.details or {})
    bill = bills.explained(case)
    return Headline(
        reference=case.reference,
        name=persons.display_name(details, i18n.language()),
        service=i18n.text_in(definition.title),
        variant=hurried(case, definition),
        fee=_("Fee: %(amount)s", amount=bill.total),
        bill=bill,
        visit=_visit(appointments.booking_of(case.id)),
    )


def offers(case: Case, actor: Actor) -> frozenset[rules.Action]:
    """Return what an officer could do to a case now."""
    return competence.offers(changing.standing(case), actor)


def hurried(case: Case, definition: Definition) -> str:
    """Return what the service calls the variant of a case, empty for the regular one."""
    if case.variant == rules.REGULAR:
        return ""
    labels = (fee.label for fee in definition.fees if fee.variant == case.variant)
    return next((i18n.text_in(label) for label in labels), case.variant)


def _visit(booking: Booking | None) -> Visit | None:
    if booking is None or booking.state is BookingState.HELD:
        return None
    site = booking.pool.site
    is_here = booking.state is BookingState.CHECKED_IN
    return Visit(
        when=presenting.when(booking.starts_at, site.zone),
        where=i18n.text_in(site.name),
        is_here=is_here,
        is_ahead=not is_here and booking.starts_at > clock.now(),
    )
