"""The queue of an opening as pure rules: its shuffle, its pace, its numbers."""

import hashlib
import hmac
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.appointments.line import rules

NOW = datetime(2026, 12, 1, 7, tzinfo=UTC)
TICKETS = [f"AAAA-AAAA-AA{sign}A" for sign in "23456789CD"]


@settings(deadline=None)
@given(st.sets(st.text("ACDEFHJKMNPRTUVWXY23456789", min_size=3, max_size=14), max_size=60))
def test_the_shuffle_is_a_permutation_and_the_same_every_time(tickets: set[str]) -> None:
    text = rules.list_text("name", "hash", tickets)
    order = rules.shuffled("secret", text, tickets)

    assert sorted(order) == sorted(tickets)
    assert order == rules.shuffled("secret", text, sorted(tickets, reverse=True))


def test_the_shuffle_can_be_run_again_in_three_lines() -> None:
    text = rules.list_text("name", "hash", TICKETS)
    hashed = hashlib.sha256(text.encode()).hexdigest()
    key = hashlib.sha256(f"secret\n{hashed}\n".encode()).digest()
    again = sorted(TICKETS, key=lambda ticket: hmac.digest(key, ticket.encode(), "sha256"))

    assert rules.shuffled("secret", text, TICKETS) == again


def test_every_place_is_as_likely_for_everybody() -> None:
    turns, many = 1000, len(TICKETS)
    text = rules.list_text("name", "hash", TICKETS)
    found: Counter[tuple[str, int]] = Counter()
    for seed in range(turns):
        order = rules.shuffled(f"seed {seed}", text, TICKETS)
        found.update((ticket, rank) for rank, ticket in enumerate(order))

    expected = turns / many
    square = sum(
        (found[ticket, rank] - expected) ** 2 / expected
        for ticket in TICKETS
        for rank in range(many)
    )
    # Chi-square with (10 - 1)² = 81 degrees of freedom: 124.8 is passed once in a thousand.
    assert square < 124.8


def test_one_more_in_the_room_gives_another_order() -> None:
    orders = [
        rules.shuffled("secret", rules.list_text("name", "hash", tickets), tickets)
        for tickets in (TICKETS, TICKETS[:-1])
    ]

    assert [one for one in orders[0] if one != TICKETS[-1]] != orders[1]


@settings(deadline=None)
@example(rate=1, pauses=[2061, 59_000, 59_000])
@example(rate=2, pauses=[29_900, 59_000, 29_900])
@example(rate=395, pauses=[*[59_000] * 39, 115])
@given(
    rate=st.integers(1, rules.MOST_RATE),
    pauses=st.lists(st.integers(0, 59_000), min_size=1, max_size=40),
)
def test_the_pace_is_kept_to_one_person_however_the_steps_fall(
    rate: int, pauses: list[int]
) -> None:
    since = now = NOW
    let_in = 0
    for pause in pauses:
        now += timedelta(milliseconds=pause)
        many, since = rules.allowance(rate, since, now)
        let_in += many

    exact = (now - NOW) / timedelta(minutes=1) * rate
    assert exact - 1.001 <= let_in <= exact + 0.001


def test_a_worker_that_was_away_opens_no_floodgate() -> None:
    many, since = rules.allowance(60, NOW - timedelta(hours=2), NOW)

    # A minute of sixty, and the one who was due before it.
    assert (many, since) == (61, NOW)


@pytest.mark.parametrize(
    ("allowed", "free", "choosing", "seats"),
    [(10, 100, 0, 10), (10, 4, 0, 4), (10, 4, 3, 1), (10, 4, 9, 0), (0, 4, 0, 0)],
)
def test_nobody_is_let_in_to_find_nothing(
    allowed: int, free: int, choosing: int, seats: int
) -> None:
    assert rules.how_many(allowed, free, choosing) == seats


@pytest.mark.parametrize(("number", "rate", "minutes"), [(1, 60, 1), (14, 5, 3), (120, 60, 2)])
def test_the_wait_that_is_told_is_rounded_up(number: int, rate: int, minutes: int) -> None:
    assert rules.minutes_until_turn(number, rate) == minutes


@pytest.mark.parametrize(("waiting", "seconds"), [(0, 10), (250, 10), (1000, 40), (100_000, 60)])
def test_the_more_wait_the_slower_they_ask(waiting: int, seconds: int) -> None:
    assert rules.look_again_s(waiting) == seconds
