"""Which message makes which one before it untrue."""

import pytest

from app.notifications import events, outdated
from app.notifications.outdated import tells_no_more

ONE = {"reference": "A"}


def test_only_events_that_exist_supersede_and_none_its_like_in_turns() -> None:
    named = {*outdated.OLDER, *(one for older in outdated.OLDER.values() for one in older)}
    assert named <= set(events.EVENTS)
    mutual = {
        (event, one)
        for event, older in outdated.OLDER.items()
        for one in older
        if one != event and event in outdated.OLDER.get(one, ())
    }
    # The newer of two is what counts: which one that is differs.
    in_turns = [{"case_consigned", back} for back in ("case_returned", "case_sent_back")]
    in_turns += [
        {"correction_asked", "correction_received"},
        {"waiting_offered", "waiting_removed"},
    ]
    in_turns += [{"correction_asked", "correction_revoked"}, {"case_revived", "case_lapsed"}]
    visits = ("booking_moved", "booking_moved_by_post", "booking_clocks")
    in_turns += [{one, other} for one in visits for other in visits if one != other]
    assert {frozenset(pair) for pair in mutual} <= {frozenset(pair) for pair in in_turns}


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
        # The service has words of its own in it.
        ({**ONE, "version": "3"}, ONE, False),
    ],
)
def test_a_message_that_tells_of_more_is_kept(
    older: dict[str, str], newer: dict[str, str], result: bool
) -> None:
    assert tells_no_more(older, newer) is result
