"""When two persons are alike enough that an officer looks at both, as a table."""

import pytest

from app.accounts.rules import Details, MarkKind, words_of_marks
from app.cases.duplicates import rules

WHOLE = {
    MarkKind.NATIONAL: "1",
    MarkKind.PASSPORT: "p",
    MarkKind.NAME_AR: "a",
    MarkKind.NAME_LATIN: "l",
    MarkKind.NAME_RU: "r",
    MarkKind.MOTHER: "m",
    MarkKind.BIRTH: "b",
    MarkKind.YEAR: "y",
}
NATIONAL, PASSPORT, NAME, LATIN, RUSSIAN, MOTHER, BIRTH, YEAR = WHOLE


@pytest.mark.parametrize(
    ("same", "differs", "is_shown"),
    [
        # A number says it alone.
        ({NATIONAL}, set(), True),
        ({PASSPORT}, set(), True),
        # One typed wrongly, the other right.
        ({PASSPORT, NAME, BIRTH}, {NATIONAL}, True),
        # Name and birth, in any script.
        ({NAME, BIRTH}, set(), True),
        ({LATIN, BIRTH}, set(), True),
        ({RUSSIAN, BIRTH}, set(), True),
        ({NAME, MOTHER}, set(), True),
        # A namesake.
        ({NAME}, set(), False),
        ({NAME, LATIN, RUSSIAN}, set(), False),
        ({NAME, LATIN, YEAR}, {BIRTH}, False),
        # Name, mother and year, with another day: a slip of the pen.
        ({NAME, MOTHER, YEAR}, {BIRTH}, True),
        ({NAME, MOTHER}, {BIRTH}, False),
        # Everything is the same but one digit of the number.
        ({NAME, MOTHER, BIRTH}, {NATIONAL}, True),
        ({NAME, BIRTH}, {NATIONAL}, False),
        # Twins, and children of one mother.
        ({MOTHER, BIRTH}, {NATIONAL}, False),
        ({MOTHER, BIRTH}, set(), False),
        # A passport was renewed: another number says nothing.
        ({NAME, BIRTH}, {PASSPORT}, True),
        (set(), set(), False),
    ],
)
def test_what_is_the_same_and_what_differs_decides(
    same: set[MarkKind], differs: set[MarkKind], *, is_shown: bool
) -> None:
    other = {kind: WHOLE[kind] for kind in same} | dict.fromkeys(differs, "x")

    found = rules.likeness(WHOLE, other)

    assert found.is_shown is is_shown
    assert set(found.same) == same - ({YEAR} if BIRTH in same else set())
    assert set(found.differs) == differs
    assert rules.likeness(other, WHOLE) == found


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (
            NAME,
            Details(first_ar="أحمد", father_ar="عبد الله", family_ar="الحلبي"),
            Details(first_ar="احمد", father_ar="عبدالله", family_ar="حلبي"),
        ),
        (
            LATIN,
            Details(first_latin="Layan", family_latin="Al Halabi"),
            Details(first_latin="LAYAN", family_latin="Alhalabi", father_latin="Samer"),
        ),
        (
            RUSSIAN,
            Details(first_ru="Фёдор", family_ru="Аль-Халаби"),
            Details(first_ru="Федор", family_ru="АЛЬХАЛАБИ"),
        ),
        (
            MOTHER,
            Details(mother_first_ar="هدى", mother_family_ar="ديب"),
            Details(mother_first_ar="هدي", mother_family_ar="الديب"),
        ),
        (NATIONAL, Details(national_number="٠١٢٣٤٥"), Details(national_number="012 345")),
    ],
)
def test_usual_spellings_of_a_name_give_one_mark(
    kind: MarkKind, one: Details, other: Details
) -> None:
    assert words_of_marks(one)[kind] == words_of_marks(other)[kind]


def test_half_a_name_and_half_a_birth_are_no_mark() -> None:
    half = Details(first_ar="ليان", family_ar="الحلبي", mother_first_ar="هدى", birth="1998")

    assert words_of_marks(half) == {YEAR: "1998"}
