"""Which service a few words find first, among all the examples."""

import pytest

from app.catalogue import example_files, search
from app.core import text

SERVICES = [service for service in example_files.list_services() if service.enabled]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("جوازي منتهي", "PASS_RENEW"),
        ("باسبور منتهي", "PASS_RENEW"),
        ("تجديد جوازي", "PASS_RENEW"),
        ("утраченного паспорт", "PASS_LOST"),
        ("birth of a child", "CIV_BIRTH"),
        ("عزل وكيل", "POA_REVOKE"),
    ],
)
def test_what_fits_most_words_comes_first(words: str, first: str) -> None:
    assert search.rank(SERVICES, words)[0].code == first


def test_a_word_that_is_nowhere_does_not_hide_the_others() -> None:
    found = {service.code for service in search.rank(SERVICES, "جواز الطفل")}

    assert "PASS_FIRST" in found
    assert "CIV_DEATH" not in found


@pytest.mark.parametrize(
    ("word", "stem"), [("جوازي", "جواز"), ("جوازها", "جواز"), ("عقدنا", "عقد"), ("أخي", "أخي")]
)
def test_a_pronoun_behind_a_word_is_put_aside(word: str, stem: str) -> None:
    assert stem in set(text.forms_of(word))
    assert all(len(form) >= 3 for form in text.forms_of(word))


@pytest.mark.parametrize("words", ["وكيل", "توكيل", "الوكيل", "поверенный", "agent"])
def test_who_looks_for_an_agent_finds_powers_of_attorney(words: str) -> None:
    found = {service.code for service in search.rank(SERVICES, words)}

    assert {"POA_GEN", "POA_SPEC", "POA_REVOKE"} <= found


@pytest.mark.parametrize(
    ("words", "is_for"),
    [
        ("موعد", True),
        ("حجز موعد", True),
        ("запись на приём", True),
        ("appointment", True),
        ("جواز", False),
        ("", False),
    ],
)
def test_an_appointment_is_no_service_and_is_answered(words: str, is_for: bool) -> None:
    assert search.is_for_appointment(words) is is_for
