"""Giving a post a rate, and ending one; each function works in the caller's transaction."""

from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.audit import services as audit
from app.catalogue import rates
from app.catalogue.models import Post
from app.catalogue.rates import Stored
from app.core import clock
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import Invalid, NotFound

FURTHEST = timedelta(days=366)


def add(post_id: int, source: str, target: str, figure: str, on: date, *, actor: Actor) -> None:
    """Have a post count a currency as so much of another from a day on.

    A rate of the same currencies and day is replaced. Raises Invalid for a currency that is not
    known or counted as itself, a day a year away, or a figure that is none.
    """
    post = _lock(post_id)
    if source not in rates.CURRENCIES or target not in rates.CURRENCIES or source == target:
        raise Invalid(_l("Choose another currency than the first one."), field="target")
    if abs(on - clock.today(post.zone)) > FURTHEST:
        raise Invalid(_l("Choose a day within a year of today."), field="on")
    try:
        rate = rates.figure_of(figure)
    except ValueError:
        raise Invalid(_l("Enter a rate in figures, such as 80.5."), field="rate") from None
    added = {"from": source, "to": target, "rate": rate, "on": on.isoformat()}
    before = rates.find(post.rates, source, target, on.isoformat())
    post.rates = rates.with_rate(post.rates, added)
    _record("rate_added", post, added, actor, before=before["rate"] if before else None)


def end(post_id: int, source: str, target: str, on: str, *, actor: Actor) -> None:
    """Have a rate count no more from today on; NotFound for none, ended before it stays so."""
    post = _lock(post_id)
    found = rates.find(post.rates, source, target, on)
    if found is None:
        raise NotFound()
    if "ended" in found:
        return
    post.rates = rates.without(post.rates, found, on=clock.today(post.zone))
    _record("rate_ended", post, found, actor)


def _lock(post_id: int) -> Post:
    return db.session.scalars(
        select(Post)
        .where(Post.id == post_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _record(action: str, post: Post, rate: Stored, actor: Actor, **more: object) -> None:
    db.session.flush()
    audit.record(
        action,
        actor=actor,
        object_kind="post",
        object_uid=post.code,
        post_id=post.id,
        fields={**rate, **more},
    )
