"""Whoever loses an appointment by the post goes first on the waiting list."""

from collections.abc import Sequence
from datetime import timedelta

from app.appointments import queries as seats
from app.appointments import returning, together
from app.appointments import services as appointments
from app.appointments.models import Booking
from app.appointments.rules import PRIORITY, CancelReason
from app.appointments.waiting import queries, services
from app.appointments.waiting.models import WaitingEntry
from app.appointments.waiting.rules import FIRST, WINDOW, PartOfDay
from app.appointments.waiting.services import Wanted
from app.cases.models import Case
from app.cases.rules import Action
from app.core import clock
from app.core.actor import Actor
from app.core.db import db

NOTICE_HOURS = 24


def call_off(uid: str, *, actor: Actor) -> None:
    """Cancel the appointment of all who come together, because the post cannot receive them."""
    ended = together.give_up(uid, actor=actor, reason=CancelReason.BY_POST)
    make_good([ended] if ended else [], "post", actor=actor)


def make_good(visits: Sequence[Sequence[Booking]], why: str, *, actor: Actor) -> None:
    """Put first whose visits the post has just ended, and tell each visit once.

    `why` is a key of the wording's WHYS. The cases and the bookings are locked.
    """
    now = clock.now()
    more = []
    for party in visits:
        first = put_first([one.case for one in party])
        ends_on = clock.local(now + PRIORITY, party[0].pool.site.zone).date()
        told = {"why": why, "until_on": ends_on.isoformat()}
        more.append(told | {"is_first": "yes"} if party[0].case_id in first else told)
    appointments.announce_all(
        visits, Action.BOOKING_CANCELLED, actor=actor, event="booking_called_off", more=more
    )
    _look([one.case_id for party in visits for one in party])


def put_first(party: Sequence[Case]) -> frozenset[int]:
    """Put locked cases whose appointment the post cancelled first on the list; return their keys.

    Whoever is on it already goes first with what they wait for; the others wait together, at
    any of their places. Whoever waits by another request keeps that one.
    """
    known = {one.id: entry for one in party if (entry := queries.find_on_list(one.id))}
    rest = [one for one in party if one.id not in known and queries.other_of(one) is None]
    entries = {entry.id: queries.lock(entry.id) for entry in known.values()}
    if rest:
        new = _enter(rest)
        entries[new.id] = new
    for entry in entries.values():
        entry.priority, entry.keeps_seat = FIRST, False
    db.session.flush()
    return frozenset([*known, *(one.id for one in rest)])


def _look(case_ids: Sequence[int]) -> None:
    """Have the worker look at once what fits them, once for each of their places."""
    for pool_id in queries.places_of(case_ids):
        returning.look_now(pool_id)


def _enter(party: Sequence[Case]) -> WaitingEntry:
    first = min(party, key=lambda one: one.id)
    pools = seats.visit_of(first).pools
    today = clock.today(pools[0].site.zone)
    wanted = Wanted(
        places=frozenset(pool.id for pool in pools),
        first=today,
        last=today + timedelta(days=WINDOW),
        part=PartOfDay.ANY,
        notice_hours=NOTICE_HOURS,
    )
    return services.enter(first, wanted, party)
