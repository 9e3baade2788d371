"""The names of the months, as people write them."""

import string

import pytest
from babel.dates import get_month_names
from hypothesis import given
from hypothesis import strategies as st

from app.core import months


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("كانون الثاني", 1),
        ("كانون ثاني", 1),
        ("يناير", 1),
        ("آذار", 3),
        ("اذار", 3),
        ("ايار", 5),
        ("آب", 8),
        ("تشرين الأول", 10),
        ("تشرين اول", 10),
        ("كانون الأول", 12),
        ("марта", 3),
        ("МАЙ", 5),
        ("мая", 5),
        ("сен.", 9),
        ("December", 12),
        ("sept", 9),
        ("Jan.", 1),
    ],
)
def test_a_month_is_known_by_its_name(name: str, number: int) -> None:
    assert months.number_of(name) == number


@pytest.mark.parametrize("locale", ["ar_SY", "ar_EG", "ru", "en"])
def test_what_pages_print_can_be_typed(locale: str) -> None:
    whole, cut = get_month_names(locale=locale), get_month_names("abbreviated", locale=locale)

    assert [months.number_of(cut[n]) for n in range(1, 13)] == list(range(1, 13))
    assert [months.number_of(whole[n]) for n in range(1, 13)] == list(range(1, 13))


@pytest.mark.parametrize("name", ["", "كانون", "تشرين", "ا", "mar zo", "م", "ju", "13", "3"])
def test_what_is_no_month_or_two_is_none(name: str) -> None:
    assert months.number_of(name) is None


NAMES = [(n, name) for n, names in enumerate(months.NAMES, 1) for name in names]


@given(
    pair=st.sampled_from(NAMES),
    case=st.sampled_from([str.upper, str.title, str.lower]),
    before=st.sampled_from(["", " ", "\u200f"]),
    after=st.sampled_from(["", " ", ".", "\u200e"]),
)
def test_case_blanks_and_unseen_marks_change_nothing(
    pair: tuple[int, str], case: object, before: str, after: str
) -> None:
    number, name = pair

    assert months.number_of(before + case(name) + after) == number  # type: ignore[operator]


@given(st.text(max_size=20))
def test_whatever_is_typed_is_a_month_or_none(text: str) -> None:
    assert months.number_of(text) in {None, *range(1, 13)}


@given(st.text(alphabet=string.digits + "٠١٢٣٤٥٦٧٨٩", max_size=6))
def test_digits_name_no_month(text: str) -> None:
    assert months.number_of(text) is None
