"""For how long a post keeps requests of services that say nothing of it, by how they ended."""

from collections.abc import Mapping
from dataclasses import asdict

from flask_babel import lazy_gettext as _l

from app.audit import services as audit
from app.catalogue.definition.keeping import MOST_DAYS, MOST_MONTHS
from app.catalogue.definition.outcomes import Outcome, Span
from app.catalogue.models import Post
from app.core.actor import Actor
from app.core.errors import Invalid

LEAST = 28
"""Days: the citizen is told 30 days before, so that nothing less could be held to."""
SHIPPED: Mapping[Outcome, Span] = {
    Outcome.COMPLETED: Span(months=60),
    Outcome.REFUSED: Span(months=36),
    Outcome.WITHDRAWN: Span(months=12),
    Outcome.LAPSED: Span(months=6),
}
"""What counts until a post sets it: no source of the ministry that we know names it."""


def span_of(post: Post, outcome: Outcome) -> Span:
    """Return for how long a post keeps requests that ended so."""
    own = post.kept.get(outcome.value)
    return Span(**own) if own else SHIPPED[outcome]


def save(post: Post, spans: Mapping[Outcome, Span], *, actor: Actor) -> None:
    """Set for how long requests are kept; what was planned already keeps its day.

    Raises Invalid, with the field, for less than four weeks or more than a hundred years.
    """
    for outcome, span in spans.items():
        _check(outcome, span)
    wanted = {one.value: asdict(span) for one, span in spans.items()}
    before, post.kept = dict(post.kept), wanted
    audit.record(
        "keeping_saved",
        actor=actor,
        object_kind="post",
        object_uid=post.code,
        post_id=post.id,
        fields={"before": before, "kept": wanted},
    )


def _check(outcome: Outcome, span: Span) -> None:
    if not (0 <= span.months <= MOST_MONTHS and 0 <= span.days <= MOST_DAYS):
        raise Invalid(
            _l("Please give at most %(months)s months and %(days)s days."),
            field=f"{outcome.value}_months",
            months=MOST_MONTHS,
            days=MOST_DAYS,
        )
    if not span.months and span.days < LEAST:
        raise Invalid(
            _l("Nothing is kept for less than %(least)s days."),
            field=f"{outcome.value}_days",
            least=LEAST,
        )
