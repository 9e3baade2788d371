"""Who is called next and why, and what may be said of how long it takes."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.appointments.day import rules
from app.appointments.day.rules import Ground, Reason, TicketLane, Waiting

DAY = datetime(2026, 12, 3, tzinfo=UTC)


def at(text: str) -> datetime:
    """Return a moment of the day."""
    hour, minute = text.split(":")
    return DAY + timedelta(hours=int(hour), minutes=int(minute))


def ticket(
    number: int,
    came: str,
    *,
    booked: str = "",
    ground: Ground | None = None,
    pool: int | None = None,
    counter: int | None = None,
) -> Waiting:
    return Waiting(
        id=number,
        arrived_at=at(came),
        booked_at=at(booked) if booked else None,
        ground=ground,
        pool_id=pool,
        counter_id=counter,
    )


@pytest.mark.parametrize(
    ("who", "now", "why"),
    [
        (ticket(1, "9:50", booked="10:00"), "9:50", Reason.TIME_CAME),
        (ticket(1, "9:00", booked="10:00"), "9:30", Reason.EARLY),
        (ticket(1, "9:00", booked="10:00"), "9:50", Reason.TIME_CAME),
        (ticket(1, "10:15", booked="10:00"), "10:15", Reason.TIME_CAME),
        (ticket(1, "10:16", booked="10:00"), "10:20", Reason.LATE),
        (ticket(1, "10:16", booked="10:00"), "11:10", Reason.WAITED),
        (ticket(1, "9:00"), "9:10", Reason.FILLS_GAP),
        (ticket(1, "9:00"), "9:50", Reason.WAITED),
        (ticket(1, "9:00", ground=Ground.INFANT), "9:00", Reason.PRIORITY),
        (ticket(1, "9:00", booked="11:00", ground=Ground.ELDERLY), "9:00", Reason.PRIORITY),
        (ticket(1, "9:00", ground=Ground.EMERGENCY), "9:00", Reason.EMERGENCY),
        (ticket(1, "9:00", counter=4), "9:00", Reason.SENT),
    ],
)
def test_each_place_in_the_order_has_its_reason(who: Waiting, now: str, why: Reason) -> None:
    assert rules.reason(who, at(now)) is why


ORDERED = [
    ticket(9, "9:58", ground=Ground.EMERGENCY),
    ticket(2, "9:57", counter=4),
    ticket(8, "8:55"),
    ticket(3, "9:40", booked="10:00"),
    ticket(5, "9:51", ground=Ground.ELDERLY),
    ticket(4, "9:30", booked="10:05"),
    ticket(7, "9:20"),
    ticket(1, "9:25", booked="9:00"),
    ticket(6, "9:00", booked="11:00"),
]
"""At 9:58: the emergency, who was sent on, whose turn has come by its time, walk-ins, the early."""


def test_order_is_the_same_however_the_list_came() -> None:
    for shuffled in (ORDERED[::-1], sorted(ORDERED, key=lambda one: one.id)):
        found = [one.id for one in rules.order(shuffled, at("9:58"))]

        assert found == [one.id for one in ORDERED]


def test_walk_in_fills_the_gap_before_an_appointment_and_does_not_take_its_time() -> None:
    early, walk_in = ticket(1, "9:00", booked="10:00"), ticket(2, "9:20")

    assert [one.id for one in rules.order([early, walk_in], at("9:30"))] == [2, 1]
    assert [one.id for one in rules.order([early, walk_in], at("9:50"))] == [1, 2]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 500),
            st.one_of(st.none(), st.integers(0, 500)),
            st.sampled_from([None, *Ground]),
        ),
        max_size=6,
    ),
    st.integers(0, 600),
)
def test_order_is_total_and_loses_nobody(
    rows: list[tuple[int, int | None, Ground | None]], minute: int
) -> None:
    def moment(minutes: int) -> datetime:
        return DAY + timedelta(minutes=minutes)

    tickets = [
        Waiting(
            id=number,
            arrived_at=moment(came),
            booked_at=None if booked is None else moment(booked),
            ground=ground,
        )
        for number, (came, booked, ground) in enumerate(rows)
    ]
    expected = rules.order(tickets, moment(minute))

    assert sorted(one.id for one in expected) == list(range(len(tickets)))
    for shuffled in list(permutations(tickets))[:: max(len(rows), 1)]:
        assert rules.order(shuffled, moment(minute)) == expected


@pytest.mark.parametrize(
    ("who", "counter", "pool", "may"),
    [
        (ticket(1, "9:00"), 1, None, True),
        (ticket(1, "9:00"), 1, 7, True),
        (ticket(1, "9:00", pool=7), 1, 7, True),
        (ticket(1, "9:00", pool=8), 1, 7, False),
        (ticket(1, "9:00", pool=8), 1, None, True),
        (ticket(1, "9:00", pool=8, counter=1), 1, 7, True),
        (ticket(1, "9:00", counter=2), 1, None, False),
    ],
)
def test_counter_calls_those_of_its_pool_and_those_sent_to_it(
    who: Waiting, counter: int, pool: int | None, may: bool
) -> None:
    assert rules.may_call(who, counter_id=counter, pool_id=pool) is may


@pytest.mark.parametrize(
    ("lane", "number", "shown"),
    [
        (TicketLane.APPOINTMENT, 7, "A07"),
        (TicketLane.WALK_IN, 12, "K12"),
        (TicketLane.PRIORITY, 104, "M104"),
    ],
)
def test_number_as_it_is_shown(lane: TicketLane, number: int, shown: str) -> None:
    assert rules.label(lane, number) == shown


TEN = [timedelta(minutes=minutes) for minutes in (4, 5, 6, 7, 8, 9, 10, 11, 12, 90)]


@pytest.mark.parametrize(
    ("ahead", "counters", "served", "minutes"),
    [
        (0, 1, TEN, 0),
        (1, 1, TEN, 10),
        (5, 1, TEN, 40),
        (5, 2, TEN, 20),
        (5, 0, TEN, None),
        (5, 1, TEN[:9], None),
        (5, 1, [], None),
    ],
)
def test_wait_is_foretold_from_what_was_measured_or_not_at_all(
    ahead: int, counters: int, served: list[timedelta], minutes: int | None
) -> None:
    assert rules.expected_wait(ahead, counters=counters, served=served) == minutes


def test_percentiles_are_nearest_ranks() -> None:
    assert rules.percentile(TEN, rules.HALF) == timedelta(minutes=8)
    assert rules.percentile(TEN, rules.NINE_TENTHS) == timedelta(minutes=12)
    assert rules.percentile(TEN[:1], rules.NINE_TENTHS) == timedelta(minutes=4)
    assert rules.percentile([], rules.HALF) is None
