"""What is due on a day, and when a working day has come."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import example_files, fees, workdays
from app.catalogue.definition.charges import Fee
from app.catalogue.workdays import PAID_WORK, Closure, ClosureScope, NoWorkingDay

CUT = date(2025, 6, 26)


def fee(key: str, amount: int, **more: object) -> Fee:
    usual = {"variant": "regular", "currency": "USD", "valid_from": CUT, "category": "any"}
    return Fee(key=key, amount=amount, label={}, legal_basis={}, **(usual | more))  # type: ignore[arg-type]


PASSPORT = (
    fee("regular_2023", 30000, valid_from=date(2023, 10, 19), valid_to=date(2025, 6, 25)),
    fee("urgent_2023", 80000, variant="urgent", valid_from=date(2023, 10, 19), valid_to=CUT),
    fee("regular", 20000),
    fee("urgent", 40000, variant="urgent", valid_from=date(2025, 6, 27)),
    fee("foreigner", 25000, category="foreigner"),
    fee("stamp", 150, variant=None, currency="EUR", valid_from=date(2026, 1, 1)),
)


@pytest.mark.parametrize(
    ("on", "variant", "category", "total"),
    [
        (date(2025, 6, 25), "regular", "citizen", {"USD": 30000}),
        (date(2025, 6, 26), "regular", "citizen", {"USD": 20000}),
        (date(2025, 6, 26), "urgent", "citizen", {"USD": 80000}),
        (date(2025, 6, 27), "urgent", "citizen", {"USD": 40000}),
        (date(2025, 7, 1), "regular", "foreigner", {"USD": 25000}),
        (date(2026, 1, 1), "regular", "citizen", {"USD": 20000, "EUR": 150}),
    ],
)
def test_the_fee_of_the_day_is_due(
    on: date, variant: str, category: str, total: dict[str, int]
) -> None:
    result = fees.due(PASSPORT, on, variant=variant, category=category)

    assert (dict(result.total), result.is_covered) == (total, True)


@pytest.mark.parametrize(
    ("lines", "on", "variant", "covered"),
    [
        ((), CUT, None, True),
        ((fee("free", 0),), CUT, "regular", True),
        ((fee("flat", 500, variant=None),), CUT, "regular", True),
        ((fee("flat", 500, variant=None),), date(2000, 1, 1), "regular", False),
        (PASSPORT, date(2000, 1, 1), "regular", False),
        (PASSPORT, date(2026, 1, 1), "golden", False),
        (PASSPORT, CUT, None, False),
    ],
)
def test_free_of_charge_is_told_from_not_known(
    lines: tuple[Fee, ...], on: date, variant: str | None, covered: bool
) -> None:
    assert fees.due(lines, on, variant=variant, category="citizen").is_covered is covered


def test_the_variants_of_the_day_are_known() -> None:
    assert fees.variants_on(PASSPORT, date(2025, 7, 1)) == ("regular", "urgent")


MONDAY_TO_FRIDAY = frozenset({1, 2, 3, 4, 5})
YEAR_END = Closure(first=date(2025, 12, 31), last=date(2026, 1, 4), scope=ClosureScope.PAID)
LIBERATION = Closure(first=date(2026, 12, 8), last=date(2026, 12, 8))


@pytest.mark.parametrize(
    ("day", "free", "paid"),
    [
        (date(2025, 12, 30), True, True),
        (date(2025, 12, 31), True, False),
        (date(2026, 1, 2), True, False),
        (date(2026, 1, 3), False, False),
        (date(2026, 1, 5), True, True),
        (date(2026, 12, 8), False, False),
    ],
)
def test_a_closure_stops_what_its_scope_says(day: date, free: bool, paid: bool) -> None:
    closures = (YEAR_END, LIBERATION)

    assert workdays.is_open(day, week=MONDAY_TO_FRIDAY, closures=closures) is free
    assert (
        workdays.is_open(day, week=MONDAY_TO_FRIDAY, closures=closures, stopped_by=PAID_WORK)
        is paid
    )


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
        (date(2026, 11, 23), 1, date(2026, 11, 24)),
        (date(2026, 11, 27), 1, date(2026, 11, 30)),
        (date(2026, 11, 28), 1, date(2026, 11, 30)),
        (date(2026, 12, 7), 1, date(2026, 12, 9)),
        (date(2026, 11, 23), 14, date(2026, 12, 14)),
    ],
)
def test_working_days_are_counted(start: date, days: int, expected: date) -> None:
    found = workdays.add_working_days(
        start, days, week=MONDAY_TO_FRIDAY, closures=(YEAR_END, LIBERATION)
    )

    assert found == expected


def test_a_post_that_never_opens_promises_nothing() -> None:
    with pytest.raises(NoWorkingDay):
        workdays.add_working_days(CUT, 1, week=frozenset(), closures=())


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(0, 40),
    st.frozensets(st.integers(1, 7), min_size=1),
)
def test_as_many_open_days_pass_as_were_asked(start: date, days: int, week: frozenset[int]) -> None:
    end = workdays.add_working_days(start, days, week=week, closures=(YEAR_END,))
    passed = [date.fromordinal(n) for n in range(start.toordinal() + 1, end.toordinal() + 1)]

    assert sum(workdays.is_open(d, week=week, closures=(YEAR_END,)) for d in passed) == days


@pytest.mark.parametrize(("variant", "days"), [("regular", 14), ("urgent", 3), ("golden", 14)])
def test_an_urgent_passport_is_promised_sooner(variant: str, days: int) -> None:
    renewal = next(one for one in example_files.list_services() if one.code == "PASS_RENEW")

    assert fees.days_of(renewal, variant) == days
