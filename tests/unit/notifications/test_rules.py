"""What becomes of a message after each kind of outcome."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.notifications import rules
from app.notifications.channels.email import PATIENCE_S
from app.notifications.rules import Channel, Deaths, MessageState, Result, Said

NOW = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)


LIVE = NOW + timedelta(hours=23)
"""The end of a key whose provider knows it for a day."""
DYING = NOW + rules.LEASE
"""The end of a key that would be forgotten while it is used once more."""


def judge(
    result: Result,
    *,
    age: timedelta = timedelta(0),
    jitter: float = 0.5,
    wait: timedelta = timedelta(0),
    **known: Any,  # Any: what rules.Known takes
) -> rules.Verdict:
    about = rules.Known(**{"attempts": 1, "created_at": NOW - age, **known})
    return rules.judge(rules.Reply(result=result, wait=wait), about, now=NOW, jitter=jitter)


TABLE: list[tuple[Result, dict[str, Any], MessageState, bool]] = [
    # A success.
    (Result.ACCEPTED, {}, MessageState.ACCEPTED, False),
    (Result.ACCEPTED, {"in_doubt": True}, MessageState.ACCEPTED, False),
    (Result.ACCEPTED, {"deaths": Deaths(alone=9), "deferred": 99}, MessageState.ACCEPTED, False),
    # It will never take it; what an earlier call may have brought is not dead for that.
    (Result.REFUSED, {}, MessageState.DEAD, False),
    (Result.REFUSED, {"in_doubt": True, "key_expires_at": LIVE}, MessageState.UNKNOWN, True),
    # It does not let us in, or asks for patience, or is not there: no fault of the message.
    (Result.SHUT_OUT, {"attempts": 40}, MessageState.RETRY_WAIT, False),
    (Result.BUSY, {"attempts": 40}, MessageState.RETRY_WAIT, False),
    (Result.UNREACHED, {"attempts": 40}, MessageState.RETRY_WAIT, False),
    # It put this very message off.
    (Result.DEFERRED, {}, MessageState.RETRY_WAIT, False),
    (Result.DEFERRED, {"deferred": rules.MOST_DEFERRED - 1}, MessageState.RETRY_WAIT, False),
    (Result.DEFERRED, {"deferred": rules.MOST_DEFERRED}, MessageState.DEAD, False),
    # It failed: tried again where it knows the key, and held where it does not.
    (Result.FAILED, {"key_expires_at": LIVE}, MessageState.RETRY_WAIT, True),
    (Result.FAILED, {}, MessageState.UNKNOWN, False),
    (
        Result.FAILED,
        {"key_expires_at": LIVE, "deferred": rules.MOST_DEFERRED},
        MessageState.UNKNOWN,
        False,
    ),
    # Nobody knows: by the key while it lives, else once more by the policy, else held.
    (Result.AMBIGUOUS, {"key_expires_at": LIVE}, MessageState.RETRY_WAIT, True),
    (Result.AMBIGUOUS, {"key_expires_at": DYING}, MessageState.UNKNOWN, False),
    (Result.AMBIGUOUS, {"key_expires_at": NOW}, MessageState.UNKNOWN, False),
    (Result.AMBIGUOUS, {}, MessageState.UNKNOWN, False),
    (Result.AMBIGUOUS, {"may_repeat": True}, MessageState.RETRY_WAIT, False),
    (Result.AMBIGUOUS, {"may_repeat": True, "was_repeated": True}, MessageState.UNKNOWN, False),
    # What was in doubt stays so, whatever a later call of the same provider says.
    (
        Result.UNREACHED,
        {"in_doubt": True, "key_expires_at": LIVE},
        MessageState.RETRY_WAIT,
        True,
    ),
    (Result.BUSY, {"in_doubt": True, "key_expires_at": DYING}, MessageState.UNKNOWN, True),
    (Result.DEFERRED, {"in_doubt": True}, MessageState.UNKNOWN, True),
    # Workers died over it.
    *(
        (Result.AMBIGUOUS, {"key_expires_at": LIVE, "deaths": deaths}, state, in_doubt)
        for deaths, state, in_doubt in (
            (Deaths(alone=2), MessageState.RETRY_WAIT, True),
            (Deaths(alone=3), MessageState.UNKNOWN, False),
            (Deaths(alone=1, among=2), MessageState.UNKNOWN, False),
            (Deaths(among=9), MessageState.RETRY_WAIT, True),
        )
    ),
    # The time is up.
    (Result.BUSY, {"age": timedelta(days=1)}, MessageState.DEAD, False),
    (
        Result.AMBIGUOUS,
        {"age": timedelta(days=1), "key_expires_at": LIVE},
        MessageState.UNKNOWN,
        False,
    ),
    (Result.AMBIGUOUS, {"age": timedelta(days=1), "may_repeat": True}, MessageState.UNKNOWN, False),
]
"""The outcome, what is known, the state that follows, and whether it stays with its provider."""


@pytest.mark.parametrize(("result", "known", "state", "in_doubt"), TABLE)
def test_the_table_of_outcomes(
    result: Result, known: dict[str, Any], state: MessageState, in_doubt: bool
) -> None:
    verdict = judge(result, **known)

    assert (verdict.state, verdict.in_doubt) == (state, in_doubt)


def test_the_table_knows_every_outcome() -> None:
    assert {result for result, *_rest in TABLE} == set(Result)


def test_only_what_is_repeated_in_spite_of_a_doubt_is_noted_so() -> None:
    repeating = [known for result, known, *_rest in TABLE if judge(result, **known).repeats]

    assert repeating == [{"may_repeat": True}]


@pytest.mark.parametrize("before", list(MessageState))
def test_what_is_over_goes_nowhere_by_itself(before: MessageState) -> None:
    by_itself = {MessageState.CLAIMED, MessageState.SENDING}

    assert before in rules.UNDER_WAY or not rules.MAY_BECOME[before] & by_itself
    assert rules.may_become(before, before)


def test_what_arrived_or_was_called_off_stays_so() -> None:
    for last in (MessageState.DELIVERED, MessageState.CANCELLED):
        assert [after for after in MessageState if rules.may_become(last, after)] == [last]


@pytest.mark.parametrize("said", list(Said))
def test_a_receipt_moves_a_message_forward_or_not_at_all(said: Said) -> None:
    wanted = MessageState.DELIVERED if said is Said.DELIVERED else MessageState.DEAD
    moved = {one: after for one in MessageState if (after := rules.after_receipt(one, said))}

    assert set(moved.values()) == {wanted}
    assert set(moved) == {
        MessageState.CLAIMED,
        MessageState.SENDING,
        MessageState.RETRY_WAIT,
        MessageState.ACCEPTED,
        MessageState.UNKNOWN,
    }


SOUND, BOUNCED = False, True


@pytest.mark.parametrize(
    ("reached", "first", "after_mail"),
    [
        ({}, None, None),
        ({Channel.EMAIL: SOUND}, Channel.EMAIL, None),
        ({Channel.SMS: SOUND}, Channel.SMS, Channel.SMS),
        ({Channel.SMS: SOUND, Channel.EMAIL: SOUND}, Channel.EMAIL, Channel.SMS),
        ({Channel.EMAIL: BOUNCED, Channel.SMS: SOUND}, Channel.SMS, Channel.SMS),
        ({Channel.EMAIL: BOUNCED}, Channel.EMAIL, None),
        ({Channel.EMAIL: BOUNCED, Channel.SMS: BOUNCED}, Channel.EMAIL, Channel.SMS),
    ],
)
def test_the_first_sound_way_is_taken(
    reached: dict[Channel, bool], first: Channel | None, after_mail: Channel | None
) -> None:
    assert rules.first_way(reached) is first
    assert rules.next_way({Channel.EMAIL}, reached) is after_mail
    assert rules.next_way({Channel.EMAIL, Channel.SMS}, reached) is None


def test_a_way_that_was_passed_over_is_taken_when_all_others_failed() -> None:
    reached = {Channel.EMAIL: BOUNCED, Channel.SMS: SOUND, Channel.PUSH: SOUND}
    ladder = (Channel.EMAIL, Channel.SMS, Channel.PUSH)

    assert rules.first_way(reached, ladder) is Channel.SMS
    assert rules.next_way({Channel.SMS}, reached, ladder) is Channel.PUSH
    assert rules.next_way({Channel.SMS, Channel.PUSH}, reached, ladder) is Channel.EMAIL


def test_a_provider_is_given_the_time_that_it_asks_for() -> None:
    patient = judge(Result.BUSY, wait=timedelta(hours=1))
    impatient = judge(Result.BUSY, wait=timedelta(seconds=1), jitter=0.9)

    assert patient.due_at == NOW + timedelta(hours=1)
    assert impatient.due_at == NOW + timedelta(seconds=9)


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


def test_each_state_belongs_to_one_of_the_groups() -> None:
    groups = (rules.WAITING, rules.LEASED, rules.GONE, rules.TROUBLED, (MessageState.CANCELLED,))

    assert sorted(state for group in groups for state in group) == sorted(MessageState)
    assert set(rules.UNDER_WAY) == {*rules.WAITING, *rules.LEASED}
    assert set(rules.NOT_CALLED) == {*rules.WAITING, MessageState.CLAIMED}
