"""Pools and hours from the file of a post."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.appointments import queries
from app.appointments.models import Lane, Pool, WeeklyHours
from app.catalogue import queries as catalogue
from app.catalogue.models import Post
from app.core.db import db


def save_pools(post: Post, document: Mapping[str, Any]) -> None:
    """Store the pools and hours of a post's file (Any: JSON, see catalogue's example posts).

    A pool that is there already is left as it is, so that seeding again changes nothing.
    """
    known = {(pool.site.code, pool.code) for pool in queries.list_pools(post.id)}
    sites = {site.code: site for site in catalogue.list_sites(post.id)}
    for entry in document["pools"]:
        if (entry["site"], entry["code"]) in known:
            continue
        pool = Pool(
            site=sites[entry["site"]],
            code=entry["code"],
            name=dict(entry["name"]),
            unit_minutes=entry["unit_minutes"],
            horizon_days=entry["horizon_days"],
        )
        db.session.add(pool)
        db.session.flush()
        _save_hours(pool, document["hours"])


def _save_hours(pool: Pool, entries: Sequence[Mapping[str, Any]]) -> None:
    for entry in entries:
        if (entry["site"], entry["pool"]) != (pool.site.code, pool.code):
            continue
        row = WeeklyHours(
            pool_id=pool.id,
            weekday=entry["weekday"],
            opens_at=entry["opens_at"],
            closes_at=entry["closes_at"],
            lane=Lane(entry["lane"]),
            seats=entry["seats"],
        )
        db.session.add(row)
