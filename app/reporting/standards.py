"""The service standards: what was promised, and what the post measured of itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.cases import timing
from app.cases.models import Case
from app.catalogue import fees
from app.catalogue import presenting as catalogue_words
from app.catalogue import queries as catalogue
from app.catalogue.definition.document import Definition
from app.catalogue.models import Post
from app.core import clock, i18n
from app.reporting import queries, rules
from app.reporting.rules import Measured, Trend
from app.web.templating import text_of

TRENDS = {
    Trend.FASTER: _l("Faster than in the half year before"),
    Trend.SAME: _l("As in the half year before"),
    Trend.SLOWER: _l("Slower than in the half year before"),
}
REGULAR = "regular"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """A service in one of its variants: promised, measured, and how that changes."""

    code: str
    title: Markup
    variant: str
    promised: int
    measured: Measured | None
    trend: str


def of_post(post: Post) -> list[Standard]:
    """Return the standards of every service that is offered, in the order of the services."""
    today = clock.today(post.zone)
    counted = queries.count_days(post.id, today)
    return [
        _standard(service, variant, *counted[service.code, variant])
        for service in catalogue.list_published(post)
        for variant in _variants(service, today)
    ]


def expected(case: Case) -> Measured | None:
    """Return how long requests such as this one took lately, None where it is not known."""
    way = (case.service.code, case.variant)
    today = clock.today(case.service.post.zone)
    now, _before = queries.count_days(case.post_id, today, way=way)[way]
    return rules.measure(now)


def in_words(measured: Measured) -> str:
    """Return what was measured as a sentence."""
    return _(
        "Requests such as this one: half were done within %(median)s, nine of ten within"
        " %(most)s. Your own time is not counted.",
        median=catalogue_words.working_days(measured.median),
        most=catalogue_words.working_days(measured.nine_tenths),
    )


def expected_day(case: Case, measured: Measured) -> str:
    """Return by when a case is done if it goes as most did; empty where that is not known or over.

    A day that has passed would be no help to anybody who waits.
    """
    today = clock.today(case.service.post.zone)
    days = timing.expected_on(case, measured.median, measured.nine_tenths)
    ahead = [i18n.until_day(day) for day in days if day >= today]
    if len(ahead) > 1:
        return _(
            "If yours goes the same way, it is done about %(likely)s, and in nine of ten cases by"
            " %(most)s.",
            likely=ahead[0],
            most=ahead[1],
        )
    return _("If yours goes the same way, it is done by %(most)s.", most=ahead[0]) if ahead else ""


def _variants(service: Definition, today: date) -> Iterator[str]:
    yield from fees.variants_on(service.fees, today) or (REGULAR,)


def _standard(
    service: Definition, variant: str, now: rules.Counts, before: rules.Counts
) -> Standard:
    measured = rules.measure(now)
    trend = rules.trend(measured, rules.measure(before))
    return Standard(
        code=service.code,
        title=text_of(service.title),
        variant="" if variant == REGULAR else catalogue_words.variant_name(service, variant),
        promised=fees.days_of(service, variant),
        measured=measured,
        trend=str(TRENDS[trend]) if trend else "",
    )
