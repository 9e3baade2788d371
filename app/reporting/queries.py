"""Counts of the working days that cases took, by service and variant."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import func, select

from app.cases.models import Case
from app.catalogue.models import Service
from app.core.db import db

PERIOD = timedelta(days=182)
"""Half a year is compared with the half year before it."""

Way = tuple[str, str]
"""Code of a service, and the variant."""


def count_days(
    post_id: int, today: date, *, way: Way | None = None
) -> Mapping[Way, tuple[Counter[int], Counter[int]]]:
    """Return how many cases took how many working days, in this half year and the one before.

    Read from one partial index; the rows are as many as there are different figures.
    """
    start = today - PERIOD
    is_recent = (Case.done_on > start).label("is_recent")
    query = (
        select(Service.code, Case.variant, is_recent, Case.used_days, func.count())
        .join(Service, Service.id == Case.service_id)
        .where(
            Case.post_id == post_id,
            Case.used_days.is_not(None),
            Case.done_on > start - PERIOD,
            Case.done_on <= today,
        )
        .group_by(Service.code, Case.variant, is_recent, Case.used_days)
    )
    if way is not None:
        query = query.where(Service.code == way[0], Case.variant == way[1])
    found: dict[Way, tuple[Counter[int], Counter[int]]] = defaultdict(
        lambda: (Counter(), Counter())
    )
    for code, variant, recent, days, cases in db.session.execute(query):
        now, before = found[code, variant]
        (now if recent else before)[days or 0] += cases
    return found
