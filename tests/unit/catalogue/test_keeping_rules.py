"""For how long a request is kept: months and days, the post's word, and the law's least."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.catalogue import kept
from app.catalogue.definition.outcomes import Keeping, Outcome, Span
from app.catalogue.models import Post
from app.core.actor import SYSTEM
from app.core.errors import Invalid
from app.reporting.retention import rules

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How fast a busy machine draws is no matter here."""


@pytest.mark.proves("S43")
@unhurried
@given(DAYS, st.integers(0, 1200), st.integers(0, 36_500), st.integers(0, 1200))
def test_nothing_goes_before_the_law_allows_it(
    ended_on: date, months: int, days: int, least: int
) -> None:
    last = rules.due_on(ended_on, months, days, least_months=least)
    assert last >= rules.months_after(ended_on, least)
    assert last >= rules.due_on(ended_on, months, days) >= ended_on


@unhurried
@given(DAYS, st.integers(0, 240), st.integers(0, 240))
def test_more_months_are_never_an_earlier_day(ended_on: date, few: int, more: int) -> None:
    first, second = sorted((few, more))
    assert rules.months_after(ended_on, first) <= rules.months_after(ended_on, second)


@pytest.mark.parametrize(
    ("months", "days", "last"), [(0, 45, "2026-03-17"), (1, 0, "2026-02-28"), (1, 1, "2026-03-01")]
)
def test_days_follow_the_months(months: int, days: int, last: str) -> None:
    assert rules.due_on(date(2026, 1, 31), months, days).isoformat() == last


def test_what_a_service_says_of_an_outcome_comes_first() -> None:
    own = Keeping(always=Span(months=24), outcomes=((Outcome.LAPSED, Span(days=45)),))
    assert own.span(Outcome.LAPSED) == Span(days=45)
    assert own.span(Outcome.REFUSED) == Span(months=24)
    assert Keeping().span(Outcome.REFUSED) is None


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_post_that_set_nothing_keeps_by_what_is_shipped(outcome: Outcome) -> None:
    assert kept.span_of(Post(kept={}), outcome) == kept.SHIPPED[outcome]
    own = Post(kept={outcome.value: {"months": 7, "days": 3}})
    assert kept.span_of(own, outcome) == Span(months=7, days=3)


@pytest.mark.parametrize("wrong", [Span(days=27), Span(), Span(months=1201), Span(months=-1)])
def test_a_post_cannot_keep_for_nothing_or_for_ever(wrong: Span) -> None:
    with pytest.raises(Invalid):
        kept.save(Post(kept={}, code="x"), {Outcome.LAPSED: wrong}, actor=SYSTEM)
