"""A service whose seats are drawn: made, opened, wished for, closed, held; in transaction()."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import time_machine
from sqlalchemy import select

from app.appointments import schedule
from app.appointments.draw import services, wishing
from app.appointments.draw.models import Entry, Release
from app.appointments.draw.rules import PublicKind, ReleaseMode, Weighting
from app.appointments.draw.services import Plan
from app.appointments.models import Pool, Slot
from app.cases.models import Case
from app.catalogue.models import Post, ServiceVersion
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from tests.factories import seats

NOW = datetime.fromisoformat("2026-11-30T11:00+03:00")
OPENS = datetime.fromisoformat("2026-12-01T09:00+03:00")
CLOSES = datetime.fromisoformat("2026-12-03T18:00+03:00")
HELD = datetime.fromisoformat("2026-12-08T12:00+03:00")
MONDAY, TUESDAY = date(2026, 12, 14), date(2026, 12, 15)
VALUE = "81.2337"
PLAN = Plan(
    first_on=MONDAY,
    last_on=TUESDAY,
    opens_at=OPENS,
    closes_at=CLOSES,
    weighting=Weighting.EQUAL,
    public_kind=PublicKind.RATE,
    public_on=date(2026, 12, 8),
    public_source="Official rate of the US dollar of the Bank of Russia, cbr.ru",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fair:
    """A post with one seat at nine and one at twenty past on each day of the draw."""

    post: Post
    pool: Pool
    version: ServiceVersion

    def case(self, **more: Any) -> Case:
        """Return another case that waits for a seat."""
        return seats.make_case(self.version, **more)

    def announce(self, **more: Any) -> Release:
        """Make a draw; `more` is what differs from the usual plan."""
        plan = replace(PLAN, **more)
        service = self.version.service
        return services.announce(self.post, self.pool, service, plan, actor=SYSTEM)


def make(
    *,
    seats_at_a_time: int = 1,
    units: int = 1,
    closes: str = "09:40",
    buffers: tuple[int, int] = (0, 0),
) -> Fair:
    """Return a post whose one service gives its seats out by draw."""
    post = seats.make_post()
    pool = seats.make_pool(post)
    seats.make_hours(pool, weekdays=(1, 2, 3, 4, 5), closes=closes, seats=seats_at_a_time)
    schedule.make_slots(pool)
    version = seats.make_version(post, units=units, buffers=buffers)
    services.set_mode(version.service, ReleaseMode.DRAW, actor=SYSTEM)
    return Fair(post=post, pool=pool, version=version)


def owner(case: Case) -> Actor:
    """Return the citizen who filed a case."""
    return Actor(kind=ActorKind.CITIZEN, id=case.account_id)


def wish(case: Case, release: Release, *days: date, coming: Sequence[str] = ()) -> Entry:
    """Have the owner of a case wish for some days, for all when none are named."""
    wanted = days or (MONDAY, TUESDAY)
    return wishing.wish(case, release, wanted, coming=coming, actor=owner(case))


def hold(hand: time_machine.Traveller, release_id: int) -> None:
    """Close a draw, publish its value and hold it, as admin and worker do; outside of any."""
    hand.move_to(CLOSES)
    with transaction():
        services.close(release_id)
    hand.move_to(HELD)
    with transaction():
        services.enter_value(release_id, VALUE, actor=SYSTEM)
        services.run(release_id, actor=SYSTEM)
    work(jobs.drain)


def work(do: Callable[[], object]) -> None:
    """Have a worker do something, whose session ends with it: what the test holds is kept."""
    kept = list(db.session)
    do()
    db.session.add_all(kept)
    db.session.expire_all()


def begin(hand: time_machine.Traveller, fair: Fair, **more: Any) -> int:
    """Announce a draw and open it; return its key."""
    with transaction():
        release_id = fair.announce(**more).id
    hand.move_to(OPENS + timedelta(minutes=1))
    with transaction():
        services.open_(release_id)
    return release_id


def get(release_id: int) -> Release:
    """Return a draw as it stands now."""
    return db.session.get_one(Release, release_id, populate_existing=True)


def slots(pool_id: int, *days: date) -> list[tuple[int, int, int]]:
    """Return (planned, capacity, taken) of the slots of some days, in order of time."""
    rows = db.session.scalars(
        select(Slot)
        .where(Slot.pool_id == pool_id, Slot.local_on.in_(days or (MONDAY, TUESDAY)))
        .order_by(Slot.starts_at)
        .execution_options(populate_existing=True)
    )
    return [(slot.planned, slot.capacity, slot.taken) for slot in rows]
