"""When the sending of messages is in trouble."""

from datetime import UTC, datetime, timedelta

import pytest

from app.notifications.figures.rules import Figures, Standing, Trouble, troubles

NOW = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
NOTHING: frozenset[Trouble] = frozenset()


def ago(**span: int) -> datetime:
    return NOW - timedelta(**span)


@pytest.mark.parametrize(
    ("standing", "found"),
    [
        (Standing(), NOTHING),
        (Standing(oldest_due_at=ago(minutes=5)), NOTHING),
        (Standing(oldest_due_at=ago(minutes=5, seconds=1)), {Trouble.OVERDUE}),
        (Standing(called=30, dead=19), NOTHING),
        (Standing(called=400, dead=20), {Trouble.DEAD}),
        (Standing(called=401, dead=20), NOTHING),
        (Standing(called=0, dead=20), {Trouble.DEAD}),
        (Standing(alone_since=ago(minutes=2)), NOTHING),
        (Standing(alone_since=ago(minutes=3)), {Trouble.LEFT_ALONE}),
        (Standing(texts_used=0.79), NOTHING),
        (Standing(texts_used=0.8), {Trouble.TEXTS}),
    ],
)
def test_trouble_begins_at_its_bound(standing: Standing, found: frozenset[Trouble]) -> None:
    assert troubles(standing, known=NOTHING, now=NOW) == found


@pytest.mark.parametrize(("minutes", "lasts"), [(3, True), (2, False)])
def test_what_is_overdue_is_over_later_than_it_began(minutes: int, lasts: bool) -> None:
    standing = Standing(oldest_due_at=ago(minutes=minutes))
    known = frozenset({Trouble.OVERDUE})
    assert (troubles(standing, known=known, now=NOW) == known) is lasts


def test_shares_are_rounded_against_us() -> None:
    figures = Figures(called=1000, taken=1000, swift=999, retries=1)
    assert (figures.swift_percent, figures.retry_percent) == (99, 1)
    assert (Figures().swift_percent, Figures().retry_percent) == (None, None)
