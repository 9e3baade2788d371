"""How much of an identity number is read without asking."""

import pytest

from app.catalogue.elements import Field, FieldKind, Page
from app.desk import masking


@pytest.mark.parametrize(
    ("number", "shown"),
    [("01020304050", "•••••050"), ("1234567", "•••••567"), ("123456", "•••••"), ("", "")],
)
def test_no_more_than_the_end_of_a_long_number_is_shown(number: str, shown: str) -> None:
    assert masking.masked(number) == shown


def test_numbers_inside_a_group_are_covered_and_other_answers_are_not() -> None:
    number = Field(key="number", kind=FieldKind.NATIONAL_NUMBER, label={"en": "Number"})
    name = Field(key="name", kind=FieldKind.SHORT_TEXT, label={"en": "Name"})
    group = Field(
        key="children", kind=FieldKind.GROUP, label={"en": "Children"}, fields=(number, name)
    )
    page = Page(key="family", title={"en": "Family"}, fields=(number, group))
    values = {
        "number": "01020304050",
        "children": [{"number": "01020304051", "name": "ليان"}],
        "of_another_page": "x",
    }

    assert masking.masked_values(page, values) == {
        "number": "•••••050",
        "children": [{"number": "•••••051", "name": "ليان"}],
    }
