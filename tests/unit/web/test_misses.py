"""Whoever asks for one address after the other in vain is noticed."""

from datetime import UTC, datetime, timedelta

from app.web.misses import MOST, MOST_SUBJECTS, Misses

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def test_twenty_within_a_minute_are_too_many_and_begin_anew() -> None:
    misses = Misses()

    said = [misses.note("a", NOW + timedelta(seconds=n)) for n in range(2 * MOST)]

    assert [n for n, is_too_many in enumerate(said) if is_too_many] == [MOST - 1, 2 * MOST - 1]


def test_twenty_in_an_hour_are_none() -> None:
    misses = Misses()

    assert not any(misses.note("a", NOW + timedelta(minutes=n)) for n in range(100))


def test_each_is_counted_apart_and_the_idle_are_forgotten() -> None:
    misses = Misses()

    assert not any(misses.note(str(n), NOW) for n in range(3 * MOST_SUBJECTS))
    assert len(misses._of) == MOST_SUBJECTS
