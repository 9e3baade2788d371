"""Mobile missions: a site in another city with counters of its own, for a few days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.appointments import queries, rules, schedule
from app.appointments.models import Pool
from app.audit import services as audit
from app.catalogue import queries as catalogue
from app.catalogue.models import Post, Site
from app.core import clock
from app.core.actor import Actor
from app.core.db import Texts, db
from app.core.errors import Invalid

MOST_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Mission:
    """What an admin plans: where, on which days, in which hours, for which services."""

    name: Texts
    address: Texts
    zone: str
    first: date
    last: date
    hours: rules.Hours
    """The hours of every day of it; its weekday does not count."""
    pool: str
    """The code that services name."""


def list_missions(post_id: int) -> Sequence[Site]:
    """Return the missions of a post that are not over, the next first."""
    sites = (site for site in catalogue.list_sites(post_id) if site.last_on is not None)
    coming = [site for site in sites if not site.is_over(clock.today(site.zone))]
    return sorted(coming, key=lambda site: (site.first_on or date.max, site.id))


def pools_to_choose(post_id: int) -> Mapping[str, Pool]:
    """Return one pool of each code that the counters of a post have, in order of its sites."""
    found: dict[str, Pool] = {}
    for pool in queries.list_pools(post_id):
        found.setdefault(pool.code, pool)
    return found


def add(post: Post, wanted: Mission, *, actor: Actor) -> Site:
    """Make the site, its counters and its seats; they can be booked at once, up to a year ahead.

    Raises Invalid for days, a zone or a pool that make no sense.
    """
    like = pools_to_choose(post.id).get(wanted.pool)
    if like is None:
        raise Invalid(_l("Please choose one of these."), field="pool")
    _check(wanted)
    site = Site(
        post=post,
        code=_free_code(post.id, wanted.first),
        name=dict(wanted.name),
        address=dict(wanted.address),
        zone=wanted.zone,
        first_on=wanted.first,
        last_on=wanted.last,
    )
    db.session.add(site)
    pool = Pool(
        site=site,
        code=like.code,
        name=dict(like.name),
        unit_minutes=like.unit_minutes,
        horizon_days=schedule.LONGEST_HORIZON,
    )
    db.session.add(pool)
    db.session.flush()
    audit.record(
        "schedule.mission_added",
        actor=actor,
        object_kind="site",
        object_uid=site.code,
        post_id=post.id,
        fields={"first_on": wanted.first.isoformat(), "last_on": wanted.last.isoformat()},
    )
    schedule.add_week(pool, wanted.hours, _weekdays(wanted))
    return site


def _weekdays(wanted: Mission) -> list[int]:
    return sorted({day.isoweekday() for day in rules.days_from(wanted.first, wanted.last)})


def _check(wanted: Mission) -> None:
    try:
        ZoneInfo(wanted.zone)
    except (ValueError, OSError, KeyError):  # of what is no name, a folder, or unknown
        raise Invalid(NO_ZONE, field="zone") from None
    refuse_days(wanted.zone, wanted.first, wanted.last)


def refuse_days(zone: str, first: date, last: date, *, began: date | None = None) -> None:
    """Raise Invalid for days of a mission that make no sense; one that has begun began then."""
    today = clock.today(zone)
    if last < first:
        raise Invalid(_l("The last day lies before the first."), field="last_on")
    if (last - first).days >= MOST_DAYS:
        raise Invalid(_l("A mission lasts %(most)s days at most."), field="last_on", most=MOST_DAYS)
    if first < today and first != began:
        raise Invalid(_l("This day is over."), field="first_on")
    if last < today:
        raise Invalid(_l("This day is over."), field="last_on")
    if (last - today).days > schedule.LONGEST_HORIZON:
        raise Invalid(_l("Please plan it at most a year ahead."), field="last_on")


NO_ZONE = _l("Please write a time zone such as Europe/Samara.")


def _free_code(post_id: int, first: date) -> str:
    """Return a code for a mission that no site of the post has."""
    codes = set(db.session.scalars(select(Site.code).where(Site.post_id == post_id)))
    wanted = f"mission-{first.isoformat()}"
    numbered = (f"{wanted}-{number}" for number in range(2, len(codes) + 3))
    return next(code for code in (wanted, *numbered) if code not in codes)
