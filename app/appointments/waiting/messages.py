"""What those who wait are told: a time is offered, or lapses; do you still wait; removed."""

from datetime import datetime

from app.appointments import messages as seats
from app.appointments.models import Booking
from app.appointments.waiting import rules
from app.appointments.waiting.models import WaitingEntry, WaitingOffer
from app.cases.models import Case
from app.core.crypto import keyed_hash
from app.core.db import db
from app.jobs import services as jobs
from app.notifications import services as notifications

WARN = "appointments.waiting_warn"


def proof_of(entry: WaitingEntry) -> str:
    """Return what only the server can make of an entry; a link with it asks for no sign-in."""
    return keyed_hash("waiting", entry.uid)[:20]


def tell_offered(entry: WaitingEntry, offer: WaitingOffer, booking: Booking) -> None:
    """Tell of a time that is kept, and plan the word of warning before it lapses."""
    _tell_of("waiting_offered", entry, offer, booking)
    due_at = offer.until - rules.WARNING
    if due_at > offer.offered_at:
        jobs.schedule(
            WARN, dedupe=f"{WARN}:{offer.id}", due_at=due_at, arguments={"offer": offer.id}
        )


def tell_lapsing(entry: WaitingEntry, offer: WaitingOffer, booking: Booking) -> None:
    """Tell once more of a time that waits for an answer."""
    _tell_of("waiting_lapsing", entry, offer, booking)


def _tell_of(event: str, entry: WaitingEntry, offer: WaitingOffer, booking: Booking) -> None:
    zone = offer.pool.site.zone
    payload = seats.payload_of(booking)
    payload["starts_at"] = offer.starts_at.isoformat()
    payload |= {"zone": zone, "site_id": str(offer.pool.site_id)}
    payload["until_at"] = offer.until.isoformat()
    _tell(event, entry, dedupe=str(offer.id), not_after=offer.until, **payload)


def tell_confirm(entry: WaitingEntry, now: datetime) -> None:
    """Ask whether somebody still waits, with the link whose page has the button."""
    _tell_by_link("waiting_confirm", entry, now, until_on=(now + rules.GRACE).date().isoformat())


def tell_removed(entry: WaitingEntry, now: datetime) -> None:
    """Tell that somebody was removed after silence, and how to have the place back."""
    until = (now + rules.WAY_BACK).date().isoformat()
    _tell_by_link("waiting_removed", entry, now, until_on=until)


def _tell_by_link(event: str, entry: WaitingEntry, now: datetime, **payload: str) -> None:
    path = f"/waiting/{entry.uid}/{proof_of(entry)}"
    dedupe = f"{entry.uid}:{now.isoformat()}"
    _tell(event, entry, dedupe=dedupe, not_after=None, path=path, **payload)


def _tell(
    event: str, entry: WaitingEntry, *, dedupe: str, not_after: datetime | None, **payload: str
) -> None:
    case = db.session.get_one(Case, entry.case_id)
    if case.account_id is None:
        return
    notifications.tell(
        event,
        account_id=case.account_id,
        dedupe=f"{event}:{dedupe}",
        payload={**payload, "reference": case.reference},
        post_id=entry.post_id,
        case_id=case.id,
        not_after=not_after,
    )
