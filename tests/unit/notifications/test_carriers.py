"""Which provider carries a message, and when one is left alone."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.notifications.carriers import rules
from app.notifications.carriers.rules import Breaker, Chosen
from app.notifications.rules import Provider, Result

NOW = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
BOTH = [Provider(name="one", weight=3), Provider(name="two", weight=1)]
OPEN = Breaker(recent="x" * 10, opened_at=NOW, failed_at=NOW, probed_at=NOW)


CLOSED = Breaker()


def after(results: str, breaker: Breaker = CLOSED, *, apart: float = 1.0) -> Breaker:
    """Return how a provider stands after calls, "." for one that succeeded, so far apart."""
    for number, sign in enumerate(results):
        result = Result.FAILED if sign == "x" else Result.ACCEPTED
        now = NOW + timedelta(seconds=number * apart)
        breaker = rules.after_call(breaker, result, now=now)
    return breaker


def choose(
    breakers: dict[str, Breaker], *, dice: float = 0.0, seconds: float = 0, may_probe: bool = True
) -> Chosen:
    now = NOW + timedelta(seconds=seconds)
    return rules.choose(BOTH, breakers, may_probe=may_probe, now=now, dice=dice)


@pytest.mark.parametrize(
    ("results", "is_open"),
    [
        ("x" * 9, False),
        ("x" * 10, True),
        ("x." * 9, False),
        ("x." * 10, True),
        ("x.." * 30, False),
        ("xxxx" + "." * 20 + "xxxxxx", False),
    ],
)
def test_a_provider_that_fails_at_half_of_its_calls_is_left_alone(
    results: str, is_open: bool
) -> None:
    assert after(results).is_open is is_open


@pytest.mark.parametrize("result", list(Result))
def test_only_what_the_provider_is_to_blame_for_counts(result: Result) -> None:
    breaker = Breaker(recent="x" * 9, failed_at=NOW)

    is_open = rules.after_call(breaker, result, now=NOW).is_open

    assert is_open is (result in rules.OF_THE_PROVIDER or result is Result.SHUT_OUT)


def test_one_that_lets_us_in_no_more_is_left_alone_at_once() -> None:
    assert rules.after_call(Breaker(), Result.SHUT_OUT, now=NOW).is_open


def test_where_nothing_fails_nothing_is_written() -> None:
    assert after("." * 50) == Breaker()
    assert after("x" + "." * 25) != Breaker(), "what failed is remembered"
    assert after("." * 20, Breaker(recent="x" + "." * 19, failed_at=NOW)).recent == ""


def test_failures_of_long_ago_say_nothing() -> None:
    assert not after("x" * 30, apart=rules.STALE.total_seconds() + 1).is_open


@pytest.mark.parametrize(
    ("results", "apart", "is_open"),
    [
        ("..", 60, True),
        ("...", 1, True),
        ("...", 30, False),
        ("..x...", 30, False),
        ("..x..", 30, True),
        (".x" * 20, 30, True),
    ],
)
def test_a_provider_is_trusted_again_after_calm_and_success(
    results: str, apart: float, is_open: bool
) -> None:
    assert after(results, OPEN, apart=apart).is_open is is_open


def test_messages_are_shared_out_by_weight() -> None:
    shares = Counter(choose({}, dice=number / 1000).name for number in range(1000))

    assert shares == {"one": 750, "two": 250}


def test_one_that_is_left_alone_is_tried_every_half_minute() -> None:
    assert choose({"one": OPEN}, seconds=29) == Chosen(name="two")
    assert choose({"one": OPEN}, seconds=30) == Chosen(name="one", is_probe=True)
    assert choose({"one": OPEN}, seconds=30, may_probe=False) == Chosen(name="two")


@pytest.mark.parametrize(("dice", "name"), [(0.5, "one"), (0.9, "two")])
def test_when_all_fail_all_are_taken_as_they_stand(dice: float, name: str) -> None:
    assert choose({"one": OPEN, "two": OPEN}, dice=dice, seconds=31) == Chosen(name=name)


def test_providers_that_fail_in_turns_are_not_changed_at_every_turn() -> None:
    """F16: each fails for ten seconds while the other does not, for five minutes."""
    breakers = {"one": Breaker(), "two": Breaker()}
    changes = accepted = 0
    for tenth in range(3000):
        seconds = tenth / 10
        chosen = choose(breakers, dice=(tenth * 0.37) % 1, seconds=seconds)
        failing = "one" if int(seconds / 10) % 2 == 0 else "two"
        result = Result.BUSY if chosen.name == failing else Result.ACCEPTED
        now = NOW + timedelta(seconds=seconds)
        before = breakers[chosen.name]
        standing = rules.after_call(before, result, now=now)
        if chosen.is_probe:
            standing = replace(standing, probed_at=now)
        breakers[chosen.name] = standing
        changes += standing.is_open is not before.is_open
        accepted += result is Result.ACCEPTED

    assert changes <= 6
    assert accepted > 1000
