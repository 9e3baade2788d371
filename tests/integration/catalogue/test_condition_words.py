"""Conditions in words: every comparison, in the language of the reader."""

import json
from typing import Any

import pytest
from flask import Flask

from app.catalogue import condition_words, example_files
from app.catalogue.definition import document as definitions
from app.catalogue.definition.form_reader import read_alone
from app.core import i18n

FILE = example_files.FOLDER / "services" / "pass_lost.json"
LOST = definitions.parse(json.loads(FILE.read_text(encoding="utf-8")))
HOW = {"field": "how", "is": "lost"}
AGE = {"field": "applicant.age", "below": 18}


def said(app: Flask, condition: dict[str, Any], language: str) -> str:
    """Return a condition in words without marks (Any: JSON)."""
    with app.test_request_context("/"), i18n.speaking(language):
        words = condition_words.in_words(read_alone(condition), condition_words.fields_of(LOST))
        return str(words.striptags())


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (HOW, "“What happened?” is “Lost”"),
        ({"not": HOW}, "“What happened?” is not “Lost”"),
        ({"field": "how", "in": ["lost", "stolen"]}, "“What happened?” is one of: Lost, Stolen"),
        ({"field": "lost_on", "answered": True}, "“Date of the loss” is answered"),
        ({"not": {"field": "story", "answered": True}},
         "“What happened, in your own words” is not answered"),
        (AGE, "“Age of the applicant” is below 18"),
        ({"field": "applicant.age", "at_least": 60}, "“Age of the applicant” is at least 60"),
        ({"field": "applicant.age", "at_most": 5}, "“Age of the applicant” is at most 5"),
        ({"field": "lost_on", "older_than": 1}, "“Date of the loss” is more than 1 day ago"),
        ({"field": "lost_on", "older_than": 90}, "“Date of the loss” is more than 90 days ago"),
        ({"field": "truth", "is": True}, None),
        ({"field": "lost_where", "is": "SY"}, "“Country of the loss” is “Syria”"),
        ({"field": "applicant.category", "is": "foreigner"},
         "“Applicant category” is “Foreigner”"),
        ({"any": [HOW, {"all": [AGE, {"field": "lost_on", "answered": True}]}]},
         "“What happened?” is “Lost” or (“Age of the applicant” is below 18 and "
         "“Date of the loss” is answered)"),
        ({"not": {"any": [HOW, AGE]}},
         "it is not so that: “What happened?” is “Lost” or “Age of the applicant” is below 18"),
        ({"field": "gone", "is": "x"}, "“gone” is “x”"),
    ],
)  # fmt: skip
def test_a_condition_is_said_in_words(
    app: Flask, condition: dict[str, Any], sentence: str | None
) -> None:
    words = said(app, condition, "en")

    assert words == sentence if sentence else words.endswith("is “Yes”")


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (1, "«تاريخ الفقدان» قبل أكثر من يوم واحد"),
        (2, "«تاريخ الفقدان» قبل أكثر من يومين"),
        (5, "«تاريخ الفقدان» قبل أكثر من 5 أيام"),
        (90, "«تاريخ الفقدان» قبل أكثر من 90 يوماً"),
    ],
)
def test_arabic_counts_the_days_in_all_its_forms(app: Flask, days: int, sentence: str) -> None:
    assert said(app, {"field": "lost_on", "older_than": days}, "ar") == sentence


def test_a_label_cannot_bring_marks_of_its_own(app: Flask) -> None:
    with app.test_request_context("/"), i18n.speaking("en"):
        words = condition_words.in_words(read_alone({"field": "x", "is": "<b>&"}), {})

    assert "<b>" not in words
    assert "&lt;b&gt;&amp;" in words
