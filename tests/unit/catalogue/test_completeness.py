"""What a request still lacks, tried on the renewal of a passport as a citizen fills it."""

from datetime import date
from typing import Any

import pytest

from app.catalogue import example_files
from app.catalogue.answers import completeness
from app.catalogue.answers import engine as answers
from app.catalogue.definition import document as definitions
from app.catalogue.definition.conditions import Applicant

TODAY = date(2026, 11, 23)
ADULT = Applicant(category="citizen", age=34)
CHILD = Applicant(category="citizen", age=9)
RENEWAL, LAISSEZ, MARRIAGE = (
    next(one for one in example_files.list_services() if one.code == code)
    for code in ("PASS_RENEW", "LAISSEZ", "CIV_MARR")
)

TYPED = {
    "travel_document": {
        "old_number": ["N٠١٢٣٤٥٦٧٨"],
        "expires.year": ["٢٠٢٥"],
        "reason": ["expired"],
        "names_changed": ["no"],
        "identity_proof": ["extract"],
    },
    "stay_in_russia": {
        "stay_status": ["student"],
        "city": ["Казань"],
        "address": ["ул. Мира, 1"],
        "phone": ["٨٩١٦١٢٣٤٥٦٧"],
    },
    "declaration": {"registered": ["yes"], "truth": ["on"], "consent": ["on"]},
}


def fill(applicant: Applicant) -> tuple[dict[str, Any], list[str]]:
    """Return the answers of all pages as typed above, and the keys that were refused."""
    stored: dict[str, Any] = {}
    refused: list[str] = []
    for page in RENEWAL.pages:
        result = answers.check_page(page, TYPED[page.key], stored, TODAY, applicant=applicant)
        stored.update(result.values)
        refused.extend(error.key for error in result.errors)
    return stored, refused


def test_a_renewal_is_filled_with_arabic_digits() -> None:
    stored, refused = fill(ADULT)

    assert refused == []
    assert (stored["old_number"], stored["expires"]) == ("N012345678", "2025")
    assert stored["phone"] == "+79161234567"
    assert completeness.unanswered(RENEWAL, stored, ADULT) == ()


def test_a_child_needs_a_guardian() -> None:
    stored, refused = fill(CHILD)

    assert refused == ["guardian_name", "guardian_relation"]
    missing = completeness.unanswered(RENEWAL, stored, CHILD)
    assert [(one.page, one.field) for one in missing] == [
        ("declaration", "guardian_name"),
        ("declaration", "guardian_relation"),
    ]


@pytest.mark.parametrize(
    ("applicant", "proof", "papers"),
    [
        (ADULT, "extract", ["photo", "old_passport", "civil_extract"]),
        (ADULT, "id_card", ["photo", "old_passport", "id_card"]),
        (CHILD, "extract", ["photo", "old_passport", "civil_extract", "guardianship"]),
    ],
)
def test_the_papers_depend_on_who_applies(
    applicant: Applicant, proof: str, papers: list[str]
) -> None:
    brought = completeness.papers_to_bring(RENEWAL, {"identity_proof": proof}, applicant)

    assert [paper.key for paper in brought] == papers


@pytest.mark.parametrize(
    ("why", "police_report"), [("lost", True), ("expired", False), ("never", False)]
)
def test_the_papers_depend_on_the_answers(why: str, police_report: bool) -> None:
    brought = completeness.papers_to_bring(LAISSEZ, {"why_none": why}, ADULT)

    assert ("police_report" in {paper.key for paper in brought}) is police_report


@pytest.mark.parametrize(
    ("husband", "wife", "consent"),
    [("SY", "SY", False), ("SY", "RU", True), ("RU", "SY", True)],
)
def test_a_marriage_with_a_foreigner_needs_consent(husband: str, wife: str, consent: bool) -> None:
    couple = {"husband_country": husband, "wife_country": wife}

    brought = completeness.papers_to_bring(MARRIAGE, couple, ADULT)

    assert ("ministry_consent" in {paper.key for paper in brought}) is consent


def test_an_answer_whose_question_is_hidden_does_not_count() -> None:
    stored = {"with_children": False, "children": [{"child_name": "عمر"}]}

    assert "children" not in completeness.relevant_answers(LAISSEZ, stored, ADULT)


def test_a_sub_form_with_a_gap_is_not_complete() -> None:
    stored = {"with_children": True, "children": [{"child_name": "عمر"}]}

    missing = {one.field for one in completeness.unanswered(LAISSEZ, stored, ADULT)}

    assert "children" in missing


def test_a_page_that_asks_nothing_is_not_shown() -> None:
    page = RENEWAL.pages[2]

    assert completeness.is_page_shown(page, {}, ADULT)
    assert "guardian_name" not in {one.key for one in completeness.shown_fields(page, {}, ADULT)}


STUDENT = {"field": "stay_status", "is": "student"}


@pytest.mark.parametrize(
    ("when", "answers", "is_certain"),
    [
        (STUDENT, {"stay_status": "student"}, True),
        (STUDENT, {}, False),
        # What is not answered yet is not denied yet.
        ({"not": STUDENT}, {}, False),
        ({"not": STUDENT}, {"stay_status": "other"}, True),
        ({"any": [STUDENT, {"field": "city", "answered": True}]}, {"stay_status": "student"}, True),
    ],
)
def test_an_exclusion_is_certain_when_no_other_answer_could_lift_it(
    when: dict[str, Any], answers: dict[str, object], is_certain: bool
) -> None:
    one = {"key": "one", "when": when, "reason": {"ar": "ع", "ru": "р", "en": "e"}}
    service = definitions.parse(definitions.dump(RENEWAL) | {"exclusions": [one]})

    found = completeness.certain_exclusion(service, answers)

    assert (found is not None) is is_certain
