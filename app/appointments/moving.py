"""Moving a booking: another time is kept beside its own, then both are exchanged."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.accounts import throttle
from app.accounts.throttle import Limit
from app.appointments import claiming, kept, queries, replacing, rules, services, standing
from app.appointments.claiming import Taken
from app.appointments.kept import Seen
from app.appointments.line import admitting
from app.appointments.models import Booking, ClaimKind, Slot
from app.appointments.refusals import HoldOver, MovedOften, SameTime
from app.cases.rules import Action
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.errors import TooMany

RENEWED = Limit(name="move:renewed", most=2, window=timedelta(days=1))
"""So often another choice has its ten minutes while one is kept already, for each booking."""


def offer_move(uid: str, slot_id: int, *, actor: Actor) -> Booking:
    """Keep another time for a booking, ten minutes long; its own seats stay.

    Other choices before it is confirmed keep theirs for longer twice a day; after that the time
    that was left stays. A time that the waiting list offers is declined with it. Raises
    NotAllowed, TooLate, MovedOften, SameTime, NotOffered, NotAdmitted, Withheld or SlotTaken.
    """
    now = clock.now()
    services.refuse_not_permitted(Action.MOVED, actor)
    booking = services.locked(uid)
    services.refuse_change(booking, now)
    refuse_often(booking, actor)
    first, wanted = services.find_run(queries.visit_of(booking.case), slot_id, now, actor=actor)
    # Whoever has a time already does not take one from those who line up.
    admitting.refuse_without(first, booking.case, "", now, actor=actor)
    if services.is_at(booking, first):
        raise SameTime(field="at")
    own = claiming.claims_of([booking.id])
    if _is_kept(booking, first, own, wanted) and not _offer_is_over(booking, now):
        return booking
    services.refuse_withheld(first, booking)
    if booking.waiting_id is not None and not _offer_is_over(booking, now):
        replacing.decline(booking, now)
    keep_beside(booking, first, wanted, _kept_until(booking, now), now)
    return booking


def _kept_until(booking: Booking, now: datetime) -> datetime:
    """Return how long another time is kept: nobody has two seats for longer than half an hour."""
    until = booking.offer_expires_at
    if until is not None and until > now:
        try:
            throttle.count(RENEWED, booking.uid)
        except TooMany:
            return until
    return now + rules.HOLD


def refuse_often(booking: Booking, actor: Actor) -> None:
    """Refuse a citizen who moved an appointment as often as its service lets them.

    An earlier time that was accepted from the waiting list does not count. Raises MovedOften.
    """
    if actor.kind is not ActorKind.CITIZEN:
        return
    most = queries.visit_of(booking.case).most_moves
    if booking.moves >= most:
        raise MovedOften(count=most)


def keep_beside(
    booking: Booking,
    first: Slot,
    slot_ids: Sequence[int],
    until: datetime,
    now: datetime,
    *,
    waiting_id: int | None = None,
) -> None:
    """Keep slots, from whose first on a visit lasts, for a locked booking until a moment.

    With an entry of the waiting list seats may be had that are kept from the public. Raises
    SlotTaken.
    """
    own = claiming.claims_of([booking.id])
    claiming.make_room([booking], slot_ids, now)
    claiming.give_up_offer(booking, own, but=slot_ids)
    main = {claim.slot_id for claim in own if claim.kind is ClaimKind.MAIN}
    lacking = [id for id in slot_ids if id not in main]
    if waiting_id is not None:
        claiming.hand_out(lacking, booking.party)
    claiming.take(booking, lacking, ClaimKind.OFFER)
    _offer(booking, first, until, now)
    booking.waiting_id = waiting_id


def confirm_move(uid: str, *, actor: Actor) -> Booking:
    """Exchange a booking's seats for those that are kept for it; raise HoldOver when they are not.

    Nothing changes unless all the new seats are had: the old ones are given up last.
    """
    booking, _is_new = move(uid)
    services.announce([booking], Action.MOVED, actor=actor)
    return booking


def move(uid: str, seen: Seen | None = None) -> tuple[Booking, bool]:
    """Exchange a booking's seats without telling, and say whether it was not there yet.

    `seen` is what its owner read on the page where a move of one's own choice is confirmed.
    Raises HoldOver or ClosedMeanwhile, and with `seen` as kept.refuse_other_move.
    """
    now = clock.now()
    booking = services.locked(uid)
    services.refuse_change(booking, now)
    if booking.offer_starts_at is None and seen == kept.own(booking):
        return booking, False
    other = booking.offer_starts_at
    if _offer_is_over(booking, now) or other is None or other <= now:
        raise HoldOver()
    if seen is not None:
        kept.refuse_other_move(booking, seen)
    standing.refuse_closed_move(booking)
    visit = queries.visit_of(booking.case)
    first = claiming.offered_slot(booking, other)
    run = queries.list_run(first, visit.length(first.pool))
    claiming.exchange(booking, [slot.id for slot in run])
    services.give_time(booking, visit, first, now)
    booking.sequence += 1
    booking.moves += booking.waiting_id is None
    booking.coming_at = None
    claiming.forget_offer(booking)
    return booking, True


def _offer(booking: Booking, slot: Slot, until: datetime, now: datetime) -> None:
    booking.offer_starts_at, booking.offer_local_at = slot.starts_at, slot.local_at
    booking.offer_expires_at, booking.updated_at = until, now


def _offer_is_over(booking: Booking, now: datetime) -> bool:
    return booking.offer_expires_at is None or booking.offer_expires_at <= now


def _is_kept(booking: Booking, first: Slot, own: Sequence[Taken], wanted: Sequence[int]) -> bool:
    """Return whether these slots are what is offered: another place may begin at the same time."""
    had = {claim.slot_id for claim in own}
    return booking.offer_starts_at == first.starts_at and had.issuperset(wanted)
