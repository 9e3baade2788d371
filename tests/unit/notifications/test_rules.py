"""What becomes of a message after each kind of outcome."""

from datetime import UTC, datetime, timedelta

import pytest

from app.notifications import rules
from app.notifications.channels.email import PATIENCE_S
from app.notifications.rules import MessageState, Result

NOW = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)


def judge(
    result: Result,
    *,
    attempts: int = 1,
    deferred: int = 0,
    age: timedelta = timedelta(0),
    not_after: datetime | None = None,
    jitter: float = 0.5,
) -> rules.Verdict:
    return rules.judge(
        result,
        attempts=attempts,
        deferred=deferred,
        created_at=NOW - age,
        not_after=not_after,
        now=NOW,
        jitter=jitter,
    )


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (Result.ACCEPTED, MessageState.ACCEPTED),
        (Result.REFUSED, MessageState.DEAD),
        (Result.AMBIGUOUS, MessageState.UNKNOWN),
        (Result.DEFERRED, MessageState.RETRY_WAIT),
        (Result.BUSY, MessageState.RETRY_WAIT),
        (Result.UNREACHED, MessageState.RETRY_WAIT),
    ],
)
def test_each_outcome_leads_to_its_state(result: Result, state: MessageState) -> None:
    assert judge(result).state is state


def test_the_table_knows_every_outcome() -> None:
    assert {judge(result).state for result in Result} <= set(MessageState)


@pytest.mark.parametrize("result", [Result.ACCEPTED, Result.REFUSED, Result.AMBIGUOUS])
def test_what_is_settled_is_never_due_again(result: Result) -> None:
    assert judge(result).due_at is None


@pytest.mark.parametrize("result", [Result.DEFERRED, Result.BUSY, Result.UNREACHED])
def test_a_day_is_the_end(result: Result) -> None:
    assert judge(result, age=timedelta(hours=23)).state is MessageState.RETRY_WAIT
    assert judge(result, age=timedelta(hours=24)).state is MessageState.DEAD


@pytest.mark.parametrize("result", [Result.DEFERRED, Result.BUSY, Result.UNREACHED])
def test_its_own_end_is_the_end(result: Result) -> None:
    assert judge(result, not_after=NOW + timedelta(seconds=4)).state is MessageState.DEAD
    assert judge(result, not_after=NOW + timedelta(seconds=6)).state is MessageState.RETRY_WAIT


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (Result.DEFERRED, MessageState.DEAD),
        (Result.BUSY, MessageState.RETRY_WAIT),
        (Result.UNREACHED, MessageState.RETRY_WAIT),
    ],
)
def test_only_putting_this_message_off_counts_against_it(
    result: Result, state: MessageState
) -> None:
    deferred = rules.MOST_DEFERRED if result is Result.DEFERRED else 0
    assert judge(result, attempts=40, deferred=deferred).state is state


@pytest.mark.parametrize(
    ("attempts", "longest"),
    [(0, 10), (1, 10), (2, 20), (5, 160), (7, 640), (8, 900), (50, 900), (10_000, 900)],
)
def test_waiting_doubles_up_to_a_quarter_of_an_hour(attempts: int, longest: int) -> None:
    assert rules.backoff(attempts, jitter=1.0) == timedelta(seconds=longest)
    assert rules.backoff(attempts, jitter=0.0) == timedelta(0)
    assert rules.backoff(attempts, jitter=0.5) == timedelta(seconds=longest / 2)


@pytest.mark.parametrize("state", list(MessageState))
def test_staff_decide_about_unknown_and_dead_messages_only(state: MessageState) -> None:
    assert rules.may_decide(state) is (state in {MessageState.UNKNOWN, MessageState.DEAD})


def test_a_lease_lasts_for_every_answer_that_sending_awaits() -> None:
    assert timedelta(seconds=4 * PATIENCE_S) <= rules.LEASE
