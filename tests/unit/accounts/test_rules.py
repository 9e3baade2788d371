"""Names, births, numbers and addresses as people type them."""

from datetime import date

import pytest

from app.accounts import rules
from app.accounts.rules import Details, Remark
from app.core.actor import Role

TODAY = date(2026, 11, 23)

LAYAN = Details(
    first_ar="ليان",
    father_ar="سمير",
    family_ar="الحلبي",
    mother_first_ar="هند",
    first_latin="LAYAN",
    father_latin="SAMIR",
    family_latin="AL HALABI",
    first_ru="Лаян",
    birth="1990-03-27",
)


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("ar", "ليان سمير الحلبي"),
        ("ru", "LAYAN SAMIR AL HALABI"),
        ("en", "LAYAN SAMIR AL HALABI"),
    ],
)
def test_a_name_is_shown_in_the_script_of_the_reader(language: str, name: str) -> None:
    assert rules.display_name(LAYAN, language) == name


@pytest.mark.parametrize(
    ("details", "language", "name"),
    [
        (Details(first_ar="ليان"), "ru", "ليان"),
        (Details(first_ru="Лаян", first_ar="ليان"), "en", "Лаян"),
        (Details(first_latin="Layan"), "ar", "Layan"),
        (Details(), "ar", ""),
    ],
)
def test_a_missing_name_falls_back_to_another_script(
    details: Details, language: str, name: str
) -> None:
    assert rules.display_name(details, language) == name


def test_details_survive_storage() -> None:
    assert Details.from_json(LAYAN.to_json()) == LAYAN


def test_stored_details_of_another_time_are_read() -> None:
    assert Details.from_json({"first_ar": "ليان", "shoe_size": 38}) == Details(first_ar="ليان")


@pytest.mark.parametrize(
    ("birth", "on", "age"),
    [
        ("1990-03-27", date(2026, 3, 26), 35),
        ("1990-03-27", date(2026, 3, 27), 36),
        ("1990", date(2026, 1, 1), 36),
        ("2008-02-29", date(2026, 2, 28), 17),
        ("", TODAY, None),
    ],
)
def test_age_is_counted_in_full_years(birth: str, on: date, age: int | None) -> None:
    assert rules.age(Details(birth=birth), on) == age


@pytest.mark.parametrize(
    ("year", "month", "day", "birth"),
    [
        ("1990", "3", "27", "1990-03-27"),
        ("١٩٩٠", "٣", "٢٧", "1990-03-27"),
        ("۱۹۹۰", "", "", "1990"),
        (" 1990 ", "", "", "1990"),
        ("2026", "11", "23", "2026-11-23"),
        ("1990", "آذار", "27", "1990-03-27"),
        ("1990", "марта", "27", "1990-03-27"),
    ],
)
def test_a_birth_is_read_in_any_digits(year: str, month: str, day: str, birth: str) -> None:
    assert rules.find_birth(year, month, day, today=TODAY) == birth


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        ("1990", "2", "30"),
        ("2026", "11", "24"),
        ("2027", "", ""),
        ("1889", "", ""),
        ("90", "3", "27"),
        ("1990", "3", ""),
        ("1990", "", "27"),
        ("", "3", "27"),
        ("19²0", "", ""),
        ("1_90", "", ""),
        ("1990", "شهر", "27"),
        ("1990", "3" * 5000, "27"),
        ("2023", "2", "29"),
        ("2025", "4", "31"),
        ("0001", "1", "1"),
        ("9999", "12", "31"),
        ("1889", "12", "31"),
        ("0000", "00", "00"),
    ],
)
@pytest.mark.proves("dates_time-001")
def test_a_birth_that_never_was_is_refused(year: str, month: str, day: str) -> None:
    assert rules.find_birth(year, month, day, today=TODAY) is None


@pytest.mark.parametrize(
    ("details", "found"),
    [
        (Details(family_ar="الحلبي", national_number="01234567890"), []),
        (Details(family_ar="الحلبي", national_number="٠١٢٣٤٥٦٧٨٩٠"), []),
        (Details(family_ar="الحلبي", national_number="123"), [Remark.NATIONAL_NUMBER_UNUSUAL]),
        (Details(family_ar="الحلبي", national_number="abc"), [Remark.NATIONAL_NUMBER_UNUSUAL]),
        (Details(family_ar="الحلبي", passport_number="N 012345678"), []),
        (Details(family_ar="الحلبي", passport_number="?"), [Remark.PASSPORT_UNUSUAL]),
        (Details(), [Remark.FAMILY_MISSING]),
    ],
)
def test_unusual_numbers_are_remarked_on(details: Details, found: list[Remark]) -> None:
    assert rules.warnings(details) == found


