"""How much of an identity number is read without asking."""

import pytest

from app.accounts.rules import Details
from app.cases import masking
from app.catalogue.definition.elements import Field, FieldKind, Page, PersonFact


@pytest.mark.parametrize(
    ("number", "shown"),
    [("01020304050", "•••••050"), ("1234567", "•••••567"), ("123456", "•••••"), ("", "")],
)
def test_no_more_than_the_end_of_a_long_number_is_shown(number: str, shown: str) -> None:
    assert masking.masked(number) == shown


@pytest.mark.proves("S14")
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

    assert masking.masked_values(page, values, frozenset()) == {
        "number": "•••••050",
        "children": [{"number": "•••••051", "name": "ليان"}],
    }


@pytest.mark.proves("S14")
@pytest.mark.parametrize(
    ("kind", "fact"),
    [
        (FieldKind.DOCUMENT_NUMBER, None),
        (FieldKind.NATIONAL_NUMBER, None),
        (FieldKind.SHORT_TEXT, PersonFact.PASSPORT_NUMBER),
    ],
)
def test_a_number_of_somebody_else_is_covered_by_what_its_field_asks_for(
    kind: FieldKind, fact: PersonFact | None
) -> None:
    field = Field(key="agent", kind=kind, label={"en": "Number"}, from_person=fact)
    page = Page(key="agent", title={"en": "Agent"}, fields=(field,))

    assert masking.masked_values(page, {"agent": "N087654321"}, frozenset()) == {
        "agent": "•••••321"
    }


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("N012345678", "•••••678"),
        ("n 012-345-678", "•••••678"),
        ("01020304050", "•••••050"),
        ("N012345679", "N012345679"),
        ("", ""),
    ],
)
def test_an_answer_that_repeats_a_number_of_the_person_is_covered(answer: str, shown: str) -> None:
    person = Details(national_number="01020304050", passport_number="N012345678")
    text = Field(key="old_number", kind=FieldKind.SHORT_TEXT, label={"en": "Number"})
    page = Page(key="passport", title={"en": "Passport"}, fields=(text,))

    found = masking.masked_values(page, {"old_number": answer}, masking.numbers_of(person))

    assert found == {"old_number": shown}


def test_a_person_without_numbers_covers_no_answer() -> None:
    assert masking.numbers_of(Details()) == frozenset()
