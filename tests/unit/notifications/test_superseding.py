"""Which message makes which one before it untrue."""

import pytest

from app.notifications import events, superseding
from app.notifications.superseding import tells_no_more

ONE = {"reference": "A"}


def test_only_events_that_exist_supersede_and_none_its_like_in_turns() -> None:
    named = {*superseding.OLDER, *(one for older in superseding.OLDER.values() for one in older)}
    assert named <= set(events.EVENTS)
    mutual = {
        (event, one)
        for event, older in superseding.OLDER.items()
        for one in older
        if one != event and event in superseding.OLDER.get(one, ())
    }
    # The newer of two is what counts: which one that is differs.
    assert {frozenset(pair) for pair in mutual} <= {
        frozenset({"booking_moved", "booking_moved_by_post"}),
        frozenset({"booking_moved", "booking_clocks"}),
    }


@pytest.mark.parametrize(
    ("older", "newer", "result"),
    [
        (ONE, ONE, True),
        (ONE, {"reference": "A", "others": "B"}, True),
        ({"reference": "A", "others": "B"}, ONE, False),
        ({**ONE, "uid": "b1"}, {**ONE, "uid": "b1"}, True),
        ({**ONE, "uid": "b1"}, {**ONE, "uid": "b2"}, False),
        ({**ONE, "draw": "d1"}, {**ONE, "draw": "d2"}, False),
        ({**ONE, "uid": "b1"}, ONE, True),
    ],
)
def test_a_message_that_tells_of_more_is_kept(
    older: dict[str, str], newer: dict[str, str], result: bool
) -> None:
    assert tells_no_more(older, newer) is result
