"""The task of a browser: what solves it, how long it counts, how it grows with the demand."""

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.web.proof import rules

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
TASK = rules.Task(
    bits=8, issued=int(NOW.timestamp()), chance="a" * 16, key_id="b" * 8, signature="c" * 22
)


def solve(task: rules.Task) -> str:
    """Return an answer, as the script of the page finds it."""
    for number in count():
        digest = hashlib.sha256(f"{task.signature}.{number}".encode()).digest()
        if int.from_bytes(digest[:4]) >> (32 - task.bits) == 0:
            return str(number)
    raise AssertionError


def test_an_answer_that_the_script_would_find_is_right_and_its_neighbour_is_not() -> None:
    answer = int(solve(TASK))

    assert TASK.is_solved_by(str(answer))
    assert [n for n in range(answer) if TASK.is_solved_by(str(n))] == []


@pytest.mark.parametrize("answer", ["", "-1", "1e9", "٣", " 7", "7 ", "9" * 13, "7\x00"])
def test_what_is_no_number_solves_nothing(answer: str) -> None:
    easiest = rules.Task(bits=0, issued=0, chance="a" * 16, key_id="b" * 8, signature="c" * 22)

    assert easiest.is_solved_by("7")
    assert not easiest.is_solved_by(answer)


def test_a_task_comes_back_from_a_form_as_it_went_out() -> None:
    assert rules.find_task(TASK.token()) == TASK


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_other_text_is_no_task(text: str) -> None:
    found = rules.find_task(text)

    assert found is None or found.token() == text


@pytest.mark.parametrize(
    ("age", "counts"),
    [
        (timedelta(0), True),
        (rules.LIFETIME, True),
        (rules.LIFETIME + timedelta(seconds=1), False),
        (-rules.SKEW, True),
        (-rules.SKEW - timedelta(seconds=1), False),
    ],
)
def test_a_task_counts_for_a_while(age: timedelta, counts: bool) -> None:
    assert TASK.is_current(NOW + age) is counts


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_leading_zeros_are_those_that_are_written(digest: bytes) -> None:
    written = "".join(f"{byte:08b}" for byte in digest)

    assert rules.leading_zeros(digest) == len(written) - len(written.lstrip("0"))


@pytest.mark.parametrize(
    ("per_minute", "bits"),
    [(0, 15), (60, 15), (119, 15), (120, 16), (240, 17), (480, 18), (100_000, 18)],
)
def test_the_task_doubles_with_the_demand_up_to_a_limit(per_minute: int, bits: int) -> None:
    assert rules.bits_for(15, per_minute) == bits
    assert rules.bits_for(0, per_minute) == 0


def test_a_rush_is_noticed_at_once_and_forgotten_after_a_minute() -> None:
    demand = rules.Demand()
    for _ in range(100):
        demand.note(NOW)

    measured = [demand.per_minute(NOW + timedelta(seconds=after)) for after in (0, 59, 60, 119)]

    assert measured == [100, 100, 100, 100]
    assert demand.per_minute(NOW + timedelta(seconds=120)) == 0