def test_the_national_number_makes_a_person_the_same() -> None:
    one = Details(first_ar="ليان", national_number="012 3456 7890", passport_number="N1")
    other = Details(first_ar="لَيان", national_number="٠١٢٣٤٥٦٧٨٩٠")
    assert rules.identity(one) == rules.identity(other)


def test_without_a_national_number_the_passport_makes_a_person_the_same() -> None:
    one, other = Details(passport_number="n-012345678"), Details(passport_number="N 012345678")
    assert rules.identity(one) == rules.identity(other)


def test_without_numbers_spellings_of_the_same_names_meet() -> None:
    one = Details(first_ar="أحمد", father_ar="محمـــد", family_ar="الحلبي", birth="1990")
    other = Details(first_ar="احمد", father_ar="مُحَمَّد", family_ar="حلبي", birth="1990")
    assert rules.identity(one) == rules.identity(other)


@pytest.mark.parametrize("name", ["first_ar", "father_ar", "mother_first_ar", "birth"])
def test_without_numbers_every_part_tells_people_apart(name: str) -> None:
    given = LAYAN.to_json()
    assert rules.identity(Details.from_json(given | {name: "1991"})) != rules.identity(LAYAN)


def test_a_person_is_found_by_beginnings_in_every_script_and_by_numbers() -> None:
    details = Details(
        first_ar="ليان", first_latin="Layan", first_ru="Лаян", national_number="٠١٢٣٤٥٦٧٨٩٠"
    )
    assert {"ليا", "lay", "лаян", "01234567890"} <= rules.search_words(details)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("Layan@Example.ORG", "layan@example.org"),
        ("  layan@example.org\u200f ", "layan@example.org"),
        ("o'brien+visa@mail.example.co.uk", "o'brien+visa@mail.example.co.uk"),
        ("a@xn--p1ai.xn--p1ai", "a@xn--p1ai.xn--p1ai"),
    ],
)
def test_an_address_is_folded(typed: str, address: str) -> None:
    assert rules.find_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "layan",
        "layan@example",
        "layan@example.org.",
        "layan@@example.org",
        "layan＠example.org",
        "lıyan@example.org",
        "lаyan@example.org",
        "a@b.c",
        "layan@example.org\nbcc:x@example.org",
        "a b@example.org",
        ".layan@example.org",
        "la\0yan@example.org",
        "x" * 250 + "@example.org",
        "x" * 10_000,
    ],
)
@pytest.mark.proves("S23", "contact-001")
def test_what_is_no_address_or_looks_like_another_is_refused(typed: str) -> None:
    assert rules.find_address(typed) is None


@pytest.mark.parametrize("typed", ["123456", "١٢٣٤٥٦", "123 456", "123-456 ", "\u200f123456"])
def test_a_code_is_read_however_it_was_typed(typed: str) -> None:
    assert rules.code_of(typed) == "123456"


@pytest.mark.parametrize(
    ("held", "rights"),
    [
        ([], (None, frozenset())),
        ([(2, Role.ADMIN), (1, Role.OFFICER)], (1, frozenset({Role.OFFICER}))),
        ([(1, Role.OFFICER), (1, Role.HEAD)], (1, frozenset({Role.OFFICER, Role.HEAD}))),
    ],
)
def test_staff_act_at_one_post_with_the_roles_of_that_post(
    held: list[tuple[int, Role]], rights: tuple[int | None, frozenset[Role]]
) -> None:
    assert rules.rights_of(held) == rights


@pytest.mark.parametrize(
    ("typed", "is_short"),
    [
        ("layan", True),
        ("layan@", True),
        ("@example.org", True),
        ("layan@example", True),
        ("layan@.org", True),
        ("layan@example.", True),
        ("layan@example.org", False),
        ("لyan@example", False),
    ],
)
def test_an_address_that_lacks_a_part_is_cut_short(typed: str, is_short: bool) -> None:
    assert rules.is_cut_short(typed) is is_short
