"""Finding the messages that kill their workers, and nobody else, by ever smaller batches."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.notifications.rules import MOST_DEATHS, Deaths, few_of


@pytest.mark.parametrize(
    ("most", "few"), [(1, 1), (2, 2), (4, 2), (5, 3), (20, 5), (32, 6), (500, 23)]
)
def test_a_small_batch_is_the_root_of_a_large_one(most: int, few: int) -> None:
    assert few_of(most) == few


def split(messages: Sequence[int], most: int) -> Iterable[Sequence[int]]:
    return (messages[first : first + most] for first in range(0, len(messages), most))


def send(messages: Sequence[int], deadly: set[int], most: int) -> tuple[set[int], set[int], int]:
    """Return what was sent, what was given up, and how many workers died, as the drain does it."""
    alone, among = Counter[int](), Counter[int]()
    sent, dead, died = set[int](), set[int](), 0
    waiting = deque((batch, most) for batch in split(messages, most))
    while waiting:
        batch, size = waiting.popleft()
        if not deadly & set(batch):
            sent |= set(batch)
            continue
        died += 1
        (alone if size == 1 else among).update(batch)
        smaller = few_of(most) if size == most > few_of(most) else 1
        left = [one for one in batch if not Deaths(alone=alone[one], among=among[one]).is_enough]
        dead |= set(batch) - set(left)
        waiting.extend((few, smaller) for few in split(left, smaller))
    return sent, dead, died


@given(
    count=some.integers(1, 120),
    most=some.integers(1, 40),
    deadly=some.sets(some.integers(0, 119), max_size=6),
)
def test_those_that_kill_are_given_up_and_all_others_sent(
    count: int, most: int, deadly: set[int]
) -> None:
    evil = {one for one in deadly if one < count}

    sent, dead, died = send(range(count), evil, most)

    assert (dead, sent) == (evil, set(range(count)) - evil)
    assert died <= MOST_DEATHS * len(evil)


def test_no_number_of_deaths_among_others_ends_a_message() -> None:
    assert not Deaths(among=99).is_enough
    assert Deaths(alone=1, among=MOST_DEATHS - 1).is_enough
    assert not Deaths(alone=MOST_DEATHS - 1).is_enough
