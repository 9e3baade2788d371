"""The draw: one text for one list, an order that nobody chooses, seats that are not oversold."""

import hashlib
import hmac
import json
import math
import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.appointments.draw import rules
from app.appointments.draw.rules import DrawList, Entry, PublicKind, Supply, Weighting
from app.static import verify_draw

MONDAY = date(2026, 12, 14)
DAYS = [MONDAY + timedelta(days=n) for n in range(5)]
SECRET = "5e" * 32
MORNING = datetime.fromisoformat("2026-12-14T09:00")
tickets = st.integers(0).map(lambda seed: rules.new_ticket(seeded(seed)))


def seeded(seed: int) -> random.Random:
    """Return chance that is the same in every run."""
    return random.Random(seed)  # noqa: S311


@st.composite
def lists(draw: st.DrawFn) -> DrawList:
    """Draw any list that could be fixed at closing."""
    names = draw(st.lists(tickets, max_size=12, unique=True))
    entries = [
        Entry(
            ticket=name,
            party=draw(st.integers(1, 5)),
            weight=draw(st.integers(1, rules.MOST_WEIGHT)),
            days=tuple(draw(st.lists(st.sampled_from(DAYS), min_size=1, unique=True))),
        )
        for name in names
    ]
    moments = [MORNING + timedelta(days=day, minutes=20 * n) for day in range(5) for n in range(3)]
    chosen = draw(st.lists(st.sampled_from(moments), unique=True))
    supply = [Supply(starts=one, seats=draw(st.integers(1, 4))) for one in chosen]
    return fixed(entries, supply, units=draw(st.integers(1, 3)))


def fixed(entries: Sequence[Entry], supply: Sequence[Supply] = (), *, units: int = 1) -> DrawList:
    """Return a list with a commitment to the secret of these tests."""
    return DrawList(
        draw="d" * 32,
        commitment=rules.sha256(SECRET),
        units=units,
        unit_minutes=20,
        supply=tuple(supply),
        entries=tuple(entries),
    )


def singles(names: Sequence[str], weights: Sequence[int] | None = None) -> list[Entry]:
    """Return entries of one person each."""
    each = weights or [1] * len(names)
    return [
        Entry(ticket=name, party=1, weight=w, days=(MONDAY,))
        for name, w in zip(names, each, strict=True)
    ]


