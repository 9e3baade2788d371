"""Whoever loses an appointment by the post goes first on the waiting list."""

from collections.abc import Sequence
from datetime import timedelta

from app.appointments import queries as seats
from app.appointments.waiting import messages, queries, services
from app.appointments.waiting.models import WaitingEntry
from app.appointments.waiting.rules import FIRST, WINDOW, PartOfDay
from app.appointments.waiting.services import Wanted
from app.cases.models import Case
from app.core import clock

NOTICE_HOURS = 24


def put_first(party: Sequence[Case]) -> None:
    """Put locked cases whose appointment the post cancelled first on the list, and tell them.

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
        messages.tell_first(entry)
        services.look(entry)


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
