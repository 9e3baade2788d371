"""What a request costs, by the version of the service that its citizen saw."""

from app.cases import filing, queries
from app.cases.models import Case
from app.catalogue import fees, presenting
from app.core import clock


def fee_of(case: Case) -> str:
    """Return the fee of a case in words, as it was in force on the day it was sent."""
    service = queries.definition(case)
    moment = case.submitted_at or clock.now()
    on = clock.local(moment, case.service.post.zone).date()
    if not service.fees:
        return presenting.lowest_fee(service, on)
    known = fees.due(service.fees, on, variant=case.variant, category=filing.CATEGORY)
    return presenting.total_in_words(known)