def published(
    listed: DrawList, value: str = "81.2337", skipped: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Return the JSON of a draw that was held."""
    text = listed.text()
    list_hash = rules.sha256(text)
    key = rules.draw_key(SECRET, list_hash, value)
    given_ = rules.assign(listed, key, skipped=skipped)
    results = []
    for entry in rules.in_order(key, listed.entries):
        starts = given_.get(entry.ticket)
        outcome = "ended" if entry.ticket in skipped else "seat" if starts else "full"
        time = starts.strftime(rules.WALL) if starts else None
        results.append({"ticket": entry.ticket, "outcome": outcome, "time": time})
    return {
        "commitment": listed.commitment,
        "secret": SECRET,
        "list": text,
        "list_hash": list_hash,
        "public": {"value": value},
        "results": results,
    }


@given(lists())
def test_a_list_has_one_text_and_a_text_one_list(listed: DrawList) -> None:
    text = listed.text()

    again = rules.parse(text)

    assert again.text() == text
    assert Counter(entry.ticket for entry in again.entries) == Counter(
        entry.ticket for entry in listed.entries
    )


@given(lists(), st.randoms(use_true_random=False))
def test_the_text_does_not_tell_who_came_first(listed: DrawList, chance: random.Random) -> None:
    entries = list(listed.entries)
    chance.shuffle(entries)

    assert fixed(entries, listed.supply, units=listed.units).text() == listed.text()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text + "\n",
        lambda text: text.replace("entry", "entry ", 1),
        lambda text: text.replace("jaliya-draw 1", "jaliya-draw 2"),
        lambda text: text + text.splitlines()[-1] + "\n",
        lambda text: text.replace(" 1 1 ", " 0 1 "),
        lambda text: text.replace(" 1 1 ", " 1 -1 "),
        lambda text: text.replace("2026-12-14", "2026-13-14"),
        lambda text: text.replace("7K3Q", "7k3q"),
        lambda text: text.replace("7K3Q-92DA-X4MP", "7K3Q-92DA-X4MP-0"),
        lambda text: "",
        lambda text: "\n".join(reversed(text.split("\n"))),
    ],
)
def test_a_text_that_no_list_gives_is_refused(spoil: Any) -> None:
    text = fixed(singles(["7K3Q-92DA-X4MP", "8888-92DA-X4MP"])).text()

    with pytest.raises(rules.BadList):
        rules.parse(spoil(text))


@pytest.mark.parametrize("zone", ["+03:00", "Z", ":00"])
def test_a_time_with_a_zone_or_seconds_is_refused(zone: str) -> None:
    supply = tuple(Supply(starts=MORNING + timedelta(minutes=n), seats=1) for n in (0, 20))
    text = fixed(singles(["7K3Q-92DA-X4MP"]), supply).text()
    assert rules.parse(text).supply == supply

    with pytest.raises(rules.BadList):
        rules.parse(text.replace("T09:00", f"T09:00{zone}"))


def test_a_repeated_or_forged_ticket_is_refused() -> None:
    good = "7K3Q-92DA-X4MP"

    for names in ([good, good], ["7K3Q-92DA-X4MO"], ["<b>"], [""]):
        with pytest.raises(rules.BadList):
            fixed(singles(names)).text()


@given(lists())
def test_the_order_does_not_depend_on_how_the_entries_lie(listed: DrawList) -> None:
    key = rules.draw_key(SECRET, "0" * 64, "81.2337")

    forwards = rules.in_order(key, listed.entries)

    assert rules.in_order(key, reversed(listed.entries)) == forwards
    assert sorted(forwards, key=id) == sorted(listed.entries, key=id)


@given(st.lists(tickets, unique=True))
def test_with_weights_of_one_the_order_is_that_of_the_plain_hmac(names: list[str]) -> None:
    key = hashlib.sha256(f"{SECRET}\n{'0' * 64}\n81.2337".encode()).digest()

    order = rules.in_order(rules.draw_key(SECRET, "0" * 64, "81.2337"), singles(names))

    plain = sorted(names, key=lambda name: hmac.new(key, name.encode(), "sha256").hexdigest())
    assert [entry.ticket for entry in order] == plain


@given(lists())
def test_nobody_is_given_a_seat_that_is_not_there(listed: DrawList) -> None:
    seats = {one.starts: one.seats for one in listed.supply}
    parties = {entry.ticket: entry.party for entry in listed.entries}

    given_ = rules.assign(listed, b"k" * 32)

    for ticket, starts in given_.items():
        run = [starts + timedelta(minutes=20 * n) for n in range(listed.units)] if starts else []
        for moment in run:
            seats[moment] -= parties[ticket]
    assert all(left >= 0 for left in seats.values())


@given(lists())
def test_each_gets_the_first_wished_day_that_has_room_for_all_of_them(listed: DrawList) -> None:
    hall = rules.hall_of(listed)
    given_ = rules.assign(listed, b"k" * 32)

    for entry in rules.in_order(b"k" * 32, listed.entries):
        starts = given_[entry.ticket]
        with_room = [day for day in sorted(entry.days) if hall.find(entry.party, [day])]
        assert (starts.date() if starts else None) == (with_room[0] if with_room else None)
        if starts:
            hall.take(starts, entry.party)


@given(lists(), st.data())
def test_a_script_that_shares_no_code_gets_the_same(listed: DrawList, data: st.DataObject) -> None:
    names = [entry.ticket for entry in listed.entries]
    skipped = frozenset(data.draw(st.lists(st.sampled_from(names), unique=True)) if names else ())

    assert verify_draw.verify(published(listed, skipped=skipped)) == []


def test_ten_thousand_entries_for_three_hundred_seats_run_again(tmp_path: Path) -> None:
    chance = seeded(2026)
    entries = [
        Entry(
            ticket=rules.new_ticket(chance),
            party=chance.choice([1, 1, 1, 2, 3, 4]),
            weight=chance.randint(1, rules.MOST_WEIGHT),
            days=tuple(chance.sample(DAYS, chance.randint(1, 5))),
        )
        for _ in range(10_000)
    ]
    moments = [MORNING + timedelta(days=day, minutes=20 * n) for day in range(5) for n in range(10)]
    listed = fixed(entries, [Supply(starts=one, seats=6) for one in moments])
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(published(listed)), "utf-8")

    draw = verify_draw.read(str(file))
    wrong = verify_draw.verify(draw)

    parties = {entry.ticket: entry.party for entry in entries}
    assert wrong == []
    assert len(draw["results"]) == 10_000
    assert sum(parties[one["ticket"]] for one in draw["results"] if one["time"]) == 300


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("the secret is not", lambda draw: draw.update(secret="0" * 64)),
        ("the list is not", lambda draw: draw.update(list_hash="0" * 64)),
        ("the list is not", lambda draw: draw.update(list=draw["list"] + "x\n")),
        ("the order is", lambda draw: draw["public"].update(value="81.2338")),
        ("the order is", lambda draw: draw["results"].reverse()),
        ("the order is", lambda draw: draw["results"].pop()),
        ("the seats are", lambda draw: draw["results"][0].update(time="2026-12-14T09:20")),
    ],
)
def test_whatever_is_changed_afterwards_is_found(name: str, spoil: Any) -> None:
    names = [rules.new_ticket(seeded(n)) for n in range(30)]
    draw = published(fixed(singles(names), [Supply(starts=MORNING, seats=3)]))
    assert verify_draw.verify(draw) == []

    spoil(draw)

    assert any(sentence.startswith(name) for sentence in verify_draw.verify(draw))


def chi_square_p(counts: Sequence[int], expected: Sequence[float]) -> float:
    """Return the chance of a deviation at least as large, for an even number of freedoms."""
    half = sum((n - e) ** 2 / e for n, e in zip(counts, expected, strict=True)) / 2
    freedoms = len(counts) - 1
    assert freedoms % 2 == 0
    return math.exp(-half) * sum(half**n / math.factorial(n) for n in range(freedoms // 2))


def draws(weights: Sequence[int], how_many: int) -> list[list[int]]:
    """Return the orders, by who they are, of draws from fixed seeds with fresh tickets."""
    orders = []
    for seed in range(how_many):
        chance = seeded(seed)
        names = [rules.new_ticket(chance) for _ in weights]
        listed = fixed(singles(names, weights))
        secret = chance.randbytes(32).hex()
        key = rules.draw_key(secret, rules.sha256(listed.text()), f"{80 + chance.random():.4f}")
        order = rules.in_order(key, listed.entries)
        orders.append([names.index(entry.ticket) for entry in order])
    return orders


def test_with_equal_weights_everybody_has_the_same_chance() -> None:
    people, seats, times = 21, 7, 1_000

    orders = draws([1] * people, times)

    # Who wins one of several seats in a draw cannot win another, so each place is looked at alone.
    values = []
    for place in range(seats):
        won = Counter(order[place] for order in orders)
        values.append(chi_square_p([won[n] for n in range(people)], [times / people] * people))
    print("p of each place:", [f"{value:.3f}" for value in values])
    assert min(values) > 0.001


def test_a_weight_counts_as_so_many_lots() -> None:
    weights, times = [1, 2, 3, 5, 13], 2_000

    first = Counter(order[0] for order in draws(weights, times))

    expected = [times * one / sum(weights) for one in weights]
    assert chi_square_p([first[n] for n in range(len(weights))], expected) > 0.001


def test_the_chi_square_finds_a_draw_that_is_not_fair() -> None:
    weights, times = [2] + [1] * 20, 1_000

    first = Counter(order[0] for order in draws(weights, times))

    assert chi_square_p([first[n] for n in range(21)], [times / 21] * 21) < 0.001


def test_whoever_knows_the_secret_gains_nothing_by_choosing_a_ticket() -> None:
    """The best of 200 tickets under the key that can be guessed is as good as any in the end."""
    hoped, first, times = 0, 0, 400
    for seed in range(times):
        chance = seeded(seed)
        others = [rules.new_ticket(chance) for _ in range(9)]
        guessed = rules.draw_key(SECRET, rules.sha256(fixed(singles(others)).text()), "81.0000")
        chosen = min(
            (rules.new_ticket(chance) for _ in range(200)),
            key=lambda one: hmac.digest(guessed, one.encode(), "sha256"),
        )
        listed = fixed(singles([*others, chosen]))
        hoped += rules.in_order(guessed, listed.entries)[0].ticket == chosen
        value = f"{80 + chance.random():.4f}"
        key = rules.draw_key(SECRET, rules.sha256(listed.text()), value)
        first += rules.in_order(key, listed.entries)[0].ticket == chosen

    # What was hoped for is nearly sure, what comes a tenth, within four standard deviations.
    assert hoped > 0.9 * times
    assert abs(first - times / 10) < 4 * math.sqrt(times * 0.1 * 0.9)


@pytest.mark.parametrize(
    ("days", "lots"), [(-3, 1), (0, 1), (6.9, 1), (7, 2), (15, 3), (84, 13), (400, 13)]
)
def test_each_full_week_of_waiting_is_one_more_lot(days: float, lots: int) -> None:
    waited = timedelta(days=days)

    assert rules.weight(Weighting.WAITING, waited) == lots
    assert rules.weight(Weighting.EQUAL, waited) == 1


@pytest.mark.parametrize(
    ("kind", "text", "fits"),
    [
        (PublicKind.RATE, "81.2337", True),
        (PublicKind.RATE, "0.8123", True),
        (PublicKind.RATE, "81,2337", False),
        (PublicKind.RATE, "81.23370", False),
        (PublicKind.RATE, "081.2337", False),
        (PublicKind.RATE, "81.2337 ", False),
        (PublicKind.RATE, "8١.٢٣٣٧", False),
        (PublicKind.BEACON, "a0" * 32, True),
        (PublicKind.BEACON, "A0" * 32, False),
        (PublicKind.BEACON, "a0", False),
    ],
)
def test_a_public_value_is_written_in_one_way(kind: PublicKind, text: str, fits: bool) -> None:
    assert rules.is_value(kind, text) is fits


@pytest.mark.parametrize("typed", ["7K3Q-92DA-X4MP", " 7k3q 92da x4mp", "7K3Q92DAX4MP"])
def test_a_ticket_is_read_as_it_was_meant(typed: str) -> None:
    assert rules.typed_ticket(typed) == "7K3Q-92DA-X4MP"


@pytest.mark.parametrize(
    ("starts_at", "ends"),
    [
        # Three days are Thursday, Friday, Saturday: the offer ends when Sunday begins.
        ("2026-12-20T09:00+03:00", "2026-12-13T00:00+03:00"),
        ("2026-12-12T09:00+03:00", "2026-12-12T00:00+03:00"),
    ],
)
def test_an_offer_ends_with_a_day_and_before_that_of_the_visit(starts_at: str, ends: str) -> None:
    now = datetime.fromisoformat("2026-12-10T15:00+03:00")

    found = rules.offer_ends(now, datetime.fromisoformat(starts_at), "Europe/Moscow")

    assert found == datetime.fromisoformat(ends)
