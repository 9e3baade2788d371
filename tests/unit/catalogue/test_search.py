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
