"""What the citizen is told of a draw: entered, what it gave, an offer that is about to lapse."""

from collections.abc import Iterable
from datetime import datetime

from app.appointments import messages as seats
from app.appointments.draw import queries, rules
from app.appointments.draw.models import Entry, Release
from app.appointments.models import Booking
from app.cases.models import Case
from app.core import clock
from app.jobs import services as jobs
from app.notifications import services as notifications

WARN = "appointments.draw_warn"


def tell_entered(release: Release, entry_uid: str, case: Case) -> None:
    """Tell that a wish was registered, and until when it can be changed."""
    on = clock.local(release.closes_at, release.pool.site.zone).date()
    _tell("draw_entered", release, case, dedupe=entry_uid, until_on=on.isoformat())


def tell_offer(release: Release, booking: Booking, until: datetime) -> None:
    """Tell of a time that was drawn, and plan the word of warning before it lapses."""
    _tell_of("draw_offered", release, booking, until)
    jobs.schedule(
        WARN,
        dedupe=f"{WARN}:{booking.uid}",
        due_at=until - rules.WARNING,
        arguments={"booking": booking.uid},
    )


def tell_lapsing(booking: Booking) -> None:
    """Tell once more of a time that waits for an answer, while it still does."""
    release = queries.find_kept(booking, clock.now())
    if release is not None and booking.expires_at is not None:
        _tell_of("draw_lapsing", release, booking, booking.expires_at)


def _tell_of(event: str, release: Release, booking: Booking, until: datetime) -> None:
    last_day = rules.last_day(until, release.pool.site.zone)
    _tell(
        event,
        release,
        booking.case,
        dedupe=booking.uid,
        not_after=until,
        until_on=last_day.isoformat(),
        **seats.payload_of(booking),
    )


def tell_nothing(release: Release, entries: Iterable[tuple[str, Case]]) -> None:
    """Tell those whom the draw gave nothing; what others leave may still come to them."""
    for uid, case in entries:
        _tell("draw_nothing", release, case, dedupe=uid)


def tell_called_off(release: Release) -> None:
    """Tell those who had a wish that the draw is not held."""
    for uid, case in queries.leads_of(Entry.release_id == release.id, Entry.withdrawn_at.is_(None)):
        _tell("draw_called_off", release, case, dedupe=uid)


def _tell(
    event: str,
    release: Release,
    case: Case,
    *,
    dedupe: str,
    not_after: datetime | None = None,
    **payload: str,
) -> None:
    if case.account_id is None:
        return
    notifications.tell(
        event,
        account_id=case.account_id,
        dedupe=f"{event}:{dedupe}",
        payload={"reference": case.reference, "draw": release.uid, **payload},
        post_id=release.post_id,
        case_id=case.id,
        not_after=not_after,
    )
